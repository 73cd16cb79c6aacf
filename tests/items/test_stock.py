"""Stock end to end: compared and set at one location, with no sale given back (rules I3, I9, I10)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integration.demo.orders import Line, build_order
from integration.demo.shop.errors import ShopError
from integration.demo.shop.inventory import sell
from integration.demo.shop.store import Record
from integration.models import HeldRecord, ItemSetting, PendingWrite, ProductLink, SyncEntry
from tests.factories import ConfigurationValueFactory
from tests.items.scene import ItemsScene, writes
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_i9_a_sale_between_read_and_write_is_read_and_computed_again(scene: ItemsScene) -> None:
    scene.item("A", available=10)
    scene.sync()
    scene.change("A", available=15)
    sold: list[int] = []

    def one_sale(name: str, _arguments: object) -> None:
        if name == "inventorySetQuantities" and not sold:
            sold.append(1)
            sell(scene.store, "A")

    scene.store.before_write = one_sale
    scene.sync()
    assert sold == [1]
    assert scene.quantity("A") == 14


def test_i9_an_inactive_level_is_activated_before_it_is_written(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    (level,) = scene.product("A")["variants"][0]["inventoryItem"]["levels"].values()
    level["isActive"] = False
    scene.change("A", available=4)
    scene.sync()
    assert (level["isActive"], level["available"]) == (True, 4)


def test_what_stops_the_items_leaves_the_runs_of_the_orders_as_they_were() -> None:
    scene = ItemsScene(sync_orders=True)
    scene.store.locations.append({**scene.store.locations[0], "id": "gid://shopify/Location/2", "name": "Boutique"})
    report = scene.sync()
    assert report.error
    assert {flow: (run.outcome, run.reason) for flow, run in report.runs.items()} == {
        "orders": ("done", ""),
        "items": ("configuration", "location_to_choose"),
    }


def test_a_shop_with_several_locations_is_asked_which_one(scene: ItemsScene) -> None:
    scene.store.locations.append({**scene.store.locations[0], "id": "gid://shopify/Location/2", "name": "Boutique"})
    scene.item("A")
    report = scene.sync()
    assert report.error is not None
    assert report.error.reason == "location_to_choose"
    assert scene.products("A") == []
    ItemSetting.objects.update(location="gid://shopify/Location/2")
    assert scene.sync().error is None
    assert scene.quantity("A") == 10


def at(scene: ItemsScene) -> dict[str, int]:
    """The item's quantity at each location."""
    levels = scene.product("A")["variants"][0]["inventoryItem"]["levels"]
    return {place.rpartition("/")[2]: level["available"] for place, level in levels.items()}


def choose_another_location(scene: ItemsScene) -> None:
    scene.store.locations.append({**scene.store.locations[0], "id": "gid://shopify/Location/2", "name": "Boutique"})
    ItemSetting.objects.update(location="gid://shopify/Location/2")


def test_stock_moves_with_the_location_and_is_nowhere_twice(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    (before,) = at(scene)
    choose_another_location(scene)
    scene.sync()
    assert at(scene) == {before: 0, "2": 10}
    scene.change("A", available=9)
    scene.sync()
    assert at(scene) == {before: 0, "2": 9}
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []


def test_a_sale_at_the_location_that_is_left_is_not_given_back_at_the_next(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    (before,) = at(scene)
    sell(scene.store, "A", 3)
    choose_another_location(scene)
    scene.sync()
    assert at(scene) == {before: 0, "2": 7}


def test_a_location_that_was_left_while_it_was_closed_costs_no_stock(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    (level,) = scene.product("A")["variants"][0]["inventoryItem"]["levels"].values()
    level["isActive"] = False
    choose_another_location(scene)
    scene.sync()
    assert at(scene)["2"] == 10


def order_in(scene: ItemsScene, units: int) -> None:
    lines = [Line("A", "Article A", units, Decimal(1))]
    sell(scene.store, "A", units)
    scene.store.add_order(build_order(1001, lines=lines, placed_at=scene.store.now()))


def test_units_sold_and_as_many_received_are_on_sale_again() -> None:
    scene = ItemsScene(sync_orders=True)
    ConfigurationValueFactory(name="glShippingShopify", value="4010")
    scene.item("A")
    scene.sync()
    order_in(scene, 2)
    scene.store.before_write = None
    scene.sync()
    assert scene.quantity("A") == 8
    scene.change("A", available=10)
    scene.sync()
    assert scene.quantity("A") == 10


def test_units_sold_and_received_between_two_cycles_are_on_sale_again() -> None:
    scene = ItemsScene(sync_orders=True)
    ConfigurationValueFactory(name="glShippingShopify", value="4010")
    scene.item("A")
    scene.sync()
    order_in(scene, 2)
    scene.change("A", available=12)  # the order takes two of them within the cycle
    scene.sync()
    assert scene.quantity("A") == 10


def test_units_of_an_order_that_never_becomes_readable_are_not_given_back() -> None:
    scene = ItemsScene(sync_orders=True)
    scene.item("A")
    scene.sync()
    sell(scene.store, "A")
    scene.change("A", available=11)
    scene.sync()
    assert scene.quantity("A") == 10
    ProductLink.objects.update(missing_since=timezone.now() - timedelta(minutes=21))
    scene.sync()
    assert scene.quantity("A") == 10


def refusing(scene: ItemsScene, field: str, code: str = "") -> None:
    """Shopify refuses this mutation wherever A is in it, without a word on which line it means."""
    inventory_item = scene.link("A").inventory_item

    def refuse(name: str, arguments: dict[str, Any]) -> Record | None:
        if name != field or inventory_item not in str(arguments):
            return None
        if code:
            raise ShopError("Impossible.", code)
        return {"userErrors": [{"field": ["input"], "message": "Impossible."}]}

    scene.store.before_write = refuse


@pytest.mark.parametrize("code", ["", "INVALID_VARIABLE"])
def test_a_stock_that_is_refused_without_a_name_is_found_by_halves_and_all_others_are_written(
    scene: ItemsScene, code: str
) -> None:
    for item in "ABCDE":
        scene.item(item)
    scene.sync()
    for item in "ABCDE":
        scene.change(item, available=5)
    refusing(scene, "inventorySetQuantities", code=code)
    report = scene.sync()
    assert report.error is None
    assert [scene.quantity(item) for item in "ABCDE"] == [10, 5, 5, 5, 5]
    held = HeldRecord.objects.get()
    assert (held.shopify_id, held.reason) == ("A", "stock_refused")
    assert PendingWrite.objects.count() == 0


def test_a_stock_that_is_refused_is_said_once_and_tried_again_later_and_later(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.change("A", available=5)
    refusing(scene, "inventorySetQuantities")
    for _ in range(4):
        scene.sync()
    assert SyncEntry.objects.filter(outcome="held").count() == 1
    scene.sync(retry=True)
    assert HeldRecord.objects.get().attempts == 2
    scene.store.before_write = None
    scene.sync(retry=True)
    assert scene.quantity("A") == 5
    assert HeldRecord.objects.count() == 0
    assert scene.link("A").reason == ""


def test_a_level_that_cannot_be_activated_holds_the_item(scene: ItemsScene) -> None:
    scene.item("A")
    scene.item("B")
    scene.sync()
    scene.product("A")["variants"][0]["inventoryItem"]["levels"].clear()
    refusing(scene, "inventoryActivate")
    for item in "AB":
        scene.change(item, available=3)
    scene.sync()
    held = HeldRecord.objects.get()
    assert (held.reason, held.params["message"]) == ("stock_refused", "Impossible.")
    assert scene.quantity("B") == 3
