"""Which product of the shop is an item's: adopted, lost, found again, and never written over (rules I8)."""

from __future__ import annotations

import pytest

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.publications import visible_on_online_store
from integration.demo.shop.store import Record
from integration.models import HeldRecord, ItemSetting, ProductLink, SyncEntry
from tests.items.scene import ItemsScene, writes
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_i8_a_product_that_has_the_sku_is_adopted_not_doubled_and_keeps_what_is_the_merchants(
    scene: ItemsScene,
) -> None:
    own = add_product(scene.store, title="Ancien", sku="A", price="1.00", tags=["Vedette"], quantity=3, status="DRAFT")
    handle = own["handle"]
    scene.item("A")
    scene.sync()
    product = scene.product("A")
    assert product["id"] == own["id"]
    assert (product["title"], product["handle"], product["status"]) == ("Article A", handle, "ACTIVE")
    assert product["tags"] == ["Vedette"]
    assert scene.quantity("A") == 10


def test_i8_a_sku_in_other_capitals_is_another_product(scene: ItemsScene) -> None:
    add_product(scene.store, title="Autre", sku="boef", price="1.00")
    scene.item("BoeF")
    scene.sync()
    assert len(scene.store.products) == 2


def test_i8_a_sku_that_several_products_have_holds_the_item(scene: ItemsScene) -> None:
    for title in ("Un", "Deux"):
        add_product(scene.store, title=title, sku="A", price="1.00")
    scene.item("A")
    scene.sync()
    assert HeldRecord.objects.get().reason == "sku_ambiguous"
    assert {product["title"] for product in scene.products("A")} == {"Un", "Deux"}


@pytest.mark.parametrize("what", ["price", "available"])
def test_i8_a_product_deleted_in_shopify_is_made_anew_within_the_cycle(scene: ItemsScene, what: str) -> None:
    scene.item("A")
    scene.sync()
    scene.delete("A")
    scene.change("A", **{what: 7})
    scene.sync()
    assert visible_on_online_store(scene.product("A"), scene.store.now())
    assert scene.quantity("A") == (7 if what == "available" else 10)


def test_i8_once_a_day_a_deleted_product_is_missed_even_where_nothing_changed(scene: ItemsScene) -> None:
    scene.item("A")
    scene.item("B")
    scene.sync()
    scene.delete("A")
    ItemSetting.objects.update(catalogue_read_at=None)
    scene.sync()
    assert scene.quantity("A") == 10


@pytest.mark.parametrize("what", ["price", "available"])
def test_i8_where_the_product_was_deleted_the_merchants_own_with_that_sku_is_adopted(
    scene: ItemsScene, what: str
) -> None:
    scene.item("A")
    scene.sync()
    scene.delete("A")
    own = add_product(scene.store, "Le mien", "A")
    scene.change("A", **{what: 5})
    scene.sync()
    assert scene.product("A")["id"] == own["id"]
    assert scene.product("A")["title"] == "Article A"


def test_i8_a_product_deleted_when_there_is_none_left_comes_back_with_the_next_units(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.delete("A")
    scene.change("A", available=0)
    scene.sync()
    assert scene.products("A") == []
    assert scene.link("A").reason == "item_without_stock"
    scene.change("A", available=2)
    scene.sync()
    assert scene.quantity("A") == 2


def with_another_variant(scene: ItemsScene, sku: str) -> Record:
    """The merchant gives the product of A a variant of his own, and takes ours away."""
    product = scene.product("A")
    other = add_product(scene.store, "Passager", sku)
    product["tags"].append("marchand")
    for one in (other, product):
        scene.store.catalogue.forget(one)
    del scene.store.products[other["id"]]
    product["variants"] = other["variants"]
    scene.store.catalogue.note(product)
    return product


@pytest.mark.parametrize("what", ["price", "available"])
def test_a_product_whose_variant_the_merchant_replaced_is_his_and_the_item_is_held(
    scene: ItemsScene, what: str
) -> None:
    scene.item("A")
    scene.sync()
    product = with_another_variant(scene, "AUTRE")
    before = {**product, "variants": [{**product["variants"][0]}]}
    scene.change("A", **{what: 7})
    scene.sync()
    assert HeldRecord.objects.get().reason == "variant_gone"
    assert list(scene.store.products.values()) == [before]

    product["variants"][0]["sku"] = "A"
    scene.store.catalogue.index.put(product["variants"][0]["id"], "A")
    scene.sync(retry=True)
    assert HeldRecord.objects.count() == 0
    assert scene.quantity("A") == (7 if what == "available" else 10)
    assert product["variants"][0]["price"] == ("7.00" if what == "price" else "24.99")
    assert "marchand" in product["tags"]


def test_a_replaced_variant_is_missed_once_a_day_even_where_nothing_changed(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    with_another_variant(scene, "A")
    ItemSetting.objects.update(catalogue_read_at=None)
    scene.sync()
    assert scene.link("A").variant == scene.product("A")["variants"][0]["id"]
    assert scene.quantity("A") == 10


def test_an_item_withdrawn_after_its_product_was_lost_leaves_the_merchants_alone(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    product = with_another_variant(scene, "AUTRE")
    scene.change("A", available=7)
    scene.sync()
    scene.change("A", shopify=False)
    scene.sync()
    assert product["status"] == "ACTIVE"
    assert HeldRecord.objects.count() == 0
    assert ProductLink.objects.get().product == ""


def test_a_held_item_that_is_unticked_is_held_no_more(scene: ItemsScene) -> None:
    scene.item("A", price=None)
    scene.sync()
    assert HeldRecord.objects.count() == 1
    scene.change("A", shopify=False)
    scene.sync()
    assert HeldRecord.objects.count() == 0


def test_where_the_merchants_tags_leave_no_room_ours_are_cut_and_the_log_says_so(scene: ItemsScene) -> None:
    keywords = ",".join(f"k{number}" for number in range(240))
    add_product(scene.store, "Ancien", "A", tags=[f"m{number}" for number in range(50)], status="DRAFT")
    scene.item("A", texts={("meta_keywords", "fr"): keywords})
    scene.sync()
    product = scene.product("A")
    assert (len(product["tags"]), product["status"]) == (250, "ACTIVE")
    assert SyncEntry.objects.filter(reason="item_text_cut", params__columns="meta_keywords").exists()
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []
