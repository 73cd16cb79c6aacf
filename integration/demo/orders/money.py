"""Money as Shopify tells it: bags of one amount in the shop's currency and in the buyer's, each to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from integration.demo.shop.store import Record

CENT = Decimal("0.01")


def to_cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def money_text(value: Decimal) -> str:
    """'12.5' for 12.50 and '12.0' for 12: Shopify trims trailing zeros but keeps one decimal."""
    text = f"{to_cents(value) + 0:.2f}"
    return text.removesuffix("0")


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount in both currencies of an order."""

    shop: Decimal
    presentment: Decimal

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.shop - other.shop, self.presentment - other.presentment)

    def part(self, share: int, whole: int) -> Amount:
        """`share` out of `whole` units of this amount, to the cent."""
        return Amount(to_cents(self.shop * share / whole), to_cents(self.presentment * share / whole))

    def share(self, gone: Amount, whole: Amount) -> Amount:
        """What of this amount goes with `gone` out of `whole`, to the cent."""
        return self.part(int(gone.shop * 100), int(whole.shop * 100)) if whole.shop else ZERO


ZERO = Amount(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Currencies:
    """The shop's currency, the one that the buyer saw, and how much of the second one unit of the first was."""

    shop: str = "CAD"
    presentment: str = "CAD"
    rate: Decimal = Decimal(1)

    @classmethod
    def of(cls, order: Record) -> Currencies:
        total = read_amount(order["totalPriceSet"])
        rate = total.presentment / total.shop if total.shop else Decimal(1)
        return cls(order["currencyCode"], order["presentmentCurrencyCode"], rate)

    def amount(self, value: Decimal) -> Amount:
        """An amount of the shop's currency, converted by itself: sums may miss by a cent in the other one."""
        return Amount(to_cents(value), to_cents(value * self.rate))

    def bag(self, value: Decimal | Amount) -> Record:
        amount = value if isinstance(value, Amount) else self.amount(value)
        return {
            "shopMoney": {"amount": money_text(amount.shop), "currencyCode": self.shop},
            "presentmentMoney": {"amount": money_text(amount.presentment), "currencyCode": self.presentment},
        }


CAD = Currencies()


def read_amount(bag: Record | None) -> Amount:
    """What a bag holds; nothing where Shopify has none."""
    if bag is None:
        return ZERO
    return Amount(Decimal(bag["shopMoney"]["amount"]), Decimal(bag["presentmentMoney"]["amount"]))


def total_of(bags: Iterable[Record]) -> Amount:
    return sum((read_amount(bag) for bag in bags), ZERO)


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` shared out by weight, to the cent: what rounding leaves goes to the largest remainders."""
    total = sum(weights, Decimal(0))
    if not total:
        return [Decimal(0)] * len(weights)
    exact = [amount * weight / total for weight in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    missing = int((amount - sum(shares)) / CENT)
    by_remainder = sorted(range(len(shares)), key=lambda index: shares[index] - exact[index])
    for index in by_remainder[:missing]:
        shares[index] += CENT
    return shares
