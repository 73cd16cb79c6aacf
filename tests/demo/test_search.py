"""Searching orders as Shopify does, with the traps that a careless query falls into."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from integration.demo.shop.engine import Answer, Engine
from integration.demo.shop.search import Both, Either, Not, Term, parse
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle

from .factories import NOW, order

ORDERS = "query Search($query: String) { orders(first: 50, query: $query, sortKey: ID) { nodes { name } } }"


def engine(*orders: dict[str, Any]) -> Engine:
    store = Store(clock=lambda: NOW)
    for record in orders:
        store.add_order(record)
    return Engine(store, Throttle())


def ask(shop: Engine, query: str) -> Answer:
    return shop.answer(ORDERS, {"query": query})


def names(answer: Answer) -> list[str]:
    return [node["name"] for node in answer.body["data"]["orders"]["nodes"]]


SHOP = (
    order(1, tags=["Gros", "Québec"], updatedAt="2026-11-20T04:30:00Z"),
    order(2, test=True, displayFinancialStatus="PENDING", updatedAt="2026-11-20T05:00:00Z"),
    order(3, closed=True, displayFulfillmentStatus="FULFILLED", updatedAt="2026-11-20T05:30:15Z"),
    order(14, cancelledAt="2026-11-20T12:00:00Z", displayFinancialStatus="PARTIALLY_REFUNDED", email="lea@example.com"),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["#1", "#2", "#3", "#14"]),
        ("name:1", ["#1"]),
        ("name:#14", ["#14"]),
        ("id:14", ["#14"]),
        ("id:>2", ["#3", "#14"]),
        ("tag:gros", ["#1"]),
        ("tag:'Québec'", ["#1"]),
        ("tag:gr*", ["#1"]),
        ("tag_not:gros", ["#2", "#3", "#14"]),
        ("test:true", ["#2"]),
        ("-test:true", ["#1", "#3", "#14"]),
        ("NOT test:true", ["#1", "#3", "#14"]),
        ("status:open", ["#1", "#2"]),
        ("status:closed", ["#3"]),
        ("status:CANCELLED", ["#14"]),
        ("status:not_closed", ["#1", "#2", "#14"]),
        ("financial_status:paid", ["#1", "#3"]),
        ("financial_status:Paid fulfillment_status:Unfulfilled", ["#1"]),
        ("financial_status:pending,partially_refunded", ["#2", "#14"]),
        ("fulfillment_status:shipped", ["#3"]),
        ("name:1 OR name:2 test:true", ["#1", "#2"]),
        ("(name:1 OR name:2) test:true", ["#2"]),
        ("lea@", ["#14"]),
        ("updated_at:<'2026-11-20T05:00:00Z'", ["#1"]),
        ("updated_at:<='2026-11-20T05:00:00Z'", ["#1", "#2"]),
        ("updated_at:>='2026-11-20T05:00:00Z' updated_at:<'2026-11-20T10:00:00Z'", ["#2", "#3"]),
        ("updated_at:>'2026-11-20T00:30:00-05:00'", ["#14", "#3"][::-1]),
        ("created_at:2026-11-20", ["#1", "#2", "#3", "#14"]),
        ("(name:1", ["#1"]),
        ("name:1 OR", ["#1"]),
        ("name:1 )", ["#1"]),
    ],
)
def test_orders_are_found_by(query: str, found: list[str]) -> None:
    answer = ask(engine(*SHOP), query)
    assert names(answer) == found
    assert "search" not in answer.body["extensions"]


def test_an_unquoted_time_is_cut_at_its_colons_and_read_by_the_hour_in_the_shops_zone() -> None:
    answer = ask(engine(*SHOP), "updated_at:>=2026-11-20T00:30:00Z")
    # 00 h in Toronto is 05:00 UTC: the order of 04:30 UTC is silently lost.
    assert names(answer) == ["#2", "#3", "#14"]
    assert answer.body["extensions"]["search"] == [
        {
            "path": ["orders"],
            "query": "updated_at:>=2026-11-20T00:30:00Z",
            "parsed": {
                "and": [
                    {"field": "updated_at", "range_gte": "2026-11-20T00:00:00-05:00"},
                    {"field": "30", "match_all": "00Z"},
                ]
            },
            "warnings": [{"field": "30", "message": "Invalid search field for this query.", "code": "invalid_field"}],
        }
    ]


def test_an_unknown_field_fails_open_with_a_warning() -> None:
    answer = ask(engine(*SHOP), "tracked:false name:'1'")
    assert names(answer) == ["#1"]
    search = answer.body["extensions"]["search"][0]
    assert [warning["field"] for warning in search["warnings"]] == ["tracked"]
    assert search["parsed"]["and"] == [
        {"field": "tracked", "match_all": "false"},
        {"field": "name", "match_phrase": "1"},
    ]
    assert names(ask(engine(*SHOP), "-misspelt:x")) == ["#1", "#2", "#3", "#14"]


def test_a_time_that_is_none_is_refused() -> None:
    answer = ask(engine(*SHOP), "updated_at:>yesterday")
    assert answer.codes == ["BAD_REQUEST"]
    assert answer.body["data"] is None


def test_and_binds_tighter_than_or() -> None:
    first, second, third = (Term("name", "", value, False) for value in "123")
    assert parse("name:1 OR name:2 name:3") == Either((first, Both((second, third))))
    assert parse("name:1 OR -name:2") == Either((first, Not(second)))


def test_the_index_follows_after_its_lag_but_a_read_by_id_shows_the_order_as_it_is() -> None:
    moment = [NOW]
    store = Store(clock=lambda: moment[0], index_lag=20)
    record = store.add_order(order(1))
    shop = Engine(store, Throttle())
    assert names(ask(shop, "")) == []
    moment[0] += timedelta(seconds=20)
    assert names(ask(shop, "")) == ["#1"]
    record["tags"] = ["new"]
    store.touch(record)
    assert record["updatedAt"] == "2026-11-20T15:00:20Z"
    assert names(ask(shop, "tag:new")) == []
    assert shop.answer('{ order(id: "gid://shopify/Order/1") { tags } }').body["data"] == {"order": {"tags": ["new"]}}
    moment[0] += timedelta(seconds=20)
    assert names(ask(shop, "tag:new")) == ["#1"]
    store.remove_order(record["id"])
    assert names(ask(shop, "")) == []


def test_a_count_stops_at_its_limit_and_says_so() -> None:
    text = 'query Count($limit: Int) { ordersCount(query: "test:false", limit: $limit) { count precision } }'
    shop = engine(*SHOP)
    assert shop.answer(text, {"limit": 2}).body["data"] == {"ordersCount": {"count": 2, "precision": "AT_LEAST"}}
    assert shop.answer(text, {"limit": None}).body["data"] == {"ordersCount": {"count": 3, "precision": "EXACT"}}


def test_orders_older_than_sixty_days_are_silently_absent_without_read_all_orders() -> None:
    shop = engine(order(1), order(2, createdAt="2026-09-01T00:00:00Z"))
    shop.store.granted_scopes.discard("read_all_orders")
    assert names(ask(shop, "")) == ["#1"]
    assert shop.answer('{ order(id: "gid://shopify/Order/2") { id } }').body["data"] == {"order": None}
