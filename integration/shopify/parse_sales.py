"""Shopify's agreements and refunds → value types. What is missing or unreadable names its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration.errors import RecordError
from integration.shopify.fields import Json, child, moment, money, nodes, required, rows, text, typed
from integration.shopify.order import TaxLine
from integration.shopify.sales import (
    Adjustment,
    Agreement,
    Refund,
    RefundCharge,
    RefundLine,
    RefundPayment,
    Sale,
    SalesLedger,
)

# What a sale is about, by its kind. Adjustments, return fees and kinds to come are about nothing that has an id of its own.
OBJECTS = {
    "PRODUCT": "lineItem",
    "GIFT_CARD": "lineItem",
    "TIP": "lineItem",
    "DUTY": "duty",
    "ADDITIONAL_FEE": "additionalFee",
}


def parse_sales(node: Json, agreements: Sequence[Json]) -> SalesLedger:
    """An `Order` node of order_agreements, and its agreements, all of whose pages were read.

    Raises RecordError `answer_malformed`.
    """
    return SalesLedger(
        order_id=required(node, "id"),
        name=required(node, "name"),
        current_total=money(node, "currentTotalPriceSet"),
        refunded=money(node, "totalRefundedSet"),
        agreements=tuple(sorted((parse_agreement(one) for one in agreements), key=lambda one: one.happened_at)),
        refunds=tuple(sorted((parse_refund(one) for one in rows(node, "refunds")), key=lambda one: one.created_at)),
    )


def parse_agreement(node: Json) -> Agreement:
    kind = required(node, "reason")
    return Agreement(
        id=required(node, "id"),
        kind=kind,
        happened_at=moment(node, "happenedAt"),
        sales=tuple(_sale(sale) for sale in nodes(node, "sales")),
        refund_id=text(child(node, "refund"), "id"),
    )


def parse_refund(node: Json) -> Refund:
    return Refund(
        id=required(node, "id"),
        created_at=moment(node, "createdAt" if node.get("createdAt") else "processedAt"),
        total=money(node, "totalRefundedSet"),
        lines=tuple(_refund_line(line) for line in nodes(node, "refundLineItems")),
        shipping=tuple(_refund_shipping(line) for line in nodes(node, "refundShippingLines")),
        duties=tuple(_refund_duty(duty) for duty in (rows(node, "duties") if node.get("duties") is not None else ())),
        adjustments=tuple(_adjustment(one) for one in nodes(node, "orderAdjustments")),
        payments=tuple(_payment(one) for one in nodes(node, "transactions")),
    )


def _sale(node: Json) -> Sale:
    line_type, action = required(node, "lineType"), required(node, "actionType")
    return Sale(
        id=required(node, "id"),
        line_id=_line_id(node, line_type),
        line_type=line_type,
        action=action,
        quantity=0 if node.get("quantity") is None else typed(node, "quantity", int),
        total=money(node, "totalAmount"),
        tax=money(node, "totalTaxAmount"),
        taxes=tuple(
            TaxLine(required(typed(tax, "taxLine", Mapping), "title"), money(tax, "amount"))
            for tax in rows(node, "taxes")
        ),
        discount=money(node, "totalDiscountAmountBeforeTaxes"),
    )


def _line_id(node: Json, line_type: str) -> str:
    if line_type == "SHIPPING":
        return text(child(node, "shippingLine"), "id")
    field = OBJECTS.get(line_type)
    return required(typed(node, field, Mapping), "id") if field else ""


def _refund_line(node: Json) -> RefundLine:
    return RefundLine(
        line_id=required(typed(node, "lineItem", Mapping), "id"),
        quantity=typed(node, "quantity", int),
        subtotal=money(node, "subtotalSet"),
        tax=money(node, "totalTaxSet"),
        restock_type=required(node, "restockType"),
        restocked=typed(node, "restocked", bool),
    )


def _refund_shipping(node: Json) -> RefundCharge:
    """A shipping line may be without an id here, as on its order."""
    line_id = text(typed(node, "shippingLine", Mapping), "id")
    return RefundCharge(line_id, money(node, "subtotalAmountSet"), money(node, "taxAmountSet"))


def _refund_duty(node: Json) -> RefundCharge:
    return RefundCharge(text(child(node, "originalDuty"), "id"), money(node, "amountSet"))


def _adjustment(node: Json) -> Adjustment:
    return Adjustment(required(node, "id"), text(node, "reason"), money(node, "amountSet"), money(node, "taxAmountSet"))


def _payment(node: Json) -> RefundPayment:
    return RefundPayment(
        id=required(node, "id"),
        kind=required(node, "kind"),
        status=required(node, "status"),
        amount=money(node, "amountSet"),
        gateway=text(node, "gateway"),
        processed_at=moment(node, "processedAt" if node.get("processedAt") else "createdAt"),
        payment_id=text(child(node, "parentTransaction"), "id"),
        test=typed(node, "test", bool),
    )


def require_whole(node: Json, *connections: str) -> None:
    """RecordError `incomplete_answer` where one of these lists goes on after its page."""
    for name in connections:
        if typed(typed(typed(node, name, Mapping), "pageInfo", Mapping), "hasNextPage", bool):
            raise RecordError("incomplete_answer")
