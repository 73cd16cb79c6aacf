"""A cluster that is asked to stop in the middle of a pass: within half a minute, at a safe point, nothing half-written."""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from pathlib import Path

import pytest
from django.utils import timezone
from django_q import cluster as django_q
from pytest_django import Settings

from integration import jobs, stopping
from integration.demo.shop import StandInShop
from integration.management.commands import qcluster
from integration.models import Lease, SyncEntry, SyncRun
from prextra_models.models import SalesOrder, Warehouse
from prextra_models.router import PREXTRA
from tests.passes import (
    NOON,
    PROJECT,
    PYTHON,
    boundless_shop,
    contents,
    hours_ago,
    load,
    order_of,
    save,
    stocked_warehouse,
)
from tests.processes import end_groups, on_linux, wait_for, wait_until_gone
from tests.test_kill import lies

pytestmark = [pytest.mark.django_db(databases=["default", PREXTRA], transaction=True), on_linux]

ORDERS = 230  # three pages
HALF_A_MINUTE = 30


@pytest.fixture(autouse=True)
def noon(settings: Settings) -> None:
    settings.TIME_ZONE = NOON


@pytest.fixture
def shop() -> StandInShop:
    shop = boundless_shop()
    for number in range(ORDERS):
        shop.store.add_order(order_of(number, 1, hours_ago(5)))
    return shop


@pytest.fixture
def warehouse(shop_url: str) -> Warehouse:
    warehouse = stocked_warehouse(shopify_url=shop_url)
    assert jobs.dispatch() == 1
    return warehouse


@contextmanager
def cluster_on(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A cluster of its own on copies of both databases, where the dispatch's task waits for it."""
    environment = {**save(folder), "WORKERS": "1", "SHOPIFY_TIMEOUT_SECONDS": "120"}
    command = [PYTHON, "manage.py", "qcluster", "--with-parent"]
    process = subprocess.Popen(
        command, env=environment, cwd=PROJECT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        end_groups({process.pid})
        process.communicate()


def seconds_to_stop(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.terminate()
    process.wait(2 * HALF_A_MINUTE)
    wait_until_gone(process.pid)
    return time.monotonic() - began


def next_pass_completes(warehouse: Warehouse) -> None:
    """All is in, each once, as if nothing had been."""
    assert jobs.pass_now(warehouse.pk).error is None
    assert sorted(SalesOrder.objects.values_list("shopify_id", flat=True).distinct()) == sorted(
        SalesOrder.objects.values_list("shopify_id", flat=True)
    )
    assert SalesOrder.objects.count() == ORDERS
    assert list(lies()) == []


def test_a_pass_over_a_slow_shop_stops_at_a_safe_point_and_the_next_one_goes_on(
    shop: StandInShop, warehouse: Warehouse, tmp_path: Path
) -> None:
    shop.faults.every(1, ["slow"], seconds=1.5)
    with cluster_on(tmp_path) as cluster:
        wait_for(lambda: pages_asked_for(shop) >= 2, 40, "the second page was asked for")
        assert seconds_to_stop(cluster) < HALF_A_MINUTE / 2, "one answer at most is waited for"
        assert cluster.returncode == 0
    load(tmp_path)

    assert {run.reason for run in SyncRun.objects.all()} == {"stopping"}
    assert all(run.finished_at for run in SyncRun.objects.all())
    assert Lease.objects.get().holder == ""
    assert not SyncEntry.objects.filter(outcome=SyncEntry.Outcome.PENDING).exists()
    assert 0 < SalesOrder.objects.count() < ORDERS
    assert list(lies()) == []
    shop.faults.clear()
    next_pass_completes(warehouse)


def test_a_pass_over_a_shop_that_hangs_is_cut_and_the_next_one_takes_its_lease_over(
    shop: StandInShop, warehouse: Warehouse, tmp_path: Path
) -> None:
    before = contents()
    shop.faults.next("slow", seconds=2 * HALF_A_MINUTE)
    with cluster_on(tmp_path) as cluster:
        wait_for(lambda: shop.requests, 30, "the shop was asked")
        assert seconds_to_stop(cluster) < HALF_A_MINUTE
    load(tmp_path)

    assert contents() == before
    lease = Lease.objects.get()
    assert lease.is_held
    busy = jobs.pass_now(warehouse.pk).error
    assert busy
    assert busy.reason == "warehouse_busy"
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    next_pass_completes(warehouse)
    assert SyncRun.objects.filter(outcome=SyncRun.Outcome.INTERRUPTED).exists()


def pages_asked_for(shop: StandInShop) -> int:
    return sum(one.operation == "OrdersById" for one in shop.requests)


def forked(target: Callable[[], object]) -> multiprocessing.process.BaseProcess:
    """As a cluster starts its workers."""
    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    return process


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this test asks to stop is not the test run itself."""
    monkeypatch.setattr(stopping, "_asked", RawValue(ctypes.c_bool, False))


def test_all_processes_know_that_they_are_to_stop(asked: None) -> None:
    looking = forked(lambda: wait_for(stopping.is_asked_to_stop, 10, "it was told"))
    stopping.ask_to_stop()
    looking.join(20)
    assert looking.exitcode == 0


def test_a_worker_that_is_killed_as_it_looks_blocks_nobody() -> None:
    def look_for_ever() -> None:
        while True:
            stopping.is_asked_to_stop()

    for _ in range(10):
        worker = forked(look_for_ever)
        time.sleep(0.05)
        worker.kill()
        worker.join()
    other = threading.Thread(target=stopping.is_asked_to_stop, daemon=True)
    other.start()
    other.join(5)
    assert not other.is_alive()


def test_what_hangs_as_it_is_asked_to_stop_is_cut_too(monkeypatch: pytest.MonkeyPatch) -> None:
    cut, in_time = threading.Event(), list[bool]()
    monkeypatch.setattr(qcluster, "_cut_late", cut.set)
    monkeypatch.setattr(qcluster, "ask_to_stop", lambda: in_time.append(cut.wait(5)))
    monkeypatch.setattr(django_q.Cluster, "sig_handler", lambda *_: None)
    cluster = qcluster.StoppableCluster.__new__(qcluster.StoppableCluster)  # the other way it would take our signals
    cluster.sig_handler(signal.SIGTERM, None)
    assert in_time == [True]
