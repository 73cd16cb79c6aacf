"""Shopify's JSON → value types. Anything missing or unreadable names its field and holds that order alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from integration.errors import RecordError
from integration.shopify.order import Address, Charge, Fulfilment, OrderLine, ShopOrder, TaxLine, Transaction

Json = Mapping[str, Any]
T = TypeVar("T")
LARGEST_EXPONENT = 50  # beyond it an amount is no amount, and could not even be shown


def parse_order(node: Json) -> ShopOrder:
    """An `Order` node of orders_by_id, all of whose pages were read. Raises RecordError `answer_malformed`."""
    return ShopOrder(
        id=_required(node, "id"),
        name=_required(node, "name"),
        processed_at=_time(node, "processedAt"),
        updated_at=_time(node, "updatedAt"),
        currency=_required(node, "currencyCode"),
        total=_money(node, "totalPriceSet"),
        current_total=_money(node, "currentTotalPriceSet"),
        total_tax=_money_or_zero(node, "totalTaxSet"),
        lines=tuple(parse_line(line) for line in _nodes(node, "lineItems")),
        shipping=tuple(
            _shipping(line, f"{node['id']}/shipping/{place}")
            for place, line in enumerate(_nodes(node, "shippingLines"))
        ),
        fees=tuple(_charge(fee, _text(fee, "name")) for fee in _list(node, "additionalFees")),
        transactions=tuple(_transaction(transaction) for transaction in _list(node, "transactions")),
        fulfilments=tuple(_fulfilment(fulfilment) for fulfilment in _list(node, "fulfillments")),
        tip=_money_or_zero(node, "totalTipReceivedSet"),
        refunded=_money_or_zero(node, "totalRefundedSet"),
        cash_rounding=_money_or_zero(_child(node, "totalCashRoundingAdjustment"), "paymentSet"),
        taxes_included=_get(node, "taxesIncluded", bool),
        test=_get(node, "test", bool),
        edited=_get(node, "edited", bool),
        cancelled=node.get("cancelledAt") is not None,
        customer_po=_text(node, "poNumber"),
        note=_text(node, "note"),
        buyer_name=_text(_child(node, "customer"), "displayName"),
        email=_text(node, "email"),
        phone=_text(node, "phone"),
        ship_to=_address(_child(node, "shippingAddress")),
        bill_to=_address(_child(node, "billingAddress")),
    )


def parse_line(node: Json) -> OrderLine:
    return OrderLine(
        id=_required(node, "id"),
        name=_required(node, "name"),
        sku=_text(node, "sku"),
        quantity=_get(node, "quantity", int),
        current_quantity=_get(node, "currentQuantity", int),
        unit_price=_money(node, "originalUnitPriceSet"),
        gross=_money(node, "originalTotalSet"),
        discount=sum((_money(one, "allocatedAmountSet") for one in _list(node, "discountAllocations")), Decimal(0)),
        taxes=_taxes(node),
        duties=tuple(_charge(duty, _required(node, "name")) for duty in _list(node, "duties")),
        gift_card=_get(node, "isGiftCard", bool),
    )


def parse_fulfilment_line(node: Json) -> tuple[str, int]:
    return _required(_get(node, "lineItem", Mapping), "id"), _get(node, "quantity", int)


def parse_time(text: str) -> datetime:
    """`2026-11-24T14:58:00Z`, always UTC; raises ValueError, for a year that no shop has known too."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise ValueError(text)
    return moment


def clean(text: str) -> str:
    """Without what no database takes: zeros, and halves of characters that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def _shipping(node: Json, id: str) -> Charge:
    """Shopify may leave a shipping line without its own id: `id` is then its place in the order."""
    original, discounted = _money(node, "originalPriceSet"), _money(node, "discountedPriceSet")
    return Charge(_text(node, "id") or id, _text(node, "title"), original, _taxes(node), original - discounted)


def _charge(node: Json, title: str) -> Charge:
    return Charge(_required(node, "id"), title, _money(node, "price"), _taxes(node))


def _taxes(node: Json) -> tuple[TaxLine, ...]:
    return tuple(TaxLine(_required(tax, "title"), _money(tax, "priceSet")) for tax in _list(node, "taxLines"))


def _transaction(node: Json) -> Transaction:
    return Transaction(
        id=_required(node, "id"),
        kind=_required(node, "kind"),
        status=_required(node, "status"),
        amount=_money(node, "amountSet"),
        processed_at=_time(node, "processedAt" if node.get("processedAt") else "createdAt"),
        test=_get(node, "test", bool),
    )


def _fulfilment(node: Json) -> Fulfilment:
    tracking = _list(node, "trackingInfo")
    return Fulfilment(
        id=_required(node, "id"),
        name=_required(node, "name"),
        status=_required(node, "status"),
        created_at=_time(node, "createdAt"),
        carrier=_text(tracking[0], "company") if tracking else "",
        tracking_number=", ".join(number for one in tracking if (number := _text(one, "number"))),
        lines=tuple(parse_fulfilment_line(line) for line in _nodes(node, "fulfillmentLineItems")),
    )


def _address(node: Json) -> Address:
    return Address(
        name=_text(node, "name"),
        company=_text(node, "company"),
        address1=_text(node, "address1"),
        address2=_text(node, "address2"),
        city=_text(node, "city"),
        province=_text(node, "provinceCode"),
        country=_text(node, "countryCodeV2"),
        postal_code=_text(node, "zip"),
        phone=_text(node, "phone"),
    )


def _get(node: Json, field: str, kind: type[T] | Callable[..., T]) -> T:
    value = node.get(field)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):  # type: ignore[arg-type]
        raise RecordError("answer_malformed", field=field)
    return value


def _list(node: Json, field: str) -> list[Json]:
    value = node.get(field)
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise RecordError("answer_malformed", field=field)
    return value


def _nodes(node: Json, field: str) -> list[Json]:
    return _list(_get(node, field, Mapping), "nodes")


def _text(node: Json, field: str) -> str:
    value = node.get(field)
    if value is not None and not isinstance(value, str):
        raise RecordError("answer_malformed", field=field)
    return clean(value or "")


def _required(node: Json, field: str) -> str:
    return clean(_get(node, field, str))


def _child(node: Json, field: str) -> Json:
    """An object that may be null."""
    return {} if node.get(field) is None else _get(node, field, Mapping)


def _time(node: Json, field: str) -> datetime:
    try:
        return parse_time(_get(node, field, str))
    except ValueError:
        raise RecordError("answer_malformed", field=field) from None


def _money(node: Json, field: str) -> Decimal:
    bag = _get(node, field, Mapping)
    amount = _get(bag, "shopMoney", Mapping) if "shopMoney" in bag else bag
    try:
        value = Decimal(_get(amount, "amount", str))
    except InvalidOperation:
        raise RecordError("answer_malformed", field=field) from None
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise RecordError("answer_malformed", field=field)
    return value


def _money_or_zero(node: Json, field: str) -> Decimal:
    return Decimal(0) if node.get(field) is None else _money(node, field)
