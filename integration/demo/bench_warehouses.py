"""What many warehouses with nothing to do cost: a dispatch, a pass over each by the workers, and a worker's memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from integration.demo.bench import store_of
from integration.demo.bench_items import fill
from integration.demo.shop import Store
from integration.demo.watched import WatchedShop
from integration.dispatch import DISPATCH as SIGN
from integration.models import Heartbeat, Lease, SyncRun
from integration.schedule import DISPATCH
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

WAREHOUSES = 200
WORKERS = 8
ORDERS = ITEMS = 5  # of each warehouse: they are in before the clock runs
PASSES, MARKS = 1_000, 4
PATIENCE = 600  # seconds
MOST_OF_DISPATCH, MOST_OF_ALL = 1.0, 60.0  # seconds
MOST_GROWTH = 5.0  # megabytes, from the first quarter of the passes to the last
IDS_OF_A_SHOP = 100_000
PREFIX = "MANY"  # of the codes of their warehouses


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehousesMeasure:
    """`megabytes` are a process's after so many passes, where the system tells."""

    warehouses: int
    workers: int
    dispatch_seconds: float
    seconds: float
    requests: int
    overlaps: int
    unfinished: int
    megabytes: dict[str, float | None]

    @property
    def is_within(self) -> bool:
        return (
            self.dispatch_seconds < MOST_OF_DISPATCH
            and self.seconds < MOST_OF_ALL
            and not self.overlaps
            and not self.unfinished
            and self.growth < MOST_GROWTH
        )

    @property
    def growth(self) -> float:
        """After the first quarter, when all is loaded and each cache is full."""
        _, first, *_, last = self.megabytes.values()
        return last - first if first and last else 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class WarehousesBench:
    """Needs Prextra with the demo's company; the rows are committed, for the workers are other processes."""

    def __init__(self, warehouses: int = WAREHOUSES, workers: int = WORKERS, passes: int = PASSES) -> None:
        self.warehouses, self.workers, self.passes = warehouses, workers, passes

    def measure(self) -> WarehousesMeasure:
        with served([WatchedShop(store_of(ORDERS, number * IDS_OF_A_SHOP)) for number in range(self.warehouses)]) as at:
            open_warehouses([url for _shop, url in at])
            shops = [shop for shop, _url in at]
            with workers(self.workers):
                self._round()
                requests = sum(len(shop.porter.visits) for shop in shops)
                began = datetime.now(UTC)
                seconds = self._round()
            runs = SyncRun.objects.filter(started_at__gte=began, outcome=SyncRun.Outcome.DONE)
            done = runs.order_by().values("warehouse").distinct().count()
            return WarehousesMeasure(
                warehouses=self.warehouses,
                workers=self.workers,
                dispatch_seconds=round(Heartbeat.objects.get(name=SIGN).seconds, 3),
                seconds=round(seconds, 2),
                requests=sum(len(shop.porter.visits) for shop in shops) - requests,
                overlaps=sum(shop.overlaps for shop in shops),
                unfinished=self.warehouses - done,
                megabytes=self._memory(),
            )

    def _round(self) -> float:
        """A dispatch, and a pass over each warehouse: the seconds until the last one is over."""
        began, at = time.perf_counter(), datetime.now(UTC)
        async_task(DISPATCH, save=False)
        over = Lease.objects.filter(taken_at__gte=at, holder="")
        while over.count() < self.warehouses:
            if time.perf_counter() - began > PATIENCE:
                break
            time.sleep(0.1)
        return time.perf_counter() - began

    def _memory(self) -> dict[str, float | None]:
        shop = WatchedShop(Store(), delay=0)
        with shop.serving() as url:
            code = f"{PREFIX}0"
            Warehouse.objects.using(PREXTRA).filter(pk=code).update(shopify_url=url, sync_items=False)
            command = [sys.executable, "-m", "integration.demo.idle_passes", code, str(self.passes), str(MARKS)]
            environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "integration.settings"}
            done = subprocess.run(  # noqa: S603 - our own command
                command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE
            )
        megabytes: dict[str, float | None] = json.loads(done.stdout)
        return megabytes


@contextmanager
def served(shops: list[WatchedShop]) -> Iterator[list[tuple[WatchedShop, str]]]:
    """All of them from threads that sleep between two requests, unlike those of a single shop."""
    servers = [shop.server() for shop in shops]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield [(shop, f"http://127.0.0.1:{server.port}") for shop, server in zip(shops, servers, strict=True)]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


@transaction.atomic(using=PREXTRA)
def open_warehouses(urls: list[str]) -> None:
    """A warehouse of the demo's company on each of these shops, with a few items of its own."""
    warehouse = Warehouse.objects.using(PREXTRA).defer(None).get(pk="WEB")
    Warehouse.objects.using(PREXTRA).filter(pk="WEB").update(
        sync_orders=False, sync_shipments=False, sync_invoices=False, sync_items=False
    )
    for number, url in enumerate(urls):
        warehouse.pk, warehouse.shopify_url, warehouse.sync_items = f"{PREFIX}{number}", url, True
        warehouse.save(using=PREXTRA, force_insert=True)
        fill(warehouse.company, warehouse, ITEMS, warehouse.pk)


@contextmanager
def workers(count: int) -> Iterator[None]:
    """A cluster of so many."""
    environment = {**os.environ, "WORKERS": str(count)}
    command = [sys.executable, "manage.py", "qcluster", "--with-parent"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        if process.stdin:
            process.stdin.close()
