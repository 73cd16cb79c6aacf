"""The log: runs, entries, what is held, what is pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from integration import runs
from integration.demo.orders import Line, fulfil, pay
from integration.demo.shop.shop import StandInShop
from integration.items.erp import held_units
from integration.ledger import Problem
from integration.models import Flow, HeldRecord, SyncEntry, SyncRun
from integration.shopify.client import Usage
from prextra_models import models as prextra
from tests.factories import ItemFactory
from tests.items.scene import ItemsScene
from tests.scene import DATABASES, Scene, only

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def new_log() -> runs.PassLog:
    return runs.PassLog("STG", "boutique.myshopify.com", [Flow.ORDERS])


def test_a_pass_makes_a_run_for_each_flow_and_an_entry_for_each_document(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    scene.sync()

    entries = SyncEntry.objects.order_by("pk").values_list("run__flow", "kind", "outcome", "prextra_number", "amount")
    written, invoice = only(prextra.SalesOrder), only(prextra.Invoice)
    assert list(entries) == [
        ("orders", "sales_order", "written", written.number, written.total),
        ("orders", "prepayment", "written", only(prextra.Prepayment).number, written.total),
        ("shipments", "shipment", "written", only(prextra.Shipment).number, None),
        ("invoices", "invoice", "written", invoice.number, invoice.total),
        ("invoices", "application", "written", "", invoice.total),
    ]
    counted = SyncRun.objects.order_by("pk").values_list("flow", "outcome", "examined", "written", "held")
    assert list(counted) == [("orders", "done", 1, 2, 0), ("shipments", "done", 1, 1, 0), ("invoices", "done", 1, 2, 0)]


def test_what_the_feed_cost_stands_on_the_first_run_alone(scene: Scene) -> None:
    scene.place()
    scene.sync()

    first, *others = SyncRun.objects.order_by("pk")
    assert (first.requests, first.points > 0) == (3, True)
    assert [(run.requests, run.points) for run in others] == [(0, 0), (0, 0)]


def test_a_pass_that_failed_for_the_moment_says_so_on_every_run(scene: Scene) -> None:
    scene.shop.faults.next("403")
    scene.sync()

    assert set(SyncRun.objects.values_list("outcome", "reason")) == {("configuration", "shopify_forbidden")}
    assert all(run.finished_at for run in SyncRun.objects.all())


def test_the_pauses_between_attempts_double_up_to_six_hours() -> None:
    start = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    pauses = []
    with time_machine.travel(start, tick=False):
        log = new_log()
        for _ in range(12):
            log.hold(Flow.ORDERS, "O1", "#1", [Problem("unknown_sku")])
            pauses.append(HeldRecord.objects.get().next_attempt_at - start)

    assert pauses[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert max(pauses) == pauses[-1] == timedelta(hours=6)


def test_a_hold_keeps_since_when_and_says_its_newest_reason() -> None:
    log = new_log()
    log.hold(Flow.ORDERS, "O1", "#1", [Problem("unknown_sku")])
    since = HeldRecord.objects.get().held_since
    log.hold(Flow.ORDERS, "O1", "#1", [Problem("unknown_tax", {"tax": "TVA"}), Problem("bank_missing")])

    held = HeldRecord.objects.get()
    assert (held.held_since, held.reason, held.attempts) == (since, "unknown_tax", 2)


def test_a_notice_is_said_once_until_what_it_says_changes() -> None:
    log = new_log()
    for refunded in ("5.00", "5.00", "7.00"):
        log.say(SyncEntry.Outcome.NOTICE, Flow.ORDERS, "O1", "#1", [Problem("refunded", {"refunded": refunded})])

    assert [entry.params["refunded"] for entry in SyncEntry.objects.all()] == ["5.00", "7.00"]


def test_a_run_that_never_ended_is_marked_as_interrupted_and_a_young_one_is_left() -> None:
    SyncRun.objects.create(warehouse="STG", flow=Flow.ORDERS, started_at=timezone.now() - timedelta(hours=2))
    SyncRun.objects.create(warehouse="STG", flow=Flow.ORDERS, started_at=timezone.now() - timedelta(minutes=2))
    SyncRun.objects.create(warehouse="B", flow=Flow.ORDERS, started_at=timezone.now() - timedelta(hours=2))
    runs.close_interrupted("STG")

    assert list(SyncRun.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "interrupted",
        "running",
        "running",
    ]


def test_old_runs_are_pruned_with_their_entries_and_what_is_held_stays(settings: Settings) -> None:
    settings.LOG_KEEP_DAYS = 30
    log = new_log()
    log.hold(Flow.ORDERS, "O1", "#1", [Problem("unknown_sku")])
    log.close(Usage())
    SyncRun.objects.update(started_at=timezone.now() - timedelta(days=31))
    new_log()
    runs.prune()

    assert (SyncRun.objects.count(), SyncEntry.objects.count(), HeldRecord.objects.count()) == (1, 0, 1)


def test_an_entry_that_is_pending_is_one_whose_document_was_never_confirmed(scene: Scene) -> None:
    """Whatever went wrong with an order, no entry stays open when the pass ends."""
    scene.place(Line("INCONNU", "Chose"))
    scene.place()
    scene.sync()

    assert not SyncEntry.objects.filter(outcome=SyncEntry.Outcome.PENDING).exists()


def test_what_is_ignored_counts_nowhere_as_held_and_is_not_tried_again(scene: Scene) -> None:
    scene.place(Line("INCONNU", "Chose"))
    assert scene.sync().held == 1
    assert runs.ignore(HeldRecord.objects.all(), "marie", "Saisie à la main") == 1
    assert runs.retry_at_once(HeldRecord.objects.all()) == 0

    report = scene.sync(retry=True)
    assert (report.held, report.runs[Flow.ORDERS].held, report.runs[Flow.ORDERS].outcome) == (0, 0, "done")
    assert scene.sync(dry_run=True, retry=True).held == 0
    held = HeldRecord.objects.get()
    assert (held.attempts, held.ignored_by, held.note) == (1, "marie", "Saisie à la main")
    assert SyncEntry.objects.filter(outcome="held").count() == 1


def test_an_ignored_order_that_changes_is_tried_and_stays_ignored_where_it_still_fails(scene: Scene) -> None:
    order = scene.place(Line("INCONNU", "Chose"))
    scene.sync()
    runs.ignore(HeldRecord.objects.all(), "marie", "")
    scene.then(pay, order)
    assert scene.sync(dry_run=True).held == 0
    assert scene.sync().held == 0

    held = HeldRecord.objects.get()
    assert (held.attempts, held.ignored_at is not None) == (2, True)
    assert SyncEntry.objects.filter(outcome="held").count() == 1, "it is said again only where the reason is another"


def test_an_ignored_order_that_changes_and_goes_through_is_ignored_no_more(scene: Scene) -> None:
    order = scene.place(Line("INCONNU", "Chose"))
    scene.sync()
    runs.ignore(HeldRecord.objects.all(), "marie", "")
    ItemFactory(code="INCONNU")
    scene.sync()
    assert HeldRecord.objects.exists(), "nothing changed in the shop"
    scene.then(pay, order)
    scene.sync()

    assert not HeldRecord.objects.exists()
    assert only(prextra.SalesOrder).shopify_name == order["name"]


def test_units_of_an_ignored_order_are_sold_all_the_same(scene: Scene) -> None:
    scene.place(Line("INCONNU", "Chose", 3))
    scene.sync()
    runs.ignore(HeldRecord.objects.all(), "marie", "")

    assert held_units("STG") == {"INCONNU": 3}


def test_what_is_not_ignored_any_more_is_tried_at_the_next_pass(scene: Scene) -> None:
    scene.place(Line("INCONNU", "Chose"))
    scene.sync()
    runs.ignore(HeldRecord.objects.all(), "marie", "Saisie à la main")
    assert runs.restore(HeldRecord.objects.all()) == 1
    assert scene.sync().held == 1

    held = HeldRecord.objects.get()
    assert (held.attempts, held.ignored_at, held.ignored_by, held.note) == (2, None, "", "")


def test_an_ignored_item_is_tried_again_only_once_its_card_changes() -> None:
    scene = ItemsScene()
    scene.item("A", price=0)
    assert scene.sync().held == 1
    runs.ignore(HeldRecord.objects.all(), "marie", "")
    assert scene.sync(retry=True).held == 0
    assert scene.sync(dry_run=True, retry=True).held == 0
    assert HeldRecord.objects.get().attempts == 1

    scene.change("A", price="-5")
    assert scene.sync().held == 0
    held = HeldRecord.objects.get()
    assert (held.attempts, held.ignored_at is not None) == (2, True)

    scene.change("A", price="5")
    scene.sync()
    assert not HeldRecord.objects.exists()
    assert scene.quantity("A") == 10
