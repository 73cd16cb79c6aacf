"""The items flow end to end, against the stand-in shop: what the specification (§1.4, §2) and rules I1–I11 say of it."""

from __future__ import annotations

import pytest

from integration.demo.shop.publications import visible_on_online_store
from integration.models import PendingWrite, ProductLink, SyncEntry
from prextra_models.models import Item
from prextra_models.router import PREXTRA
from tests.items.scene import ONLINE_STORE, ItemsScene, days_ahead, writes
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_an_item_ticked_in_prextra_is_on_sale_within_a_cycle_exactly_as_its_card_says(scene: ItemsScene) -> None:
    texts = {
        ("name", "fr"): "Bœuf haché", ("web_description", "fr"): "<p>Frais</p>", ("meta_name", "fr"): "Bœuf du Québec",
        ("meta_description", "fr"): "Haché du jour", ("meta_keywords", "fr"): "viande, bœuf", ("name", "en"): "Ground beef",
    }  # fmt: skip
    scene.item("BoeF", available="12.75", shopify_buffer=2, barcode="0123456789012", texts=texts)
    report = scene.sync()

    product = scene.product("BoeF")
    (variant,) = product["variants"]
    assert report.error is None
    assert (product["title"], product["descriptionHtml"]) == ("Bœuf haché", "<p>Frais</p>")
    assert product["seo"] == {"title": "Bœuf du Québec", "description": "Haché du jour"}
    assert product["tags"] == ["bœuf", "viande"]
    assert (variant["sku"], variant["price"], variant["barcode"]) == ("BoeF", "24.99", "0123456789012")
    assert variant["inventoryItem"]["tracked"] is True
    assert scene.quantity("BoeF") == 10
    assert product["translations"]["en", "title"]["value"] == "Ground beef"
    assert visible_on_online_store(product, scene.store.now())


def test_a_second_cycle_sends_nothing(scene: ItemsScene) -> None:
    for number in range(5):
        scene.item(f"A-{number}")
    scene.sync()
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []
    assert len(asked) == 2


def test_only_what_changed_is_sent(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.change("A", price="30")
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == ["VariantUpdate"]
    assert scene.product("A")["variants"][0]["price"] == "30.00"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"available": 0}, "item_without_stock"),
        ({"available": -5}, "item_without_stock"),
        ({"available": 3, "shopify_buffer": 3}, "item_without_stock"),
        ({"price": None}, "item_without_price"),
        ({"price": 0}, "item_price_refused"),
        ({"tracking": Item.Tracking.SERIAL_UNIQUE}, "item_by_serial_number"),
        ({"tracking": Item.Tracking.SERIAL_QUANTITY}, "item_by_serial_number"),
        ({"inactive": True}, "item_inactive"),
        ({"default_warehouse": None}, "item_without_warehouse"),
        ({"texts": {("description", "fr"): "", ("description", "en"): ""}}, "item_without_description"),
    ],
)
def test_i1_an_item_that_is_ticked_and_not_sent_says_why_and_the_others_go_on(
    scene: ItemsScene, fields: dict[str, object], reason: str
) -> None:
    scene.item("A", **fields)
    scene.item("B")
    scene.sync()
    assert scene.products("A") == []
    assert scene.link("A").reason == reason
    assert SyncEntry.objects.filter(shopify_name="A", reason=reason).exists()
    assert scene.quantity("B") == 10


