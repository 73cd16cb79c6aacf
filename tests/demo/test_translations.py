"""Texts in a second language, tied by a digest to the text that they translate."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product

from .selling import Record, Shop

GONE = "gid://shopify/Product/404"


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def product(shop: Shop) -> Record:
    return add_product(shop.store, title="Bœuf", descriptionHtml="<p>Haché</p>")


def digests(shop: Shop, product: Record) -> dict[str, str]:
    (node,) = shop.ask("digests_by_ids", ids=[product["id"]], first=250)["nodes"]
    return {row["key"]: row["digest"] for row in node["translatableContent"]}


def row(shop: Shop, product: Record, **fields: Any) -> Record:
    digest = digests(shop, product).get(fields.get("key", "title"), "")
    return {"key": "title", "locale": "en", "value": "Beef", "translatableContentDigest": digest, **fields}


def test_digests_are_of_the_texts_and_empty_ones_are_mostly_absent(shop: Shop, product: Record) -> None:
    texts = {"title": "Bœuf", "body_html": "<p>Haché</p>", "handle": product["handle"], "product_type": ""}
    assert digests(shop, product) == {key: sha256(text.encode()).hexdigest() for key, text in texts.items()}
    product["seo"]["title"] = "Bœuf!"
    assert digests(shop, product).keys() - texts.keys() == {"meta_title"}


def test_products_that_are_gone_are_left_out_of_the_digests(shop: Shop, product: Record) -> None:
    answer = shop.ask("digests_by_ids", ids=[GONE, product["id"]], first=250)
    assert [node["resourceId"] for node in answer["nodes"]] == [product["id"]]


def test_a_translation_is_kept_and_written_over(shop: Shop, product: Record) -> None:
    for value in ("Cow", "Beef"):
        shop.do("translations_register", resourceId=product["id"], translations=[row(shop, product, value=value)])
    assert {key: kept["value"] for key, kept in product["translations"].items()} == {("en", "title"): "Beef"}


def test_a_translation_is_outdated_once_its_base_text_changes(shop: Shop, product: Record) -> None:
    text = 'query Q($id: ID!) { translatableResource(resourceId: $id) { translations(locale: "en") { outdated } } }'

    def outdated() -> list[bool]:
        data = shop.engine.answer(text, {"id": product["id"]}).body["data"]
        return [kept["outdated"] for kept in data["translatableResource"]["translations"]]

    shop.do("translations_register", resourceId=product["id"], translations=[row(shop, product)])
    assert outdated() == [False]
    shop.do("product_update", product={"id": product["id"], "title": "Bœuf haché"})
    assert outdated() == [True]


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({"locale": "fr"}, "locale", "INVALID_LOCALE_FOR_SHOP"),
        ({"locale": "es"}, "locale", "INVALID_LOCALE_FOR_SHOP"),
        ({"key": "tags"}, "key", "INVALID_KEY_FOR_MODEL"),
        ({"key": "meta_title"}, "translatableContentDigest", "INVALID_TRANSLATABLE_CONTENT"),
        ({"translatableContentDigest": "0" * 64}, "translatableContentDigest", "INVALID_TRANSLATABLE_CONTENT"),
        ({"value": ""}, "value", "FAILS_RESOURCE_VALIDATION"),
    ],
)
def test_a_translation_is_refused_and_the_good_ones_stay(
    shop: Shop, product: Record, fields: dict[str, Any], place: str, code: str
) -> None:
    rows = [row(shop, product, **fields), row(shop, product, key="body_html")]
    payload = shop.ask("translations_register", resourceId=product["id"], translations=rows)
    (error,) = payload["userErrors"]
    assert (error["field"], error["code"]) == (["translations", "0", place], code)
    assert payload["translations"] == [{"key": "body_html"}]
    assert list(product["translations"]) == [("en", "body_html")]


def test_a_product_that_is_gone_is_not_translated(shop: Shop) -> None:
    payload = shop.ask("translations_register", resourceId=GONE, translations=[])
    assert payload["translations"] is None
    assert payload["userErrors"] == [
        {"field": ["resourceId"], "message": f"Resource {GONE} does not exist", "code": "RESOURCE_NOT_FOUND"}
    ]


def test_more_than_a_hundred_texts_at_once_are_too_many(shop: Shop, product: Record) -> None:
    rows = [row(shop, product)] * 101
    error = shop.refused("translations_register", resourceId=product["id"], translations=rows)
    assert (error["field"], error["code"]) == (["resourceId"], "TOO_MANY_KEYS_FOR_RESOURCE")


def test_a_translation_is_taken_away(shop: Shop, product: Record) -> None:
    shop.do("translations_register", resourceId=product["id"], translations=[row(shop, product)])
    asked = {"resourceId": product["id"], "translationKeys": ["title", "handle"], "locales": ["en"]}
    assert shop.do("translations_remove", **asked)["translations"] == [{"key": "title"}]
    assert product["translations"] == {}
    assert shop.do("translations_remove", **{**asked, "locales": []})["translations"] is None


def test_translating_needs_its_own_scope(shop: Shop, product: Record) -> None:
    rows = [row(shop, product)]
    without = frozenset({"write_translations"})
    answer = shop.answer("translations_register", without, resourceId=product["id"], translations=rows)
    assert answer.codes == ["ACCESS_DENIED"]
    assert product["translations"] == {}
