"""The stand-in shop's bulk operations: lines are worked through, results come down in no order."""

from __future__ import annotations

import time
from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.operations import BulkFault
from integration.shopify.documents import load_document

from .bulking import BAD_TAGS, begin, by_line, ended, look, query, rows
from .selling import DEFINITION, Shop, creation


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.do("item_code_definition", definition=DEFINITION)
    return shop


def test_an_operation_is_created_then_runs_then_is_completed(shop: Shop) -> None:
    payload = begin(shop, "product_create", creation("SIROP"))
    assert payload["bulkOperation"]["status"] == "CREATED"
    running, done = look(shop, payload), look(shop, payload)
    assert (running["status"], running["url"]) == ("RUNNING", None)
    assert (done["status"], done["rootObjectCount"], done["errorCode"]) == ("COMPLETED", "1", None)
    assert look(shop, payload) == done


def test_how_long_it_seems_to_run_is_set(shop: Shop) -> None:
    shop.store.operations.polls = 0
    assert look(shop, begin(shop, "product_create", creation("SIROP")))["status"] == "COMPLETED"
    shop.store.operations.polls = 2
    payload = begin(shop, "product_create", creation("BEURRE"))
    assert [look(shop, payload)["status"] for _ in range(3)] == ["RUNNING", "RUNNING", "COMPLETED"]


def test_an_operation_that_nobody_asks_for_ends_by_itself(shop: Shop) -> None:
    payload = begin(shop, "product_create", creation("SIROP"))
    shop.clock.on(601)
    assert look(shop, payload)["status"] == "COMPLETED"


def test_each_line_is_answered_under_its_number_in_another_order(shop: Shop) -> None:
    operation = ended(shop, begin(shop, "product_create", *(creation(f"SIROP-{place}") for place in range(5))))
    found = rows(shop, operation)
    numbers = [row["__lineNumber"] for row in found]
    assert sorted(numbers) == list(range(5)) != numbers
    for number, row in by_line(found).items():
        gid = row["data"]["productSet"]["product"]["variants"]["nodes"][0]["id"]
        assert shop.store.catalogue.variants[gid]["sku"] == f"SIROP-{number}"


