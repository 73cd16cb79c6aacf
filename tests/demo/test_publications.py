"""Where and from when the stand-in shop shows a product."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.catalogue import ONLINE_STORE, POINT_OF_SALE, add_product
from integration.demo.shop.publications import visible_on_online_store

from .selling import Record, Shop

TOMORROW = "2026-11-21T00:00:00-05:00"


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def product(shop: Shop) -> Record:
    return add_product(shop.store)


def visible(shop: Shop, product: Record) -> bool:
    return visible_on_online_store(product, shop.clock.now)


def test_a_product_is_seen_from_its_publication_until_it_is_taken_back(shop: Shop, product: Record) -> None:
    assert not visible(shop, product)
    shop.do("publish", id=product["id"], input=[{"publicationId": ONLINE_STORE}])
    assert visible(shop, product)
    shop.do("unpublish", id=product["id"], input=[{"publicationId": ONLINE_STORE}])
    assert not visible(shop, product)


def test_a_date_to_come_hides_the_product_until_then(shop: Shop, product: Record) -> None:
    shop.do("publish", id=product["id"], input=[{"publicationId": ONLINE_STORE, "publishDate": TOMORROW}])
    assert product["publications"] == {ONLINE_STORE: "2026-11-21T05:00:00Z"}
    assert not visible(shop, product)
    shop.clock.on(24 * 3600)
    assert visible(shop, product)


def test_a_draft_stays_hidden_though_it_is_published(shop: Shop, product: Record) -> None:
    product["status"] = "DRAFT"
    shop.do("publish", id=product["id"], input=[{"publicationId": ONLINE_STORE}])
    assert not visible(shop, product)


def test_one_publication_leaves_the_others(shop: Shop, product: Record) -> None:
    shop.do("publish", id=product["id"], input=[{"publicationId": POINT_OF_SALE}])
    shop.do("publish", id=product["id"], input=[{"publicationId": ONLINE_STORE}])
    shop.do("unpublish", id=product["id"], input=[{"publicationId": ONLINE_STORE}])
    assert list(product["publications"]) == [POINT_OF_SALE]


@pytest.mark.parametrize(
    ("rows", "field", "message"),
    [
        ([{}], ["input", "0", "publicationId"], "PublicationId cannot be empty"),
        ([{"publicationId": "gid://shopify/Publication/9"}], ["input", "0", "publicationId"],
         "Publication does not exist or is not publishable"),
        ([{"publicationId": ONLINE_STORE}] * 2, ["input", "1", "publicationId"],
         "The same publication was specified more than once"),
        ([{"publicationId": ONLINE_STORE, "publishDate": "1900-01-01T00:00:00Z"}], ["input", "0", "publishDate"],
         "Publish date must be a date after the year 1969"),
        ([{"publicationId": POINT_OF_SALE, "publishDate": TOMORROW}], ["input", "0", "publishDate"],
         "Publish date can only be set to a future date for online store channels"),
    ],
)  # fmt: skip
def test_a_publication_is_refused(
    shop: Shop, product: Record, rows: list[dict[str, Any]], field: list[str], message: str
) -> None:
    assert shop.refused("publish", id=product["id"], input=rows) == {"field": field, "message": message}
    assert product["publications"] == {}


def test_publishing_needs_its_own_scope(shop: Shop, product: Record) -> None:
    rows = [{"publicationId": ONLINE_STORE}]
    answer = shop.answer("publish", frozenset({"write_publications"}), id=product["id"], input=rows)
    assert answer.codes == ["ACCESS_DENIED"]
    assert product["publications"] == {}


def test_a_scheduled_publication_is_not_yet_one(shop: Shop, product: Record) -> None:
    shop.do("publish", id=product["id"], input=[{"publicationId": ONLINE_STORE, "publishDate": TOMORROW}])
    text = """query Q($id: ID!, $online: ID!) { product(id: $id) {
      publishedOnPublication(publicationId: $online)
      all: resourcePublicationsV2(first: 9, onlyPublished: false) { nodes { isPublished publishDate } }
      live: resourcePublicationsV2(first: 9) { nodes { isPublished } }
    } }"""
    shown = shop.engine.answer(text, {"id": product["id"], "online": ONLINE_STORE}).body["data"]["product"]
    assert shown == {
        "publishedOnPublication": False,
        "all": {"nodes": [{"isPublished": False, "publishDate": "2026-11-21T05:00:00Z"}]},
        "live": {"nodes": []},
    }
