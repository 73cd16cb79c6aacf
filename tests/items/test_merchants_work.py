"""What the merchant did in Shopify stays, whatever becomes of a pass, a link or a card (rules I4, I8, I11)."""

from __future__ import annotations

import contextlib
from typing import Any

import httpx
import pytest

from integration.demo.shop.catalogue import add_product
from tests.items.scene import ItemsScene
from tests.items.test_adoption import with_another_variant
from tests.items.test_killed import Dying
from tests.scene import DATABASES, InProcess

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Line(httpx.BaseTransport):
    """A line of a file of results is cut, or is none, on its way."""

    def __init__(self, inner: httpx.BaseTransport, intruder: Any) -> None:
        self.inner, self.intruder = inner, intruder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        return self.intruder(request, response)


def test_an_item_ticked_again_does_not_write_over_the_product_that_is_the_merchants(scene: ItemsScene) -> None:
    scene.item("A")
    scene.sync()
    product = with_another_variant(scene, "AUTRE")
    scene.change("A", available=7)
    scene.sync()  # variant_gone
    scene.change("A", shopify=False)
    scene.sync()
    before = {**product, "variants": [dict(v) for v in product["variants"]], "tags": list(product["tags"])}
    scene.change("A", shopify=True)
    scene.sync()
    now = scene.store.products[product["id"]]
    assert [v["sku"] for v in now["variants"]] == ["AUTRE"]
    assert (now["tags"], now["title"]) == (before["tags"], before["title"])


def test_keywords_pushed_by_a_killed_pass_are_removed_when_prextra_drops_them(scene: ItemsScene) -> None:
    scene.item("A", texts={("meta_keywords", "fr"): "rouge"})
    step = 1
    while not scene.store.products:
        scene.connect = Dying(scene, step)
        with contextlib.suppress(KeyboardInterrupt):
            scene.sync()
        step += 1
    scene.connect = InProcess(scene.shop)
    scene.sync()
    scene.say("A", "meta_keywords", "fr", "bleu")
    scene.sync()
    assert scene.product("A")["tags"] == ["bleu"]


def test_a_code_changed_in_prextra_and_in_shopify_keeps_its_one_product_on_sale(scene: ItemsScene) -> None:
    """The code is changed in Prextra, and the SKU in Shopify with it."""
    scene.item("A")
    scene.sync()
    product = scene.product("A")
    scene.change("A", shopify=False)
    scene.item("B")
    variant = product["variants"][0]
    variant["sku"] = "B"
    scene.store.catalogue.index.put(variant["id"], "B")
    scene.sync()
    scene.sync()
    assert scene.product("B")["status"] == "ACTIVE"
    assert scene.quantity("B") == 10


