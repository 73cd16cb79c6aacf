"""`@idempotent(key:)`: the stock mutations must carry it, and do nothing twice within a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLResolveInfo, get_directive_values

from .errors import BadRequestError, refusal

KEPT = timedelta(hours=24)

MISMATCH = (
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
    "The same idempotency key cannot be used with different operation parameters.",
)
FAILED = (
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
    "A previous request with this idempotency key failed. Retry with a new idempotency key.",
)

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    at: datetime
    arguments: dict[str, Any]
    payload: Payload


def once(info: GraphQLResolveInfo[Any], arguments: dict[str, Any], do: Callable[[], Payload]) -> Payload:
    """What `do` answers; for a key that was used before, what it answered then, its records as they are now."""
    store = info.context.store
    key = (info.field_name, _key(info))
    known: Attempt | None = store.attempts.get(key)
    if known is not None and store.now() - known.at < KEPT:
        return _again(known, arguments)
    payload = do()
    store.attempts[key] = Attempt(store.now(), arguments, payload)
    return payload


def _again(known: Attempt, arguments: dict[str, Any]) -> Payload:
    if known.arguments != arguments:
        return _refusal(*MISMATCH)
    return _refusal(*FAILED) if known.payload["userErrors"] else known.payload


def _key(info: GraphQLResolveInfo[Any]) -> str:
    directive = info.schema.get_directive("idempotent")
    values = directive and get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if not values or not values["key"].strip():
        raise BadRequestError("The @idempotent directive is required for this mutation but was not provided.")
    return str(values["key"])


def _refusal(code: str, message: str) -> Payload:
    return {"userErrors": [refusal(None, message, code)]}
