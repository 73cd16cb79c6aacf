"""Searching and sorting the stand-in shop's orders: the fields that `orders(query:)` knows, and what they compare."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .connections import Position
from .errors import BadRequestError
from .search import Both, Either, Not, Query, Term, understand
from .store import Record, read_stamp

if TYPE_CHECKING:
    from .resolvers import Asking

DATES = {"created_at": "createdAt", "updated_at": "updatedAt", "processed_at": "processedAt"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "": operator.eq,
}  # fmt: skip
# What people and Shopify call the same state of delivery.
FULFILMENT_WORDS = {"shipped": "fulfilled", "unshipped": "unfulfilled", "partial": "partially_fulfilled"}

# A date as written, the shape of its text, and how much time it spans.
DATE_SHAPES = (
    ("%Y-%m-%dT%H:%M:%S", timedelta(seconds=1)),
    ("%Y-%m-%dT%H:%M", timedelta(minutes=1)),
    ("%Y-%m-%dT%H", timedelta(hours=1)),
    ("%Y-%m-%d", timedelta(days=1)),
)


def search(asking: Asking, path: list[str | int], text: str | None) -> list[Record]:
    """The orders that the search index finds, as the index knows them."""
    visible = [row for row in asking.store.indexed_orders() if asking.sees(row)]
    if not (text and text.strip()):
        return visible
    zone = ZoneInfo(asking.store.shop["ianaTimezone"])
    understood = understand(text, MATCHERS, DATES, lambda term: _echo_date(term, zone))
    if understood.warnings:
        asking.searches.append(
            {
                "path": path,
                "query": text,
                "parsed": understood.parsed,
                "warnings": understood.warnings,
            }
        )
    return [row for row in visible if matches(row, understood.query, zone)]


def matches(row: Record, query: Query, zone: ZoneInfo) -> bool:
    if isinstance(query, Both):
        return all(matches(row, child, zone) for child in query.children)
    if isinstance(query, Either):
        return any(matches(row, child, zone) for child in query.children)
    if isinstance(query, Not):
        return not matches(row, query.child, zone)
    if query.field in DATES:
        return _matches_date(row.get(DATES[query.field]), query, zone)
    return MATCHERS[query.field](row, query) if query.field else _matches_anywhere(row, query)


def read_date(text: str, zone: ZoneInfo) -> tuple[datetime, timedelta] | None:
    """A moment and the span it names. Without a zone of its own, a date is in the shop's."""
    stripped, offset = text.strip(), zone if not text.strip().endswith("Z") else UTC
    for shape, span in DATE_SHAPES:
        try:
            return datetime.strptime(stripped.removesuffix("Z"), shape).replace(tzinfo=offset), span
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)), timedelta(seconds=1)


def _matches_date(value: str | None, term: Term, zone: ZoneInfo) -> bool:
    read = read_date(term.value, zone)
    if read is None:
        raise BadRequestError(f"Invalid timestamp for query filter `{term.field}`.")
    if value is None:
        return False
    start, span = read
    moment = read_stamp(value)
    if term.comparator:
        return COMPARE[term.comparator](moment, start)
    return start <= moment < start + span


def _echo_date(term: Term, zone: ZoneInfo) -> str:
    read = read_date(term.value, zone)
    return term.value if read is None else read[0].isoformat()


def _matches_anywhere(row: Record, term: Term) -> bool:
    wanted = term.value.casefold().removesuffix("*")
    texts = [row.get("name"), row.get("email"), row.get("confirmationNumber"), *(row.get("tags") or [])]
    return any(wanted in (text or "").casefold() for text in texts)


def _matches_text(*keys: str) -> Callable[[Record, Term], bool]:
    def match(row: Record, term: Term) -> bool:
        wanted = term.value.casefold()
        values = [value for key in keys for value in _as_list(row.get(key))]
        if wanted == "*":
            return bool(values)
        if wanted.endswith("*"):
            return any(value.casefold().startswith(wanted[:-1]) for value in values)
        return any(value.casefold() == wanted for value in values)

    return match


def _as_list(value: Any) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _matches_name(row: Record, term: Term) -> bool:
    return bool(row["name"].casefold().lstrip("#") == term.value.casefold().lstrip("#"))


def _matches_id(row: Record, term: Term) -> bool:
    wanted = term.value.rpartition("/")[2]
    return wanted.isdigit() and COMPARE[term.comparator](int(row["id"].rpartition("/")[2]), int(wanted))


def _matches_test(row: Record, term: Term) -> bool:
    return bool(row.get("test")) == (term.value.casefold() == "true")


def _matches_status(row: Record, term: Term) -> bool:
    cancelled, closed = row.get("cancelledAt") is not None, bool(row.get("closed"))
    states = {
        "open": not closed and not cancelled,
        "closed": closed,
        "cancelled": cancelled,
        "not_closed": not closed,
        "any": True,
    }
    return states.get(term.value.casefold(), False)


def _matches_state(key: str) -> Callable[[Record, Term], bool]:
    def match(row: Record, term: Term) -> bool:
        state = str(row.get(key) or "").casefold()
        words = [word.strip() for word in term.value.casefold().split(",")]
        return "any" in words or state in [FULFILMENT_WORDS.get(word, word) for word in words]

    return match


MATCHERS: dict[str, Callable[[Record, Term], bool]] = {
    **dict.fromkeys(DATES, lambda _row, _term: True),
    "id": _matches_id,
    "name": _matches_name,
    "tag": _matches_text("tags"),
    "tag_not": lambda row, term: not _matches_text("tags")(row, term),
    "email": _matches_text("email"),
    "confirmation_number": _matches_text("confirmationNumber"),
    "po_number": _matches_text("poNumber"),
    "source_name": _matches_text("sourceName"),
    "test": _matches_test,
    "status": _matches_status,
    "financial_status": _matches_state("displayFinancialStatus"),
    "fulfillment_status": _matches_state("displayFulfillmentStatus"),
}

SORTS = {"CREATED_AT": "createdAt", "UPDATED_AT": "updatedAt", "PROCESSED_AT": "processedAt"}


def position(sort_key: str) -> Callable[[Record], Position]:
    """Where an order stands: by time in milliseconds, as in the index's cursors, else by its number."""
    field = SORTS.get(sort_key)
    if field is None and sort_key not in ("ID", "ORDER_NUMBER", "RELEVANCE"):
        raise BadRequestError(f"The stand-in shop does not sort orders by {sort_key}")

    def place(row: Record) -> Position:
        number = int(row["id"].rpartition("/")[2])
        moment = row.get(field) if field else None
        return (int(read_stamp(moment).timestamp() * 1000) if moment else number), number

    return place
