"""The fields of Shopify's JSON, one by one. What is missing or unreadable is a RecordError `answer_malformed` that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from integration.errors import RecordError
from integration.shopify.order import TaxLine

Json = Mapping[str, Any]
T = TypeVar("T")
LARGEST_EXPONENT = 50  # beyond it an amount is no amount, and could not even be shown


def parse_time(text: str) -> datetime:
    """`2026-11-24T14:58:00Z`, always UTC; raises ValueError, for a year that no shop has known too."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise ValueError(text)
    return moment


def clean(text: str) -> str:
    """Without what no database takes: zeros, and halves of characters that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def typed(node: Json, field: str, kind: type[T] | Callable[..., T]) -> T:
    value = node.get(field)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):  # type: ignore[arg-type]
        raise RecordError("answer_malformed", field=field)
    return value


def rows(node: Json, field: str) -> list[Json]:
    value = node.get(field)
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise RecordError("answer_malformed", field=field)
    return value


def nodes(node: Json, field: str) -> list[Json]:
    return rows(typed(node, field, Mapping), "nodes")


def text(node: Json, field: str) -> str:
    value = node.get(field)
    if value is not None and not isinstance(value, str):
        raise RecordError("answer_malformed", field=field)
    return clean(value or "")


def required(node: Json, field: str) -> str:
    return clean(typed(node, field, str))


def child(node: Json, field: str) -> Json:
    """An object that may be null."""
    return {} if node.get(field) is None else typed(node, field, Mapping)


def moment(node: Json, field: str) -> datetime:
    try:
        return parse_time(typed(node, field, str))
    except ValueError:
        raise RecordError("answer_malformed", field=field) from None


def money(node: Json, field: str) -> Decimal:
    bag = typed(node, field, Mapping)
    amount = typed(bag, "shopMoney", Mapping) if "shopMoney" in bag else bag
    try:
        value = Decimal(typed(amount, "amount", str))
    except InvalidOperation:
        raise RecordError("answer_malformed", field=field) from None
    if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        raise RecordError("answer_malformed", field=field)
    return value


def money_or_zero(node: Json, field: str) -> Decimal:
    return Decimal(0) if node.get(field) is None else money(node, field)


def tax_lines(node: Json) -> tuple[TaxLine, ...]:
    return tuple(TaxLine(required(tax, "title"), money(tax, "priceSet")) for tax in rows(node, "taxLines"))
