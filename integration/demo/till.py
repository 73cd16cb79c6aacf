"""The sample shop's till: orders are rung up one after the other, at moments that never pass the present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from integration.demo.catalogue import BY_SKU, GOODS
from integration.demo.orders import Line, Record, Shipping, Tracking, build_order, fulfil
from integration.demo.people import somebody, taxes_of

# Far from the numbers that tests choose.
ID_BASE = 5_400_000_000

STANDARD = Shipping(Decimal("12.95"))
EXPRESS = Shipping(Decimal("24.50"), "Livraison express")
FREE = Shipping(Decimal(0), "Livraison gratuite")


def line(sku: str, quantity: int = 1, **choices: Any) -> Line:
    """A line of the catalogue, at its price."""
    product = BY_SKU[sku]
    return Line(sku, product.french, quantity, product.price, **choices)


@dataclass(frozen=True, slots=True)
class Till:
    """What it takes to ring up one order: chance, its number, when it is placed, the present, and where goods leave."""

    rng: Random
    number: int
    placed_at: datetime
    now: datetime
    location: Record

    def after(self, **delay: float) -> datetime:
        """Some time after the order was placed, and not later than now."""
        return min(self.placed_at + timedelta(**delay), self.now)

    def ring(self, lines: Sequence[Line] | None = None, **choices: Any) -> Record:
        """An order of these lines, or of a few goods; of somebody in Québec, taxed where he lives, unless told otherwise."""
        buyer = choices.pop("buyer", None) or somebody(self.rng, "QC")
        choices = {"taxes": taxes_of(buyer), "shipping": STANDARD, **choices}
        return self.ring_anonymous(lines, buyer=buyer, **choices)

    def ring_anonymous(self, lines: Sequence[Line] | None = None, **choices: Any) -> Record:
        return build_order(
            self.number, lines=lines or self.basket(), placed_at=self.placed_at, id_base=ID_BASE, **choices
        )

    def basket(self) -> list[Line]:
        products = self.rng.sample(GOODS, self.rng.choice((1, 1, 2, 2, 3, 4, 6)))
        return [line(product.sku, self.rng.choice((1, 1, 1, 2, 2, 3, 5))) for product in products]

    def send(self, order: Record, at: datetime, quantities: dict[int, int] | None = None) -> Record:
        carrier = self.rng.choice(("Purolator", "Canada Post"))
        tracking = Tracking(carrier, f"{self.rng.randrange(10**11, 10**12)}")
        return fulfil(order, at, quantities, tracking=tracking, location=self.location)
