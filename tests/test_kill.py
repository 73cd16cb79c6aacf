"""A pass that is killed at any write, and run again, leaves what one undisturbed pass leaves."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from integration import runs
from integration.demo import orders
from integration.demo.shop import StandInShop
from integration.demo.shop.store import Record
from integration.models import HeldRecord, SyncEntry, SyncRun, Watermark
from prextra_models.models import Invoice, Prepayment, SalesOrder, Shipment, Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory
from tests.killing import Killed, Reaper
from tests.passes import (
    NOON,
    PROJECT,
    PYTHON,
    Contents,
    boundless_shop,
    contents,
    hours_ago,
    load,
    order_of,
    pass_over,
    put_back,
    roll_back,
    save,
    snapshot,
    stocked_warehouse,
)

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

MODELS = {"sales_order": SalesOrder, "prepayment": Prepayment, "shipment": Shipment, "invoice": Invoice}
PENDING_AFTER_THE_END = "something is pending in a run that ended"
Held = list[tuple[str, str, str]]


@pytest.fixture(autouse=True)
def noon(settings: Settings) -> None:
    settings.TIME_ZONE = NOON


def small_shop() -> StandInShop:
    """#1: two payments, two parcels. #2: an item that Prextra does not know. #3: a test order. #4: half paid, a long name."""
    shop = boundless_shop()
    whole = order_of(1, 2, hours_ago(6))
    orders.pay(whole, hours_ago(6), whole_amount(whole) / 2)
    orders.pay(whole, hours_ago(5))
    orders.fulfil(whole, hours_ago(4), {0: 1})
    orders.fulfil(whole, hours_ago(4))
    unknown = order_of(2, 30, hours_ago(5))
    orders.pay(unknown, hours_ago(5))
    trial = order_of(3, 1, hours_ago(5), test=True)
    half = order_of(4, 1, hours_ago(4), buyer=orders.Buyer("Marie-Ève", "Bouchard-Tremblay " * 3, address1="1, rue X"))
    orders.pay(half, hours_ago(4), whole_amount(half) / 2)
    for order in (whole, unknown, trial, half):
        shop.store.add_order(order)
    return shop


def whole_amount(order: Record) -> orders.Amount:
    return orders.read_amount(order["totalPriceSet"]).shop


def arrival() -> tuple[Warehouse, StandInShop]:
    """Everything is new to Prextra."""
    return stocked_warehouse(), small_shop()


def later_on() -> tuple[Warehouse, StandInShop]:
    """A pass went well; since then #4 was paid and sent, and #2's items were created."""
    warehouse, shop = arrival()
    pass_over(warehouse, shop)
    half = next(order for order in shop.store.orders.values() if order["name"] == "#4")
    orders.pay(half, hours_ago(2))
    orders.fulfil(half, hours_ago(2))
    shop.store.touch(half)
    for number in range(20, 30):
        ItemFactory(code=f"A-{number}", default_warehouse=warehouse)
    runs.retry_at_once(HeldRecord.objects.all())
    return warehouse, shop


def state() -> tuple[Contents, Held, set[tuple[str, str]]]:
    """Prextra's rows, what is held, and how far each flow has read."""
    held = list(HeldRecord.objects.order_by("pk").values_list("shopify_name", "flow", "reason"))
    return contents(), held, {(mark.flow, mark.read_until.isoformat()) for mark in Watermark.objects.all()}


def lies() -> Iterator[str]:
    """What the log says and Prextra denies, and the other way round."""
    written = SyncEntry.objects.filter(outcome=SyncEntry.Outcome.WRITTEN).exclude(kind="application")
    for entry in written:
        documents = MODELS[entry.kind].objects.filter(shopify_id=entry.shopify_id, number=entry.prextra_number)
        if not documents.exists():
            yield f"{entry.kind} {entry.prextra_number} of {entry.shopify_name} was never written"
    told = [(entry.kind, entry.shopify_id) for entry in written]
    if len(told) != len(set(told)):
        yield "a document was told twice"
    for kind, model in MODELS.items():
        for gid in model.objects.values_list("shopify_id", flat=True):
            entries = SyncEntry.objects.filter(kind=kind, shopify_id=gid, outcome__in=["written", "pending"])
            if not entries.exists():
                yield f"nothing tells of {kind} {gid}"
    ended = SyncRun.objects.exclude(outcome=SyncRun.Outcome.RUNNING)
    if SyncEntry.objects.filter(run__in=ended, outcome=SyncEntry.Outcome.PENDING).exists():
        yield PENDING_AFTER_THE_END
    for run in ended:
        if run.written != run.entries.filter(outcome=SyncEntry.Outcome.WRITTEN).count():
            yield f"run {run} counted {run.written} documents"


def killed_pass(warehouse: Warehouse, shop: StandInShop, reaper: Reaper) -> None:
    with pytest.raises(Killed), reaper.watching():
        pass_over(warehouse, shop)
    roll_back()


