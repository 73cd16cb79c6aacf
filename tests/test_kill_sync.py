"""A dispatch and its pass, with ticket, lease, log and all four flows, ended at any write: the next ones complete it."""

from __future__ import annotations

import copy
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from integration import jobs, runs
from integration.demo import orders
from integration.demo.shop import StandInShop
from integration.demo.shop.couriers import Webhooks
from integration.demo.shop.inventory import sell
from integration.demo.shop.server import Application
from integration.demo.shop.store import Store
from integration.models import HeldRecord, Lease, OpenOrder, PendingWrite, ProductLink, SyncEntry, SyncRun, Watermark
from prextra_models.models import ItemPrice, ItemStock
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory, ItemPriceFactory, ItemStockFactory, ItemTextFactory
from tests.killing import Killed, Reaper
from tests.passes import (
    NOON,
    boundless_shop,
    contents,
    hours_ago,
    order_of,
    put_back,
    roll_back,
    snapshot,
    stocked_warehouse,
)

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

ITEMS = 4


@pytest.fixture(autouse=True)
def noon(settings: Settings) -> Iterator[None]:
    settings.TIME_ZONE = NOON
    logging.disable()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # shop and pass take turns in one process: else each request waits for its turn
    yield
    sys.setswitchinterval(interval)
    logging.disable(logging.NOTSET)


class Stage:
    """A warehouse of which all four flows are ticked, and its shop behind one address, whatever it holds at the moment."""

    def __init__(self, url: str, server: Any, shop: StandInShop) -> None:
        self.server, self.shop = server, shop
        self.warehouse = stocked_warehouse(ITEMS, shopify_url=url, sync_items=True)
        for number in range(ITEMS):
            self.complete(number)

    def complete(self, number: int) -> None:
        """What an item needs to go out."""
        code = f"A-{number}"
        ItemStockFactory(item_id=code, item=None, warehouse=self.warehouse, available=Decimal(20 + number))
        ItemPriceFactory(item_id=code, item=None, company=self.warehouse.company, price=Decimal(10 + number))
        ItemTextFactory(item_id=code, item=None, field="description", language="fr", text=f"Article {number}")

    def holds(self, store: Store) -> None:
        """From now on the shop holds a copy of this."""
        memo = {id(store.lock): threading.RLock(), id(store.webhooks): Webhooks()}
        self.shop.store = self.shop.engine.store = copy.deepcopy(store, memo)


