"""Passes over a small shop, and what they left in Prextra: for the tests that count, kill and race them."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, models

from integration.cycle import PassReport, run_pass
from integration.demo import orders
from integration.demo.shop import STATIC_TOKEN, StandInShop, Throttle
from integration.demo.shop.server import Application
from integration.demo.shop.store import Record
from integration.erp_identity import current_identity
from integration.models import TaxTitle
from integration.shopify.client import ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models.models import DocumentNumber, Item, Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ConfigurationValueFactory, ItemFactory, ready_warehouse

DATABASES = ("default", PREXTRA)
PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PRICE = Decimal("9.99")
# Where it was noon when the tests began: no pass runs over midnight there, into the next day's deposit.
NOON = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
Contents = dict[str, list[str]]


def stocked_warehouse(skus: int = 20, **overrides: Any) -> Warehouse:
    """A ready warehouse, with items A-0, A-1, … and an account for shipping."""
    for title, tax in (("TPS", "federal"), ("TVQ", "provincial")):  # a test that commits empties this table
        TaxTitle.objects.get_or_create(title=title, defaults={"tax": tax})
    warehouse = ready_warehouse(**{"shopify_access_token": STATIC_TOKEN, **overrides})
    if not Item.objects.exists():
        ConfigurationValueFactory(name="glShippingShopify", value="4010")
        for number in range(skus):
            ItemFactory(code=f"A-{number}", default_warehouse=warehouse)
    return warehouse


def boundless_shop(**choices: Any) -> StandInShop:
    """A shop that never runs out of points: no test waits for it."""
    return StandInShop(throttle=Throttle(maximum=1e9), **choices)


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


def order_of(number: int, lines: int, at: datetime, **choices: Any) -> Record:
    """An unpaid order of so many lines, two units each, with shipping."""
    sold = [orders.Line(f"A-{place}", "Marteau", 2, PRICE) for place in range(lines)]
    return orders.build_order(number, lines=sold, placed_at=at, shipping=Decimal(10), **choices)


def pass_over(warehouse: Warehouse, shop: StandInShop, **choices: Any) -> PassReport:
    """A pass that meets the shop without a network between."""

    def connect(_: Warehouse) -> ShopClient:
        transport = httpx.WSGITransport(app=Application(shop))
        address = ShopAddress("boutique-erable.myshopify.com")
        version = settings.SHOPIFY_API_VERSION
        return ShopClient(address, StaticToken(STATIC_TOKEN), api_version=version, transport=transport)

    return run_pass(warehouse.pk, connect=connect, **choices)


def contents() -> Contents:
    """All rows of all of Prextra's tables by what they say: keys that are counters, and document numbers, left out."""
    known: dict[models.Model, str] = {}
    tables = [model for model in apps.get_app_config("prextra_models").get_models() if model is not DocumentNumber]
    return {
        model.__name__: sorted(_content(row, known) for row in model._default_manager.using(PREXTRA))
        for model in tables
    }


def _content(row: models.Model, known: dict[models.Model, str]) -> str:
    if row not in known:
        values = [_value(row, field, known) for field in row._meta.fields if field.name != "number"]
        known[row] = f"({', '.join(values)})"
    return known[row]


def _value(row: models.Model, field: models.Field[Any, Any], known: dict[models.Model, str]) -> str:
    if isinstance(field, models.AutoField):
        return "key"
    target = field.related_model
    if isinstance(target, type) and isinstance(target._meta.pk, models.AutoField) and getattr(row, field.attname):
        return _content(getattr(row, field.name), known)
    return f"{field.name}={getattr(row, field.attname)}"


def raw(alias: str) -> sqlite3.Connection:
    """Without it there is no copy of the rows, and the test is skipped."""
    if connections[alias].vendor != "sqlite":
        pytest.skip("rows are copied from SQLite to SQLite")
    connections[alias].ensure_connection()
    return connections[alias].connection


@contextmanager
def snapshot() -> Iterator[dict[str, sqlite3.Connection]]:
    """Both databases as they are now, to be put back with `put_back` any number of times."""
    copies = {alias: sqlite3.connect(":memory:") for alias in DATABASES}
    try:
        for alias, copy in copies.items():
            raw(alias).backup(copy)
        yield copies
    finally:
        for copy in copies.values():
            copy.close()


def put_back(copies: dict[str, sqlite3.Connection]) -> None:
    for alias, copy in copies.items():
        copy.backup(raw(alias))


def save(folder: Path) -> dict[str, str]:
    """Writes both databases to files; returns the environment in which another process finds them.

    In WAL mode, as `migrate` makes them: of two processes that switch to it at once SQLite refuses one without waiting.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for alias in DATABASES:
        with closing(sqlite3.connect(folder / f"{alias}.sqlite3")) as file:
            raw(alias).backup(file)
            file.execute("PRAGMA journal_mode=WAL")
            if alias == "default":
                _confirm_move(file, socket.gethostname(), str((folder / "prextra.sqlite3").resolve()))
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "integration.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "SECRET_ENCRYPTION_KEYS": ",".join(settings.SECRET_ENCRYPTION_KEYS),
        "SHOPIFY_ALLOW_LOOPBACK": "on",
        "TIME_ZONE": NOON,
        "DATABASE_URL": f"sqlite:///{folder / 'default.sqlite3'}",
        "PREXTRA_DATABASE_URL": f"sqlite:///{folder / 'prextra.sqlite3'}",
    }


def load(folder: Path) -> None:
    """Takes both databases back from the files."""
    for alias in DATABASES:
        with closing(sqlite3.connect(folder / f"{alias}.sqlite3")) as file:
            file.backup(raw(alias))
    identity = current_identity()
    _confirm_move(raw("default"), identity.server, identity.name)


def _confirm_move(default: sqlite3.Connection, server: str, name: str) -> None:
    """Where a pass noted the database it works on, that is now the one in the new place (rules W6)."""
    default.execute("UPDATE integration_knowndatabase SET server = ?, name = ?", (server, name))
    default.commit()
