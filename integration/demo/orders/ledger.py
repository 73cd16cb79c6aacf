"""The sales ledger: each act on an order adds an agreement, whose sales are what the act changed of each line.

What stands of a line is worked out here by itself, and not from the order's own current totals: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from integration.demo.orders.money import ZERO, Amount, Currencies, read_amount, total_of
from integration.demo.orders.taken_back import adjustments_of, kept_units, refunded_shipping, return_fees
from integration.demo.orders.totals import allocated, is_tip, loose_tip, net_of, still_there
from integration.demo.shop.store import Record, stamp

REASONS = {
    "OrderAgreement": "ORDER",
    "OrderEditAgreement": "ORDER_EDIT",
    "RefundAgreement": "REFUND",
    "ReturnAgreement": "RETURN",
}
LINE_TYPES = {
    "ProductSale": "PRODUCT",
    "GiftCardSale": "GIFT_CARD",
    "TipSale": "TIP",
    "ShippingLineSale": "SHIPPING",
    "DutySale": "DUTY",
    "AdditionalFeeSale": "ADDITIONAL_FEE",
    "FeeSale": "FEE",
    "AdjustmentSale": "ADJUSTMENT",
}
TaxKey: TypeAlias = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands of one line: `total` is after discounts, its taxes in it. `of` is the field that names the line."""

    kind: str
    of: Record = field(default_factory=dict)
    quantity: int | None = None
    total: Amount = ZERO
    taxes: Mapping[TaxKey, Amount] = field(default_factory=dict)
    tax_lines: Mapping[TaxKey, Record] = field(default_factory=dict)
    discount: Amount = ZERO


def parts_of(order: Record, removed: Mapping[str, int] | None = None) -> dict[str, Part]:
    """All that stands of an order by the id of its line, less the units that are just being `removed`."""
    if order["cancelledAt"]:
        return {}
    included, parts = order["taxesIncluded"], {}
    for line in order["lineItems"]:
        kept = kept_units(order, line) - (removed or {}).get(line["id"], 0)
        kind = "GiftCardSale" if line["isGiftCard"] else "TipSale" if is_tip(line) else "ProductSale"
        taxes = [(tax, still_there(read_amount(tax["priceSet"]), line, kept)) for tax in line["taxLines"]]
        net = still_there(net_of(line), line, kept)
        discount = still_there(total_of(allocated([line])), line, kept)
        parts[line["id"]] = _part(kind, {"lineItem": line}, kept, net, taxes, included, discount)
        for duty in line["duties"]:
            taxes = [(tax, read_amount(tax["priceSet"])) for tax in duty["taxLines"]]
            parts[duty["id"]] = _part("DutySale", {"duty": duty}, None, read_amount(duty["price"]), taxes, included)
    for shipping in order["shippingLines"]:
        if not shipping["isRemoved"]:
            parts[shipping["id"]] = _shipping(order, shipping)
    for fee in order["additionalFees"]:
        taxes = [(tax, read_amount(tax["priceSet"])) for tax in fee["taxLines"]]
        sold = {**fee, "id": fee["id"].replace("/AdditionalFee/", "/SaleAdditionalFee/")}
        of = {"additionalFee": sold}
        parts[fee["id"]] = _part("AdditionalFeeSale", of, None, read_amount(fee["price"]), taxes, included)
    parts.update(_without_a_line(order))
    return parts


def _part(
    kind: str,
    of: Record,
    quantity: int | None,
    net: Amount,
    taxes: Iterable[tuple[Record, Amount]],
    included: bool,
    discount: Amount = ZERO,
) -> Part:
    amounts: dict[TaxKey, Amount] = {}
    lines: dict[TaxKey, Record] = {}
    for line, amount in taxes:
        key = line["title"], line["rate"]
        amounts[key], lines[key] = amounts.get(key, ZERO) + amount, line
    total = net if included else net + sum(amounts.values(), ZERO)
    return Part(kind, of, quantity, total, amounts, lines, discount)


def _shipping(order: Record, line: Record) -> Part:
    price, gone = read_amount(line["discountedPriceSet"]), refunded_shipping(order, line)
    taxes = [(tax, (amount := read_amount(tax["priceSet"])) - amount.share(gone, price)) for tax in line["taxLines"]]
    discount = total_of(allocated([line]))
    return _part(
        "ShippingLineSale", {"shippingLine": line}, None, price - gone, taxes, order["taxesIncluded"], discount
    )


