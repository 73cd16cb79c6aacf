"""What a shop's orders cost at Shopify: requests and points, as the stand-in shop counts them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.demo import orders
from integration.demo.shop import StandInShop
from prextra_models.models import Invoice, Prepayment, SalesOrder
from prextra_models.router import PREXTRA
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])

ORDERS = 250


def fill(shop: StandInShop, count: int = ORDERS) -> StandInShop:
    """Orders of two days, each paid in two parts and sent in two parcels."""
    for number in range(count):
        at = hours_ago(50) + timedelta(minutes=10) * number
        order = order_of(1000 + number, 3, at)
        orders.pay(order, at, orders.read_amount(order["totalPriceSet"]).shop / 2)
        orders.pay(order, at + timedelta(minutes=1))
        orders.fulfil(order, at + timedelta(minutes=2), {0: 1})
        orders.fulfil(order, at + timedelta(minutes=3))
        shop.store.add_order(order)
    return shop


def test_250_orders_with_payments_and_fulfilments_take_at_most_6_requests_and_4000_points(shop: StandInShop) -> None:
    report = pass_over(stocked_warehouse(), fill(shop))
    assert SalesOrder.objects.count() == ORDERS
    assert Prepayment.objects.count() == Invoice.objects.count() == 2 * ORDERS
    assert report.usage.requests == len(shop.requests) <= 6
    assert report.usage.points == sum(asked.actual or 0 for asked in shop.requests)
    assert sum(asked.requested or 0 for asked in shop.requests) <= 4_000
    assert sum(asked.actual or 0 for asked in shop.requests) <= 4_000
    assert report.usage.waited_seconds == 0


def test_a_pass_in_which_nothing_changed_takes_at_most_3_requests(shop: StandInShop) -> None:
    warehouse = stocked_warehouse()
    pass_over(warehouse, fill(shop))
    shop.requests.clear()
    assert pass_over(warehouse, shop).usage.requests == len(shop.requests) <= 3


def test_should_shopify_price_each_order_the_feed_halves_its_page_and_still_brings_all_in() -> None:
    shop = fill(boundless_shop(nodes_priced_per_id=True), 60)
    pass_over(stocked_warehouse(), shop)
    pages = [len(asked.variables["ids"]) for asked in shop.requests if asked.operation == "OrdersById"]
    refused = [asked for asked in shop.requests if "MAX_COST_EXCEEDED" in asked.codes]
    assert refused
    assert pages == sorted(pages, reverse=True)
    assert pages[-1] < pages[0] == 60
    assert SalesOrder.objects.count() == 60
    assert Invoice.objects.count() == 120
