"""Stock by numbers alone: no sale is given back, whatever comes when, and in the end the shop shows what Prextra allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from integration.items.levels import PATIENCE, Base, Due, Level, first_base, leave, needs_look, plan_level

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Rule = Callable[[int, Base, int, int, Level, datetime], Due]


def naive(target: int, base: Base, sold: int, _unknown: int, level: Level, _now: datetime) -> Due:
    """What many connectors do: Prextra's figure over whatever was read."""
    return Due(target, Base(target, sold))


class Market:
    """A shop that sells at any moment; orders that come in late, or are held; people who change stock in Prextra, and who
    find less on the shelf and say so in Shopify. `truth` is what is there and not sold, `available` what Prextra says of it.
    """

    def __init__(self, seed: int, rule: Rule) -> None:
        self.dice = Random(seed)
        self.keeps = seed % 2 == 0
        self.rule = rule
        self.shown = self.available = self.truth = self.dice.randint(0, 20)
        self.now = NOW
        self.on_their_way: list[tuple[datetime, int]] = []
        self.taken_in = self.held = self.given_back = 0
        self.base = Base(self.shown, 0)

    def perhaps_sell(self) -> None:
        if self.shown > 0 and self.dice.random() < 0.4:
            units = self.dice.randint(1, min(3, self.shown))
            self.shown -= units
            self.truth -= units
            self.on_their_way.append((self.now + timedelta(minutes=self.dice.choice([0, 0, 1, 8, 14])), units))

    def take_orders_in(self) -> None:
        """Those that the search index shows by now; some are held, and come in later."""
        if self.held and self.dice.random() < 0.5:
            self.available, self.taken_in, self.held = self.available - self.held, self.taken_in + self.held, 0
        for _, units in [sale for sale in self.on_their_way if sale[0] <= self.now]:
            if self.dice.random() < 0.2:
                self.held += units
            else:
                self.available, self.taken_in = self.available - units, self.taken_in + units
        self.on_their_way = [sale for sale in self.on_their_way if sale[0] > self.now]

    def change_in_prextra(self, change: int) -> None:
        self.available += change
        self.truth += change

    def cycle(self) -> None:
        self.now += timedelta(minutes=5)
        self.perhaps_sell()
        self.take_orders_in()
        if self.dice.random() < 0.4:
            self.change_in_prextra(self.dice.randint(-6, 8))
        if self.shown > 0 and self.dice.random() < 0.05:
            self.shown -= self.dice.randint(1, self.shown)
        self.perhaps_sell()
        self.compare(self.perhaps_sell)

    def unknown(self) -> int:
        """What the shop keeps for orders that were not read yet; nothing of it shows where parcels leave at once."""
        return sum(units for _, units in self.on_their_way) if self.keeps else 0

    def compare(self, between: Callable[[], None] = lambda: None) -> None:
        target, sold = max(0, self.available - self.held), self.taken_in + self.held
        if not needs_look(target, self.base, sold):
            return
        for _ in range(3):
            level = Level(self.shown)
            due = self.rule(target, self.base, sold, self.unknown(), level, self.now)
            between()
            if due.quantity is None:
                self.base = due.base
                return
            if self.shown == level.available:
                self.given_back += max(0, due.quantity - max(self.shown, self.truth))
                self.shown, self.base = due.quantity, due.base
                return

    def settle(self) -> None:
        """Nobody buys any more, all orders come in, and something changes in Prextra: a count in the shop alone is not seen."""
        self.change_in_prextra(1)
        while self.on_their_way or self.held or self.base.missing_since or self.shown != max(0, self.available):
            self.now += timedelta(minutes=5)
            self.take_orders_in()
            self.compare()
            assert self.now - NOW < timedelta(hours=4), "it does not settle"


def run(seed: int, rule: Rule) -> Market:
    market = Market(seed, rule)
    for _ in range(8):
        market.cycle()
    return market


