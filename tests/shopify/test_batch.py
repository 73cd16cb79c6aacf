"""Several mutations in one request: how many go together, and which one is to blame where the request is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from integration.errors import TransientError
from integration.shopify.batch import AT_ONCE, REQUEST_BYTES, Outcome, run_many
from tests.shopify.internet import Connect, Internet, Script

CALL = "tags_add"


def tags(count: int, size: int = 1) -> list[dict[str, Any]]:
    """Calls that each carry so many bytes."""
    return [{"id": f"gid://shopify/Product/{number}", "tags": ["x" * size]} for number in range(count)]


def calls_in(request: httpx.Request) -> int:
    return sum(name.startswith("id_") for name in json.loads(request.content)["variables"])


def does_it(request: httpx.Request) -> httpx.Response:
    payload = {"node": {"id": "gid://shopify/Product/1"}, "userErrors": []}
    return httpx.Response(200, json={"data": {f"call{place}": payload for place in range(calls_in(request))}})


def takes_at_most(size: int) -> Script:
    return lambda request: httpx.Response(413) if len(request.content) > size else does_it(request)


def run(connect: Connect, script: Script, calls: list[dict[str, Any]]) -> tuple[list[Outcome], list[int]]:
    """The outcomes, and how many calls went in each request."""
    internet = Internet(script)
    outcomes = list(run_many(connect(internet), CALL, calls))
    return outcomes, [calls_in(request) for request in internet.requests]


def test_small_calls_go_fifty_at_a_time(connect: Connect) -> None:
    outcomes, sent = run(connect, does_it, tags(2 * AT_ONCE + 1))
    assert sent == [AT_ONCE, AT_ONCE, 1]
    assert len(outcomes) == 2 * AT_ONCE + 1


def test_large_calls_go_as_many_at_a_time_as_a_request_may_hold_bytes(connect: Connect) -> None:
    outcomes, sent = run(connect, does_it, tags(7, REQUEST_BYTES // 2 - 1000))
    assert sent == [2, 2, 2, 1]
    assert all(outcome.is_done for outcome in outcomes)


def test_a_call_larger_than_a_request_should_be_goes_alone(connect: Connect) -> None:
    _, sent = run(connect, does_it, [*tags(2), *tags(1, REQUEST_BYTES + 1), *tags(2)])
    assert sent == [2, 1, 2]


def test_what_shopify_finds_too_large_goes_in_halves_and_only_a_single_call_is_refused(connect: Connect) -> None:
    calls = [*tags(3), *tags(1, 20_000)]
    outcomes, sent = run(connect, takes_at_most(10_000), calls)
    assert [outcome.is_done for outcome in outcomes] == [True, True, True, False]
    assert outcomes[-1].refusals[0].message == "HTTP 413: the request is too large"
    assert sent == [4, 2, 2, 1, 1]


def test_where_some_are_refused_the_log_says_how_many_and_what_shopify_calls_the_request(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(request: httpx.Request) -> httpx.Response:
        payload = {"node": None, "userErrors": [{"message": "of a buyer"}]}
        return httpx.Response(200, json={"data": {"call0": payload}}, headers={"X-Request-Id": "abc-1"})

    run(connect, refuses, tags(1))
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert "1 refused, request abc-1" in line
    assert "buyer" not in line


def test_a_request_that_failed_for_a_moment_is_no_calls_fault(connect: Connect) -> None:
    with pytest.raises(TransientError):
        run(connect, httpx.Response(500), tags(3))
