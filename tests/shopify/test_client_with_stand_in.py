"""The client against the stand-in shop: a real server, real connections, real faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integration.demo.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop, Throttle
from integration.errors import ConfigurationError, TransientError
from integration.shopify.client import ShopClient, TooMuchAtOnceError, load_document
from integration.shopify.credentials import Credentials, MemoryTokenCache, StaticToken, credentials_for
from integration.shopify.documents import Document
from integration.shopify.shop import ShopAddress
from tests.shopify.internet import ClientOf, Connect, Time

SHOP_INFO = load_document("shop_info")
ORDERS = load_document("orders_changed")


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def shop(time: Time) -> StandInShop:
    return StandInShop(throttle=Throttle(clock=time.clock), token_clock=lambda: NOON + timedelta(seconds=time.now))


@pytest.fixture
def connect(shop: StandInShop, client_of: ClientOf) -> Iterator[Connect]:
    with shop.serving() as url:
        address = ShopAddress.parse(url, allow_loopback=True)

        def connect(credentials: Credentials | None = None, timeout: float = 5.0) -> ShopClient:
            return client_of(address, credentials or StaticToken(STATIC_TOKEN), timeout=timeout)

        yield connect


def seen(shop: StandInShop) -> list[tuple[str | None, int]]:
    """What the shop was asked, and the status that it gave."""
    return [(request.operation, request.status) for request in shop.requests]


def test_w3_a_static_token_opens_the_shop(connect: Connect) -> None:
    answer = connect().execute(SHOP_INFO)
    assert answer.data["shop"]["currencyCode"]
    assert answer.request_id
    assert answer.cost is not None


def test_w3_client_id_and_secret_open_the_shop(connect: Connect) -> None:
    credentials = credentials_for(CLIENT_ID, CLIENT_SECRET, MemoryTokenCache())
    assert connect(credentials).execute(SHOP_INFO).data["shop"]


def test_w3_a_wrong_secret_is_a_configuration_error(connect: Connect) -> None:
    client = connect(credentials_for(CLIENT_ID, "shpss_wrong", MemoryTokenCache()))
    with pytest.raises(ConfigurationError, match="shopify_grant_refused"):
        client.execute(SHOP_INFO)


def test_w3_a_token_that_expired_early_is_renewed_upon_the_401(connect: Connect, shop: StandInShop, time: Time) -> None:
    client = connect(credentials_for(CLIENT_ID, CLIENT_SECRET, MemoryTokenCache()))
    client.execute(SHOP_INFO)
    time.now += timedelta(days=1).total_seconds()
    assert client.execute(SHOP_INFO).data["shop"]
    assert seen(shop)[-3:] == [("ShopInfo", 401), ("access_token", 200), ("ShopInfo", 200)]


def test_w3_a_revoked_static_token_is_a_configuration_error(connect: Connect, shop: StandInShop) -> None:
    shop.tokens.revoke()
    with pytest.raises(ConfigurationError, match="shopify_refused_token"):
        connect().execute(SHOP_INFO)


@pytest.mark.parametrize(
    "fault", ["429", "500", "502", "503", "504", "cut_before", "cut_after", "truncated", "throttled", "internal_error"]
)
def test_a_query_gets_through_two_faults(connect: Connect, shop: StandInShop, fault: str) -> None:
    client = connect()
    client.execute(SHOP_INFO)
    shop.faults.next(fault, fault)
    assert client.execute(SHOP_INFO).data["shop"]
    assert client.usage.retries == 2


def test_a_page_instead_of_data_is_the_wrong_host(connect: Connect, shop: StandInShop) -> None:
    shop.faults.next("html")
    with pytest.raises(ConfigurationError, match="shopify_not_json"):
        connect().execute(SHOP_INFO)


def test_an_answer_that_does_not_come_in_time_is_asked_for_again(connect: Connect, shop: StandInShop) -> None:
    shop.faults.next("slow", seconds=0.1)
    client = connect(timeout=0.05)
    assert client.execute(SHOP_INFO).data["shop"]
    assert client.usage.retries >= 1


def test_a_scope_that_is_missing_is_named(connect: Connect, shop: StandInShop) -> None:
    shop.faults.next("access_denied", scope="read_orders")
    with pytest.raises(ConfigurationError) as refusal:
        connect().execute(ORDERS, {"query": "", "first": 1})
    assert refusal.value.params["scope"] == "read_orders"


def test_a_query_that_costs_too_much_asks_for_a_smaller_page(connect: Connect, shop: StandInShop) -> None:
    shop.throttle.max_query_cost = 5
    with pytest.raises(TooMuchAtOnceError):
        connect().execute(ORDERS, {"query": "", "first": 250})


def test_the_budget_keeps_shopify_from_ever_throttling_us(connect: Connect, shop: StandInShop) -> None:
    shop.throttle.maximum, shop.throttle.restore_rate = 30.0, 2.0
    shop.throttle.drain(30)
    client = connect()
    for _ in range(12):
        client.execute(ORDERS, {"query": "", "first": 250})
    assert [request.codes for request in shop.requests if "THROTTLED" in request.codes] == []
    assert client.usage.waited_seconds > 0
    assert client.usage.retries == 0


def test_points_that_another_spent_are_waited_for(connect: Connect, shop: StandInShop) -> None:
    client = connect()
    client.execute(ORDERS, {"query": "", "first": 250})
    shop.throttle.drain()
    client.execute(ORDERS, {"query": "", "first": 250})
    assert client.usage.retries == 1


def test_an_unknown_field_is_our_mistake_and_is_said(connect: Connect) -> None:
    wrong = Document("wrong", "query Wrong { shop { nonsense } }", "Wrong", is_mutation=False)
    with pytest.raises(ConfigurationError, match="nonsense"):
        connect().execute(wrong)


def test_a_shop_that_is_not_there_is_unreachable(shop: StandInShop, client_of: ClientOf) -> None:
    with shop.serving() as url:
        address = ShopAddress.parse(url, allow_loopback=True)
    with pytest.raises(TransientError, match="shopify_unreachable"):
        client_of(address, StaticToken(STATIC_TOKEN)).execute(SHOP_INFO)
