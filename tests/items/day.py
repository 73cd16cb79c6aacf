"""A day at the shop for the tests of stock: sales, orders that arrive later, restocking, passes within passes, and kills."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
from django.utils import timezone

from integration.demo.orders import Line, build_order
from integration.demo.shop.inventory import item_of_sku, move, sell
from integration.demo.shop.store import Record
from integration.models import ItemSetting, ProductLink
from prextra_models.models import ItemStock
from prextra_models.router import PREXTRA
from tests.factories import ConfigurationValueFactory
from tests.items.scene import ItemsScene
from tests.scene import InProcess

SECOND = "gid://shopify/Location/2"


class Day(ItemsScene):
    def __init__(self, **warehouse: Any) -> None:
        super().__init__(**{"sync_orders": True, **warehouse})
        ConfigurationValueFactory(name="glShippingShopify", value="4010")
        self.number = 1000

    @property
    def first(self) -> str:
        return str(self.store.locations[0]["id"])

    def level(self, place: str = "", sku: str = "A") -> Record:
        level: Record = item_of_sku(self.store, sku)["levels"][place or self.first]
        return level

    def sold(self, units: int, place: str = "", sku: str = "A") -> Record:
        """A sale whose order is not readable yet; `arrive` shows it."""
        sell(self.store, sku, units, place or self.first)
        return self.order(units, sku)

    def order(self, units: int, sku: str = "A") -> Record:
        self.number += 1
        return build_order(self.number, lines=[Line(sku, "Article", units, Decimal(10))], placed_at=self.store.now())

    def arrive(self, order: Record) -> Record:
        return self.store.add_order(order)

    def buy(self, units: int, place: str = "") -> Record:
        return self.arrive(self.sold(units, place))

    def restock(self, units: int, place: str = "") -> None:
        move(self.level(place), units, -units)

    def prextra(self) -> int:
        return int(ItemStock.objects.using(PREXTRA).get(item="A", warehouse=self.warehouse.pk).available)

    def move_to_second(self) -> None:
        self.store.locations.append({**self.store.locations[0], "id": SECOND, "name": "Boutique"})
        ItemSetting.objects.update(location=SECOND)

    def wait(self) -> None:
        ProductLink.objects.filter(missing_since__isnull=False).update(
            missing_since=timezone.now() - timedelta(minutes=21)
        )

    def settle(self) -> None:
        for _ in range(4):
            self.sync(retry=True)
            self.wait()

    def shown(self) -> dict[str, int]:
        levels = item_of_sku(self.store, "A")["levels"]
        return {place.rpartition("/")[2]: level["available"] for place, level in levels.items()}


class Between(httpx.BaseTransport):
    """Something happens just before the n-th request that has this text in it."""

    def __init__(self, inner: httpx.BaseTransport, text: str, what: Callable[[], None], after: bool = False) -> None:
        self.inner, self.text, self.what, self.after, self.done = inner, text, what, after, False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        hit = not self.done and self.text in request.read().decode()
        if hit and not self.after:
            self.done = True
            self.what()
        response = self.inner.handle_request(request)
        if hit and self.after:
            self.done = True
            response.read()
            self.what()
        return response


def between(day: Day, text: str, what: Callable[[], None], after: bool = False) -> None:
    plain = InProcess(day.shop)
    day.connect = InProcess(day.shop)

    def act() -> None:
        held, day.connect = day.connect, plain
        what()
        day.connect = held

    day.connect.transport = Between(day.connect.transport, text, act, after)


def kill() -> None:
    raise KeyboardInterrupt


def killed(day: Day, text: str, after: bool) -> None:
    between(day, text, kill, after)
    with contextlib.suppress(KeyboardInterrupt):
        day.sync()
    day.connect = InProcess(day.shop)
