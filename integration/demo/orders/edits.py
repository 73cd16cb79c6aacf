"""Edits of an order: its lines, quantities, discounts, shipping, and where it goes with the taxes of that place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from integration.demo.orders.build import PARTS_OF_AN_ORDER, Pricing, write_line, write_shipping
from integration.demo.orders.discounts import Shares
from integration.demo.orders.header import write_address
from integration.demo.orders.ledger import agree, book, parts_of
from integration.demo.orders.money import Currencies, money_text, read_amount
from integration.demo.orders.parts import Buyer, Line, Shipping, Tax
from integration.demo.orders.totals import net_of, settle, shipping_of, total_up
from integration.demo.shop.store import Record

NOTHING = Decimal(0)


class EditRefusedError(ValueError):
    """Shopify would not do this edit."""


def edit(
    order: Record,
    at: datetime,
    *,
    quantities: Mapping[int, int] | None = None,
    added: Sequence[Line] = (),
    discounts: Mapping[int, Decimal] | None = None,
    shipping: Shipping | None = None,
    drop_shipping: bool = False,
) -> Record:
    """One edit: the units that shall stand by index of the line, new lines, so much off each unit, other shipping.

    Shopify changes no shipping line: one is removed, and another added.
    """
    with _edited(order, at) as agreement:
        for index, units in (quantities or {}).items():
            _set_units(order, agreement, order["lineItems"][index], units)
        for line in added:
            _add(order, agreement, line)
        for index, off in (discounts or {}).items():
            _discount(order, agreement, order["lineItems"][index], off)
        if drop_shipping:
            _drop_shipping(order, agreement)
        if shipping:
            _add_shipping(order, agreement, shipping)
    return agreement


def ship_elsewhere(order: Record, at: datetime, buyer: Buyer, taxes: Sequence[Tax]) -> Record:
    """Another address, and its taxes on all that was not shipped: Shopify reckons them again since 2026-10."""
    pricing = Pricing(taxes, order["taxesIncluded"], Currencies.of(order))
    with _edited(order, at) as agreement:
        before = parts_of(order)
        order["shippingAddress"] = write_address(2 * int(order["legacyResourceId"]), buyer)
        for line in order["lineItems"]:
            if line["taxable"]:
                line["taxLines"] = pricing.tax_lines(net_of(line).shop)
        for shipping in shipping_of(order):
            if shipping["taxLines"]:
                shipping["taxLines"] = pricing.tax_lines(read_amount(shipping["discountedPriceSet"]).shop)
        book(order, agreement, before, parts_of(order))
    return agreement


@contextmanager
def _edited(order: Record, at: datetime) -> Iterator[Record]:
    if not order["merchantEditable"]:
        raise EditRefusedError("The order cannot be edited.")
    agreement = agree(order, "OrderEditAgreement", at)
    yield agreement
    order.update(edited=True, closed=False, closedAt=None)
    order["requiresShipping"] = any(line["requiresShipping"] for line in order["lineItems"])
    total_up(order)
    settle(order, at)


def _set_units(order: Record, agreement: Record, line: Record, units: int) -> None:
    before, more = parts_of(order), units - line["currentQuantity"]
    if units < 0 or units < line["currentQuantity"] - line["unfulfilledQuantity"]:
        raise EditRefusedError("must be greater than or equal to 0")
    if more <= 0:
        book(order, agreement, before, parts_of(order, {line["id"]: -more}))
        return
    currencies = Currencies.of(order)
    line["quantity"] += more
    whole = currencies.amount(read_amount(line["originalUnitPriceSet"]).shop * line["quantity"])
    line.update(originalTotalSet=currencies.bag(whole), discountedTotalSet=currencies.bag(whole))
    _price_again(order, line)
    book(order, agreement, before, parts_of(order))


def _add(order: Record, agreement: Record, line: Line) -> None:
    before, place = parts_of(order), len(order["lineItems"])
    number = int(order["legacyResourceId"]) * PARTS_OF_AN_ORDER + place
    order["lineItems"].append(write_line(number, line, _pricing(order), Shares([NOTHING], NOTHING, None, []), 0))
    book(order, agreement, before, parts_of(order))


def _discount(order: Record, agreement: Record, line: Record, off: Decimal) -> None:
    """`off` each unit, as Shopify allocates it: for all units that were ordered."""
    before, currencies = parts_of(order), Currencies.of(order)
    share = off * line["quantity"]
    if not 0 < share <= net_of(line).shop:
        raise EditRefusedError("Discount cannot be more than the price of the line")
    application = {
        "__typename": "ManualDiscountApplication",
        "index": len(order["discountApplications"]),
        "allocationMethod": "EACH",
        "targetSelection": "EXPLICIT",
        "targetType": "LINE_ITEM",
        "title": "Rabais",
        "description": "Rabais",
        "value": {
            "__typename": "MoneyV2",
            "amount": money_text(currencies.amount(off).presentment),
            "currencyCode": currencies.presentment,
        },
    }
    order["discountApplications"].append(application)
    line["discountAllocations"].append(
        {"allocatedAmountSet": currencies.bag(share), "discountApplication": application}
    )
    _price_again(order, line)
    book(order, agreement, before, parts_of(order))


def _price_again(order: Record, line: Record) -> None:
    """The taxes of a line and its unit price, once its units or its discounts are others."""
    net = net_of(line)
    own = [Tax(tax["title"], Decimal(str(tax["rate"]))) for tax in line["taxLines"]]
    line["taxLines"] = Pricing(own, order["taxesIncluded"], Currencies.of(order)).tax_lines(net.shop)
    line["discountedUnitPriceAfterAllDiscountsSet"] = Currencies.of(order).bag(net.shop / line["quantity"])


def _drop_shipping(order: Record, agreement: Record) -> None:
    before = parts_of(order)
    for line in shipping_of(order):
        line["isRemoved"] = True
    book(order, agreement, before, parts_of(order))


def _add_shipping(order: Record, agreement: Record, shipping: Shipping) -> None:
    before, root = parts_of(order), int(order["legacyResourceId"])
    number = root * PARTS_OF_AN_ORDER + len(order["shippingLines"])
    order["shippingLines"] += write_shipping(number, shipping, _pricing(order), Shares([], NOTHING, None, []))
    book(order, agreement, before, parts_of(order))


def _pricing(order: Record) -> Pricing:
    """The taxes of the order as they are now."""
    taxes = {tax["title"]: Tax(tax["title"], Decimal(str(tax["rate"]))) for tax in order["taxLines"]}
    return Pricing(tuple(taxes.values()), order["taxesIncluded"], Currencies.of(order))
