"""Shopify's failures → TransientError, ConfigurationError or RecordError: no foreign error gets a name anywhere else.

Rows of tables, closed by default: what is not listed stops the flow with a message rather than pass for success.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from integration.errors import ConfigurationError, RecordError, SyncError, TransientError
from integration.shopify.answer import Answer, GraphQLFailure
from integration.shopify.wire import AnswerTooLargeError, Reply


@dataclass(frozen=True, slots=True)
class Call:
    """Which call failed. Only one that writes can have done something although no answer came."""

    shop: str
    operation: str
    writes: bool


class RetryLaterError(TransientError):
    """Nothing was executed, and Shopify says how long to stay away, in seconds."""

    def __init__(self, reason: str, *, seconds: float, **params: Any) -> None:
        super().__init__(reason, **params)
        self.seconds = seconds


class TooMuchAtOnceError(ConfigurationError):
    """One request wanted too much: a smaller page helps, and trying again does not."""


# The network

TRANSPORT_ERRORS: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    AnswerTooLargeError,
)

# The first row that fits. The flag says whether the request may have reached the shop.
_TRANSPORT: Final[tuple[tuple[type[Exception], str, bool], ...]] = (
    (httpx.ConnectTimeout, "shopify_timeout", False),
    (httpx.PoolTimeout, "shopify_timeout", False),
    (httpx.TimeoutException, "shopify_timeout", True),
    (httpx.ConnectError, "shopify_unreachable", False),
    (httpx.ProxyError, "shopify_unreachable", False),
    (httpx.DecodingError, "shopify_answer_unreadable", True),
    (httpx.StreamError, "shopify_answer_unreadable", True),
    (Exception, "shopify_unreachable", True),
)


def of_transport(error: Exception, call: Call) -> SyncError:
    """No usable answer came: httpx's whole family, and an answer without end."""
    if isinstance(error, AnswerTooLargeError):
        return TooMuchAtOnceError("shopify_response_too_large", operation=call.operation)
    if isinstance(error, httpx.HTTPStatusError):
        return of_status(Reply(error.response.status_code, error.response.headers, b""), call)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ConfigurationError("shop_url_refused", url=call.shop)
    if isinstance(error, httpx.TooManyRedirects):
        return ConfigurationError("shopify_not_json", operation=call.operation)
    reason, may_have_arrived = next(
        (reason, arrived) for kind, reason, arrived in _TRANSPORT if isinstance(error, kind)
    )
    executed_maybe = may_have_arrived and call.writes
    details = type(error).__name__
    return TransientError(reason, executed_maybe=executed_maybe, operation=call.operation, details=details)


# HTTP statuses

# Shopify's protection takes us for an attack: asking again at once would prove it right.
_NO_HURRY: Final = math.inf

_CONFIGURATION_STATUSES: Final = {
    401: "shopify_refused_token",
    402: "shopify_shop_frozen",
    403: "shopify_forbidden",
    404: "shopify_not_found",
    410: "shopify_not_found",
    423: "shopify_shop_locked",
    451: "shopify_forbidden",
}


def of_status(reply: Reply, call: Call) -> SyncError:
    """The failure that a status other than 2xx stands for."""
    status = reply.status
    params: dict[str, Any] = {"status": status, "request_id": reply.request_id, "operation": call.operation}
    if status in _CONFIGURATION_STATUSES:
        return ConfigurationError(_CONFIGURATION_STATUSES[status], shop=call.shop, **params)
    if status == 429:
        return RetryLaterError("shopify_throttled", seconds=_retry_after(reply), **params)
    if status == 430:
        return RetryLaterError("shopify_rejected", seconds=_NO_HURRY, **params)
    if status == 413:
        return TooMuchAtOnceError("shopify_request_too_costly", message="HTTP 413: the request is too large", **params)
    if status == 408:
        return TransientError("shopify_timeout", executed_maybe=call.writes, **params)
    if 300 <= status < 400:
        return ConfigurationError("shopify_not_json", **params)
    if 400 <= status < 500:
        return ConfigurationError("shopify_document_refused", message=f"HTTP {status}", **params)
    return TransientError("shopify_unavailable", executed_maybe=call.writes, **params)


