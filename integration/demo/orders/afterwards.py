"""What happens to an order afterwards: refunds, cancellation, archiving."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from integration.demo.orders.money import ZERO, Amount, Currencies, read_amount
from integration.demo.orders.payments import give_back, void
from integration.demo.orders.totals import net_of, refunded_quantity, settle
from integration.demo.shop.store import Record, stamp


def refund(order: Record, at: datetime, amount: Decimal, quantities: Mapping[int, int] | None = None) -> Record:
    """Money back, with the units of these lines or without any: {index of the line: units}.

    What the lines do not explain is a discrepancy, which Shopify tells as an adjustment.
    """
    currencies = Currencies.of(order)
    number = int(order["legacyResourceId"]) * 10_000 + len(order["refunds"]) + 1
    rows = [
        write_refund_line(order, number * 1_000 + place, order["lineItems"][index], units)
        for place, (index, units) in enumerate((quantities or {}).items())
    ]
    money = currencies.amount(amount)
    transactions = [give_back(order, at, money)] if amount else []
    written = {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": stamp(at),
        "processedAt": stamp(at),
        "updatedAt": stamp(at),
        "note": None,
        "totalRefundedSet": currencies.bag(money),
        "refundLineItems": rows,
        "refundShippingLines": [],
        "orderAdjustments": write_adjustments(order, number, explained(order, rows) - money),
        "transactions": transactions,
    }
    order["refunds"].append(written)
    settle(order, at)
    return written


def explained(order: Record, rows: list[Record]) -> Amount:
    """What refunded lines are worth, taxes and all."""
    taxed = ZERO if order["taxesIncluded"] else sum((read_amount(row["totalTaxSet"]) for row in rows), ZERO)
    return sum((read_amount(row["subtotalSet"]) for row in rows), ZERO) + taxed


def write_refund_line(order: Record, number: int, line: Record, units: int) -> Record:
    bag = Currencies.of(order).bag
    before, whole = refunded_quantity(order, line), line["quantity"]

    def share(amount: Amount) -> Amount:
        return amount.part(before + units, whole) - amount.part(before, whole)

    taxes = sum((share(read_amount(tax["priceSet"])) for tax in line["taxLines"]), ZERO)
    return {
        "id": f"gid://shopify/RefundLineItem/{number}",
        "quantity": units,
        "restockType": "RETURN",
        "restocked": True,
        "location": None,
        "priceSet": line["discountedUnitPriceAfterAllDiscountsSet"],
        "subtotalSet": bag(share(net_of(line))),
        "totalTaxSet": bag(taxes),
        "lineItem": line,
    }


def write_adjustments(order: Record, number: int, gap: Amount) -> list[Record]:
    if not gap.shop:
        return []
    bag = Currencies.of(order).bag
    return [
        {
            "id": f"gid://shopify/OrderAdjustment/{number}",
            "reason": "REFUND_DISCREPANCY",
            "amountSet": bag(gap),
            "taxAmountSet": bag(ZERO),
        }
    ]


def cancel(order: Record, at: datetime, *, give_money_back: bool = False, reason: str = "CUSTOMER") -> None:
    """The order is off: authorised money is let go, received money is given back if asked."""
    paid = read_amount(order["netPaymentSet"]).shop
    if order["capturable"]:
        void(order, at)
    if give_money_back and paid:
        left = {index: line["currentQuantity"] for index, line in enumerate(order["lineItems"])}
        refund(order, at, paid, {index: units for index, units in left.items() if units})
    order.update(cancelledAt=stamp(at), cancelReason=reason)
    archive(order, at)


def archive(order: Record, at: datetime) -> None:
    order.update(closed=True, closedAt=stamp(at))
    settle(order, at)