@pytest.fixture
def stage() -> Iterator[Stage]:
    shop = boundless_shop()
    server = shop.server()
    assert isinstance(server.app, Application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Stage(f"http://127.0.0.1:{server.server_port}", server, shop)
    server.shutdown()
    thread.join()
    server.server_close()
    server.app.hang_up()


def dispatch_and_work() -> None:
    """The dispatch, and what a worker does with each task that is in the queue: taken off it first."""
    jobs.dispatch()
    for row in OrmQ.objects.order_by("pk"):
        task = row.task
        OrmQ.objects.filter(pk=row.pk).delete()
        getattr(jobs, task["func"].rpartition(".")[2])(*task["args"])


def small_store(stage: Stage) -> Store:
    """#1 paid in two and sent in two parcels, #2 of an item that Prextra does not know, #4 half paid."""
    store = stage.shop.store
    whole, unknown = order_of(1, 2, hours_ago(6)), order_of(2, ITEMS + 1, hours_ago(5))
    orders.pay(whole, hours_ago(6), Decimal(5))
    orders.pay(whole, hours_ago(5))
    orders.fulfil(whole, hours_ago(4), {0: 1})
    orders.fulfil(whole, hours_ago(4))
    orders.pay(unknown, hours_ago(5))
    half = order_of(4, 1, hours_ago(4))
    orders.pay(half, hours_ago(4), Decimal(5))
    for order in (whole, unknown, half):
        store.add_order(order)
    return store


def arrival(stage: Stage) -> None:
    """Everything is new, on both sides."""
    small_store(stage)


def later_on(stage: Stage) -> None:
    """All was in step. Then #4 was paid and sent, #2's item came, a price changed, goods arrived, and something was sold."""
    store = small_store(stage)
    dispatch_and_work()
    half = next(order for order in store.orders.values() if order["name"] == "#4")
    orders.pay(half, hours_ago(2))
    orders.fulfil(half, hours_ago(2))
    store.touch(half)
    ItemFactory(code=f"A-{ITEMS}", default_warehouse=stage.warehouse)
    stage.complete(ITEMS)
    ItemPrice.objects.using(PREXTRA).filter(item="A-1").update(price=Decimal("99.95"))
    ItemStock.objects.using(PREXTRA).filter(item="A-2").update(available=70, on_hand=70)
    sell(store, "A-3", 2)
    sold = orders.build_order(5, lines=[orders.Line("A-3", "Article 3", 2, Decimal(13))], placed_at=hours_ago(1))
    store.add_order(sold)
    runs.retry_at_once(HeldRecord.objects.all())


def state(store: Store) -> list[Any]:
    """What people see on both sides, and what the app keeps for the next pass; no times, and no counters."""
    products = [
        (product["title"], product["status"], variant["sku"], variant["price"], level["available"], level["isActive"])
        for product in store.products.values()
        for variant in product["variants"]
        for level in variant["inventoryItem"]["levels"].values()
    ]
    links = ProductLink.objects.values_list("item", "fingerprint", "quantity", "sold", "missing", "reason")
    return [
        contents(),
        sorted(products),
        sorted(links),
        sorted(HeldRecord.objects.values_list("shopify_name", "flow", "reason")),
        sorted((mark.flow, mark.read_until.isoformat()) for mark in Watermark.objects.all()),
        sorted((row.shopify_id, sorted(row.units.items())) for row in OpenOrder.objects.all()),
    ]


def left_over() -> list[str]:
    """What no pass that went through leaves behind."""
    left = [f"{lease} is held" for lease in Lease.objects.exclude(holder="", ticket="")]
    left += [f"{write} is under way" for write in PendingWrite.objects.all()]
    left += [f"{run} never ended" for run in SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING)]
    left += [f"{task} is in the queue" for task in OrmQ.objects.all()]
    told = list(SyncEntry.objects.filter(outcome="written").values_list("kind", "shopify_id"))
    documents = [one for one in told if one[0] in {"sales_order", "prepayment", "shipment", "invoice"}]
    return left + [f"{one} was told twice" for one in set(documents) if documents.count(one) > 1]


def time_goes_by() -> None:
    """The lease of one that died ends, and a ticket that nobody took is believed lost."""
    past = timezone.now() - timedelta(hours=1)
    Lease.objects.exclude(holder="").update(expires_at=past)
    Lease.objects.exclude(ticket="").update(ticketed_at=past)


@contextmanager
def killed(reaper: Reaper) -> Iterator[None]:
    with pytest.raises(Killed), reaper.watching():
        yield
    roll_back()


@pytest.mark.parametrize("situation", [arrival, later_on])
def test_a_dispatch_or_its_pass_killed_at_any_write_is_completed_by_the_next(
    stage: Stage, situation: Callable[[Stage], None]
) -> None:
    situation(stage)
    store = stage.shop.store
    with snapshot() as before:
        stage.holds(store)
        undisturbed = Reaper()
        with undisturbed.watching():
            dispatch_and_work()
        expected = state(stage.shop.store)
        assert undisturbed.seen > 50
        assert left_over() == []
        for place, after in deaths(undisturbed.seen):
            put_back(before)
            stage.holds(store)
            with killed(Reaper(place, after)):
                dispatch_and_work()
            time_goes_by()
            dispatch_and_work()
            died = f"killed {'after' if after else 'before'} write {place}"
            assert state(stage.shop.store) == expected, died
            assert left_over() == [], died


def deaths(writes: int) -> list[tuple[int, bool]]:
    """At each write: before it or after it, now one and now the other; with KILL=everywhere, both."""
    if os.environ.get("KILL") == "everywhere":
        return [(place, after) for place in range(1, writes + 1) for after in (False, True)]
    dice = Random(1)
    return [(place, dice.random() < 0.5) for place in range(1, writes + 1)]