def test_in_10000_random_interleavings_no_sale_is_given_back_and_all_settles() -> None:
    for seed in range(10_000):
        market = run(seed, plan_level)
        assert market.given_back == 0, seed
        market.settle()
        assert (market.given_back, market.shown) == (0, max(0, market.truth)), seed


def test_the_same_market_shows_that_writing_over_what_was_read_oversells() -> None:
    assert sum(run(seed, naive).given_back > 0 for seed in range(200)) > 10


def test_shopify_is_asked_where_prextra_allows_something_else_or_something_was_sold_and_nowhere_else() -> None:
    assert not needs_look(target=10, base=Base(10, sold=4), sold=4)
    assert needs_look(target=9, base=Base(10, sold=4), sold=4)
    assert needs_look(target=10, base=Base(10, sold=4), sold=6)
    assert needs_look(target=10, base=Base(10, sold=4, missing_since=NOW), sold=4)


def test_a_stock_that_someone_counted_in_the_shop_is_set_right_after_a_while() -> None:
    base = plan_level(10, Base(10, 0), 0, 0, Level(6), NOW).base
    assert plan_level(10, base, 0, 0, Level(6), NOW + PATIENCE / 2).quantity is None
    assert plan_level(10, base, 0, 0, Level(6), NOW + PATIENCE).quantity == 10


def test_a_sale_on_its_way_is_not_forgotten_while_prextra_allows_nothing_to_be_sold() -> None:
    base = plan_level(0, Base(3, 0), 0, 0, Level(0), NOW).base
    assert plan_level(3, base, 0, 0, Level(0), NOW).quantity is None
    assert plan_level(0, base, 3, 0, Level(0), NOW).base == Base(0, 3)


def test_units_of_an_order_that_was_taken_back_go_on_sale_again_after_a_while() -> None:
    base = Base(8, sold=2)
    assert needs_look(target=10, base=base, sold=0)
    base = plan_level(10, base, 0, 0, Level(8), NOW).base
    assert plan_level(10, base, 0, 0, Level(8), NOW + PATIENCE).quantity == 10


def test_where_someone_counted_more_in_the_shop_prextras_figure_wins_at_once() -> None:
    assert plan_level(11, Base(10, 0), 0, 0, Level(13), NOW) == Due(11, Base(11, 0))


def test_the_wait_starts_again_with_each_unit_more_that_is_missing() -> None:
    base = plan_level(10, Base(10, 0), 0, 0, Level(6), NOW).base
    base = plan_level(10, base, 0, 0, Level(5), NOW + PATIENCE).base
    assert base.missing_since == NOW + PATIENCE


@pytest.mark.parametrize(("unknown", "written"), [(0, 10), (2, 8), (12, 0)])
def test_of_an_adopted_product_what_is_in_orders_that_are_not_known_is_on_its_way(unknown: int, written: int) -> None:
    level = Level(available=4)
    assert plan_level(10, first_base(level, 0), 0, unknown, level, NOW).quantity == written


def test_what_the_shop_has_in_orders_that_are_late_or_not_readable_is_never_given_back() -> None:
    base = plan_level(11, Base(10, 0), 0, 1, Level(9), NOW).base
    late = plan_level(11, base, 0, 1, Level(10), NOW + PATIENCE)
    assert late == Due(None, Base(11, 0, 1, NOW))
    cancelled = plan_level(11, late.base, 0, 0, Level(10), NOW + 2 * PATIENCE)
    assert cancelled.quantity == 11


def test_what_is_on_its_way_where_the_stock_was_kept_is_on_its_way_where_it_is_kept_now() -> None:
    left = leave(Base(10, 0), 0, Level(8), NOW)
    assert left == Due(0, Base(2, 0, 2, NOW))
    there = Level(3)
    assert plan_level(10, first_base(there, 0, left.base), 0, 0, there, NOW).quantity == 8
    assert plan_level(8, first_base(there, 2, left.base), 2, 0, there, NOW).quantity == 8
