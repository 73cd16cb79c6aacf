"""Several processes at once: on one warehouse, and on two warehouses of one company. Nothing doubled, nothing lost.

On SQL Server, unless READ_COMMITTED_SNAPSHOT is on in the database, who reads a row waits for the transaction that is
writing it. Nothing hangs here for that: no transaction of a pass waits for Shopify or for another process's pass, and the
doorman holds passes back before their first one. But a read outside a transaction may then be a deadlock's victim, which
ends that pass as `database_busy` until the next one. A test database has the setting of the server's `model`, which is off.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import BaseWSGIServer

from integration.demo import orders
from integration.demo.shop import StandInShop, Store
from integration.demo.shop.server import Application, Environ, StartResponse
from integration.models import HeldRecord, Lease, SyncEntry
from prextra_models.models import Deposit, DocumentNumber, Invoice, Prepayment, SalesOrder, Shipment, Warehouse
from prextra_models.router import PREXTRA
from tests.passes import (
    DATABASES,
    PROJECT,
    PYTHON,
    contents,
    hours_ago,
    is_sqlite,
    load,
    order_of,
    put_back,
    save,
    snapshot,
    stocked_warehouse,
)

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

ORDERS = 60
PATIENCE = 100  # seconds, after which a process that hangs fails its test
DOCUMENTS = (SalesOrder, Prepayment, Deposit, Shipment, Invoice)

LOGGED = ("sales_order", "prepayment", "shipment", "invoice")


class Doorman(Application):
    """Lets nobody in before all are there: their passes then run side by side, however slow each of them started."""

    def __init__(self, shop: StandInShop, all_there: threading.Barrier) -> None:
        super().__init__(shop)
        self._all_there = all_there
        self._open = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not self._open:
            self._all_there.wait(PATIENCE)
            self._open = True
        return super().__call__(environ, start_response)


class MeetingPoint(StandInShop):
    def __init__(self, store: Store, all_there: threading.Barrier) -> None:
        super().__init__(store)
        self.doorman = Doorman(self, all_there)

    def server(self, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
        server = super().server(host, port)
        server.app = self.doorman
        return server


def store_of(count: int, id_base: int = 0) -> Store:
    """Orders paid today, in part shipped; one of them names an item that Prextra does not know."""
    store = Store()
    for number in range(count):
        at = hours_ago(3) + timedelta(minutes=number)
        order = order_of(1000 + number, 22 if number == 7 else 3, at, id_base=id_base)
        orders.pay(order, at)
        if number % 2:
            orders.fulfil(order, at, {0: 1})
        if number % 3 == 0:
            orders.fulfil(order, at)
        store.add_order(order)
    return store


UNLEASED = ("-m", "tests.unleased")
LEASED = ("manage.py", "sync", "--json", "--warehouse")


def sync(folder: Path, warehouses: Sequence[Warehouse], command: Sequence[str] = UNLEASED) -> list[dict[str, Any]]:
    """A pass in a process for each of these warehouses, all at once; what each of them reports.

    Without leases, unless the command takes them, so that nothing but the keys of the documents prevents doubles.
    """
    environment = save(folder)
    processes = [
        subprocess.Popen(
            [PYTHON, *command, warehouse.pk],
            env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True,
        )
        for warehouse in warehouses
    ]  # fmt: skip
    try:
        outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    load(folder)
    return [json.loads(output)["warehouses"][0] for output in outputs]


def numbers_without_gap() -> bool:
    """Each kind of document has the numbers from 1 to the last one taken."""
    next_numbers = dict(DocumentNumber.objects.values_list("kind", "next_number"))
    kinds = ("sales_order", "prepayment", "deposit", "shipment", "invoice")
    return all(
        sorted(int(number) for number in model.objects.values_list("number", flat=True))
        == list(range(1, next_numbers[kind]))
        for kind, model in zip(kinds, DOCUMENTS, strict=True)
    )


def each_document_is_told_once() -> bool:
    told = list(SyncEntry.objects.filter(outcome="written", kind__in=LOGGED).values_list("kind", "shopify_id"))
    documents = sum(model.objects.count() for model in DOCUMENTS if model is not Deposit)
    return len(told) == len(set(told)) == documents


def mode_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("PRAGMA journal_mode").fetchone()[0])


def test_no_two_processes_have_to_switch_a_database_to_wal_mode_at_once(tmp_path: Path) -> None:
    environment = save(tmp_path / "copies")
    if not all(map(is_sqlite, DATABASES)):
        pytest.skip("servers have no such mode")
    assert [mode_of(tmp_path / "copies" / f"{alias}.sqlite3") for alias in DATABASES] == ["wal", "wal"]
    file = tmp_path / "new.sqlite3"
    environment["DATABASE_URL"] = f"sqlite:///{file}"
    subprocess.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], env=environment, cwd=PROJECT, check=True)
    assert mode_of(file) == "wal"


@pytest.mark.parametrize("workers", [2, 3])
def test_processes_that_sync_one_warehouse_at_once_write_what_one_process_writes(tmp_path: Path, workers: int) -> None:
    shop = MeetingPoint(store_of(ORDERS), threading.Barrier(workers))
    with shop.serving() as url:
        warehouse = stocked_warehouse(shopify_url=url)
        with snapshot() as before:
            reports = sync(tmp_path / "together", [warehouse] * workers)
            together = contents()
            assert [report["error"] for report in reports] == [None] * workers
            assert SalesOrder.objects.count() == ORDERS - 1
            assert numbers_without_gap()
            assert [held.shopify_name for held in HeldRecord.objects.filter(flow="orders")] == ["#1007"]
            assert each_document_is_told_once()
            put_back(before)
        sync(tmp_path / "alone", [warehouse])
    assert contents() == together


def test_of_two_processes_that_want_one_warehouse_one_works_and_the_other_says_that_it_is_busy(tmp_path: Path) -> None:
    shop = StandInShop(store_of(ORDERS))
    with shop.serving() as url:
        warehouse = stocked_warehouse(shopify_url=url)
        reports = sync(tmp_path, [warehouse] * 2, LEASED)
    reasons = [report["error"]["reason"] if report["error"] else "" for report in reports]
    assert sorted(reasons) == ["", "warehouse_busy"] or reasons == ["", ""]  # where the first was done before
    assert SalesOrder.objects.count() == ORDERS - 1
    assert Lease.objects.get().holder == ""


def test_two_warehouses_of_one_company_that_take_money_at_once_make_one_deposit(tmp_path: Path) -> None:
    both = threading.Barrier(2)
    first, second = (MeetingPoint(store_of(30, id_base), both) for id_base in (0, 1_000_000))
    with first.serving() as one, second.serving() as other:
        warehouses = [stocked_warehouse(shopify_url=url) for url in (one, other)]
        reports = sync(tmp_path, warehouses)
    assert [report["error"] for report in reports] == [None, None]
    assert SalesOrder.objects.count() == 58
    assert Prepayment.objects.count() == 58
    assert Deposit.objects.get().total == sum(prepayment.amount for prepayment in Prepayment.objects.all())
    assert numbers_without_gap()
