"""What an order, a page of orders and an idle pass cost in statements to Prextra."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from integration.demo import orders
from integration.demo.shop import StandInShop
from integration.demo.shop.store import Record
from integration.order_sync import read_ledgers
from prextra_models.models import Invoice, SalesOrder, SalesOrderLine
from prextra_models.router import PREXTRA
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])

MOST_PARAMETERS = 2_000  # SQL Server takes 2,100


class Parameters:
    """Counts the parameters of every statement to Prextra."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.counts += [len(one or ()) for one in (params if many else [params])]
        return execute(sql, params, many, context)


def statements(action: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connections[PREXTRA]) as captured:
        action()
    return [query["sql"] for query in captured.captured_queries]


def paid_and_shipped(number: int, lines: int) -> Record:
    at = hours_ago(5) + timedelta(seconds=number - 999)
    order = order_of(number, lines, at)
    orders.pay(order, at)
    orders.fulfil(order, at)
    return order


def shop_with(*some: Record) -> StandInShop:
    shop = boundless_shop()
    for order in some:
        shop.store.add_order(order)
    return shop


@pytest.fixture
def settled() -> Any:
    """A warehouse that has had an order with each of its items: numbers and stock rows are there."""
    warehouse = stocked_warehouse()
    pass_over(warehouse, shop_with(paid_and_shipped(999, 20)))
    return warehouse


def test_an_order_of_twenty_lines_costs_the_statements_of_an_order_of_one_line(settled: Any) -> None:
    short = statements(lambda: pass_over(settled, shop_with(paid_and_shipped(1000, 1))))
    long = statements(lambda: pass_over(settled, shop_with(paid_and_shipped(1001, 20))))
    assert SalesOrderLine.objects.filter(order__shopify_name="#1001").count() == 21
    assert len(long) == len(short)
    assert len(short) <= 50


def test_a_page_of_a_hundred_orders_is_read_with_the_statements_of_a_page_of_one(settled: Any) -> None:
    pass_over(settled, shop_with(*(paid_and_shipped(number, 2) for number in range(1000, 1100))))
    ids = list(SalesOrder.objects.values_list("shopify_id", flat=True))
    assert len(ids) == 101
    one = statements(lambda: read_ledgers(ids[:1]))
    hundred = statements(lambda: read_ledgers(ids[:100]))
    assert len(hundred) == len(one) == 7


def test_no_statement_of_a_long_order_or_a_full_page_comes_near_the_parameters_that_sql_server_takes() -> None:
    warehouse = stocked_warehouse(skus=500)
    many_lines = paid_and_shipped(1000, 500)
    many_parcels = [order_of(number, 20, hours_ago(4)) for number in range(1001, 1053)]
    for order in many_parcels:
        orders.pay(order, hours_ago(4))
        for parcel in range(40):
            orders.fulfil(order, hours_ago(3), {parcel // 2: 1})
    shop = shop_with(many_lines, *many_parcels)
    parameters = Parameters()
    with connections[PREXTRA].execute_wrapper(parameters):
        report = pass_over(warehouse, shop)
        pass_over(warehouse, shop)
    assert report.held == 0
    assert Invoice.objects.count() == 1 + 52 * 40
    assert max(parameters.counts) <= MOST_PARAMETERS


def test_a_pass_in_which_nothing_is_due_writes_nothing_to_prextra_and_opens_no_transaction_there(settled: Any) -> None:
    shop = shop_with(*(paid_and_shipped(number, 2) for number in range(1000, 1005)))
    pass_over(settled, shop)
    told = statements(lambda: pass_over(settled, shop))
    assert told
    assert {sql.split()[0] for sql in told} == {"SELECT"}
