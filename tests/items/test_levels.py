"""Stock by numbers alone: no sale is given back, whatever comes when, and in the end the shop shows what Prextra allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from integration.items.levels import PATIENCE, Base, Due, Level, first_base, needs_look, plan_level

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Rule = Callable[[int, Base, int, Level, datetime], Due]


def naive(target: int, base: Base, sold: int, level: Level, _now: datetime) -> Due:
    """What many connectors do: Prextra's figure over whatever was read."""
    return Due(target, Base(target, sold))


class Market:
    """A shop that sells at any moment, orders that come in late, and someone who changes stock in Prextra."""

    def __init__(self, seed: int, rule: Rule) -> None:
        self.dice = Random(seed)
        self.rule = rule
        self.shown = self.allowed = self.truth = self.dice.randint(0, 20)
        self.now = NOW
        self.sales: list[tuple[datetime, int]] = []
        self.taken_in = 0
        self.base = Base(self.shown, 0)
        self.given_back = 0

    def perhaps_sell(self) -> None:
        if self.shown > 0 and self.dice.random() < 0.4:
            units = self.dice.randint(1, min(3, self.shown))
            self.shown -= units
            self.truth -= units
            self.sales.append((self.now, units))

    def take_orders_in(self, lag: timedelta = timedelta(0)) -> None:
        """Those that the search index shows; it may trail by some seconds."""
        seen = sum(units for at, units in self.sales if at <= self.now - lag)
        self.allowed -= seen - self.taken_in
        self.taken_in = seen

    def cycle(self) -> None:
        self.now += timedelta(minutes=5)
        self.perhaps_sell()
        self.take_orders_in(timedelta(seconds=5) if self.dice.random() < 0.3 else timedelta(0))
        if self.dice.random() < 0.3:
            change = self.dice.randint(-3, 8)
            self.allowed += change
            self.truth += change
        self.perhaps_sell()
        self.compare(self.perhaps_sell)

    def compare(self, between: Callable[[], None] = lambda: None) -> None:
        target = max(0, self.allowed)
        if not needs_look(target, self.base, self.taken_in):
            self.base = Base(target, self.taken_in)
            return
        for _ in range(3):
            level = Level(self.shown)
            due = self.rule(target, self.base, self.taken_in, level, self.now)
            between()
            if due.quantity is None:
                self.base = due.base
                return
            if self.shown == level.available:
                self.given_back += max(0, due.quantity - max(self.shown, self.truth))
                self.shown, self.base = due.quantity, due.base
                return


def run(seed: int, rule: Rule) -> Market:
    market = Market(seed, rule)
    for _ in range(6):
        market.cycle()
    return market


def test_in_10000_random_interleavings_no_sale_is_given_back_and_all_settles() -> None:
    for seed in range(10_000):
        market = run(seed, plan_level)
        assert market.given_back == 0, seed
        for _ in range(3):
            market.now += timedelta(minutes=5)
            market.take_orders_in()
            market.compare()
        assert market.shown == max(0, market.allowed), seed


def test_the_same_market_shows_that_writing_over_what_was_read_oversells() -> None:
    assert sum(run(seed, naive).given_back > 0 for seed in range(200)) > 10


def test_what_the_shops_own_orders_took_needs_no_request() -> None:
    assert not needs_look(target=7, base=Base(10, sold=4), sold=7)


def test_a_stock_that_someone_counted_in_the_shop_is_set_right_after_a_while() -> None:
    base = plan_level(10, Base(10, 0), 0, Level(6), NOW).base
    assert plan_level(10, base, 0, Level(6), NOW + PATIENCE / 2).quantity is None
    assert plan_level(10, base, 0, Level(6), NOW + PATIENCE).quantity == 10


def test_the_wait_starts_again_with_each_unit_more_that_is_missing() -> None:
    base = plan_level(10, Base(10, 0), 0, Level(6), NOW).base
    base = plan_level(10, base, 0, Level(5), NOW + PATIENCE).base
    assert base.missing_since == NOW + PATIENCE


@pytest.mark.parametrize(("committed", "unsent", "written"), [(0, 0, 10), (3, 3, 10), (3, 1, 8)])
def test_of_an_adopted_product_what_is_in_orders_that_are_not_known_is_on_its_way(
    committed: int, unsent: int, written: int
) -> None:
    level = Level(available=4, committed=committed)
    assert plan_level(10, first_base(level, 0, unsent), 0, level, NOW).quantity == written
