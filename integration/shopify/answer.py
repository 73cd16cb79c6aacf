"""Shopify's answer: bytes → data, the errors beside it, and what it cost. What to do about them is said elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from integration.shopify.throttle import Cost


@dataclass(frozen=True, slots=True)
class GraphQLFailure:
    """One entry of `errors`. `message` is Shopify's English and may echo what was sent: never log it."""

    message: str
    code: str = ""
    path: tuple[str | int, ...] = ()
    required_access: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that holds data. `errors` name the fields that came back as null although the rest is there.

    Numbers with decimals are Decimal. `search_warnings` say what Shopify did not understand in a search and left out.
    """

    data: dict[str, Any]
    errors: tuple[GraphQLFailure, ...] = ()
    cost: Cost | None = None
    request_id: str = ""
    search_warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """No root field brought anything."""
        return all(value is None for value in self.data.values())


def read_failures(errors: Any) -> tuple[GraphQLFailure, ...]:
    """The entries of an `errors`; ValueError where they are not such."""
    return tuple(_failures(errors))


def parse_answer(body: bytes, request_id: str) -> Answer:
    """Raises ValueError where the body is not an answer of the API."""
    try:
        payload = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(payload, dict) or not payload.keys() & {"data", "errors"}:
        raise ValueError("neither data nor errors")
    data = payload.get("data")
    if not isinstance(data, dict | None):
        raise ValueError("data is not an object")
    errors = read_failures(payload.get("errors"))
    if data is None and not errors:
        raise ValueError("data is null, and nothing says why")
    extensions = _mapping(payload.get("extensions"))
    return Answer(
        data=data or {},
        errors=errors,
        cost=_cost(_mapping(extensions.get("cost"))),
        request_id=request_id,
        search_warnings=tuple(_search_warnings(extensions.get("search"))),
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _failures(errors: Any) -> Iterator[GraphQLFailure]:
    for error in [errors] if isinstance(errors, str | dict) else _entries(errors):
        if not isinstance(error, dict):
            yield GraphQLFailure(message=str(error))
            continue
        extensions = _mapping(error.get("extensions"))
        yield GraphQLFailure(
            message=str(error.get("message", "")),
            code=str(extensions.get("code") or ""),
            path=tuple(step if isinstance(step, int) else str(step) for step in _entries(error.get("path"))),
            required_access=str(extensions.get("requiredAccess") or ""),
        )


def _cost(cost: dict[str, Any]) -> Cost | None:
    """The price of the request, or None where Shopify gave none that can be reckoned with."""
    status = _mapping(cost.get("throttleStatus"))
    try:
        found = Cost(
            requested=int(cost["requestedQueryCost"]),
            actual=None if cost.get("actualQueryCost") is None else int(cost["actualQueryCost"]),
            available=float(status["currentlyAvailable"]),
            maximum=float(status["maximumAvailable"]),
            restore_rate=float(status["restoreRate"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    figures = (found.available, found.maximum, found.restore_rate)
    return found if all(map(math.isfinite, figures)) and found.maximum > 0 and found.restore_rate > 0 else None


def _search_warnings(searches: Any) -> Iterator[str]:
    for search in map(_mapping, _entries(searches)):
        for warning in map(_mapping, _entries(search.get("warnings"))):
            yield f"{warning.get('field', '')}: {warning.get('message') or warning.get('code', '')}"
