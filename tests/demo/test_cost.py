"""What queries cost at the stand-in shop: Shopify's formula, its bucket and its refusals."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from integration.demo.shop import documents
from integration.demo.shop.cost import Pricer
from integration.demo.shop.engine import Engine
from integration.demo.shop.schema import load_schema
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle

from .factories import NOW, order

ORDER = "gid://shopify/Order/1"
TABLE = Path(__file__).parents[3] / "shared" / "shopify" / "cost-table.csv"


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def engine(clock: Clock | None = None, orders: int = 0, **options: Any) -> Engine:
    store = Store(clock=lambda: NOW)
    for number in range(1, orders + 1):
        store.add_order(order(number))
    return Engine(store, Throttle(clock=clock or Clock()), **options)


def requested(text: str, variables: dict[str, Any] | None = None) -> int:
    document = documents.read(text)
    assert isinstance(document, documents.Document)
    return Pricer(load_schema(), document.fragments, variables or {}).plan(document.operations[0]).requested()


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ shop { currencyCode } }", 1),
        ("{ __typename }", 1),
        ("{ ordersCount { count } }", 10),
        ("{ orders(first: 1) { nodes { id } } }", 3),
        ("{ orders(first: 10) { nodes { id } } }", 6),
        ("{ orders(first: 50) { nodes { id } } }", 9),
        ("{ orders(first: 250) { nodes { id } } }", 13),
        ("{ orders(last: 250) { edges { cursor node { id } } pageInfo { endCursor } } }", 13),
        ("{ orders(first: 10) { nodes { customer { id } totalPriceSet { shopMoney { amount } } } } }", 10),
        ("{ orders(first: 2) { nodes { id customer { id } } nodes { customer { displayName } } } }", 4),
        (
            '{ node(id: "gid://shopify/Order/1") { id ... on Order { customer { id } app { id } } ... on Refund { id } } }',
            3,
        ),
        (
            "query Q { shop { id } shop @skip(if: true) { name } orders(first: 250) @include(if: false) { nodes { id } } }",
            1,
        ),
        ('{ __type(name: "Order") { kind fields { name } } }', 2),
    ],
)
def test_a_query_costs(text: str, points: int) -> None:
    assert requested(text) == points


def test_the_recorded_costs_are_met() -> None:
    """Real shops' prices for the queries of our schema. One contradicts the formula, in every version of it."""
    if not TABLE.exists():
        pytest.skip("The table of recorded costs is not at hand")
    with TABLE.open() as lines:
        rows = [row for row in csv.DictReader(lines) if isinstance(documents.read(row["query"]), documents.Document)]
    wrong = [row["operation"] for row in rows if requested(row["query"], _sizes(row)) != int(row["requestedQueryCost"])]
    assert len(rows) >= 23
    assert wrong == ["OrderEmptyStateRead"]


def _sizes(row: dict[str, str]) -> dict[str, int]:
    """The page sizes that the table gives apart, for the variables that carry them."""
    sizes = {field.split(".")[1]: int(size) for field, size in re.findall(r"([\w.]+)=(\d+)", row["connections(first)"])}
    pages = re.findall(r"(\w+)\(\s*first:\s*\$(\w+)", row["query"])
    return {variable: sizes[field] for field, variable in pages if field in sizes}


def test_nodes_are_priced_once_whatever_their_number_unless_the_doubt_is_tested() -> None:
    text = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { customer { id } } } }"
    ids = {"ids": [f"gid://shopify/Order/{number}" for number in range(100)]}
    assert engine().answer(text, ids).requested == 2
    assert engine(nodes_priced_per_id=True).answer(text, ids).requested == 200


def test_what_was_not_found_is_given_back() -> None:
    shop = engine(orders=4)
    answer = shop.answer("{ orders(first: 250) { nodes { customer { id } } } }")
    assert answer.body["extensions"]["cost"] == {
        "requestedQueryCost": 24,
        "actualQueryCost": 3,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1997, "restoreRate": 100.0},
    }


def test_an_empty_page_of_nodes_is_not_refunded_but_one_of_edges_is() -> None:
    shop = engine()
    assert shop.answer("{ orders(first: 10) { nodes { id } } }").actual == 6
    assert shop.answer("{ orders(first: 10) { edges { node { id } } } }").actual == 2


def test_a_query_of_more_than_a_thousand_points_is_refused_whatever_the_bucket_holds() -> None:
    shop = engine()
    lines = "lineItems(first: 250) { nodes { variant { id } product { id } duties { id } taxLines { title } } }"
    answer = shop.answer(f"{{ orders(first: 250) {{ nodes {{ {lines} }} }} order(id: \"{ORDER}\") {{ id {lines} }} "
                         f"old: orders(first: 250, reverse: true) {{ nodes {{ {lines} }} }} }}")  # fmt: skip
    (error,) = answer.body["errors"]
    assert error["message"].startswith(
        f"Query cost is {answer.requested}, which exceeds the single query max cost limit (1000)"
    )
    assert answer.codes == ["MAX_COST_EXCEEDED"]
    assert "data" not in answer.body
    assert shop.throttle.cost(0, None)["throttleStatus"]["currentlyAvailable"] == 2000


def test_an_empty_bucket_throttles_and_fills_again_by_the_second() -> None:
    clock = Clock()
    shop = engine(clock)
    shop.throttle.drain(9.5)
    answer = shop.answer("{ ordersCount { count } }")
    assert answer.body == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 10,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 9, "restoreRate": 100.0},
            }
        },
    }
    clock.now += 0.01
    assert "data" in shop.answer("{ ordersCount { count } }").body
    clock.now += 60
    assert shop.throttle.cost(0, None)["throttleStatus"]["currentlyAvailable"] == 2000


def test_a_refused_document_costs_nothing() -> None:
    shop = engine()
    assert shop.answer("{ nope }").requested is None
    assert shop.throttle.cost(0, None)["throttleStatus"]["currentlyAvailable"] == 2000
