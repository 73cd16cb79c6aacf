"""The client: what it sends again, and how long it waits."""

from __future__ import annotations

import httpx
import pytest

from integration.errors import TransientError
from tests.shopify.internet import (
    MUTATION,
    NEVER,
    QUERY,
    SAFE_FOR_BOTH,
    SAFE_FOR_QUERIES,
    Connect,
    Internet,
    Script,
    Time,
    answered,
    failed,
    priced,
    refusal,
)

# What is sent again


@pytest.mark.parametrize("failure", (SAFE_FOR_BOTH | SAFE_FOR_QUERIES).values(), ids=SAFE_FOR_BOTH | SAFE_FOR_QUERIES)
def test_a_query_is_sent_again_after_any_transient_failure(connect: Connect, failure: Script) -> None:
    internet = Internet(failure, failure, answered())
    assert connect(internet).execute(QUERY).data == {"shop": {"name": "Boutique"}}
    assert len(internet.requests) == 3


@pytest.mark.parametrize("failure", SAFE_FOR_BOTH.values(), ids=SAFE_FOR_BOTH)
def test_a_mutation_is_sent_again_where_certainly_nothing_was_executed(connect: Connect, failure: Script) -> None:
    internet = Internet(failure, answered({"write": {"id": 1}}))
    assert connect(internet).execute(MUTATION).data == {"write": {"id": 1}}


@pytest.mark.parametrize("failure", SAFE_FOR_QUERIES.values(), ids=SAFE_FOR_QUERIES)
def test_a_mutation_that_may_have_been_executed_is_never_sent_again(connect: Connect, failure: Script) -> None:
    internet = Internet(failure, answered())
    error = refusal(connect(internet), MUTATION)
    assert isinstance(error, TransientError)
    assert error.executed_maybe
    assert len(internet.requests) == 1


@pytest.mark.parametrize("failure", NEVER.values(), ids=NEVER)
def test_what_no_retry_can_help_is_not_tried_again(connect: Connect, failure: Script) -> None:
    internet = Internet(failure)
    refusal(connect(internet))
    assert len(internet.requests) == 1


def test_attempts_are_bounded(connect: Connect) -> None:
    internet = Internet(httpx.Response(503))
    assert refusal(connect(internet, attempts=4)).reason == "shopify_unavailable"
    assert len(internet.requests) == 4


def test_pauses_grow_with_each_attempt(connect: Connect, time: Time) -> None:
    refusal(connect(Internet(httpx.Response(503))))
    assert len(time.naps) == 5
    assert all(0.5 * 2**step <= nap <= 0.5 * 2**step + 0.5 for step, nap in enumerate(time.naps))


def test_the_deadline_ends_the_attempts(connect: Connect, time: Time) -> None:
    refusal(connect(Internet(httpx.Response(503)), attempts=1000, deadline=60))
    assert time.now < 60


def test_retry_after_is_waited_for(connect: Connect, time: Time) -> None:
    connect(Internet(httpx.Response(429, headers={"Retry-After": "7.0"}), answered())).execute(QUERY)
    assert time.naps == [7.0]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(connect: Connect, time: Time) -> None:
    internet = Internet(httpx.Response(429, headers={"Retry-After": "3600"}))
    assert refusal(connect(internet, deadline=60)).reason == "shopify_throttled"
    assert time.naps == []


# The budget


def test_a_request_waits_for_its_points_before_it_is_sent(connect: Connect, time: Time) -> None:
    client = connect(Internet(answered(cost=priced(500, available=100))))
    client.execute(QUERY)
    client.execute(QUERY)
    assert time.naps == [pytest.approx(4.0)]


def test_a_throttled_request_waits_until_its_points_are_there(connect: Connect, time: Time) -> None:
    throttled = failed("THROTTLED", "Throttled", extensions={"cost": priced(752, available=152, actual=None)})
    internet = Internet(throttled, answered(cost=priced(752, 1248)))
    connect(internet).execute(QUERY)
    assert time.now == pytest.approx(6.0)


def test_points_that_cannot_come_before_the_deadline_are_not_waited_for(connect: Connect, time: Time) -> None:
    internet = Internet(answered(cost=priced(1900, available=0)))
    client = connect(internet, deadline=10)
    client.execute(QUERY)
    assert refusal(client).reason == "shopify_throttled"
    assert len(internet.requests) == 1
    assert time.now < 10
