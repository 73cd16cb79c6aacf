"""Whole pages that are not what Shopify promises: the other orders go on where they can, and nothing loops or is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integration.demo.shop.shop import StandInShop
from integration.models import SyncRun, Watermark
from prextra_models.models import SalesOrder
from tests.scene import DATABASES, InProcess, Scene, held_reasons, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

Spoil = Callable[[dict[str, Any]], Any]


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


class Spoiled(InProcess):
    """The shop in process, with the data of one operation's answers spoiled on the way."""

    def __init__(self, shop: StandInShop, operation: str, spoil: Spoil) -> None:
        super().__init__(shop)
        self.operation, self.spoil, self.requests = operation, spoil, 0
        inner = self.transport

        def answer(request: httpx.Request) -> httpx.Response:
            self.requests += 1
            response = inner.handle_request(request)
            response.read()
            if json.loads(request.content).get("operationName") != self.operation:
                return response
            payload = response.json()
            self.spoil(payload["data"])
            return httpx.Response(200, json=payload)

        self.transport = httpx.MockTransport(answer)


def first(data: dict[str, Any], value: Any) -> None:
    """The first order of a page becomes something else."""
    data["nodes"][0] = value


def scanned(data: dict[str, Any], **changes: Any) -> None:
    """The first order of the scan has other values."""
    data["orders"]["nodes"][0].update(changes)


def came_in() -> list[str]:
    return [order.shopify_name for order in rows(SalesOrder)]


@pytest.mark.parametrize("value", ["a text", ["a list"], 7, {}, {"id": "gid://shopify/Order/9"}])
def test_a_node_that_is_no_order_is_held_and_the_others_come_in(scene: Scene, value: Any) -> None:
    scene.place()
    scene.place()
    report = scene.sync(connect=Spoiled(scene.shop, "OrdersById", lambda data: first(data, value)))

    assert report.error is None
    assert [reason for _, _, reason in held_reasons()] == ["answer_malformed"]
    assert came_in() == ["#1002"]
    scene.sync()
    scene.sync(retry=True)
    assert came_in() == ["#1002", "#1001"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["orders"]["nodes"].__setitem__(0, None),
        lambda data: data["orders"]["nodes"].__setitem__(0, "junk"),
        lambda data: scanned(data, id=None),
        lambda data: scanned(data, id="gid://shopify/Product/1"),
        lambda data: scanned(data, updatedAt=None),
        lambda data: scanned(data, updatedAt="yesterday"),
        lambda data: data["orders"]["nodes"][0].pop("updatedAt"),
    ],
)
def test_a_scanned_order_that_is_none_is_left_for_the_next_pass_and_the_others_come_in(
    scene: Scene, spoil: Spoil
) -> None:
    scene.place()
    scene.place()
    report = scene.sync(connect=Spoiled(scene.shop, "OrdersChanged", spoil))

    assert report.error is None
    assert came_in() == ["#1002"]
    assert not Watermark.objects.exists()
    assert SyncRun.objects.filter(reason="incomplete_answer").exists()
    scene.sync()
    assert came_in() == ["#1002", "#1001"]


@pytest.mark.parametrize(
    ("operation", "spoil"),
    [
        ("ShopInfo", lambda data: data.update(shop=None)),
        ("ShopInfo", lambda data: data["shop"].update(currencyCode=None)),
        ("ShopInfo", lambda data: data.clear()),
        ("OrdersChanged", lambda data: data.update(orders=None)),
        ("OrdersChanged", lambda data: data["orders"].update(nodes=None)),
        ("OrdersChanged", lambda data: data["orders"].pop("pageInfo")),
        ("OrdersChanged", lambda data: data["orders"]["pageInfo"].update(hasNextPage=True, endCursor=None)),
        ("OrdersById", lambda data: data.update(nodes=None)),
        ("OrdersById", lambda data: data["nodes"].pop()),
        ("OrdersById", lambda data: data["nodes"].append(None)),
    ],
)
def test_a_page_that_is_none_ends_the_pass_for_the_moment_and_the_next_one_takes_all(
    scene: Scene, operation: str, spoil: Spoil
) -> None:
    scene.place()
    report = scene.sync(connect=Spoiled(scene.shop, operation, spoil))

    assert report.error is not None
    assert report.error.reason == "shopify_answer_unreadable"
    assert came_in() == []
    scene.sync()
    assert came_in() == ["#1001"]


def test_a_cursor_that_leads_nowhere_is_not_followed_for_ever(scene: Scene) -> None:
    scene.place()

    def same_page(data: dict[str, Any]) -> None:
        data["orders"]["pageInfo"].update(hasNextPage=True, endCursor="eyJsYXN0X2lkIjoxLCJsYXN0X3ZhbHVlIjoxfQ==")

    connect = Spoiled(scene.shop, "OrdersChanged", same_page)
    report = scene.sync(connect=connect)

    assert report.error is not None
    assert connect.requests < 6


def test_a_change_in_the_future_does_not_silence_what_comes_after(scene: Scene) -> None:
    scene.place()
    scene.sync(
        connect=Spoiled(scene.shop, "OrdersChanged", lambda data: scanned(data, updatedAt="2199-12-31T00:00:00Z"))
    )
    scene.place(placed_at=datetime.now(UTC).replace(microsecond=0))
    scene.sync()

    assert came_in() == ["#1001", "#1002"]