def test_i1_once_it_was_sent_a_zero_is_sent_as_zero(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.change("A", available=0)
    scene.sync()
    assert scene.quantity("A") == 0
    assert scene.product("A")["status"] == "ACTIVE"


def test_i4_tags_of_the_merchant_stay_and_only_ours_are_removed(scene: ItemsScene) -> None:
    scene.item("A", texts={("meta_keywords", "fr"): "rouge, bleu"})
    scene.sync()
    scene.product("A")["tags"] = ["bleu", "rouge", "Soldes"]
    scene.say("A", "meta_keywords", "fr", "bleu, vert")
    scene.sync()
    assert set(scene.product("A")["tags"]) == {"bleu", "Soldes", "vert"}


def test_i5_visible_off_is_a_draft_and_on_again_is_on_sale(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.change("A", visible_web=False)
    scene.sync()
    assert scene.product("A")["status"] == "DRAFT"
    scene.change("A", visible_web=True)
    scene.sync()
    assert visible_on_online_store(scene.product("A"), scene.store.now())


@pytest.mark.parametrize("how", ["unticked", "inactive", "moved", "deleted"])
def test_i5_an_item_that_is_not_for_the_shop_any_more_is_archived_at_zero_and_never_deleted(
    scene: ItemsScene, how: str
) -> None:
    scene.item("A")
    scene.sync()
    if how == "deleted":
        from prextra_models.models import ItemPrice, ItemStock, ItemText

        for model in (ItemText, ItemPrice, ItemStock):
            model._default_manager.using(PREXTRA).filter(item="A").delete()
        Item.objects.using(PREXTRA).filter(pk="A").delete()
    else:
        scene.change(
            "A",
            **{"unticked": {"shopify": False}, "inactive": {"inactive": True}, "moved": {"default_warehouse": None}}[
                how
            ],
        )
    scene.sync()
    assert (scene.product("A")["status"], scene.quantity("A")) == ("ARCHIVED", 0)
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []


def test_i5_ticked_again_it_comes_back_as_the_same_product(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    first = scene.product("A")["id"]
    scene.change("A", shopify=False)
    scene.sync()
    scene.change("A", shopify=True)
    scene.sync()
    product = scene.product("A")
    assert (product["id"], product["status"], scene.quantity("A")) == (first, "ACTIVE", 10)


def test_i6_a_date_to_come_is_scheduled_and_never_shown_before(scene: ItemsScene) -> None:
    seen: list[bool] = []
    scene.store.before_write = lambda _name, _arguments: seen.extend(
        visible_on_online_store(product, scene.store.now()) for product in scene.products("A")
    )
    scene.item("A", publication_date=days_ahead(7))
    scene.sync()
    product = scene.product("A")
    assert product["status"] == "ACTIVE"
    assert product["publications"][ONLINE_STORE] is not None
    assert not any(seen)
    assert not visible_on_online_store(product, scene.store.now())


def test_i6_a_changed_date_is_rescheduled_and_one_taken_away_publishes(scene: ItemsScene) -> None:
    scene.item("A", publication_date=days_ahead(7))
    scene.sync()
    before = scene.product("A")["publications"][ONLINE_STORE]
    scene.change("A", publication_date=days_ahead(9))
    scene.sync()
    assert scene.product("A")["publications"][ONLINE_STORE] != before
    scene.change("A", publication_date=None)
    scene.sync()
    assert visible_on_online_store(scene.product("A"), scene.store.now())


def test_i6_a_product_on_sale_that_gets_a_date_is_withdrawn_until_then(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    scene.change("A", publication_date=days_ahead(3))
    scene.sync()
    assert not visible_on_online_store(scene.product("A"), scene.store.now())


def test_i7_without_multi_language_only_the_companys_language_goes_out() -> None:
    scene = ItemsScene(multilingual=False)
    scene.item("A")
    scene.sync()
    assert scene.product("A")["title"] == "Article A"
    assert scene.product("A")["translations"] == {}


def test_i7_a_shop_in_another_language_than_the_company_has_that_one_as_its_base(scene: ItemsScene) -> None:
    scene.store.locales[:] = [
        {"locale": "en", "name": "English", "primary": True, "published": True},
        {"locale": "fr-CA", "name": "French", "primary": False, "published": True},
    ]
    scene.item("A")
    scene.sync()
    product = scene.product("A")
    assert product["title"] == "Item A"
    assert product["translations"]["fr-CA", "title"]["value"] == "Article A"


def test_i7_a_text_emptied_in_prextra_is_removed_and_a_changed_base_is_translated_again(scene: ItemsScene) -> None:
    texts = {("web_description", "fr"): "<p>Un</p>", ("web_description", "en"): "<p>One</p>"}
    scene.item("A", texts=texts)
    scene.sync()
    scene.say("A", "web_description", "en", "")
    scene.say("A", "description", "fr", "Autre nom")
    scene.sync()
    product = scene.product("A")
    assert ("en", "body_html") not in product["translations"]
    assert product["title"] == "Autre nom"
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []


def test_merchants_edits_survive_every_cycle(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    product = scene.product("A")
    edits = {"handle": "a-moi", "vendor": "Moi", "productType": "Outils", "templateSuffix": "special"}
    product.update(edits)
    product["metafields"].append({"namespace": "custom", "key": "note", "type": "single_line_text_field", "value": "x"})
    variants, metafields = len(product["variants"]), len(product["metafields"])
    for change in ({"price": 5}, {"available": 3}, {"visible_web": False}, {"visible_web": True}):
        scene.change("A", **change)
        scene.sync()
    product = scene.product("A")
    assert {name: product[name] for name in edits} == edits
    assert (len(product["variants"]), len(product["metafields"])) == (variants, metafields)


def test_a_dry_run_says_item_by_item_what_would_change_and_writes_nothing(scene: ItemsScene) -> None:
    scene.item("A")
    scene.item("B", price=None)
    with scene.requests() as asked:
        report = scene.sync(dry_run=True)
    assert {one.item: one.problem.reason if one.problem else one.what for one in report.planned_items} == {
        "A": ("product", "translations:en", "publish", "status"),
        "B": "item_without_price",
    }
    assert writes(asked) == []
    assert scene.store.products == {}
    assert ProductLink.objects.count() == 0


def test_many_go_in_bulk_and_few_in_batches(scene: ItemsScene) -> None:
    for number in range(70):
        scene.item(f"A-{number}")
    with scene.requests() as asked:
        scene.sync()
    assert "ProductCreate" not in asked
    assert len(scene.store.products) == 70
    assert len(asked) < 25
    assert all(visible_on_online_store(product, scene.store.now()) for product in scene.store.products.values())
    assert PendingWrite.objects.count() == 0
