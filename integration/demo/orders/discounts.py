"""A discount → what it takes off each line and the shipping, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from integration.demo.orders.money import Currencies, money_text, spread, to_cents
from integration.demo.orders.parts import Discount, Fixed, FreeShipping, Line, Percent, Shipping
from integration.demo.shop.store import Record

NOTHING = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Shares:
    """What a discount takes off each line and the shipping, in shop currency, and how Shopify tells of it."""

    of_lines: Sequence[Decimal]
    of_shipping: Decimal
    application: Record | None
    codes: list[str]

    @property
    def applications(self) -> list[Record]:
        return [self.application] if self.application else []

    def allocation(self, share: Decimal, currencies: Currencies) -> list[Record]:
        if not share:
            return []
        return [{"allocatedAmountSet": currencies.bag(share), "discountApplication": self.application}]


def share_out(
    discount: Discount | None, lines: Sequence[Line], shipping: Shipping | None, currencies: Currencies
) -> Shares:
    prices = [line.total if line.discountable else NOTHING for line in lines]
    if discount is None:
        return Shares([NOTHING] * len(lines), NOTHING, None, [])
    application = write_application(discount, currencies)
    codes = [discount.code] if discount.code else []
    if isinstance(discount, FreeShipping):
        return Shares([NOTHING] * len(lines), shipping.price if shipping else NOTHING, application, codes)
    goods = sum(prices, NOTHING)
    off = to_cents(goods * discount.value / HUNDRED) if isinstance(discount, Percent) else min(discount.amount, goods)
    return Shares(spread(off, prices), NOTHING, application, codes)


def write_application(discount: Discount, currencies: Currencies) -> Record:
    named = {"code": discount.code} if discount.code else {"title": "Rabais de saison"}
    return {
        "__typename": "DiscountCodeApplication" if discount.code else "AutomaticDiscountApplication",
        "index": 0,
        "allocationMethod": "EACH" if isinstance(discount, FreeShipping) else "ACROSS",
        "targetSelection": "ALL",
        "targetType": "SHIPPING_LINE" if isinstance(discount, FreeShipping) else "LINE_ITEM",
        "value": write_value(discount, currencies),
        **named,
    }


def write_value(discount: Discount, currencies: Currencies) -> Record:
    """An amount off is told in the currency that the buyer saw."""
    if isinstance(discount, Fixed):
        amount = money_text(currencies.amount(discount.amount).presentment)
        return {"__typename": "MoneyV2", "amount": amount, "currencyCode": currencies.presentment}
    percentage = discount.value if isinstance(discount, Percent) else HUNDRED
    return {"__typename": "PricingPercentageValue", "percentage": float(percentage)}
