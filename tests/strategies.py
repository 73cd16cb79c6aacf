"""Generated orders, and generated lives of them: payments and parcels in random pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integration.demo.orders import (
    ALBERTA,
    BRITISH_COLUMBIA,
    NO_TAX,
    ONTARIO,
    QUEBEC,
    Buyer,
    Fixed,
    FreeShipping,
    Line,
    Percent,
    Shipping,
    capture,
    fulfil,
    pay,
    read_amount,
)
from integration.demo.orders import authorize as authorise
from tests.scene import Record, Scene

SKUS = ("MARTEAU", "SCIE", "CLOU")
Happening = Callable[[Scene, Record], None]

cents = st.integers(1, 300_00).map(lambda number: Decimal(number) / 100)
lines = st.builds(
    Line,
    st.sampled_from(SKUS),
    st.sampled_from(["Marteau", "Scie à chaîne 🪚", "<b>Clou</b>"]),
    st.integers(1, 7),
    st.integers(0, 300_00).map(lambda number: Decimal(number) / 100),
    taxable=st.booleans(),
)
gift_cards = st.builds(Line, st.none(), st.just("Carte-cadeau"), st.integers(1, 2), cents, gift_card=st.just(True))
discounts = st.one_of(
    st.none(),
    st.builds(Percent, st.integers(1, 100).map(Decimal)),
    st.builds(Fixed, cents),
    st.builds(FreeShipping),
)
choices = st.fixed_dictionaries(
    {
        "shipping": st.one_of(st.none(), st.builds(Shipping, cents, taxable=st.booleans())),
        "taxes": st.sampled_from([QUEBEC, QUEBEC, ONTARIO, ALBERTA, BRITISH_COLUMBIA, NO_TAX]),
        "discount": discounts,
        "taxes_included": st.booleans(),
        "tip": st.one_of(st.just(Decimal(0)), cents),
        "as_tip_line": st.booleans(),
        "additional_fee": st.one_of(st.just(Decimal(0)), cents),
        "duties": st.one_of(st.just(Decimal(0)), cents),
        "buyer": st.one_of(
            st.none(), st.builds(Buyer, st.text(max_size=60), st.text(max_size=60), city=st.text(max_size=40))
        ),
        "note": st.one_of(st.none(), st.text(max_size=50)),
    }
)


@dataclass(frozen=True, slots=True)
class Sale:
    """An order, and how it goes on: money in `captures` (hundredths of what is due), goods in `parcels` (the same)."""

    lines: list[Line]
    choices: dict[str, Any]
    captures: list[int]
    parcels: list[int]
    at_once: bool


sales = st.builds(
    Sale,
    st.tuples(st.lists(lines, min_size=1, max_size=4), st.lists(gift_cards, max_size=1)).map(
        lambda two: two[0] + two[1]
    ),
    choices,
    st.lists(st.integers(1, 100), max_size=3),
    st.lists(st.integers(1, 100), max_size=3),
    st.booleans(),
)


def receive(hundredths: int) -> Happening:
    """Part of what can still be captured comes in."""

    def happen(scene: Scene, order: Record) -> None:
        left = read_amount(order["totalCapturableSet"]).shop
        amount = max(Decimal("0.01"), (left * hundredths / 100).quantize(Decimal("0.01")))
        if left > 0:
            scene.then(capture, order, min(left, amount))

    return happen


def send(hundredths: int) -> Happening:
    """Part of each line that is still here leaves, at least one unit of the first of them."""

    def happen(scene: Scene, order: Record) -> None:
        left = {index: line["unfulfilledQuantity"] for index, line in enumerate(order["lineItems"])}
        parcel = {index: units * hundredths // 100 for index, units in left.items()}
        first = next((index for index, units in left.items() if units), None)
        if first is not None:
            parcel[first] = max(1, parcel[first])
            scene.then(fulfil, order, {index: units for index, units in parcel.items() if units})

    return happen


def start(scene: Scene, sale: Sale) -> Record:
    """The order is placed: paid at once, or its money authorised."""
    order = scene.place(*sale.lines, **sale.choices)
    if read_amount(order["totalPriceSet"]).shop > 0:
        scene.then(pay if sale.at_once else authorise, order)
    return order


def happenings(sale: Sale) -> list[Happening]:
    return [*map(receive, sale.captures), *map(send, sale.parcels)]


def finish(scene: Scene, order: Record) -> None:
    """All the money comes in and all the goods leave."""
    receive(100)(scene, order)
    send(100)(scene, order)
