"""The stand-in shop's stock: compared and set, all or nothing, never twice, and sold meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.inventory import sell

from .selling import Record, Shop

SECOND = "gid://shopify/Location/2"
UNKNOWN_ITEM = "gid://shopify/InventoryItem/404"
STALE = "CHANGE_FROM_QUANTITY_STALE"
NO_KEY = "The @idempotent directive is required for this mutation but was not provided."


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    first = shop.store.locations[0]
    shop.store.locations.append({**first, "id": SECOND, "name": "Boutique"})
    for sku in ("SIROP", "BEURRE"):
        add_product(shop.store, sku, sku, quantity=10)
    return shop


def item(shop: Shop, sku: str = "SIROP") -> str:
    return next(str(one["inventoryItem"]["id"]) for one in shop.store.catalogue.variants.values() if one["sku"] == sku)


def first(shop: Shop) -> str:
    return str(shop.store.locations[0]["id"])


def row(shop: Shop, quantity: int, was: int | None = 10, sku: str = "SIROP", **given: Any) -> Record:
    return {
        "inventoryItemId": item(shop, sku), "locationId": first(shop), "quantity": quantity,
        "changeFromQuantity": was, **given,
    }  # fmt: skip


def write(*rows: Record, key: str = "key", name: str = "available", reason: str = "correction") -> Record:
    return {"key": key, "input": {"name": name, "reason": reason, "quantities": list(rows)}}


def level(shop: Shop, sku: str = "SIROP", location: str | None = None) -> Record | None:
    """The level as the app reads it, its quantities by name."""
    ask = {"ids": [item(shop, sku)], "locationId": location or first(shop)}
    (node,) = shop.answer("levels_by_item", **ask).body["data"]["nodes"]
    found: Record | None = node["inventoryLevel"]
    return found and {"active": found["isActive"], **{one["name"]: one["quantity"] for one in found["quantities"]}}


def test_a_quantity_is_set_where_it_is_still_the_one_that_was_read(shop: Shop) -> None:
    payload = shop.do("inventory_set", **write(row(shop, 7)))
    assert payload["inventoryAdjustmentGroup"]["id"].startswith("gid://shopify/InventoryAdjustmentGroup/")
    assert level(shop) == {"active": True, "available": 7, "committed": 0}


def test_one_stale_row_stops_all_of_them_and_is_named(shop: Shop) -> None:
    error = shop.refused("inventory_set", **write(row(shop, 7), row(shop, 5, 9, "BEURRE")))
    assert (error["code"], error["field"]) == (STALE, ["input", "quantities", "1", "changeFromQuantity"])
    assert level(shop) == level(shop, "BEURRE") == {"active": True, "available": 10, "committed": 0}


def test_null_is_not_compared(shop: Shop) -> None:
    shop.do("inventory_set", **write(row(shop, 3, None)))
    assert level(shop) == {"active": True, "available": 3, "committed": 0}


def test_a_sale_lowers_what_is_available_and_is_committed(shop: Shop) -> None:
    sell(shop.store, "SIROP", 4)
    assert level(shop) == {"active": True, "available": 6, "committed": 4}
    assert shop.refused("inventory_set", **write(row(shop, 7)))["code"] == STALE


def test_a_sale_between_reading_and_writing_is_seen(shop: Shop) -> None:
    def sale(name: str, arguments: Record) -> None:
        assert (name, arguments["input"]["quantities"][0]["quantity"]) == ("inventorySetQuantities", 7)
        sell(shop.store, "SIROP")

    shop.store.before_write = sale
    assert shop.refused("inventory_set", **write(row(shop, 7)))["code"] == STALE
    assert level(shop) == {"active": True, "available": 9, "committed": 1}


def test_what_is_on_hand_includes_what_is_committed(shop: Shop) -> None:
    sell(shop.store, "SIROP", 4)
    shop.do("inventory_set", **write(row(shop, 12), name="on_hand"))
    assert level(shop) == {"active": True, "available": 8, "committed": 4}


def test_a_write_that_changes_nothing_has_no_group_and_no_error(shop: Shop) -> None:
    assert shop.do("inventory_set", **write(row(shop, 10)))["inventoryAdjustmentGroup"] is None


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"quantity": -1}, "quantity", "INVALID_QUANTITY_NEGATIVE"),
        ({"quantity": 1_000_000_001}, "quantity", "INVALID_QUANTITY_TOO_HIGH"),
        ({"inventoryItemId": UNKNOWN_ITEM}, "inventoryItemId", "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/404", "changeFromQuantity": None}, "locationId", "INVALID_LOCATION"),
    ],
)
def test_a_row_that_cannot_be_is_named(shop: Shop, change: Record, field: str, code: str) -> None:
    error = shop.refused("inventory_set", **write(row(shop, 1, sku="BEURRE"), {**row(shop, 1), **change}))
    assert (error["field"], error["code"]) == (["input", "quantities", "1", field], code)
    assert level(shop, "BEURRE") == {"active": True, "available": 10, "committed": 0}


def test_both_rows_of_a_pair_that_comes_twice_are_named(shop: Shop) -> None:
    errors = shop.ask("inventory_set", **write(row(shop, 1), row(shop, 2)))["userErrors"]
    assert {error["code"] for error in errors} == {"NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"}
    assert [error["field"][2:] for error in errors] == [["0", "locationId"], ["1", "locationId"]]


@pytest.mark.parametrize(
    ("given", "code"), [({"name": "committed"}, "INVALID_NAME"), ({"reason": "x"}, "INVALID_REASON")]
)
def test_names_and_reasons_are_of_a_list(shop: Shop, given: dict[str, str], code: str) -> None:
    assert shop.refused("inventory_set", **write(row(shop, 1), **given))["code"] == code


def test_more_than_250_rows_are_too_many(shop: Shop) -> None:
    answer = shop.answer("inventory_set", **write(*[row(shop, 1)] * 251))
    assert answer.codes == ["MAX_INPUT_SIZE_EXCEEDED"]
    assert level(shop) == {"active": True, "available": 10, "committed": 0}


def test_what_was_read_must_be_said_if_only_as_null(shop: Shop) -> None:
    silent = row(shop, 1)
    del silent["changeFromQuantity"]
    body = shop.answer("inventory_set", **write(silent)).body
    assert body["errors"][0]["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert body["data"] == {"inventorySetQuantities": None}


def test_a_mutation_of_stock_needs_a_key(shop: Shop) -> None:
    text = "mutation M($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { userErrors { code } } }"
    body = shop.engine.answer(text, {"input": write(row(shop, 1))["input"]}).body
    assert (body["errors"][0]["message"], body["errors"][0]["extensions"]) == (NO_KEY, {"code": "BAD_REQUEST"})
    assert body["data"] == {"inventorySetQuantities": None}


def test_stock_needs_its_scope(shop: Shop) -> None:
    answer = shop.answer("inventory_set", frozenset({"write_inventory"}), **write(row(shop, 1)))
    assert answer.codes == ["ACCESS_DENIED"]


def test_a_key_that_comes_again_answers_the_same_and_does_nothing(shop: Shop) -> None:
    once = shop.do("inventory_set", **write(row(shop, 7)))
    sell(shop.store, "SIROP", 2)
    assert shop.do("inventory_set", **write(row(shop, 7))) == once
    assert level(shop) == {"active": True, "available": 5, "committed": 2}


def test_a_key_of_something_else_is_refused(shop: Shop) -> None:
    shop.do("inventory_set", **write(row(shop, 7)))
    error = shop.refused("inventory_set", **write(row(shop, 8, 7)))
    assert (error["field"], error["code"]) == (None, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")


def test_a_key_that_failed_is_spent(shop: Shop) -> None:
    shop.refused("inventory_set", **write(row(shop, 7, 9)))
    error = shop.refused("inventory_set", **write(row(shop, 7, 9)))
    assert error["code"] == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"


def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    shop.do("inventory_set", **write(row(shop, 7)))
    shop.clock.on(24 * 3600)
    assert shop.refused("inventory_set", **write(row(shop, 7)))["code"] == STALE


def test_a_level_that_never_was_is_null(shop: Shop) -> None:
    assert level(shop, location=SECOND) is None


def test_where_an_item_is_not_stocked_writes_succeed_and_add_up(shop: Shop) -> None:
    for number, was in enumerate((0, 5)):
        shop.do("inventory_set", **write(row(shop, 5, was, locationId=SECOND), key=f"key {number}"))
    assert level(shop, location=SECOND) == {"active": False, "available": 10, "committed": 0}


def test_an_item_is_stocked_once_it_is_activated(shop: Shop) -> None:
    ask = {"inventoryItemId": item(shop), "locationId": SECOND}
    payload = shop.do("inventory_activate", **ask, key="a")
    assert payload["inventoryLevel"] == {"isActive": True}
    assert "already active" in shop.refused("inventory_activate", **ask, key="b")["message"]
    shop.do("inventory_set", **write(row(shop, 5, 0, locationId=SECOND)))
    assert level(shop, location=SECOND) == {"active": True, "available": 5, "committed": 0}


def test_a_level_that_comes_back_has_what_it_is_given(shop: Shop) -> None:
    shop.store.catalogue.items[item(shop)]["levels"][first(shop)]["isActive"] = False
    shop.do("inventory_activate", inventoryItemId=item(shop), locationId=first(shop), key="a")
    assert level(shop) == {"active": True, "available": 0, "committed": 0}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"inventoryItemId": UNKNOWN_ITEM}, "inventoryItemId"),
        ({"locationId": "gid://shopify/Location/404"}, "locationId"),
    ],
)
def test_what_is_unknown_is_not_stocked(shop: Shop, asked: Record, field: str) -> None:
    known = {"inventoryItemId": item(shop), "locationId": SECOND}
    error = shop.refused("inventory_activate", **{**known, **asked}, key="a")
    assert error["field"] == [field]


def test_an_item_that_is_gone_is_a_hole_in_the_list(shop: Shop) -> None:
    nodes = shop.answer("levels_by_item", ids=[UNKNOWN_ITEM, item(shop)], locationId=first(shop)).body["data"]["nodes"]
    assert [node and node["tracked"] for node in nodes] == [None, True]
