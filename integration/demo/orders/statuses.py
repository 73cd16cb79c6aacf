"""An order's two statuses, from its settled amounts and quantities."""

from __future__ import annotations

from integration.demo.orders.money import read_amount
from integration.demo.shop.store import Record


def financial_status(order: Record) -> str:
    received, refunded = read_amount(order["totalReceivedSet"]).shop, read_amount(order["totalRefundedSet"]).shop
    if refunded:
        return "REFUNDED" if refunded >= received else "PARTIALLY_REFUNDED"
    if received:
        return "PAID" if order["fullyPaid"] else "PARTIALLY_PAID"
    if order["capturable"]:
        return "AUTHORIZED"
    if order["cancelledAt"] or any(row["kind"] == "VOID" for row in order["transactions"]):
        return "VOIDED"
    return "PAID" if order["fullyPaid"] else "PENDING"


def fulfilment_status(order: Record) -> str:
    """Units that need no shipping never hold an order back; alone, they need no fulfilment at all."""
    shipped = any(parcel["status"] == "SUCCESS" for parcel in order["fulfillments"])
    if not shipped and not order["requiresShipping"]:
        return "FULFILLMENT_NOT_REQUIRED"
    left = sum(line["unfulfilledQuantity"] for line in order["lineItems"] if line["requiresShipping"])
    if not shipped:
        return "UNFULFILLED"
    return "PARTIALLY_FULFILLED" if left else "FULFILLED"