@pytest.mark.parametrize(
    ("after", "buries"),
    [(False, True), (True, True), (False, False)],
    ids=["killed before it", "killed after it", "interrupted"],
)
@pytest.mark.parametrize("situation", [arrival, later_on])
def test_a_pass_ended_at_any_write_and_run_again_gives_the_same_documents(
    situation: Callable[[], tuple[Warehouse, StandInShop]], after: bool, buries: bool
) -> None:
    warehouse, shop = situation()
    with snapshot() as before:
        undisturbed = Reaper()
        with undisturbed.watching():
            pass_over(warehouse, shop)
        expected = state()
        assert undisturbed.seen > 25
        assert not list(lies())
        for place in range(1, undisturbed.seen + 1):
            put_back(before)
            killed_pass(warehouse, shop, Reaper(place, after, buries))
            assert pass_over(warehouse, shop).error is None
            assert state() == expected, f"ended at write {place}"
            assert not list(lies()), f"ended at write {place}"


def test_what_a_pass_left_is_what_this_file_means_it_to_be() -> None:
    """The comparison above is worth what the small shop holds."""
    warehouse, shop = later_on()
    assert [held.shopify_name for held in HeldRecord.objects.all()] == ["#2"]
    assert Shipment.objects.count() == Invoice.objects.count() == 2
    assert Prepayment.objects.count() == 3
    pass_over(warehouse, shop)
    assert not HeldRecord.objects.exists()
    assert SalesOrder.objects.count() == 3
    assert Prepayment.objects.count() == 5
    assert Invoice.objects.count() == 3
    outcomes = set(SyncEntry.objects.values_list("outcome", flat=True))
    assert outcomes == {"written", "held", "skipped", "notice"}


def test_a_run_that_was_killed_is_marked_as_interrupted_by_the_pass_that_finds_it_an_hour_later() -> None:
    warehouse, shop = arrival()
    killed_pass(warehouse, shop, Reaper(10))
    cut = SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING)
    assert cut.count() == 3
    cut.update(started_at=timezone.now() - runs.LONGEST_RUN - timedelta(minutes=1))
    pass_over(warehouse, shop)
    assert [run.outcome for run in SyncRun.objects.order_by("pk")][:3] == ["interrupted"] * 3
    assert not SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING).exists()


def test_a_process_that_really_dies_at_a_write_leaves_what_the_next_pass_completes(tmp_path: Path) -> None:
    shop = small_shop()
    with shop.serving() as url:
        warehouse = stocked_warehouse(shopify_url=url)
        with snapshot() as before:
            undisturbed = Reaper()
            with undisturbed.watching():
                pass_over(warehouse, shop)
            expected = state()
            for place, when in ((5, "after"), (13, "before"), (undisturbed.seen // 2, "after"), (28, "before")):
                put_back(before)
                folder = tmp_path / f"{place}"
                environment = save(folder)
                command = [PYTHON, "-m", "tests.killing", warehouse.pk, str(place), when]
                done = subprocess.run(command, env=environment, cwd=PROJECT, timeout=60, check=False)
                assert done.returncode == 9
                load(folder)
                assert pass_over(warehouse, shop).error is None
                assert state()[0] == expected[0], f"died at write {place}"
                assert not list(lies()), f"died at write {place}"


@contextmanager
def quiet() -> Iterator[None]:
    """Each refusal logs its traceback, rightly, and the log of all of them is long."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def refuse() -> NoReturn:
    raise OperationalError("the database is locked")


def test_a_database_that_refuses_one_statement_in_any_place_costs_no_document_and_tells_no_lie() -> None:
    warehouse, shop = arrival()
    with quiet(), snapshot() as before:
        undisturbed = Reaper()
        with undisturbed.watching():
            pass_over(warehouse, shop)
        expected = state()
        for place in range(1, undisturbed.seen + 1):
            put_back(before)
            with suppress(OperationalError), Reaper(place, buries=False, kill=refuse).watching():
                pass_over(warehouse, shop)
            runs.retry_at_once(HeldRecord.objects.all())
            assert pass_over(warehouse, shop).error is None
            assert state() == expected, f"refused at write {place}"
            # A document whose entry could not be closed stays pending: the log does not know, and does not pretend to.
            assert set(lies()) <= {PENDING_AFTER_THE_END}, f"refused at write {place}"


def test_an_order_whose_documents_collide_with_others_is_held_and_leaves_nothing_pending() -> None:
    warehouse, shop = arrival()
    pass_over(warehouse, shop)
    SalesOrder.objects.exclude(shopify_name="#1").update(number="3")  # the next number is taken
    late = order_of(5, 1, hours_ago(1))
    shop.store.add_order(late)
    pass_over(warehouse, shop)
    assert HeldRecord.objects.filter(shopify_name="#5", reason="document_conflict").exists()
    assert not SyncEntry.objects.filter(outcome=SyncEntry.Outcome.PENDING).exists()
    SalesOrder.objects.filter(number="3").update(number="2")
    runs.retry_at_once(HeldRecord.objects.all())
    pass_over(warehouse, shop)
    assert SalesOrder.objects.filter(shopify_name="#5").exists()
