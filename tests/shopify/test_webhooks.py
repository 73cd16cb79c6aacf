"""Webhooks between the app and a stand-in shop: subscribing, being refused, and being rung with a signature that holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from integration.demo.orders import build_order, cancel, fulfil, pay, refund
from integration.demo.shop.couriers import FAILURES
from integration.demo.shop.shop import CLIENT_SECRET, StandInShop
from integration.errors import ConfigurationError
from integration.shopify.client import ShopClient
from integration.shopify.shop import ShopAddress
from integration.shopify.webhooks import (
    FIELDS,
    Subscription,
    Topic,
    correct,
    is_signed,
    list_subscriptions,
    sign,
    subscribe,
    unsubscribe,
)
from tests.listening import Listener
from tests.scene import HAMMER, STATIC_TOKEN, Record, StaticToken
from tests.shopify.internet import ClientOf

HTTPS = "https://sync.example.ca/shopify/webhooks/abc"
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)


@pytest.fixture
def client(client_of: ClientOf, shop_url: str) -> ShopClient:
    return client_of(ShopAddress.parse(shop_url, allow_loopback=True), StaticToken(STATIC_TOKEN))


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def address(listener: Listener) -> Iterator[str]:
    with listener.listening() as url:
        yield f"{url}/bell"


def order_of(number: int) -> Record:
    return build_order(number, lines=[HAMMER], placed_at=NOW)


def topics(listener: Listener) -> list[str]:
    return [headers["X-Shopify-Topic"] for _, headers, _ in listener.rings]


# Signatures


def test_a_signature_holds_for_this_body_and_these_keys_alone() -> None:
    signature = sign(b'{"id":1}', "key")
    assert is_signed(b'{"id":1}', signature, ["key"])
    assert is_signed(b'{"id":1}', signature, ["newer", "key"])
    assert not is_signed(b'{"id":2}', signature, ["key"])
    assert not is_signed(b'{"id":1}', signature, ["another"])
    assert not is_signed(b'{"id":1}', "", ["key"])
    assert not is_signed(b'{"id":1}', "é\udcff", ["key"])


def test_the_signature_is_what_shopify_documents() -> None:
    """Reckoned with: printf '{"id":1}' | openssl dgst -sha256 -hmac key -binary | base64."""
    assert sign(b'{"id":1}', "key") == "yVxqfCx8dh6YTGjPZLS8qT8HJCkAqv27Mo07t1qw3LA="


def test_an_empty_key_signs_nothing() -> None:
    assert not is_signed(b"{}", sign(b"{}", ""), ["", "key"])


# Subscriptions


def test_each_topic_is_subscribed_with_the_fields_without_which_events_are_lost(
    client: ShopClient, shop: StandInShop
) -> None:
    for topic in Topic:
        subscribe(client, topic, HTTPS)
    assert {one.topic for one in list_subscriptions(client)} == {topic.name for topic in Topic}
    for row in shop.store.webhooks.subscriptions.values():
        assert row["includeFields"] == list(FIELDS)
        assert "updated_at" in row["includeFields"]


def test_one_that_is_there_already_is_not_made_again_and_no_error(client: ShopClient) -> None:
    subscribe(client, Topic.ORDERS_PAID, HTTPS)
    subscribe(client, Topic.ORDERS_PAID, HTTPS)
    assert len(list(list_subscriptions(client))) == 1


def test_all_pages_are_read(client: ShopClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        subscribe(client, Topic.ORDERS_PAID, f"{HTTPS}{number}")
    monkeypatch.setattr("integration.shopify.webhooks.PAGE", 3)
    assert len({one.id for one in list_subscriptions(client)}) == 7


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("http://sync.example.ca/x", "protocol http:// is not supported"),
        ("https://boutique.myshopify.com/x", "internal domain"),
        ("", "can't be blank"),
    ],
)
def test_an_address_that_shopify_refuses_is_a_setting_to_correct(client: ShopClient, uri: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        subscribe(client, Topic.ORDERS_PAID, uri)
    assert refused.value.reason == "webhook_refused"
    assert words in str(refused.value.params["details"])
    assert refused.value.params["request_id"], "by which Shopify finds it again"


def test_a_right_that_is_missing_is_named(client: ShopClient, shop: StandInShop) -> None:
    shop.store.granted_scopes.discard("read_fulfillments")
    with pytest.raises(ConfigurationError) as refused:
        subscribe(client, Topic.FULFILLMENTS_CREATE, HTTPS)
    assert refused.value.params["scope"] == "read_fulfillments"


def test_a_subscription_is_corrected_and_deleted(client: ShopClient, shop: StandInShop) -> None:
    subscribe(client, Topic.ORDERS_PAID, HTTPS)
    shop.store.webhooks.subscriptions["gid://shopify/WebhookSubscription/1"].update(includeFields=["id"], filter="id:1")
    (found,) = list_subscriptions(client)
    assert not found.is_whole
    correct(client, found, Topic.ORDERS_PAID, f"{HTTPS}2")
    (found,) = list_subscriptions(client)
    assert (found.uri, found.is_whole) == (f"{HTTPS}2", True)
    unsubscribe(client, found)
    assert list(list_subscriptions(client)) == []


def test_one_that_is_gone_meanwhile_is_no_error(client: ShopClient) -> None:
    gone = Subscription("gid://shopify/WebhookSubscription/9", "ORDERS_PAID", HTTPS)
    correct(client, gone, Topic.ORDERS_PAID, HTTPS)
    unsubscribe(client, gone)


# The shop rings


def test_what_happens_to_an_order_is_rung_and_signed(
    client: ShopClient, shop: StandInShop, shop_url: str, listener: Listener, address: str
) -> None:
    for topic in Topic:
        subscribe(client, topic, address)
    order = shop.store.add_order(order_of(1))
    for event in (pay, fulfil, lambda one, at: refund(one, at, Decimal(1)), cancel):
        event(order, NOW)  # type: ignore[operator]
        shop.store.touch(order)
    shop.store.webhooks.wait()
    assert topics(listener) == [
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/updated",
        "fulfillments/create",
        "orders/updated",
        "refunds/create",
        "orders/updated",
        "orders/cancelled",
        "refunds/create",
    ]
    for _, headers, body in listener.rings:
        assert is_signed(body, headers["X-Shopify-Hmac-Sha256"], [CLIENT_SECRET])
        assert headers["X-Shopify-Shop-Domain"] == shop_url.removeprefix("http://")


def test_only_what_was_subscribed_is_rung(
    client: ShopClient, shop: StandInShop, listener: Listener, address: str
) -> None:
    subscribe(client, Topic.ORDERS_PAID, address)
    order = shop.store.add_order(order_of(1))
    pay(order, NOW)
    shop.store.touch(order)
    shop.store.webhooks.wait()
    assert topics(listener) == ["orders/paid"]


def test_deliveries_may_be_dropped_doubled_and_put_off(
    client: ShopClient, shop: StandInShop, listener: Listener, address: str
) -> None:
    subscribe(client, Topic.ORDERS_CREATE, address)
    shop.store.webhooks.mischief = 0.5
    for number in range(100):
        shop.store.add_order(order_of(number + 1))
    shop.store.webhooks.wait()
    bodies = [body for _, _, body in listener.rings]
    assert 50 < len(set(bodies)) < 100
    assert len(bodies) > len(set(bodies))
    numbers = [httpx.Response(200, content=body).json()["id"] for body in bodies]
    assert numbers != sorted(numbers)


def test_a_subscription_whose_address_fails_again_and_again_is_deleted(
    client: ShopClient, shop: StandInShop, listener: Listener, address: str
) -> None:
    subscribe(client, Topic.ORDERS_CREATE, address)
    listener.status = 503
    for number in range(FAILURES):
        assert shop.store.webhooks.subscriptions
        shop.store.add_order(order_of(number + 1))
        shop.store.webhooks.wait()
    assert shop.store.webhooks.subscriptions == {}


def test_nobody_else_is_ever_rung(client: ShopClient, shop: StandInShop) -> None:
    subscribe(client, Topic.ORDERS_CREATE, HTTPS)
    shop.store.add_order(order_of(1))
    shop.store.webhooks.wait()
    assert shop.store.webhooks.delivered == []
