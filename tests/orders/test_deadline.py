"""A shop with more changes than one pass may read: each pass goes on where the last one had to stop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.errors import StoppedError
from integration.models import HeldRecord, Watermark
from prextra_models.models import SalesOrder
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

ORDERS = 500  # five pages


class Deadline:
    """A guard whose time is over after so many looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoppedError("run_deadline", minutes=20)

    def confirm(self) -> None: ...


def test_passes_that_end_at_their_deadline_come_to_the_end_all_the_same() -> None:
    warehouse, shop = stocked_warehouse(), boundless_shop()
    for number in range(ORDERS):
        shop.store.add_order(order_of(number, 1, hours_ago(20) + timedelta(minutes=number)))
    found = []
    for _ in range(4):
        report = pass_over(warehouse, shop, guard=Deadline(8))
        found.append((SalesOrder.objects.count(), report.error.reason if report.error else ""))
    overlap = 11  # minutes, and as many orders, that each pass reads again
    assert found == [(200, "run_deadline"), (400 - overlap, "run_deadline"), (500, ""), (500, "")]
    assert not HeldRecord.objects.exists()
    assert len(set(SalesOrder.objects.values_list("shopify_id", flat=True))) == ORDERS


def test_a_pass_that_left_a_gap_behind_it_moves_nothing_where_it_stops() -> None:
    warehouse, shop = stocked_warehouse(), boundless_shop()
    for number in range(ORDERS):
        shop.store.add_order(order_of(number, 1, hours_ago(20) + timedelta(minutes=number)))
    report = pass_over(warehouse, shop, guard=Deadline(8), since=hours_ago(18))
    assert report.error
    assert not Watermark.objects.exists()


def test_an_order_that_changes_while_they_are_listed_hides_none_that_was_not_worked_off() -> None:
    warehouse, shop = stocked_warehouse(), boundless_shop()
    first, *_ = [
        shop.store.add_order(order_of(number, 1, hours_ago(20) + timedelta(minutes=number))) for number in range(ORDERS)
    ]

    class Busy(Deadline):
        """Somebody touches the first order before the list's second page."""

        def check(self) -> None:
            if self.left == 6:
                shop.store.touch(first)
            super().check()

    assert pass_over(warehouse, shop, guard=Busy(8)).error
    assert SalesOrder.objects.count() < ORDERS
    pass_over(warehouse, shop)
    assert SalesOrder.objects.count() == ORDERS