def _without_a_line(order: Record) -> dict[str, Part]:
    """A tip that stands on no line of the order, fees for returns, and what refunds gave more or less than their lines."""
    parts = {}
    tip, adjustments, fees = loose_tip(order), adjustments_of(order), sum(return_fees(order), ZERO)
    if tip.shop:
        root = int(order["legacyResourceId"]) * 10_000
        parts["tip"] = Part("TipSale", {"lineItem": {"id": f"gid://shopify/LineItem/{root + 9_999}"}}, 1, tip)
    if fees.shop:
        parts["fees"] = Part("FeeSale", total=fees)
    if adjustments.shop:
        parts["adjustments"] = Part("AdjustmentSale", total=adjustments)
    return parts


def agree(order: Record, kind: str, at: datetime, **about: Record) -> Record:
    """A new agreement, still without sales."""
    number = int(order["legacyResourceId"]) * 10_000 + len(order["agreements"]) + 1
    agreement = {
        "__typename": kind,
        "id": f"gid://shopify/{kind}/{number}",
        "happenedAt": stamp(at),
        "reason": REASONS[kind],
        "sales": [],
        **about,
    }
    order["agreements"].append(agreement)
    return agreement


def book(order: Record, agreement: Record, before: Mapping[str, Part], after: Mapping[str, Part]) -> None:
    """Adds the sales that lead from what stood to what stands."""
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        pattern = new or old
        if pattern is None:
            continue
        change = _difference(old or Part(pattern.kind), new or Part(pattern.kind), pattern)
        if old is None or change.quantity or change.total != ZERO or change.discount != ZERO or any(
            amount != ZERO for amount in change.taxes.values()
        ):  # fmt: skip
            _write(order, agreement, change, _action(agreement, old, new, change))


def _difference(old: Part, new: Part, pattern: Part) -> Part:
    keys = dict.fromkeys([*old.taxes, *new.taxes])
    return Part(
        pattern.kind,
        pattern.of,
        None if pattern.quantity is None else (new.quantity or 0) - (old.quantity or 0),
        new.total - old.total,
        {key: new.taxes.get(key, ZERO) - old.taxes.get(key, ZERO) for key in keys},
        {**old.tax_lines, **new.tax_lines},
        new.discount - old.discount,
    )


def _action(agreement: Record, old: Part | None, new: Part | None, change: Part) -> str:
    if agreement["reason"] in ("REFUND", "RETURN") or new is None or (change.quantity or 0) < 0:
        return "RETURN"
    return "ORDER" if old is None or change.quantity else "UPDATE"


def _write(order: Record, agreement: Record, change: Part, action: str) -> None:
    bag = Currencies.of(order).bag
    number = int(agreement["id"].rpartition("/")[2]) * 1_000 + len(agreement["sales"])
    taxes = [
        {
            "id": f"gid://shopify/SaleTax/{number * 10 + place}",
            "amount": bag(amount),
            "taxLine": change.tax_lines[key],
        }
        for place, (key, amount) in enumerate(change.taxes.items())
    ]
    # Of shipping that is taken back, Shopify does not say which line it was.
    of = {"shippingLine": None} if change.kind == "ShippingLineSale" and action == "RETURN" else change.of
    agreement["sales"].append(
        {
            "__typename": change.kind,
            "id": f"gid://shopify/{change.kind}/{number}",
            "actionType": action,
            "lineType": LINE_TYPES[change.kind],
            "quantity": change.quantity,
            "totalAmount": bag(change.total),
            "totalTaxAmount": bag(sum(change.taxes.values(), ZERO)),
            "totalDiscountAmountBeforeTaxes": bag(change.discount),
            "totalDiscountAmountAfterTaxes": bag(ZERO),
            "taxes": taxes,
            **of,
        }
    )


def book_fee(order: Record, agreement: Record, fee: Amount) -> None:
    """What the merchant keeps for taking goods back."""
    if fee.shop:
        _write(order, agreement, Part("FeeSale", total=fee), "ORDER")
