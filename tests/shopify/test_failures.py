"""Every foreign error becomes one of three classes, in one place; these tests prove that none is missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.errors import ConfigurationError, RecordError, SyncError, TransientError
from integration.reasons import REASONS
from integration.shopify import failures
from integration.shopify.answer import Answer, parse_answer
from integration.shopify.failures import Call, RetryLaterError, TooMuchAtOnceError
from integration.shopify.wire import AnswerTooLargeError, Reply

READ = Call("boutique.myshopify.com", "OrdersById", writes=False)
WRITE = Call("boutique.myshopify.com", "ProductSet", writes=True)


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, httpx.Headers({"X-Request-Id": "req-1", **named}), body)


def answer(*errors: dict[str, Any], data: dict[str, Any] | None = None) -> Answer:
    return parse_answer(json.dumps({"errors": errors, "data": data}).encode(), "req-1")


def coded(code: str, message: str = "Something", **extensions: str) -> dict[str, Any]:
    return {"message": message, "path": ["orders"], "extensions": {"code": code, **extensions}}


def of_answer(given: Answer, call: Call = READ) -> SyncError:
    failure = failures.of_answer(given, call)
    assert failure is not None
    return failure


# The network


def httpx_exceptions() -> Iterator[type[Exception]]:
    """Every exception that httpx defines, found where it defines them."""
    for kind in vars(httpx).values():
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, Warning):
            yield kind


def example(kind: type[Exception]) -> Exception:
    request = httpx.Request("POST", "https://boutique.myshopify.com")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("503", request=request, response=httpx.Response(503, request=request))
    if kind in (httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead):
        return kind()
    return kind("what httpx says")


@pytest.mark.parametrize("kind", sorted(httpx_exceptions(), key=lambda kind: kind.__name__))
def test_every_exception_of_httpx_is_caught_and_becomes_one_of_the_three_classes(kind: type[Exception]) -> None:
    assert issubclass(kind, failures.TRANSPORT_ERRORS)
    error = failures.of_transport(example(kind), WRITE)
    assert isinstance(error, TransientError | ConfigurationError)
    assert error.reason in REASONS


def test_httpx_has_more_than_a_few_exceptions_to_walk() -> None:
    assert len(list(httpx_exceptions())) > 20


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_where_no_connection_was_made_a_write_was_certainly_not_executed(kind: type[Exception]) -> None:
    error = failures.of_transport(kind("no"), WRITE)
    assert isinstance(error, TransientError)
    assert not error.executed_maybe


@pytest.mark.parametrize(
    "kind", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError]
)
def test_once_sent_a_write_may_have_been_executed_and_a_read_never_matters(kind: type[Exception]) -> None:
    written, read = (failures.of_transport(kind("cut"), call) for call in (WRITE, READ))
    assert isinstance(written, TransientError)
    assert written.executed_maybe
    assert isinstance(read, TransientError)
    assert not read.executed_maybe


def test_an_answer_without_end_asks_for_a_smaller_page() -> None:
    assert isinstance(failures.of_transport(AnswerTooLargeError(), READ), TooMuchAtOnceError)


# HTTP statuses


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_has_a_reason_and_says_the_request(status: int) -> None:
    for call in (READ, WRITE):
        error = failures.of_status(reply(status), call)
        assert isinstance(error, TransientError | ConfigurationError)
        assert error.reason in REASONS
        assert error.params["request_id"] == "req-1"


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (302, ConfigurationError, "shopify_not_json"),
        (400, ConfigurationError, "shopify_document_refused"),
        (401, ConfigurationError, "shopify_refused_token"),
        (402, ConfigurationError, "shopify_shop_frozen"),
        (403, ConfigurationError, "shopify_forbidden"),
        (404, ConfigurationError, "shopify_not_found"),
        (408, TransientError, "shopify_timeout"),
        (413, TooMuchAtOnceError, "shopify_request_too_costly"),
        (423, ConfigurationError, "shopify_shop_locked"),
        (429, TransientError, "shopify_throttled"),
        (430, TransientError, "shopify_rejected"),
        (500, TransientError, "shopify_unavailable"),
        (503, TransientError, "shopify_unavailable"),
        (520, TransientError, "shopify_unavailable"),
        (530, TransientError, "shopify_unavailable"),
        (540, TransientError, "shopify_unavailable"),
    ],
)
def test_a_status_means_what_shopify_says_it_means(status: int, kind: type[SyncError], reason: str) -> None:
    error = failures.of_status(reply(status), READ)
    assert isinstance(error, kind)
    assert error.reason == reason


@pytest.mark.parametrize("status", [429, 430])
def test_a_request_that_was_turned_away_was_not_executed(status: int) -> None:
    error = failures.of_status(reply(status), WRITE)
    assert isinstance(error, RetryLaterError)
    assert not error.executed_maybe


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 524, 540])
def test_a_write_that_met_a_server_error_may_have_been_executed(status: int) -> None:
    error = failures.of_status(reply(status), WRITE)
    assert isinstance(error, TransientError)
    assert error.executed_maybe


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2.0", 2.0), ("7", 7.0), ("", 0.0), ("soon", 0.0), ("-3", 0.0), ("nan", 0.0), ("inf", 0.0)],
)
def test_retry_after_is_a_number_in_a_text_and_anything_else_is_nothing(text: str, seconds: float) -> None:
    error = failures.of_status(reply(429, Retry_After=text), READ)
    assert isinstance(error, RetryLaterError)
    assert error.seconds == seconds


def test_a_page_with_200_is_the_wrong_host() -> None:
    error = failures.of_unreadable(reply(200, b"\n<!DOCTYPE html><html>"), READ)
    assert isinstance(error, ConfigurationError)
    assert error.reason == "shopify_not_json"


@pytest.mark.parametrize("body", [b"", b'{"data": {"orders"', b"\xff\xfe", b"upstream timed out"])
def test_an_answer_cut_short_is_transient_and_a_write_may_have_been_executed(body: bytes) -> None:
    error = failures.of_unreadable(reply(200, body), WRITE)
    assert isinstance(error, TransientError)
    assert error.reason == "shopify_answer_unreadable"
    assert error.executed_maybe


# GraphQL

DOCUMENT_CODES = [
    "PARSE_ERROR",
    "undefinedField",
    "argumentNotAccepted",
    "missingRequiredArguments",
    "missingRequiredInputObjectAttribute",
    "argumentLiteralsIncompatible",
    "selectionMismatch",
    "variableNotUsed",
    "undefinedDirective",
    "undefinedType",
    "invalidOneOfInputObject",
    "BAD_REQUEST",
]
VALUE_CODES = [
    "INVALID_VARIABLE",
    "INVALID_FIELD_ARGUMENTS",
    "MAX_INPUT_SIZE_EXCEEDED",
    "RESOURCE_NOT_FOUND",
    "NOT_FOUND",
    "INVALID_PRODUCT_TAXONOMY_NODE_ID",
]
GRAPHQL_CODES = [
    *((code, ConfigurationError, "shopify_document_refused") for code in DOCUMENT_CODES),
    *((code, RecordError, "shopify_values_refused") for code in VALUE_CODES),
    ("A_CODE_OF_TOMORROW", ConfigurationError, "shopify_document_refused"),
    ("THROTTLED", TransientError, "shopify_throttled"),
    ("MAX_COST_EXCEEDED", TooMuchAtOnceError, "shopify_request_too_costly"),
    ("INTERNAL_SERVER_ERROR", TransientError, "shopify_internal_error"),
    ("ACCESS_DENIED", ConfigurationError, "shopify_scope_missing"),
    ("SHOP_INACTIVE", ConfigurationError, "shopify_shop_frozen"),
]


@pytest.mark.parametrize(("code", "kind", "reason"), GRAPHQL_CODES)
def test_every_code_of_graphql_has_its_class_and_reason(code: str, kind: type[SyncError], reason: str) -> None:
    for given in (answer(coded(code)), answer(coded(code), data={"orders": None})):
        error = of_answer(given)
        assert isinstance(error, kind)
        assert error.reason == reason
        assert reason in REASONS
        assert error.params["request_id"] == "req-1"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Throttled", "shopify_throttled"),
        ("Internal error. Looks like something went wrong on our end.\nRequest ID: 1", "shopify_internal_error"),
        ("Query cost is 1200, which exceeds the single query max cost limit (1000).", "shopify_request_too_costly"),
        ("Access denied for orders field.", "shopify_scope_missing"),
        ("An operation name is required", "shopify_document_refused"),
    ],
)
def test_an_error_without_a_code_is_known_by_its_message(message: str, reason: str) -> None:
    assert of_answer(answer({"message": message})).reason == reason


def test_errors_that_are_a_mere_text_are_understood() -> None:
    given = parse_answer(b'{"errors": "Throttled"}', "req-1")
    assert of_answer(given).reason == "shopify_throttled"


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        (coded("ACCESS_DENIED", requiredAccess="`read_orders` access scope."), "read_orders"),
        (coded("ACCESS_DENIED", "Access denied for x field. Required access: `read_y` access scope."), "read_y"),
        (
            coded("ACCESS_DENIED", requiredAccess="`read_orders`, `read_marketplace_orders` or `read_quick_sale`."),
            "read_orders",
        ),
        (
            coded("ACCESS_DENIED", requiredAccess="`read_orders` and `read_all_orders` access scopes."),
            "read_orders, read_all_orders",
        ),
        (coded("ACCESS_DENIED", "This app is not approved to access the Order object."), "orders"),
    ],
)
def test_an_access_that_is_denied_names_the_missing_scope(error: dict[str, Any], scope: str) -> None:
    assert of_answer(answer(error)).params["scope"] == scope


def test_of_several_errors_the_one_that_can_be_waited_out_decides() -> None:
    assert of_answer(answer(coded("undefinedField"), coded("THROTTLED"))).reason == "shopify_throttled"


def test_data_with_a_denied_field_is_not_a_failure() -> None:
    given = answer(coded("ACCESS_DENIED"), data={"orders": None, "shop": {"name": "Boutique"}})
    assert failures.of_answer(given, READ) is None
    assert failures.of_answer(given, WRITE) is None


def test_a_query_with_a_part_missing_because_shopify_stumbled_has_failed() -> None:
    given = answer(coded("INTERNAL_SERVER_ERROR"), data={"nodes": [{"transactions": None}]})
    assert of_answer(given, READ).reason == "shopify_internal_error"


def test_a_write_with_a_part_missing_was_done_and_is_no_failure() -> None:
    given = answer(coded("INTERNAL_SERVER_ERROR"), data={"productSet": {"product": None}})
    assert failures.of_answer(given, WRITE) is None


def test_a_write_that_met_an_internal_error_may_have_been_executed_and_one_throttled_was_not() -> None:
    internal, throttled = (of_answer(answer(coded(code)), WRITE) for code in ("INTERNAL_SERVER_ERROR", "THROTTLED"))
    assert isinstance(internal, TransientError)
    assert internal.executed_maybe
    assert isinstance(throttled, TransientError)
    assert not throttled.executed_maybe


def test_a_long_message_is_cut() -> None:
    assert len(str(of_answer(answer(coded("PARSE_ERROR", "x" * 10_000))).params["message"])) == 300


# The grant


@pytest.mark.parametrize("error", ["invalid_client", "shop_not_permitted", "app_not_installed"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_grant_says_why(error: str, status: int) -> None:
    for body in (json.dumps({"error": error}), f"<html>Oauth error {error}: ...</html>"):
        refusal = failures.of_grant(reply(status, body.encode()), READ)
        assert isinstance(refusal, ConfigurationError)
        assert refusal.reason == "shopify_grant_refused"
        assert refusal.params["error"] == error


def test_a_refused_grant_without_a_known_cause_gives_its_status_and_repeats_no_text() -> None:
    assert failures.of_grant(reply(400, b"shpss_secret"), READ).params["error"] == "HTTP 400"


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_of_a_grant_has_a_reason(status: int) -> None:
    assert failures.of_grant(reply(status), READ).reason in REASONS
