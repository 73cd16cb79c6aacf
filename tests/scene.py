"""A merchant's day for the tests: a stand-in shop, a ready warehouse in Prextra, and time that passes between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import httpx
from django.apps import apps
from django.db import models, transaction

from integration.cycle import PassReport, run_pass
from integration.demo.orders import Line, build_order
from integration.demo.shop.server import Application
from integration.demo.shop.shop import STATIC_TOKEN, StandInShop
from integration.models import HeldRecord, SyncEntry
from integration.shopify.client import ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory, ready_warehouse

Record = dict[str, Any]
Row = TypeVar("Row", bound=models.Model)
DATABASES = ["default", PREXTRA]
HAMMER = Line("MARTEAU", "Marteau", 4, Decimal(25))


class Scene:
    """`warehouse` sells the items of `skus` in `shop`. Each thing that happens to an order happens a minute after the last."""

    def __init__(
        self, shop: StandInShop, url: str, skus: tuple[str, ...] = ("MARTEAU", "SCIE"), **warehouse: Any
    ) -> None:
        self.shop = shop
        self.warehouse: Warehouse = ready_warehouse(
            **{"code": "STG", "shopify_url": url, "shopify_access_token": STATIC_TOKEN, **warehouse}
        )
        for sku in skus:
            ItemFactory(code=sku)
        self._now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
        self._number = 1000

    def tick(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    def place(self, *lines: Line, **choices: Any) -> Record:
        """An unpaid order, four hammers at 25.00 unless told otherwise."""
        self._number += 1
        order = build_order(self._number, lines=lines or (HAMMER,), **{"placed_at": self.tick(), **choices})
        return self.shop.store.add_order(order)

    def then(self, action: Callable[..., Any], order: Record, *args: Any, **kwargs: Any) -> Any:
        """Something happens to the order in Shopify."""
        result = action(order, self.tick(), *args, **kwargs)
        self.shop.store.touch(order)
        return result

    def changed(self, order: Record, **fields: Any) -> None:
        """Shopify now tells these fields of the order."""
        order.update(fields)
        self.shop.store.touch(order)

    def sync(self, **options: Any) -> PassReport:
        return run_pass(self.warehouse.pk, **options)

    def tick_boxes(self, *flows: str) -> None:
        """These flows are ticked on the warehouse, and no others."""
        ticked = {f"sync_{flow}": flow in flows for flow in ("orders", "shipments", "invoices")}
        Warehouse.objects.using(PREXTRA).filter(pk=self.warehouse.pk).update(**ticked)


class InProcess:
    """The same shop without a socket between and without pauses, for tests that make hundreds of passes."""

    def __init__(self, shop: StandInShop) -> None:
        self.transport: httpx.BaseTransport = httpx.WSGITransport(Application(shop))

    def __call__(self, warehouse: Warehouse) -> ShopClient:
        address = ShopAddress.parse(warehouse.shopify_url, allow_loopback=True)
        token = StaticToken(STATIC_TOKEN)
        return ShopClient(address, token, api_version="2026-10", transport=self.transport, sleep=lambda _: None)


def rows(model: type[Row], **conditions: Any) -> list[Row]:
    """The rows of a Prextra table, oldest first."""
    return list(model._default_manager.using(PREXTRA).filter(**conditions).order_by("pk"))


def only(model: type[Row], **conditions: Any) -> Row:
    (row,) = rows(model, **conditions)
    return row


def held_reasons() -> list[tuple[str, str, str]]:
    """What is held: the order's name, the flow, the reason."""
    return list(HeldRecord.objects.order_by("pk").values_list("shopify_name", "flow", "reason"))


def said(outcome: str) -> list[tuple[str, str]]:
    """What the log says with this outcome: the order's name and the reason."""
    entries = SyncEntry.objects.filter(outcome=outcome).order_by("pk")
    return list(entries.values_list("shopify_name", "reason"))


def snapshot(*labels: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of these apps."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for label in labels
        for model in apps.get_app_config(label).get_models()
    }


def prextra_snapshot() -> dict[str, list[tuple[Any, ...]]]:
    return snapshot("prextra_models")


@contextmanager
def undone_afterwards() -> Iterator[None]:
    """What is written within is taken back: each generated example finds the databases empty."""
    with transaction.atomic(using="default"), transaction.atomic(using=PREXTRA):
        yield
        transaction.set_rollback(True, using="default")
        transaction.set_rollback(True, using=PREXTRA)
