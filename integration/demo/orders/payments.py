"""Payments of an order: each adds a transaction to the dict and settles what follows from it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from integration.demo.orders.money import ZERO, Amount, Currencies, read_amount, total_of
from integration.demo.orders.totals import MONEY_IN, amount_due, moved, settle
from integration.demo.shop.store import Record, stamp

GATEWAYS = {"shopify_payments": "Shopify Payments", "gift_card": "Gift card", "cash": "Cash", "manual": "Manual"}
MANUAL_GATEWAYS = {"manual", "Virement Interac", "Money Order", "Cash on Delivery (COD)"}
NICKEL = Decimal("0.05")


def pay(order: Record, at: datetime, amount: Decimal | None = None, *, gateway: str = "shopify_payments") -> Record:
    """A sale: money received at once, by default all that is due."""
    return _move(order, at, "SALE", _asked(order, amount, amount_due(order)), gateway)


def pay_cash(order: Record, at: datetime) -> Record:
    """Cash at the counter: what is due, rounded to five cents."""
    due = amount_due(order)
    handed_over = (due.shop / NICKEL).quantize(Decimal(1)) * NICKEL
    currencies = Currencies.of(order)
    rounding = currencies.bag(handed_over - due.shop)
    order["totalCashRoundingAdjustment"] = {**order["totalCashRoundingAdjustment"], "paymentSet": rounding}
    row = _move(order, at, "SALE", currencies.amount(handed_over), "cash")
    row["amountRoundingSet"] = rounding
    return row


def authorize(
    order: Record, at: datetime, amount: Decimal | None = None, *, gateway: str = "shopify_payments"
) -> Record:
    """The card is good for the money, but none moves yet."""
    return _move(order, at, "AUTHORIZATION", _asked(order, amount, amount_due(order)), gateway)


def capture(order: Record, at: datetime, amount: Decimal | None = None) -> Record:
    """Takes the authorised money, or part of it."""
    parent = _last(order, "AUTHORIZATION", "SUCCESS")
    left = moved(order, "AUTHORIZATION") - moved(order, "CAPTURE")
    return _move(order, at, "CAPTURE", _asked(order, amount, left), parent["gateway"], parent=parent)


def void(order: Record, at: datetime) -> Record:
    """Lets the authorised money go. Shopify tells this with an amount of zero."""
    parent = _last(order, "AUTHORIZATION", "SUCCESS")
    return _move(order, at, "VOID", ZERO, parent["gateway"], parent=parent)


def fail_payment(order: Record, at: datetime, *, gateway: str = "shopify_payments") -> Record:
    """A card that was declined."""
    return _move(order, at, "SALE", amount_due(order), gateway, status="FAILURE", error="CARD_DECLINED")


def pending_payment(order: Record, at: datetime, *, gateway: str = "manual") -> Record:
    """A payment that was announced, such as a transfer, and has not come."""
    return _move(order, at, "SALE", amount_due(order), gateway, status="PENDING")


def settle_pending(order: Record, at: datetime) -> Record:
    """The announced payment came: Shopify adds a sale that names the pending one."""
    parent = _last(order, "SALE", "PENDING")
    return _move(order, at, "SALE", amount_due(order), parent["gateway"], parent=parent)


def give_back(order: Record, at: datetime, amount: Amount, status: str = "SUCCESS") -> list[Record]:
    """The refund transactions alone; `refund` tells the rest of the story.

    Each payment gives back no more than it brought; what exceeds them all goes on the last.
    """
    payments = [row for row in order["transactions"] if row["kind"] in MONEY_IN and row["status"] == "SUCCESS"]
    rows, left = [], amount
    for payment in payments:
        share = (
            left
            if payment is payments[-1]
            else _at_most(left, read_amount(payment["amountSet"]) - _back(order, payment))
        )
        if share.shop > 0:
            row = write_transaction(order, at, "REFUND", share, payment["gateway"], status=status, parent=payment)
            order["transactions"].append(row)
            rows.append(row)
            left -= share
    return rows


def _at_most(amount: Amount, limit: Amount) -> Amount:
    return amount if amount.shop <= limit.shop else limit


def _back(order: Record, payment: Record) -> Amount:
    rows = (row for row in order["transactions"] if row["kind"] == "REFUND" and row["status"] != "FAILURE")
    return total_of(row["amountSet"] for row in rows if row["parentTransaction"] is payment)


def _asked(order: Record, amount: Decimal | None, whole: Amount) -> Amount:
    return whole if amount is None or amount == whole.shop else Currencies.of(order).amount(amount)


def _last(order: Record, kind: str, status: str) -> Record:
    rows: list[Record] = order["transactions"]
    return next(row for row in reversed(rows) if row["kind"] == kind and row["status"] == status)


def _move(
    order: Record,
    at: datetime,
    kind: str,
    amount: Amount,
    gateway: str,
    *,
    status: str = "SUCCESS",
    parent: Record | None = None,
    error: str | None = None,
) -> Record:
    row = write_transaction(order, at, kind, amount, gateway, status=status, parent=parent, error=error)
    order["transactions"].append(row)
    if gateway not in order["paymentGatewayNames"]:
        order["paymentGatewayNames"].append(gateway)
    settle(order, at)
    return row


def write_transaction(
    order: Record,
    at: datetime,
    kind: str,
    amount: Amount,
    gateway: str,
    *,
    status: str = "SUCCESS",
    parent: Record | None = None,
    error: str | None = None,
) -> Record:
    number = len(order["transactions"]) + 1
    return {
        "id": f"gid://shopify/OrderTransaction/{int(order['legacyResourceId']) * 10_000 + number}",
        "kind": kind,
        "status": status,
        "test": order["test"],
        "gateway": gateway,
        "formattedGateway": GATEWAYS.get(gateway, gateway),
        "manualPaymentGateway": gateway in MANUAL_GATEWAYS,
        "createdAt": stamp(at),
        "processedAt": stamp(at),
        "paymentId": f"{order['name']}.{number}",
        "errorCode": error,
        "amountSet": Currencies.of(order).bag(amount),
        "amountRoundingSet": None,
        "parentTransaction": parent,
    }
