"""The dispatch: which warehouses get a pass, in which order, and what a bell does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from integration import dispatch as dispatching
from integration import jobs, leases, schedule
from integration.demo.shop.shop import StandInShop
from integration.models import Heartbeat, HeldRecord, Lease, SyncRequest, SyncRun
from prextra_models.models import SalesOrder
from tests.factories import WarehouseFactory, ready_warehouse
from tests.scene import DATABASES, Scene, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def tasks() -> list[tuple[str, tuple[Any, ...]]]:
    return [(row.task["func"], row.task["args"]) for row in OrmQ.objects.order_by("pk")]


def warehouses() -> list[str]:
    return [args[0] for func, args in tasks() if func == dispatching.SYNC]


def work_off() -> None:
    """What a worker does with the tasks that wait, each as often as it is delivered."""
    for func, args in tasks():
        getattr(jobs, func.rpartition(".")[2])(*args)


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


def three() -> None:
    for code in ("A", "B", "C"):
        ready_warehouse(code=code, shopify_url=f"{code.lower()}.myshopify.com")


def test_each_warehouse_that_is_ticked_gets_one_task_until_it_is_taken() -> None:
    three()
    WarehouseFactory(code="D", sync_orders=False, sync_shipments=False, sync_invoices=False)
    assert jobs.dispatch() == 3
    assert jobs.dispatch() == 0
    assert sorted(warehouses()) == ["A", "B", "C"]


def test_a_dispatch_gives_a_sign_of_life() -> None:
    jobs.dispatch()
    beat = Heartbeat.objects.get(name=dispatching.DISPATCH)
    assert timezone.now() - beat.at < timedelta(minutes=1)


def test_who_waited_longest_comes_first_and_a_new_one_before_all() -> None:
    three()
    leases.make_leases({"A", "B"})
    Lease.objects.filter(warehouse="A").update(taken_at=ago(minutes=5))
    Lease.objects.filter(warehouse="B").update(taken_at=ago(minutes=9))
    jobs.dispatch()
    assert warehouses() == ["C", "B", "A"]


def test_a_pass_that_is_under_way_is_left_alone_and_one_whose_worker_died_is_taken_over() -> None:
    three()
    leases.make_leases({"A", "B", "C"})
    assert leases.take("A")
    assert leases.take("B")
    Lease.objects.filter(warehouse="B").update(expires_at=ago(seconds=1))
    jobs.dispatch()
    assert sorted(warehouses()) == ["B", "C"]


def test_those_that_take_long_never_take_all_workers(settings: Any) -> None:
    settings.WORKERS = 4
    three()
    ready_warehouse(code="D", shopify_url="d.myshopify.com")
    leases.make_leases({"A", "B", "C", "D"})
    Lease.objects.filter(warehouse__in="ABC").update(seconds=300, taken_at=ago(minutes=6))
    Lease.objects.filter(warehouse="D").update(taken_at=ago(minutes=5))
    jobs.dispatch()
    assert len(warehouses()) == 3
    assert "D" in warehouses()


def test_one_that_takes_long_now_counts_although_its_last_pass_was_short(settings: Any) -> None:
    settings.WORKERS = 2
    three()
    leases.make_leases({"A", "B", "C"})
    leases.take("A")
    Lease.objects.filter(warehouse="A").update(taken_at=ago(minutes=3))
    Lease.objects.filter(warehouse="B").update(seconds=100)
    jobs.dispatch()
    assert warehouses() == ["C"]


def test_a_task_is_a_pass_once(scene: Scene) -> None:
    scene.place()
    jobs.dispatch()
    work_off()
    work_off()
    assert len(rows(SalesOrder)) == 1
    assert SyncRun.objects.filter(flow="orders").count() == 1
    assert Lease.objects.get().holder == ""


def test_a_pass_that_never_ended_is_closed_by_the_one_that_takes_over(scene: Scene) -> None:
    code = scene.warehouse.pk
    dead = SyncRun.objects.create(warehouse=code, flow="orders")
    asked = SyncRequest.objects.create(warehouse=code, requested_by="marie", started_at=timezone.now())
    jobs.dispatch()
    work_off()
    dead.refresh_from_db()
    asked.refresh_from_db()
    assert dead.outcome == SyncRun.Outcome.INTERRUPTED
    assert asked.reason == "request_lost"


def test_what_somebody_asks_for_waits_for_the_pass_under_way_and_follows_it(scene: Scene) -> None:
    code = scene.warehouse.pk
    jobs.dispatch()
    ticket = Lease.objects.get().ticket
    hold = leases.take(code, ticket)
    assert hold
    request, _ = jobs.ask(code, dry_run=False, by="marie")
    jobs.carry_out(request.pk)
    request.refresh_from_db()
    assert request.started_at is None
    OrmQ.objects.all().delete()
    with jobs._alone(code, hold):
        pass
    assert tasks() == [(jobs.CARRY_OUT, (request.pk,))]
    work_off()
    request.refresh_from_db()
    assert request.state is SyncRequest.State.FINISHED


def test_a_preview_does_not_wait_and_nobody_waits_for_it(scene: Scene) -> None:
    hold = leases.take(scene.warehouse.pk)
    assert hold
    request, _ = jobs.ask(scene.warehouse.pk, dry_run=True, by="marie")
    jobs.carry_out(request.pk)
    request.refresh_from_db()
    assert request.state is SyncRequest.State.FINISHED


def test_a_request_that_was_not_taken_is_announced_again_by_the_next_dispatch() -> None:
    request = SyncRequest.objects.create(warehouse="STG", requested_by="marie", requested_at=ago(minutes=1))
    SyncRequest.objects.create(warehouse="MTL", requested_by="marie")
    jobs.dispatch()
    assert tasks() == [(jobs.CARRY_OUT, (request.pk,))]


def test_a_bell_makes_one_task_however_often_it_rings() -> None:
    for _ in range(20):
        dispatching.ring("STG")
    assert warehouses() == ["STG"]


def test_a_bell_during_a_pass_makes_one_more_pass_after_it() -> None:
    hold = leases.take("STG")
    assert hold
    for _ in range(20):
        assert not dispatching.ring("STG")
    assert tasks() == []
    with jobs._alone("STG", hold):
        pass
    assert warehouses() == ["STG"]


def test_a_task_is_not_sent_before_the_ticket_is_there_where_the_queue_is_elsewhere(
    settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "redis": "redis://127.0.0.1"}
    settings.Q_CLUSTER.pop("orm")
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(dispatching, "async_task", lambda *args, **_: sent.append(args))
    leases.make_leases({"STG"})
    with django_capture_on_commit_callbacks(using="default", execute=True):
        with transaction.atomic(using="default"):
            assert dispatching.announce("STG")
        assert sent == []
    assert sent == [(dispatching.SYNC, "STG", Lease.objects.get().ticket)]


def test_a_queue_that_does_not_answer_costs_no_ticket(
    settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    settings.Q_CLUSTER = {"redis": "redis://127.0.0.1"}

    def refuse(*_args: Any, **_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(dispatching, "async_task", refuse)
    leases.make_leases({"STG"})
    with pytest.raises(ConnectionError), django_capture_on_commit_callbacks(using="default", execute=True):
        dispatching.announce("STG")
    assert leases.issue_ticket("STG")


def test_the_schedule_is_installed_once_and_put_right() -> None:
    for func in ("integration.jobs.forgotten", schedule.DISPATCH, schedule.DISPATCH):
        Schedule.objects.create(func=func, next_run=timezone.now())
    theirs = Schedule.objects.create(func="someone.elses", next_run=timezone.now())
    for _ in range(2):
        schedule.install_schedule()
    ours = Schedule.objects.filter(func__startswith="integration.jobs.")
    assert sorted((row.func, row.minutes) for row in ours) == sorted(schedule.planned().items())
    Schedule.objects.filter(func=schedule.DISPATCH).update(minutes=60, repeats=0)
    schedule.install_schedule()
    row = Schedule.objects.get(func=schedule.DISPATCH)
    assert (row.minutes, row.repeats) == (5, -1)
    Schedule.objects.filter(pk=row.pk).update(next_run=ago(days=-1))  # by a clock that was ahead
    schedule.install_schedule()
    row.refresh_from_db()
    assert row.next_run <= timezone.now()
    assert theirs in Schedule.objects.all()
    for path in schedule.planned():
        assert callable(getattr(jobs, path.rpartition(".")[2]))


def test_only_those_who_may_go_on_commit_an_order(scene: Scene) -> None:
    """A pass that lost its lease brings nothing in any more, holds nothing for it, and says why it stopped."""
    scene.place()
    hold = leases.take(scene.warehouse.pk)
    assert hold
    Lease.objects.update(holder="another")
    report = scene.sync(guard=hold)
    assert report.error
    assert report.error.reason == "lease_lost"
    assert rows(SalesOrder) == []
    assert not HeldRecord.objects.exists()
    assert {run.outcome for run in SyncRun.objects.all()} == {"transient"}
