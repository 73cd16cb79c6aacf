"""Bulk operations that fail, languages that change, stumbles of Shopify; and a dry run that says what the pass then does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.errors import ShopError
from integration.demo.shop.inventory import sell
from integration.demo.shop.operations import BulkFault
from integration.models import HeldRecord, ItemSetting, SyncEntry
from tests.items.scene import ItemsScene, writes
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.mark.parametrize("case", ["adopted", "changed", "sold"])
def test_a_dry_run_says_what_the_pass_then_does(scene: ItemsScene, case: str) -> None:
    if case == "adopted":
        add_product(scene.store, title="Ancien", sku="A", price="1.00", status="DRAFT", quantity=3)
        scene.item("A")
    elif case == "changed":
        scene.item("A")
        scene.sync()
        scene.say("A", "name", "fr", "Neuf")
    else:
        from integration.demo.shop.inventory import sell

        scene.item("A")
        scene.sync()
        sell(scene.store, "A", 2)
        from integration.models import Flow

        HeldRecord.objects.create(
            warehouse="WEB",
            flow=Flow.ORDERS,
            shopify_id="x",
            shopify_name="#1",
            reason="r",
            params={},
            sold={"A": 2},
            next_attempt_at=timezone.now() + timedelta(hours=1),
        )
    report = scene.sync(dry_run=True)
    planned = {what.partition(":")[0] for one in report.planned_items for what in one.what}
    first = SyncEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    scene.sync()
    done: set[str] = set()
    for entry in SyncEntry.objects.filter(pk__gt=first):
        done |= (
            {"stock"} if entry.reason == "stock_set" else set(filter(None, entry.params.get("columns", "").split(",")))
        )
    assert planned - {"adopted"} == done


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELED"])
def test_a_daily_look_that_fails_does_not_keep_stock_from_going_out(scene: ItemsScene, status: Any) -> None:
    scene.item("A")
    scene.sync()
    ItemSetting.objects.update(catalogue_read_at=None)
    scene.change("A", available=2)
    scene.store.operations.fault = BulkFault(status)
    scene.sync()
    assert scene.quantity("A") == 2


def test_a_bulk_operation_that_fails_each_time_keeps_no_stock_from_going_out(scene: ItemsScene) -> None:
    scene.item("OLD")
    scene.sync()
    for n in range(70):
        scene.item(f"A-{n}")
    scene.change("OLD", available=3)
    for _ in range(4):
        scene.store.operations.fault = BulkFault("FAILED")
        scene.sync()
    assert scene.quantity("OLD") == 3


def test_of_two_languages_given_up_the_one_refused_is_removed_later(scene: ItemsScene) -> None:
    scene.store.locales.append({"locale": "es", "name": "Spanish", "primary": False, "published": True})
    scene.item("A", texts={("name", "en"): "Hammer", ("name", "es"): "Martillo"})
    scene.sync()
    for locale in scene.store.locales[1:]:
        locale["published"] = False

    def refuse(name: str, arguments: dict[str, Any]) -> Any:
        if name == "translationsRemove" and arguments["locales"] == ["en"]:
            return {"translations": None, "userErrors": [{"field": None, "message": "Busy", "code": "INVALID"}]}
        return None

    scene.store.before_write = refuse
    scene.sync()
    scene.store.before_write = None
    scene.sync(retry=True)
    assert scene.product("A")["translations"] == {}
    assert not HeldRecord.objects.exists()


def test_a_shop_whose_first_language_changed_is_brought_in_step_once(scene: ItemsScene) -> None:
    scene.item("A", texts={("name", "en"): "Hammer", ("name", "fr"): "Marteau"})
    scene.sync()
    fr, en = scene.store.locales
    fr["primary"], en["primary"] = False, True
    scene.product("A")["translations"].clear()
    scene.sync()
    assert not HeldRecord.objects.exists()
    assert scene.product("A")["title"] == "Hammer"
    assert scene.product("A")["translations"]["fr", "title"]["value"] == "Marteau"
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []


def test_a_language_and_its_regional_form_both_have_the_texts(scene: ItemsScene) -> None:
    scene.store.locales.append({"locale": "fr-CA", "name": "French (Canada)", "primary": False, "published": True})
    scene.item("A", texts={("name", "en"): "Hammer", ("name", "fr"): "Marteau"})
    scene.sync()
    assert not HeldRecord.objects.exists()


@pytest.mark.parametrize("name", ["publishablePublish", "translationsRegister", "productUpdate", "tagsAdd"])
def test_a_product_deleted_between_two_rounds_is_made_anew(scene: ItemsScene, name: str) -> None:
    scene.item("A")

    def vanish(asked: str, arguments: dict[str, Any]) -> None:
        if asked == name:
            scene.store.before_write = None
            scene.delete("A")

    scene.store.before_write = vanish
    scene.sync()
    scene.store.before_write = None
    scene.sync()
    assert scene.quantity("A") == 10
    assert not HeldRecord.objects.exists(), HeldRecord.objects.get().params


@pytest.mark.parametrize("scope", ["write_translations", "write_publications", "write_inventory", "write_products"])
def test_a_right_that_is_missing_stops_the_warehouse_and_holds_no_item(scene: ItemsScene, scope: str) -> None:
    for n in range(3):
        scene.item(f"A{n}")
    scene.store.granted_scopes.discard(scope)
    report = scene.sync()
    assert HeldRecord.objects.count() == 0, [(h.reason, h.params) for h in HeldRecord.objects.all()]
    assert report.error or report.problems


def test_a_dry_run_while_a_sale_is_on_its_way_writes_nothing(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    sell(scene.store, "A", 2)
    scene.change("A", available=9)
    scene.sync()  # writes 7: two are missing
    report = scene.sync(dry_run=True)
    with scene.requests() as asked:
        scene.sync()
    assert bool(report.planned_items) == bool(writes(asked))


def test_a_stumble_of_shopify_is_not_told_as_a_fault_of_the_item(scene: ItemsScene) -> None:

    scene.item("A")
    scene.item("B")

    def stumble(name: str, arguments: dict[str, Any]) -> None:
        if name == "productSet" and arguments["input"]["title"] == "Article A":
            raise ShopError("Internal error.", "INTERNAL_SERVER_ERROR")

    scene.store.before_write = stumble
    scene.sync()
    assert not HeldRecord.objects.filter(
        reason="product_refused"
    ).exists()  # « Shopify refuse l'item A … Corrigez l'item »
    scene.store.before_write = None
    scene.sync()
    assert len(scene.products("A")) == 1


@pytest.mark.parametrize("price", ["99999999999.99", "1000000000"])
def test_a_large_price_stops_no_other(scene: ItemsScene, price: str) -> None:
    scene.item("GOOD")
    scene.item("A", price=price)
    scene.sync()
    assert scene.products("GOOD")