def test_a_line_that_is_refused_leaves_the_others_alone(shop: Shop) -> None:
    product = add_product(shop.store)["id"]
    lines = ({"id": product, "tags": ["a"]}, BAD_TAGS, "no json\n", {"tags": []}, {"id": product, "tags": ["b"]})
    found = by_line(rows(shop, ended(shop, begin(shop, "tags_add", *lines))))
    assert shop.store.products[product]["tags"] == ["a", "b"]
    assert found[1]["data"]["tagsAdd"]["userErrors"]
    assert "data" not in found[2]
    assert "Invalid JSON" in found[2]["errors"][0]["message"]
    assert found[3]["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


@pytest.mark.parametrize(
    "name",
    ["product_update", "variant_update", "tags_add", "tags_remove", "publish", "unpublish", "translations_register",
     "translations_remove", "inventory_set"],
)  # fmt: skip
def test_every_mutation_of_the_items_flow_runs_in_bulk(shop: Shop, name: str) -> None:
    (row,) = rows(shop, ended(shop, begin(shop, name, {})))
    assert row["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


def test_lines_of_stock_carry_their_own_keys(shop: Shop) -> None:
    item = add_product(shop.store, quantity=10)["variants"][0]["inventoryItem"]
    line = {"inventoryItemId": item["id"], "locationId": shop.store.locations[0]["id"], "changeFromQuantity": None}
    lines = [
        {
            "key": key,
            "input": {"name": "available", "reason": "correction", "quantities": [{**line, "quantity": units}]},
        }
        for key, units in (("a", 1), ("b", 2), ("a", 3))
    ]
    found = by_line(rows(shop, ended(shop, begin(shop, "inventory_set", *lines))))
    (error,) = found[2]["data"]["inventorySetQuantities"]["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert next(iter(item["levels"].values()))["available"] == 2


def test_ten_thousand_products_take_seconds(shop: Shop) -> None:
    started = time.monotonic()
    operation = ended(shop, begin(shop, "product_create", *(creation(f"I-{n}", title=f"T{n}") for n in range(10_000))))
    assert operation["rootObjectCount"] == "10000"
    assert len(rows(shop, ended(shop, query(shop, load_document("variants_bulk").text)))) == 10_000
    assert time.monotonic() - started < 60  # four on a small machine


def test_the_recent_ones_are_listed_newest_first_with_their_text(shop: Shop) -> None:
    old, new = (begin(shop, "tags_add", BAD_TAGS)["bulkOperation"]["id"] for _ in range(2))
    query(shop, load_document("variants_bulk").text)
    nodes = shop.ask("bulk_recent", first=10, query="operation_type:mutation")["nodes"]
    assert [node["id"] for node in nodes] == [new, old]
    assert {node["query"] for node in nodes} == {load_document("tags_add").text}
    assert {node["status"] for node in nodes} == {"CREATED"}


def test_a_query_gives_a_row_for_each_node_beyond_a_page(shop: Shop) -> None:
    for number in range(260):
        add_product(shop.store, f"T{number}", f"SKU-{number}")
    operation = ended(shop, query(shop, load_document("variants_bulk").text))
    found = rows(shop, operation)
    assert {row["sku"] for row in found} == {f"SKU-{number}" for number in range(260)}
    assert set(found[0]) == {"id", "sku", "inventoryQuantity", "inventoryItem", "product"}
    assert operation["rootObjectCount"] == "260"


def test_a_query_of_digests_gives_a_row_for_each_product(shop: Shop) -> None:
    product = add_product(shop.store)
    (row,) = rows(shop, ended(shop, query(shop, load_document("digests_bulk").text)))
    assert row["resourceId"] == product["id"]
    assert "title" in {one["key"] for one in row["translatableContent"]}


def test_rows_of_nested_connections_name_their_parent(shop: Shop) -> None:
    product = add_product(shop.store, variants=[{"title": "S", "sku": "S"}, {"title": "L", "sku": "L"}])
    text = "{ productVariants { edges { node { id product { id variants { edges { node { id sku } } } } } } } }"
    found = rows(shop, ended(shop, query(shop, text)))
    roots = [row for row in found if "__parentId" not in row]
    nested = [row for row in found if "__parentId" in row]
    assert all(row["product"] == {"id": product["id"]} for row in roots)
    assert {(row["__parentId"], row["sku"]) for row in nested} == {(r["id"], sku) for r in roots for sku in ("S", "L")}


def test_where_there_is_nothing_there_is_no_file(shop: Shop) -> None:
    operation = ended(shop, query(shop, load_document("variants_bulk").text))
    assert (operation["status"], operation["url"], operation["rootObjectCount"]) == ("COMPLETED", None, "0")


def test_a_query_without_its_scope_fails(shop: Shop) -> None:
    add_product(shop.store)
    shop.store.granted_scopes.remove("write_products")
    operation = ended(shop, query(shop, load_document("variants_bulk").text))
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("FAILED", "ACCESS_DENIED", None)


def test_one_that_fails_has_done_its_first_lines_and_shows_them(shop: Shop) -> None:
    shop.store.operations.fault = BulkFault(lines=2)
    operation = ended(shop, begin(shop, "product_create", *(creation(f"SIROP-{n}") for n in range(4))))
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "INTERNAL_SERVER_ERROR")
    assert (operation["url"], len(rows(shop, operation, "partialDataUrl"))) == (None, 2)
    assert len(shop.store.products) == 2
    assert ended(shop, begin(shop, "tags_add", BAD_TAGS))["status"] == "COMPLETED"


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
def test_one_that_was_stopped_shows_nothing(shop: Shop, status: Any) -> None:
    shop.store.operations.fault = BulkFault(status, None, lines=1)
    operation = ended(shop, begin(shop, "product_create", creation("A"), creation("B")))
    assert (operation["status"], operation["url"], operation["partialDataUrl"]) == (status, None, None)
    assert len(shop.store.products) == 1


def test_a_sale_may_come_before_any_line(shop: Shop) -> None:
    seen: list[str] = []
    shop.store.before_write = lambda name, _arguments: seen.append(name)
    begin(shop, "tags_add", BAD_TAGS, BAD_TAGS)
    assert seen == ["bulkOperationRunMutation", "tagsAdd", "tagsAdd"]
