"""The throttle: what is waited for before a request."""

from __future__ import annotations

import threading

import pytest

from integration.shopify.throttle import Cost, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def cost(requested: int, available: float, *, actual: int | None = 1) -> Cost:
    return Cost(requested, actual, available, maximum=2000.0, restore_rate=100.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def spend(throttle: Throttle, name: str, answered: Cost | None) -> float:
    """One request; the wait that it was told."""
    with throttle.turn(name) as turn:
        turn.cost = answered
        return turn.wait_seconds


def test_a_first_request_goes_at_once(throttle: Throttle) -> None:
    assert spend(throttle, "orders", cost(500, 1900)) == 0


def test_a_request_goes_at_once_while_its_last_requested_cost_is_available(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=500))
    assert spend(throttle, "orders", cost(500, 500)) == 0


def test_a_request_waits_until_its_last_requested_cost_is_available(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=200))
    assert spend(throttle, "orders", cost(500, 200)) == pytest.approx(3.0)


def test_the_bucket_refills_with_time_and_never_beyond_its_size(throttle: Throttle, clock: Clock) -> None:
    spend(throttle, "orders", cost(1500, available=0))
    clock.now += 10
    assert spend(throttle, "orders", cost(1500, available=0)) == pytest.approx(5.0)
    clock.now += 1_000_000
    with throttle.turn("orders"):
        assert spend(throttle, "orders", None) == pytest.approx(10.0)


def test_a_document_that_was_never_sent_has_no_price_and_goes_at_once(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=0))
    assert spend(throttle, "shop", cost(3, 0)) == 0


def test_a_request_dearer_than_the_bucket_waits_for_a_full_one_and_not_for_ever(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(5000, available=0))
    assert spend(throttle, "orders", None) == pytest.approx(20.0)


def test_whoever_comes_second_waits_behind_the_first(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=500))
    with throttle.turn("orders") as first, throttle.turn("orders") as second:
        assert (first.wait_seconds, second.wait_seconds) == (0, pytest.approx(5.0))


def test_an_answer_does_not_give_away_what_others_were_promised(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=1000))
    with throttle.turn("orders"):
        spend(throttle, "orders", cost(500, available=600))
        assert spend(throttle, "orders", None) == pytest.approx(4.0)


def test_a_request_that_got_no_answer_gives_its_points_back(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(500, available=500))
    for _ in range(10):
        assert spend(throttle, "orders", None) == 0


def test_a_refusal_prices_the_document_for_the_next_attempt(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(752, available=652, actual=None))
    assert spend(throttle, "orders", None) == pytest.approx(1.0)


def test_many_threads_never_promise_the_same_points_twice(throttle: Throttle) -> None:
    spend(throttle, "orders", cost(100, available=0))
    together, waits = threading.Barrier(8), []

    def ask() -> None:
        with throttle.turn("orders") as turn:
            waits.append(turn.wait_seconds)
            together.wait(timeout=10)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(waits) == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8])
