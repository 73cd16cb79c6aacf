"""Pages of orders and of their lines at the stand-in shop: Shopify's limits, cursors and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.engine import Engine
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle

from .factories import NOW, order


@pytest.fixture
def shop() -> Engine:
    store = Store(clock=lambda: NOW)
    for number in range(1, 6):
        store.add_order(order(number, updatedAt=f"2026-11-20T10:00:0{number % 3}Z"))
    return Engine(store, Throttle())


PAGES = """query Pages($first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean) {
  orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse, sortKey: UPDATED_AT) {
    edges { cursor node { name } }
    nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def page(shop: Engine, **window: Any) -> tuple[list[str], dict[str, Any]]:
    connection = shop.answer(PAGES, {"reverse": False, **window}).body["data"]["orders"]
    found = [node["name"] for node in connection["nodes"]]
    assert [edge["node"]["name"] for edge in connection["edges"]] == found
    return found, connection["pageInfo"]


@pytest.mark.parametrize("reverse", [False, True])
def test_pages_go_through_every_order_once_even_where_times_are_equal(shop: Engine, reverse: bool) -> None:
    names, after = [], None
    for number in range(3):
        found, info = page(shop, first=2, after=after, reverse=reverse)
        names += found
        after = info["endCursor"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (number < 2, number > 0)
    expected = ["#3", "#1", "#4", "#2", "#5"]
    assert names == (expected[::-1] if reverse else expected)


def test_a_page_backwards_ends_before_its_cursor(shop: Engine) -> None:
    _, info = page(shop, first=4)
    found, info = page(shop, last=2, before=info["endCursor"])
    assert found == ["#1", "#4"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, True)


def test_an_order_that_moves_while_pages_are_read_is_met_again_at_its_new_place(shop: Engine) -> None:
    _, info = page(shop, first=2)
    moved = shop.store.orders["gid://shopify/Order/3"]
    shop.store.touch(moved)
    found, _ = page(shop, first=10, after=info["endCursor"])
    assert found == ["#4", "#2", "#5", "#3"]


def test_an_empty_page_has_no_cursors(shop: Engine) -> None:
    answer = shop.answer(
        '{ orders(first: 5, query: "id:9") { nodes { id } pageInfo { startCursor endCursor hasNextPage } } }'
    )
    info = {"startCursor": None, "endCursor": None, "hasNextPage": False}
    assert answer.body["data"] == {"orders": {"nodes": [], "pageInfo": info}}


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({}, "you must provide one of first or last"),
        ({"first": 1, "last": 1}, "providing both first and last is not supported"),
        ({"first": 251}, "first and last must be between 0 and 250"),
        ({"first": -1}, "first and last must be between 0 and 250"),
        ({"first": 1, "after": "not a cursor"}, "Invalid cursor for current pagination sort."),
        ({"first": 1, "after": ""}, "Invalid cursor for current pagination sort."),
    ],
)
def test_a_page_that_cannot_be_is_a_bad_request(shop: Engine, window: dict[str, Any], message: str) -> None:
    answer = shop.answer(PAGES, window)
    (error,) = answer.body["errors"]
    assert (error["message"], error["extensions"]["code"], error["path"]) == (message, "BAD_REQUEST", ["orders"])
    assert answer.body["data"] is None
    assert answer.actual == 2


def test_the_lines_of_an_order_are_paged_like_the_orders(shop: Engine) -> None:
    text = """query Lines($after: String) { order(id: "gid://shopify/Order/2") {
        lineItems(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }"""
    first = shop.answer(text).body["data"]["order"]["lineItems"]
    assert [row["id"] for row in first["nodes"]] == ["gid://shopify/LineItem/20", "gid://shopify/LineItem/21"]
    rest = shop.answer(text, {"after": first["pageInfo"]["endCursor"]}).body["data"]["order"]["lineItems"]
    assert [row["id"] for row in rest["nodes"]] == ["gid://shopify/LineItem/22"]
    assert rest["pageInfo"]["hasNextPage"] is False
