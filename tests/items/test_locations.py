"""Stock that moves to another of the shop's locations: it is nowhere twice, and what was on its way still is (rules I3, I9)."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.store import Record
from tests.items.day import SECOND, Day
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_stock_that_could_not_leave_is_not_set_elsewhere_yet(day: Day) -> None:
    day.move_to_second()
    late: list[Record] = []

    def sale(name: str, arguments: dict[str, Any]) -> None:
        if name == "inventorySetQuantities" and len(late) < 3 and day.first in str(arguments):
            late.append(day.sold(1))

    day.store.before_write = sale
    day.sync()
    day.store.before_write = None
    for order in late:
        day.arrive(order)
    day.settle()
    assert len(late) == 3
    assert day.prextra() == 7
    assert day.shown() == {"1": 0, "2": 7}


def test_leaving_that_is_refused_is_tried_again(day: Day) -> None:
    day.move_to_second()
    refused: list[int] = []

    def refuse(name: str, arguments: dict[str, Any]) -> Record | None:
        if name == "inventorySetQuantities" and day.first in str(arguments) and not refused:
            refused.append(1)
            return {"userErrors": [{"field": ["input"], "message": "Impossible."}]}
        return None

    day.store.before_write = refuse
    day.sync()
    day.store.before_write = None
    day.settle()
    assert day.shown() == {"1": 0, "2": 10}


def test_a_late_order_at_the_location_that_was_left_is_not_given_back(day: Day) -> None:
    late = day.sold(3)
    day.move_to_second()
    day.sync()
    assert day.shown() == {"1": 0, "2": 7}
    day.wait()
    day.sync()
    given = day.shown()["2"]
    day.arrive(late)
    day.settle()
    assert (given, day.shown()["2"], day.prextra()) == (7, 7, 7)


def test_open_orders_of_the_old_location_hide_no_late_one_at_the_new(day: Day) -> None:
    day.buy(2)
    day.sync()
    day.move_to_second()
    day.sync()
    assert day.shown()["2"] == 8
    late = day.sold(2, SECOND)
    day.change("A", available=9)
    day.sync()
    assert day.shown()["2"] == 7
    day.wait()
    day.sync()
    given = day.shown()["2"]
    day.arrive(late)
    day.settle()
    assert (given, day.shown()["2"], day.prextra()) == (7, 7, 7)


def test_a_sale_on_its_way_outlives_the_location_it_was_made_at(day: Day) -> None:
    late = day.sold(2)
    first = day.first
    day.move_to_second()
    day.store.locations.pop(0)
    item = day.product("A")["variants"][0]["inventoryItem"]
    del item["levels"][first]
    day.sync()
    given = sum(level["available"] for level in item["levels"].values())
    day.arrive(late)
    day.settle()
    now = sum(level["available"] for level in item["levels"].values())
    assert (day.prextra(), now) == (8, 8), given


def test_a_product_that_is_found_again_leaves_the_old_location(day: Day) -> None:
    """Its variant was thought gone for one pass; where its stock was kept is still known."""
    day.move_to_second()
    fails: list[int] = []

    def gone(name: str, arguments: dict[str, Any]) -> Any:
        if name == "productUpdate" and not fails:
            fails.append(1)
            return {
                "product": None,
                "userErrors": [
                    {"field": ["id"], "message": "Product does not exist", "code": "PRODUCT_DOES_NOT_EXIST"}
                ],
            }
        return None

    day.store.before_write = gone
    day.say("A", "name", "fr", "Autre")
    day.sync()
    day.settle()
    assert fails
    assert day.shown() == {"1": 0, "2": 10}
