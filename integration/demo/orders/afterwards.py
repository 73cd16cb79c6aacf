"""What happens to an order afterwards: refunds, returns, cancellation, archiving."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from integration.demo.orders.ledger import agree, book, book_fee, parts_of
from integration.demo.orders.money import ZERO, Amount, Currencies, read_amount, total_of
from integration.demo.orders.payments import give_back, void
from integration.demo.orders.taken_back import adjustments_of, refunded_shipping
from integration.demo.orders.totals import amount_due, net_of, settle, shipping_of
from integration.demo.shop.store import Record, stamp

NOTHING = Decimal(0)


class RefundRefusedError(ValueError):
    """Shopify would not give this money back."""


def refund(
    order: Record,
    at: datetime,
    amount: Decimal,
    quantities: Mapping[int, int] | None = None,
    *,
    shipping: Decimal = NOTHING,
    restock: bool = True,
    pending: bool = False,
    allow_over: bool = False,
) -> Record:
    """Money back, with the units of these lines or without any: {index of the line: units}, and shipping without its taxes.

    What neither these explain nor was owed is a discrepancy, which Shopify tells as an adjustment. While the money is on
    its way (`pending`) all of it is one.
    """
    net = read_amount(order["netPaymentSet"]).shop
    if amount > net and not allow_over:
        raise RefundRefusedError(f"Refund amount ${amount:.2f} is greater than net payment received ${net:.2f}")
    before, due, money = parts_of(order), amount_due(order), Currencies.of(order).amount(amount)
    written = write_refund(order, at, quantities or {}, shipping, restock)
    gap = discrepancy(explained(order, written), due, ZERO if pending else money)
    reason = "PENDING_REFUND_DISCREPANCY" if pending else "REFUND_DISCREPANCY"
    written["orderAdjustments"] = write_adjustments(order, written, gap, reason)
    pay_out(order, at, written, money, status="PENDING" if pending else "SUCCESS")
    settle(order, at)
    book(order, agree(order, "RefundAgreement", at, refund=written), before, parts_of(order))
    return written


def refund_arrives(order: Record, at: datetime, written: Record) -> None:
    """The money of a pending refund has left: what is discrepancy now is only what it does not explain."""
    before, worth = parts_of(order), explained(order, written)
    money = total_of(row["amountSet"] for row in written["transactions"])
    written["orderAdjustments"] = []
    settle(order, at)
    gap = discrepancy(worth, amount_due(order) + worth, money)
    written.update(
        orderAdjustments=write_adjustments(order, written, gap, "REFUND_DISCREPANCY"),
        totalRefundedSet=Currencies.of(order).bag(money),
        updatedAt=stamp(at),
    )
    for row in written["transactions"]:
        row["status"] = "SUCCESS"
    settle(order, at)
    book(order, agree(order, "RefundAgreement", at, refund=written), before, parts_of(order))


def take_back(order: Record, at: datetime, quantities: Mapping[int, int], *, fee: Decimal = NOTHING) -> Record:
    """Shipped units come back, and the merchant may keep a fee for it. The money is given back by a refund of its own."""
    before = parts_of(order)
    agreement = agree(order, "ReturnAgreement", at)
    removed = {order["lineItems"][index]["id"]: units for index, units in quantities.items()}
    book(order, agreement, before, parts_of(order, removed))
    book_fee(order, agreement, Currencies.of(order).amount(fee))
    order["returnStatus"] = "RETURNED"
    settle(order, at)
    return agreement


def cancel(
    order: Record,
    at: datetime,
    *,
    give_money_back: bool = False,
    reason: str = "CUSTOMER",
    restock: bool = True,
) -> None:
    """The order is off: all that stands is taken back, authorised money is let go, received money given back if asked."""
    before, paid = parts_of(order), read_amount(order["netPaymentSet"])
    if order["capturable"]:
        void(order, at)
    left = {index: line["currentQuantity"] for index, line in enumerate(order["lineItems"]) if line["currentQuantity"]}
    shipping = total_of(line["currentDiscountedPriceSet"] for line in shipping_of(order))
    written = write_refund(order, at, left, shipping.shop, restock)
    written["duties"] = [
        {"amountSet": duty["price"], "originalDuty": duty} for line in order["lineItems"] for duty in line["duties"]
    ]
    balance = ZERO - adjustments_of(order)
    written["orderAdjustments"] = write_adjustments(order, written, balance, "FULL_RETURN_BALANCING_ADJUSTMENT")
    if give_money_back and paid.shop > 0:
        pay_out(order, at, written, paid)
    order.update(cancelledAt=stamp(at), cancelReason=reason)
    archive(order, at)
    book(order, agree(order, "RefundAgreement", at, refund=written), before, parts_of(order))


def archive(order: Record, at: datetime) -> None:
    order.update(closed=True, closedAt=stamp(at))
    settle(order, at)


def write_refund(
    order: Record, at: datetime, quantities: Mapping[int, int], shipping: Decimal, restock: bool
) -> Record:
    """A refund of these goods and this shipping, on the order, and without any money yet."""
    number = int(order["legacyResourceId"]) * 10_000 + len(order["refunds"]) + 1
    rows = [
        write_refund_line(order, number * 1_000 + place, order["lineItems"][index], units, restock)
        for place, (index, units) in enumerate(quantities.items())
    ]
    written = {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": stamp(at),
        "processedAt": stamp(at),
        "updatedAt": stamp(at),
        "note": None,
        "totalRefundedSet": Currencies.of(order).bag(ZERO),
        "refundLineItems": rows,
        "refundShippingLines": write_refund_shipping(order, number * 1_000, shipping),
        "duties": [],
        "orderAdjustments": [],
        "transactions": [],
    }
    order["refunds"].append(written)
    return written


def pay_out(order: Record, at: datetime, written: Record, money: Amount, status: str = "SUCCESS") -> None:
    if money.shop > 0:
        written["transactions"] = give_back(order, at, money, status)
    written["totalRefundedSet"] = Currencies.of(order).bag(money if status == "SUCCESS" else ZERO)


def explained(order: Record, written: Record) -> Amount:
    """What refunded lines and shipping are worth, taxes and all."""
    lines, shipping = written["refundLineItems"], written["refundShippingLines"]
    net = total_of(row["subtotalSet"] for row in lines) + total_of(row["subtotalAmountSet"] for row in shipping)
    taxes = total_of(row["totalTaxSet"] for row in lines) + total_of(row["taxAmountSet"] for row in shipping)
    return net if order["taxesIncluded"] else net + taxes


def discrepancy(worth: Amount, due: Amount, money: Amount) -> Amount:
    """How much less was given back than there was to give, or more (below zero).

    There was to give what the goods are worth, less what was not paid for yet. Whether that with which the buyer was already
    in credit goes with it, after an edit for instance, is free.
    """
    least, most = _at_least_nothing(worth - _at_least_nothing(due)), _at_least_nothing(worth - due)
    if money.shop < least.shop:
        return least - money
    return most - money if money.shop > most.shop else ZERO


def _at_least_nothing(amount: Amount) -> Amount:
    return amount if amount.shop > 0 else ZERO


def write_refund_line(order: Record, number: int, line: Record, units: int, restock: bool) -> Record:
    bag = Currencies.of(order).bag
    whole, kept = line["quantity"], line["currentQuantity"]

    def share(amount: Amount) -> Amount:
        return amount.part(whole - kept + units, whole) - amount.part(whole - kept, whole)

    taxes = sum((share(read_amount(tax["priceSet"])) for tax in line["taxLines"]), ZERO)
    back = "CANCEL" if line["unfulfilledQuantity"] >= units else "RETURN"
    return {
        "id": f"gid://shopify/RefundLineItem/{number}",
        "quantity": units,
        "restockType": back if restock else "NO_RESTOCK",
        "restocked": restock,
        "location": None,
        "priceSet": line["discountedUnitPriceAfterAllDiscountsSet"],
        "subtotalSet": bag(share(net_of(line))),
        "totalTaxSet": bag(taxes),
        "lineItem": line,
    }


def write_refund_shipping(order: Record, number: int, amount: Decimal) -> list[Record]:
    """`amount` of shipping without its taxes, off the first lines that have it; never more than they cost."""
    bag, rows, left = Currencies.of(order).bag, list[Record](), amount
    for line in shipping_of(order):
        price, before = read_amount(line["discountedPriceSet"]), refunded_shipping(order, line)
        whole = price - before
        gone = whole if left >= whole.shop else Currencies.of(order).amount(left)
        if gone.shop <= 0:
            continue
        left -= gone.shop
        taxes = (read_amount(tax["priceSet"]) for tax in line["taxLines"])
        back = sum((tax.share(before + gone, price) - tax.share(before, price) for tax in taxes), ZERO)
        rows.append(
            {
                "id": f"gid://shopify/RefundShippingLine/{number + len(rows)}",
                "shippingLine": line,
                "subtotalAmountSet": bag(gone),
                "taxAmountSet": bag(back),
            }
        )
    return rows


def write_adjustments(order: Record, written: Record, gap: Amount, reason: str) -> list[Record]:
    if not gap.shop:
        return []
    bag = Currencies.of(order).bag
    number = written["id"].rpartition("/")[2]
    return [
        {
            "id": f"gid://shopify/OrderAdjustment/{number}",
            "reason": reason,
            "amountSet": bag(gap),
            "taxAmountSet": bag(ZERO),
        }
    ]
