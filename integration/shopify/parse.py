"""Shopify's JSON → value types. Anything missing or unreadable names its field and holds that order alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from integration.shopify.fields import (
    Json,
    child,
    moment,
    money,
    money_or_zero,
    nodes,
    required,
    rows,
    tax_lines,
    text,
    typed,
)
from integration.shopify.order import Address, Charge, Fulfilment, OrderLine, ShopOrder, Transaction


def parse_order(node: Json) -> ShopOrder:
    """An `Order` node of orders_by_id, all of whose pages were read. Raises RecordError `answer_malformed`."""
    return ShopOrder(
        id=required(node, "id"),
        name=required(node, "name"),
        processed_at=moment(node, "processedAt"),
        updated_at=moment(node, "updatedAt"),
        currency=required(node, "currencyCode"),
        total=money(node, "totalPriceSet"),
        current_total=money(node, "currentTotalPriceSet"),
        total_tax=money_or_zero(node, "totalTaxSet"),
        lines=tuple(parse_line(line) for line in nodes(node, "lineItems")),
        shipping=tuple(
            _shipping(line, f"{node['id']}/shipping/{place}") for place, line in enumerate(nodes(node, "shippingLines"))
        ),
        fees=tuple(_charge(fee, text(fee, "name")) for fee in rows(node, "additionalFees")),
        transactions=tuple(_transaction(transaction) for transaction in rows(node, "transactions")),
        fulfilments=tuple(_fulfilment(fulfilment) for fulfilment in rows(node, "fulfillments")),
        tip=money_or_zero(node, "totalTipReceivedSet"),
        refunded=money_or_zero(node, "totalRefundedSet"),
        cash_rounding=money_or_zero(child(node, "totalCashRoundingAdjustment"), "paymentSet"),
        taxes_included=typed(node, "taxesIncluded", bool),
        test=typed(node, "test", bool),
        edited=typed(node, "edited", bool),
        cancelled=node.get("cancelledAt") is not None,
        customer_po=text(node, "poNumber"),
        note=text(node, "note"),
        buyer_name=text(child(node, "customer"), "displayName"),
        email=text(node, "email"),
        phone=text(node, "phone"),
        ship_to=_address(child(node, "shippingAddress")),
        bill_to=_address(child(node, "billingAddress")),
    )


def parse_line(node: Json) -> OrderLine:
    return OrderLine(
        id=required(node, "id"),
        name=required(node, "name"),
        sku=text(node, "sku"),
        quantity=typed(node, "quantity", int),
        current_quantity=typed(node, "currentQuantity", int),
        unit_price=money(node, "originalUnitPriceSet"),
        gross=money(node, "originalTotalSet"),
        discount=sum((money(one, "allocatedAmountSet") for one in rows(node, "discountAllocations")), Decimal(0)),
        taxes=tax_lines(node),
        duties=tuple(_charge(duty, required(node, "name")) for duty in rows(node, "duties")),
        gift_card=typed(node, "isGiftCard", bool),
    )


def parse_fulfilment_line(node: Json) -> tuple[str, int]:
    return required(typed(node, "lineItem", Mapping), "id"), typed(node, "quantity", int)


def _shipping(node: Json, id: str) -> Charge:
    """Shopify may leave a shipping line without its own id: `id` is then its place in the order."""
    original, discounted = money(node, "originalPriceSet"), money(node, "discountedPriceSet")
    return Charge(text(node, "id") or id, text(node, "title"), original, tax_lines(node), original - discounted)


def _charge(node: Json, title: str) -> Charge:
    return Charge(required(node, "id"), title, money(node, "price"), tax_lines(node))


def _transaction(node: Json) -> Transaction:
    return Transaction(
        id=required(node, "id"),
        kind=required(node, "kind"),
        status=required(node, "status"),
        amount=money(node, "amountSet"),
        processed_at=moment(node, "processedAt" if node.get("processedAt") else "createdAt"),
        test=typed(node, "test", bool),
    )


def _fulfilment(node: Json) -> Fulfilment:
    tracking = rows(node, "trackingInfo")
    return Fulfilment(
        id=required(node, "id"),
        name=required(node, "name"),
        status=required(node, "status"),
        created_at=moment(node, "createdAt"),
        carrier=text(tracking[0], "company") if tracking else "",
        tracking_number=", ".join(number for one in tracking if (number := text(one, "number"))),
        lines=tuple(parse_fulfilment_line(line) for line in nodes(node, "fulfillmentLineItems")),
    )


def _address(node: Json) -> Address:
    return Address(
        name=text(node, "name"),
        company=text(node, "company"),
        address1=text(node, "address1"),
        address2=text(node, "address2"),
        city=text(node, "city"),
        province=text(node, "provinceCode"),
        country=text(node, "countryCodeV2"),
        postal_code=text(node, "zip"),
        phone=text(node, "phone"),
    )
