"""The sample shop: it has every case, its books agree, Shopify's schema knows it, and Prextra sells what it sold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.checks import missing_prerequisites
from integration.demo.catalogue import PRODUCTS
from integration.demo.orders import (
    Line,
    Shipping,
    build_order,
    cancel,
    cancel_fulfilment,
    edit,
    fulfil,
    pay,
    refund,
    refund_arrives,
    take_back,
)
from integration.demo.prextra import sample_prextra
from integration.demo.sample import SAMPLE_CASES, advance, sample_shop
from integration.demo.shop.store import Store, read_stamp
from prextra_models import models as prextra
from tests.demo.conformity import nonconformities
from tests.demo.identity import disagreements, ledger_disagreements, money
from tests.factories import ItemFactory, ready_warehouse
from tests.shopify.official import load_or_skip

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
Record = dict[str, Any]


def shop(count: int = 120, seed: int = 1) -> Store:
    store = Store(clock=lambda: NOW)
    sample_shop(store, count, seed)
    return store


@pytest.fixture(scope="module")
def store() -> Store:
    """A shop that no test changes."""
    return shop()


@pytest.fixture(scope="module")
def advanced() -> Store:
    """The same shop after some time."""
    store = shop()
    advance(store)
    return store


def case(store: Store, name: str) -> Record:
    return next(order for order in store.orders.values() if order["name"] == SAMPLE_CASES[name])


def test_it_has_as_many_orders_as_asked_for_and_all_cases_even_when_asked_for_fewer() -> None:
    assert len(shop(200).orders) == 200
    assert len(shop(1).orders) == len(SAMPLE_CASES)


def test_equal_seeds_make_equal_shops_and_others_make_others() -> None:
    assert shop().orders == shop().orders
    assert shop(seed=2).orders != shop().orders


def test_the_orders_are_of_the_last_ten_days_in_the_order_of_their_numbers(store: Store) -> None:
    placed = [read_stamp(order["createdAt"]) for order in store.orders.values()]

    assert placed == sorted(placed)
    assert NOW - timedelta(days=10, seconds=1) <= placed[0]
    assert max(read_stamp(order["updatedAt"]) for order in store.orders.values()) <= NOW


def test_the_total_of_every_order_is_the_sum_of_its_parts_before_and_after(store: Store, advanced: Store) -> None:
    for each in (store, advanced):
        assert [gap for order in each.orders.values() for gap in disagreements(order)] == []
        assert [gap for order in each.orders.values() for gap in ledger_disagreements(order)] == []


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("paid", lambda order: order["displayFinancialStatus"] == "PAID"),
        ("partly paid", lambda order: order["displayFinancialStatus"] == "PARTIALLY_PAID"),
        ("authorised, paid later", lambda order: order["displayFinancialStatus"] == "AUTHORIZED"),
        ("pending, paid later", lambda order: order["displayFinancialStatus"] == "PENDING"),
        ("part-shipped", lambda order: order["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"),
        ("shipped", lambda order: order["displayFulfillmentStatus"] == "FULFILLED" and order["closed"]),
        ("discount in per cent", lambda order: order["discountCodes"] == ["BIENVENUE10"]),
        ("discount of an amount", lambda order: money(order["totalDiscountsSet"]) == 10),
        ("shipping made free", lambda order: money(order["shippingLines"][0]["discountedPriceSet"]) == 0),
        ("Ontario", lambda order: [tax["title"] for tax in order["taxLines"]] == ["HST"]),
        ("Alberta", lambda order: [tax["rate"] for tax in order["taxLines"]] == [0.05]),
        ("British Columbia", lambda order: [tax["title"] for tax in order["taxLines"]] == ["GST", "PST"]),
        ("tip", lambda order: money(order["totalTipReceivedSet"]) == 5),
        ("gift card sold", lambda order: order["lineItems"][1]["isGiftCard"]),
        ("gift card spent", lambda order: order["paymentGatewayNames"] == ["gift_card", "shopify_payments"]),
        ("taxes included", lambda order: order["taxesIncluded"]),
        ("cash rounding", lambda order: money(order["totalCashRoundingAdjustment"]["paymentSet"]) != 0),
        ("test order", lambda order: order["test"] and order["transactions"][0]["test"]),
        ("cancelled, unpaid", lambda order: order["cancelledAt"] and money(order["totalReceivedSet"]) == 0),
        ("very long names", lambda order: len(order["shippingAddress"]["firstName"]) > 190),
        ("emoji and HTML", lambda order: "🎁 <script>" in order["note"]),
        ("no address", lambda order: order["customer"] is order["shippingAddress"] is order["billingAddress"] is None),
        ("company", lambda order: order["shippingAddress"]["company"] == order["customer"]["displayName"]),
        ("American dollars", lambda order: order["presentmentCurrencyCode"] == "USD"),
    ],
)
def test_each_case_is_what_its_name_says(store: Store, name: str, holds: Callable[[Record], object]) -> None:
    assert holds(case(store, name))


def test_time_brings_money_parcels_and_new_orders_and_says_so() -> None:
    store = shop()
    told = "\n".join(advance(store))

    assert len(store.orders) == 125
    assert case(store, "authorised, paid later")["displayFinancialStatus"] == "PAID"
    assert case(store, "part-shipped")["displayFulfillmentStatus"] == "FULFILLED"
    for name in ("test order", "cancelled, unpaid", "shipped"):
        assert SAMPLE_CASES[name] not in told
    assert {len(order["fulfillments"]) for order in store.orders.values()} >= {1, 2}


def test_what_changed_is_found_by_the_search_and_what_did_not_keeps_its_moment() -> None:
    moment = [NOW]
    store = Store(clock=lambda: moment[0])
    sample_shop(store)
    before = {gid: order["updatedAt"] for gid, order in store.orders.items()}
    moment[0] += timedelta(hours=6)
    advance(store)

    assert store.orders[case(store, "pending, paid later")["id"]]["updatedAt"] == "2026-11-24T21:00:00Z"
    unchanged = case(store, "test order")
    assert unchanged["updatedAt"] == before[unchanged["id"]]
    assert {row["id"]: row["updatedAt"] for row in store.indexed_orders()} == {
        gid: order["updatedAt"] for gid, order in store.orders.items()
    }


def test_every_field_of_every_order_is_one_of_shopifys(store: Store, advanced: Store) -> None:
    schema = load_or_skip().schema
    line = Line("BoeF", "Tablier", 3, PRODUCTS[0].price)
    lived = build_order(9001, lines=[line], placed_at=NOW)
    pay(lived, NOW)
    cancel_fulfilment(lived, NOW, fulfil(lived, NOW))
    refund(lived, NOW, PRODUCTS[0].price, {0: 1})
    edit(lived, NOW, quantities={0: 1}, added=[line], discounts={0: line.price / 10}, shipping=Shipping(line.price))
    cancel(lived, NOW, give_money_back=True)
    returned = build_order(9003, lines=[line], placed_at=NOW, shipping=line.price)
    pay(returned, NOW)
    fulfil(returned, NOW)
    take_back(returned, NOW, {0: 1}, fee=line.price / 10)
    edit(returned, NOW, drop_shipping=True)
    refund_arrives(returned, NOW, refund(returned, NOW, line.price, pending=True))
    extras = build_order(
        9002,
        lines=[Line("BoeF", "Tablier", 1, PRODUCTS[0].price)],
        placed_at=NOW,
        duties=PRODUCTS[0].price,
        additional_fee=PRODUCTS[0].price,
        tip=PRODUCTS[0].price,
    )
    orders = [*store.orders.values(), *advanced.orders.values(), lived, returned, extras]
    kind: Any = schema.type_map["Order"]
    assert [gap for order in orders for gap in nonconformities(schema, order, kind, order["name"])] == []


@pytest.mark.django_db(databases=["prextra"])
def test_prextra_knows_what_the_shop_sold_but_for_the_case_that_is_meant_not_to_be(advanced: Store) -> None:
    sample_prextra("http://127.0.0.1:8001", "stand-in-client", "shpat_stand_in")
    known = set(prextra.Item.objects.values_list("code", flat=True))
    sold = {line["sku"] for order in advanced.orders.values() for line in order["lineItems"] if line["sku"]}

    assert sold - known == {"VIS-9999-X"}
    assert "BoeF" in sold


@pytest.mark.django_db(databases=["prextra"])
def test_all_categories_have_a_sale_account_but_one() -> None:
    sample_prextra("http://127.0.0.1:8001", "stand-in-client", "shpat_stand_in")
    without = prextra.ProductCategory.objects.exclude(accounts__transaction="sale").values_list("code", flat=True)

    assert list(without) == ["ATELIER"]


@pytest.mark.django_db(databases=["prextra"])
def test_no_text_of_the_sample_prextra_is_longer_than_its_column() -> None:
    sample_prextra("http://127.0.0.1:8001", "stand-in-client", "shpat_stand_in")
    for model in (prextra.Company, prextra.Customer, prextra.Warehouse, prextra.GLAccount, prextra.Item):
        for row in model.objects.all():
            row.clean_fields()


@pytest.mark.django_db(databases=["default", "prextra"])
def test_a_ready_warehouse_lacks_nothing_that_a_sync_needs() -> None:
    first, second = ready_warehouse(), ready_warehouse(code="AUTRE")
    item = ItemFactory()

    assert [missing_prerequisites(warehouse) for warehouse in (first, second)] == [[], []]
    assert first.company == second.company
    assert item.category.accounts.get().account.code == "4010"