def _retry_after(reply: Reply) -> float:
    """Seconds, which Shopify writes as "2.0"; zero where it says nothing of use."""
    try:
        seconds = float(reply.headers.get("Retry-After", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def of_unreadable(reply: Reply, call: Call) -> SyncError:
    """A 2xx whose body is not the API's: a page, which means the wrong host, or an answer cut short."""
    params: dict[str, Any] = {"request_id": reply.request_id, "operation": call.operation}
    if reply.body.lstrip().startswith(b"<"):
        return ConfigurationError("shopify_not_json", status=reply.status, **params)
    return TransientError("shopify_answer_unreadable", executed_maybe=call.writes, **params)


# GraphQL

_THROTTLED: Final = "THROTTLED"
_TOO_COSTLY: Final = "MAX_COST_EXCEEDED"
_INTERNAL: Final = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
STUMBLES: Final = _INTERNAL | {_THROTTLED}
_DENIED: Final = "ACCESS_DENIED"
_FROZEN: Final = "SHOP_INACTIVE"
# Codes that speak of the values of one record, not of the document.
_VALUES: Final = frozenset(
    {
        "INVALID_VARIABLE",
        "INVALID_FIELD_ARGUMENTS",
        "MAX_INPUT_SIZE_EXCEEDED",
        "RESOURCE_NOT_FOUND",
        "NOT_FOUND",
        "INVALID_PRODUCT_TAXONOMY_NODE_ID",
    }
)
# Some answers carry a message and no code.
_CODELESS: Final = (
    (re.compile(r"^throttled", re.IGNORECASE), _THROTTLED),
    (re.compile(r"^internal error", re.IGNORECASE), "INTERNAL_SERVER_ERROR"),
    (re.compile(r"exceeds the single query max cost limit", re.IGNORECASE), _TOO_COSTLY),
    (re.compile(r"^access denied", re.IGNORECASE), _DENIED),
)
_SCOPE: Final = re.compile(r"`([a-z_]+)`")


def of_answer(answer: Answer, call: Call) -> SyncError | None:
    """The failure that an answer stands for; None where it holds data, if only in part.

    A query that lacks a part because Shopify stumbled has failed, for it can be asked again. A write with a part
    missing was done: it must not be sent again, and what is missing stays on `Answer.errors`.
    """
    if not answer.errors:
        return None
    codes = [code_of(error) for error in answer.errors]
    stumbled = any(code in STUMBLES for code in codes)
    if not answer.is_empty and not (stumbled and not call.writes):
        return None
    rank = min(range(len(codes)), key=lambda index: _severity(codes[index]))
    return _of_graphql(answer.errors[rank], codes[rank], answer, call)


def code_of(error: GraphQLFailure) -> str:
    """Shopify's code, or the one that its message stands for where it gives none."""
    if error.code:
        return error.code
    return next((code for pattern, code in _CODELESS if pattern.search(error.message)), "")


def _severity(code: str) -> int:
    """Of several errors, the one that decides what happens next."""
    order: Sequence[str] = (_THROTTLED, _TOO_COSTLY, *sorted(_INTERNAL))
    return order.index(code) if code in order else len(order)


def _of_graphql(error: GraphQLFailure, code: str, answer: Answer, call: Call) -> SyncError:
    params: dict[str, Any] = {"request_id": answer.request_id, "operation": call.operation}
    if code == _THROTTLED:
        return TransientError("shopify_throttled", **params)
    if code == _TOO_COSTLY:
        return TooMuchAtOnceError("shopify_request_too_costly", **params)
    if code in _INTERNAL:
        return TransientError("shopify_internal_error", executed_maybe=call.writes, **params)
    if code == _DENIED:
        return ConfigurationError("shopify_scope_missing", scope=missing_scope(error), **params)
    if code == _FROZEN:
        return ConfigurationError("shopify_shop_frozen", shop=call.shop, **params)
    message = error.message[:300]
    if code in _VALUES:
        return RecordError("shopify_values_refused", code=code, message=message, **params)
    return ConfigurationError("shopify_document_refused", code=code, message=message, **params)


def missing_scope(error: GraphQLFailure) -> str:
    """The scopes that would lift an ACCESS_DENIED, else the field that was refused.

    Of alternatives ("`a`, `b` or `c`") the first: it is the ordinary one, the others are for special kinds of apps.
    """
    text = error.required_access or error.message
    scopes = _SCOPE.findall(text)[: 1 if " or " in text else None]
    return ", ".join(scopes) or ".".join(map(str, error.path)) or error.message[:100]


# The grant of an access token

_GRANT_CODE: Final = re.compile(rb"\b(invalid_client|shop_not_permitted|app_not_installed|invalid_request)\b")


def of_grant(reply: Reply, call: Call) -> SyncError:
    """A client id and its secret got no token. Shopify names the cause in JSON or within a page.

    A 403 without a cause need not be Shopify's: a firewall, or another server, answers so.
    """
    found = _GRANT_CODE.search(reply.body)
    if reply.status in (400, 401) or (reply.status == 403 and found):
        error = found.group().decode() if found else f"HTTP {reply.status}"
        return ConfigurationError(
            "shopify_grant_refused", error=error, status=reply.status, request_id=reply.request_id
        )
    return of_status(reply, call)
