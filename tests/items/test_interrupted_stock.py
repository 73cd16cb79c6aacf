"""Stock writes that meet another pass, are killed, or are refused: no sale given back, nothing raised above what is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration.demo.shop.store import Record
from integration.models import PendingWrite, ProductLink
from tests.items.day import Day, between, killed
from tests.scene import DATABASES, InProcess

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_two_passes_at_once_give_no_sale_back(day: Day) -> None:
    day.change("A", available=15)
    late: list[Record] = []

    def other_pass_then_a_sale() -> None:
        assert day.sync().error is None
        assert day.quantity("A") == 15
        late.append(day.sold(2))

    between(day, "LevelsByItem", other_pass_then_a_sale)
    day.sync()
    given = day.quantity("A")
    day.connect = InProcess(day.shop)
    day.arrive(late[0])
    day.settle()
    assert (day.prextra(), given, day.quantity("A")) == (13, 13, 13)


@pytest.mark.parametrize("after", [False, True])
def test_killed_while_stock_is_written_and_the_location_changed_nothing_is_there_twice(day: Day, after: bool) -> None:
    day.change("A", available=15)
    killed(day, "SetQuantities", after)
    assert PendingWrite.objects.count() == 1
    day.move_to_second()
    day.settle()
    assert day.shown() == {"1": 0, "2": 15}


def test_killed_before_stock_was_sent_then_less_in_prextra_is_never_above_what_is_there(day: Day) -> None:
    day.change("A", available=15)
    killed(day, "SetQuantities", after=False)
    day.change("A", available=3)
    written: list[int] = []

    def note(name: str, arguments: dict[str, Any]) -> None:
        if name == "inventorySetQuantities":
            written.extend(row["quantity"] for row in arguments["input"]["quantities"])

    day.store.before_write = note
    day.sync()
    assert day.quantity("A") == 3
    assert max(written) <= 3, written


def test_a_write_whose_key_is_too_old_gives_no_sale_back(day: Day) -> None:
    day.change("A", available=15)
    killed(day, "SetQuantities", after=True)
    assert day.quantity("A") == 15
    PendingWrite.objects.update(started_at=timezone.now() - timedelta(hours=23, minutes=1))
    late = day.sold(2)
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (day.prextra(), given, day.quantity("A")) == (13, 13, 13)


def test_killed_at_a_refused_write_nothing_is_raised_above_what_prextra_says_by_then(day: Day) -> None:
    """Under its key the write failed: the halves go again under new keys, with what Prextra said then."""
    day.item("B", available=10)
    day.sync()
    for code in "AB":
        day.change(code, available=15)
    sold: list[Any] = []

    def sale(name: str, arguments: dict[str, Any]) -> None:
        if name == "inventorySetQuantities" and not sold:
            sold.append(day.sold(1, sku="A"))

    day.store.before_write = sale
    killed(day, "SetQuantities", after=True)
    day.arrive(sold[0])
    day.change("B", available=2)
    written: list[int] = []

    def note(name: str, arguments: dict[str, Any]) -> None:
        if name == "inventorySetQuantities":
            item = day.product("B")["variants"][0]["inventoryItem"]["id"]
            written.extend(r["quantity"] for r in arguments["input"]["quantities"] if r["inventoryItemId"] == item)

    day.store.before_write = note
    day.sync()
    assert max(written) <= 2, written


def test_links_that_are_lost_while_a_write_is_pending_cost_nothing(day: Day) -> None:

    day.change("A", available=15)
    killed(day, "SetQuantities", after=True)
    ProductLink.objects.all().delete()
    day.settle()
    assert (len(day.products("A")), day.quantity("A")) == (1, 15)


def test_a_pass_within_another_ones_write_gives_no_sale_back(day: Day) -> None:
    """The inner pass finishes the outer one's write, and writes more; the outer one then notes what it meant."""

    day.change("A", available=15)

    def inner() -> None:
        day.change("A", available=20)
        day.sync()
        assert day.quantity("A") == 20

    between(day, "SetQuantities", inner)
    day.sync()
    day.connect = InProcess(day.shop)
    late = day.sold(5)
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given, day.quantity("A"), day.prextra()) == (15, 15, 15)


def test_a_level_that_sleeps_is_not_woken_with_more_than_there_is(day: Day) -> None:
    day.level()["isActive"] = False
    day.change("A", available=3)
    seen: list[int] = []

    def look(name: str, arguments: dict[str, Any]) -> None:
        if name == "inventorySetQuantities" and day.level()["isActive"]:
            seen.append(day.level()["available"])

    day.store.before_write = look
    day.sync()
    assert seen == [] or max(seen) <= 3, seen


def test_a_stock_that_was_refused_is_lowered_as_soon_as_less_may_be_sold(day: Day) -> None:
    """Refused at 10 → 15, by chance; then nothing is left in Prextra, and the shop goes on selling."""
    day.change("A", available=15)
    fails: list[int] = []

    def refuse(name: str, arguments: dict[str, Any]) -> Any:
        if name == "inventorySetQuantities" and not fails:
            fails.append(1)
            return {"userErrors": [{"field": ["input"], "message": "Impossible."}]}
        return None

    day.store.before_write = refuse
    day.sync()
    day.change("A", available=0)
    day.sync()
    assert day.quantity("A") == 0
