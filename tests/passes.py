"""Passes over a small shop, and what they left in Prextra: for the tests that count, kill and race them."""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, models, router, transaction
from django.db.models.sql import InsertQuery

from integration.cycle import PassReport, run_pass
from integration.demo import orders
from integration.demo.shop import STATIC_TOKEN, StandInShop, Throttle
from integration.demo.shop.server import Application
from integration.demo.shop.store import Record
from integration.erp_identity import Identity, current_identity
from integration.models import KnownDatabase, TaxTitle
from integration.shopify.client import ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models.models import DocumentNumber, Item, Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ConfigurationValueFactory, ItemFactory, ready_warehouse

DATABASES = ("default", PREXTRA)
WRITTEN_TO = ("integration", "django_q", "prextra_models")  # apps whose rows a pass changes
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


def is_sqlite(alias: str) -> bool:
    """In memory, for this process alone. On a server, other processes find the tests' own database by its address."""
    return connections[alias].vendor == "sqlite"


def raw(alias: str) -> sqlite3.Connection:
    connections[alias].ensure_connection()
    connection: sqlite3.Connection = connections[alias].connection
    return connection


def roll_back() -> None:
    """What databases do for a process that is gone. On a server its locks end with that: those who wait for them go on."""
    for alias in DATABASES:
        if is_sqlite(alias):
            raw(alias).rollback()
        else:
            connections[alias].close()


def empty(alias: str, tables: Iterable[type[models.Model]]) -> None:
    connection = connections[alias]
    names = [model._meta.db_table for model in tables]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), names))


class Copy:
    """The rows of one database as they are now: on a server, those of the apps that a pass changes."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows: dict[type[models.Model], list[models.Model]] = {}
        self.file = sqlite3.connect(":memory:")
        if is_sqlite(alias):
            raw(alias).backup(self.file)
            return
        for app in WRITTEN_TO:
            for model in apps.get_app_config(app).get_models():
                if router.db_for_write(model) == alias:
                    self._rows[model] = list(model._base_manager.using(alias).defer(None))

    def put_back(self) -> None:
        if is_sqlite(self._alias):
            self.file.backup(raw(self._alias))
            return
        empty(self._alias, self._rows)
        connection = connections[self._alias]
        with transaction.atomic(using=self._alias), connection.constraint_checks_disabled():
            for model, rows in self._rows.items():
                self._insert(model, rows)

    def _insert(self, model: type[models.Model], rows: list[models.Model]) -> None:
        """With their keys, which the product may not give on SQL Server; so not by the ORM, where the tests look for that."""
        fields, connection = model._meta.local_concrete_fields, connections[self._alias]
        size = max(1, connection.ops.bulk_batch_size(fields, rows))
        for start in range(0, len(rows), size):
            query = InsertQuery(model)
            query.insert_values(fields, rows[start : start + size], raw=True)
            with connection.cursor() as cursor:
                for statement, params in query.get_compiler(self._alias).as_sql():
                    cursor.execute(statement, params)


@contextmanager
def snapshot() -> Iterator[list[Copy]]:
    """Both databases as they are now, to be put back with `put_back` any number of times."""
    copies = [Copy(alias) for alias in DATABASES]
    try:
        yield copies
    finally:
        for copy in copies:
            copy.file.close()


def put_back(copies: list[Copy]) -> None:
    for copy in copies:
        copy.put_back()


def save(folder: Path) -> dict[str, str]:
    """Writes both databases to files, or leaves them on their server; returns the environment in which another process
    finds them.

    In WAL mode, as `migrate` makes them: of two processes that switch to it at once SQLite refuses one without waiting.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moved = Identity(socket.gethostname(), str((folder / "prextra.sqlite3").resolve()))
    if is_sqlite(PREXTRA) and not is_sqlite("default"):
        _confirm_move(moved)
    for alias in filter(is_sqlite, DATABASES):
        with closing(sqlite3.connect(folder / f"{alias}.sqlite3")) as file:
            raw(alias).backup(file)
            file.execute("PRAGMA journal_mode=WAL")
            if alias == "default" and is_sqlite(PREXTRA):
                file.execute("UPDATE integration_knowndatabase SET server = ?, name = ?", (moved.server, moved.name))
                file.commit()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "integration.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "SECRET_ENCRYPTION_KEYS": ",".join(settings.SECRET_ENCRYPTION_KEYS),
        "SHOPIFY_ALLOW_LOOPBACK": "on",
        "TIME_ZONE": NOON,
        "DATABASE_URL": _address("default", "TEST_DATABASE_URL", folder),
        "PREXTRA_DATABASE_URL": _address(PREXTRA, "TEST_PREXTRA_DATABASE_URL", folder),
    }


def _address(alias: str, variable: str, folder: Path) -> str:
    if is_sqlite(alias):
        return f"sqlite:///{folder / f'{alias}.sqlite3'}"
    given = urlsplit(os.environ[variable])
    return given._replace(path=f"/{connections[alias].settings_dict['NAME']}").geturl()


def load(folder: Path) -> None:
    """Takes both databases back from the files."""
    for alias in filter(is_sqlite, DATABASES):
        with closing(sqlite3.connect(folder / f"{alias}.sqlite3")) as file:
            file.backup(raw(alias))
    _confirm_move(current_identity())


def _confirm_move(identity: Identity) -> None:
    """Where a pass noted the database it works on, that is now the one in the new place (rules W6)."""
    KnownDatabase.objects.update(server=identity.server, name=identity.name)
