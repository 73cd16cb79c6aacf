"""Pages of a list: Shopify's connections, with its limits and its opaque cursors."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import BadRequestError
from .store import Record

MAX_PAGE = 250

# Where a record stands in its list: what the cursor carries, compared first by value.
Position = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Window:
    """What a field asks of a connection."""

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None
    reverse: bool = False

    def check(self) -> None:
        if self.first is None and self.last is None:
            raise BadRequestError("you must provide one of first or last")
        if self.first is not None and self.last is not None:
            raise BadRequestError("providing both first and last is not supported")
        size = self.first if self.first is not None else self.last
        if size is not None and not 0 <= size <= MAX_PAGE:
            raise BadRequestError(f"first and last must be between 0 and {MAX_PAGE}")


def window_of(arguments: dict[str, Any]) -> Window:
    names = ("first", "last", "after", "before", "reverse")
    return Window(**{name: arguments[name] for name in names if arguments.get(name) is not None})


def page(records: Sequence[Record], window: Window, position: Callable[[Record], Position]) -> dict[str, Any]:
    """One page of `records`, which are in ascending order of `position`.

    A cursor is a place in the order, not a row number: a record that moved meanwhile is met again or missed exactly
    as it would be at Shopify.
    """
    window.check()
    rows = list(reversed(records)) if window.reverse else list(records)
    start, end = _bounds(rows, window, position)
    if window.first is not None:
        end = min(end, start + window.first)
    elif window.last is not None:
        start = max(start, end - window.last)
    kept = rows[start:end]
    return {
        "nodes": kept,
        "edges": lambda _info: [{"cursor": write_cursor(position(row)), "node": row} for row in kept],
        "pageInfo": {
            "hasNextPage": end < len(rows),
            "hasPreviousPage": start > 0,
            "startCursor": write_cursor(position(kept[0])) if kept else None,
            "endCursor": write_cursor(position(kept[-1])) if kept else None,
        },
    }


def page_of_list(records: Sequence[Record], window: Window) -> dict[str, Any]:
    """One page of a list that keeps its own order, such as an order's lines."""
    places = {id(record): (index, _number(record)) for index, record in enumerate(records)}
    return page(records, window, lambda record: places[id(record)])


def _bounds(rows: list[Record], window: Window, position: Callable[[Record], Position]) -> tuple[int, int]:
    start, end = 0, len(rows)
    sign = -1 if window.reverse else 1
    if window.after is not None:
        place = read_cursor(window.after)
        start = sum(1 for row in rows if _compare(position(row), place) * sign <= 0)
    if window.before is not None:
        place = read_cursor(window.before)
        end = sum(1 for row in rows if _compare(position(row), place) * sign < 0)
    return start, max(start, end)


def _compare(one: Position, other: Position) -> int:
    if type(one[0]) is not type(other[0]):
        raise BadRequestError("Invalid cursor for current pagination sort.")
    return (one > other) - (one < other)


def _number(record: Record) -> int:
    tail = str(record.get("id") or "").rpartition("/")[2].partition("?")[0]
    return int(tail) if tail.isdigit() else 0


def write_cursor(position: Position) -> str:
    text = json.dumps({"last_id": position[1], "last_value": position[0]}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def read_cursor(text: str) -> Position:
    try:
        value = json.loads(base64.b64decode(text, validate=True))
        return value["last_value"], int(value["last_id"])
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise BadRequestError("Invalid cursor for current pagination sort.") from error