@pytest.mark.parametrize("how", ["half_line", "unreadable_line"])
def test_a_catalogue_that_came_incomplete_doubles_no_product(scene: ItemsScene, how: str) -> None:
    for n in range(201):
        scene.item(f"A-{n}")
    add_product(scene.store, title="B", sku="B")
    add_product(scene.store, title="Mien", sku="A-0", price="1.00")
    cuts = []

    def cut(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "/_results/" in str(request.url) and b'"sku"' in response.content:
            cuts.append(len(response.content))
            lines = response.content.splitlines(keepends=True)
            lines = [line[:40] + b"\n" if b'A-0"' in line else line for line in lines]
            if how == "half_line":  # cut short: the rest is not there
                lines = lines[: next(place for place, line in enumerate(lines) if len(line) == 41) + 1]
            return httpx.Response(200, content=b"".join(lines))
        return response

    scene.connect.transport = Line(scene.connect.transport, cut)
    scene.sync()
    assert cuts
    assert len(scene.products("A-0")) <= 1


def test_what_the_merchant_did_between_a_killed_pass_and_the_next_stays(scene: ItemsScene) -> None:
    """The draft that a killed pass left gets the merchant's own SKU, variant and tag: none of it is replaced."""
    scene.item("A")
    step = 1
    while not scene.store.products:
        scene.connect = Dying(scene, step)
        with contextlib.suppress(KeyboardInterrupt):
            scene.sync()
        step += 1
    scene.connect = InProcess(scene.shop)
    (product,) = scene.store.products.values()
    product["tags"].append("marchand")
    variant = product["variants"][0]
    variant["sku"] = "A-rouge"
    scene.store.catalogue.index.put(variant["id"], "A-rouge")
    scene.sync()
    assert product["tags"] == ["marchand"]
    assert product["variants"][0]["sku"] == "A-rouge"


def test_a_search_index_that_lags_after_a_killed_pass_costs_the_merchant_no_tag(scene: ItemsScene) -> None:
    scene.store.index_lag = 3600
    scene.item("A")
    step = 1
    while not scene.store.products:
        scene.connect = Dying(scene, step)
        with contextlib.suppress(KeyboardInterrupt):
            scene.sync()
        step += 1
    scene.connect = InProcess(scene.shop)
    (product,) = scene.store.products.values()
    product["tags"].append("marchand")
    scene.sync()
    assert len(scene.store.products) == 1
    assert product["tags"] == ["marchand"]


def test_an_adopted_product_keeps_the_description_that_prextra_does_not_have(scene: ItemsScene) -> None:
    own = add_product(scene.store, title="Ancien", sku="A", price="1.00", descriptionHtml="<p>Dix ans de travail</p>")
    scene.item("A")
    scene.sync()
    assert own["descriptionHtml"] == "<p>Dix ans de travail</p>"


def test_an_adopted_product_keeps_the_search_texts_that_prextra_does_not_have(scene: ItemsScene) -> None:
    own = add_product(scene.store, title="Ancien", sku="A", seo={"title": "Marteau pas cher", "description": "Le mien"})
    scene.item("A")
    scene.sync()
    assert own["seo"] == {"title": "Marteau pas cher", "description": "Le mien"}


def test_a_search_description_written_in_shopify_stays_when_only_the_search_title_changes(scene: ItemsScene) -> None:
    scene.item("A", texts={("meta_name", "fr"): "Un"})
    scene.sync()
    scene.product("A")["seo"]["description"] = "Le mien"
    scene.say("A", "meta_name", "fr", "Deux")
    scene.sync()
    assert scene.product("A")["seo"] == {"title": "Deux", "description": "Le mien"}


def test_a_translation_of_the_merchants_own_stays_when_prextra_has_none(scene: ItemsScene) -> None:
    own = add_product(scene.store, title="Ancien", sku="A")
    from integration.demo.shop.translations import digest_of

    own["translations"]["en", "title"] = {
        "value": "Old",
        "digest": digest_of("Ancien"),
        "updatedAt": scene.store.stamp(),
    }
    scene.item("A", texts={("description", "en"): ""})
    scene.sync()
    assert own["translations"]["en", "title"]["value"] == "Old"


def test_an_inventory_policy_and_barcode_stay(scene: ItemsScene) -> None:
    own = add_product(scene.store, title="Ancien", sku="A")
    own["variants"][0]["barcode"] = "123"
    own["variants"][0]["inventoryPolicy"] = "CONTINUE"
    scene.item("A")
    scene.sync()
    assert (own["variants"][0]["barcode"], own["variants"][0]["inventoryPolicy"]) == ("123", "CONTINUE")
    scene.item("B")
    scene.sync()
    scene.product("B")["variants"][0]["barcode"] = "9"
    scene.change("B", price=3)
    scene.sync()
    assert scene.product("B")["variants"][0]["barcode"] == "9"


def test_a_tag_added_by_hand_before_a_creation_is_tried_again_is_kept(scene: ItemsScene) -> None:
    """At 250 tags of the merchant's and ours the item is not held for good."""
    scene.item("A", texts={("meta_keywords", "fr"): "k1"})
    scene.sync()
    scene.product("A")["tags"] = [f"m{n}" for n in range(250)]
    scene.say("A", "meta_keywords", "fr", "k1, k2")
    scene.change("A", price=5)
    scene.sync()

    assert scene.product("A")["variants"][0]["price"] == "5.00"
