"""What the workers carry out: once, watched from outside, and always with an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django_q.models import OrmQ

from integration.demo.shop.shop import StandInShop
from integration.jobs import CARRY_OUT, MOST_KEPT, Meter, ask, carry_out
from integration.models import SyncEntry, SyncRequest, SyncRun
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse
from tests.scene import DATABASES, Scene, prextra_snapshot, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)


def asked(warehouse: str = "STG", **values: object) -> SyncRequest:
    return SyncRequest.objects.create(**{"warehouse": warehouse, "requested_by": "marie", **values})


def ago(**time: float) -> object:
    return timezone.now() - timedelta(**time)


def carried_out(request: SyncRequest) -> SyncRequest:
    carry_out(request.pk)
    request.refresh_from_db()
    return request


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def test_a_pass_that_was_asked_for_brings_the_orders_in_and_names_its_runs(scene: Scene) -> None:
    scene.place()
    request = carried_out(asked())

    assert len(rows(SalesOrder)) == 1
    assert request.state is SyncRequest.State.FINISHED
    assert request.reason == ""
    assert set(request.result["runs"]) == set(SyncRun.objects.values_list("pk", flat=True))
    assert (request.done, request.total) == (1, 1)


def test_a_preview_says_what_would_be_written_and_writes_nothing(scene: Scene) -> None:
    scene.place()
    before = prextra_snapshot()
    request = carried_out(asked(dry_run=True))

    assert prextra_snapshot() == before
    assert not SyncRun.objects.exists()
    assert not SyncEntry.objects.exists()
    (order,) = request.result["orders"]
    assert (order["name"], order["problems"]) == ("#1001", [])
    assert order["documents"] == [["sales_order", "114.98"]]
    assert request.result["documents"] == {"sales_order": [1, "114.98"]}


def test_a_second_delivery_of_the_same_request_does_nothing(scene: Scene) -> None:
    request = carried_out(asked())
    runs = SyncRun.objects.count()
    finished = request.finished_at

    assert carried_out(request).finished_at == finished
    assert SyncRun.objects.count() == runs


def test_what_stops_a_pass_is_on_its_request_with_everything_that_is_missing() -> None:
    ready_warehouse(code="STG", shopify_url="", shopify_api_key="")
    request = carried_out(asked())

    assert request.state is SyncRequest.State.STOPPED
    assert request.reason == "warehouse_field_missing"
    assert len(request.result["problems"]) == 2


def test_a_warehouse_that_is_not_there_any_more_ends_the_request_with_a_reason() -> None:
    assert carried_out(asked("ABSENT")).reason == "warehouse_unknown"


def test_a_request_is_finished_even_when_something_unexpected_happens(scene: Scene) -> None:
    """Prextra's table of warehouses is gone. The reason names the kind of error alone: its text may hold anything."""
    connection = connections[PREXTRA]
    names = {"old_table": connection.ops.quote_name("Warehouse"), "new_table": connection.ops.quote_name("Gone")}
    with connection.cursor() as cursor:
        cursor.execute(connection.SchemaEditorClass.sql_rename_table % names)
    request = carried_out(asked())

    assert request.state is SyncRequest.State.STOPPED
    assert request.reason == "unexpected"
    assert request.params in ({"details": "OperationalError"}, {"details": "ProgrammingError"})


def test_orders_are_counted_first_then_items_each_from_nothing() -> None:
    ready_warehouse(code="STG", sync_items=True)
    request = asked()
    meter = Meter(request)

    def noted() -> tuple[str, int, int]:
        request.refresh_from_db()
        return request.result["stage"], request.done, request.total

    meter(0, 30)
    assert noted() == ("orders", 0, 30)
    meter(30, 30)
    assert noted() == ("orders", 30, 30)
    meter(0, 8)
    assert noted() == ("items", 0, 8)


def test_of_a_warehouse_that_sends_items_only_the_first_count_is_of_items() -> None:
    flows = {"sync_orders": False, "sync_shipments": False, "sync_invoices": False, "sync_items": True}
    ready_warehouse(code="STG", **flows)
    request = asked()
    Meter(request)(0, 8)
    request.refresh_from_db()

    assert request.result == {"stage": "items"}


def test_progress_is_noted_at_most_every_half_second() -> None:
    ready_warehouse(code="STG")
    request = asked()
    meter = Meter(request)
    meter(0, 1000)
    for done in range(1, 1000):
        meter(done, 1000)
    request.refresh_from_db()

    assert request.done < 999


def test_asking_makes_a_task_for_the_workers() -> None:
    request, is_new = ask("STG", dry_run=True, by="marie")
    (task,) = OrmQ.objects.all()

    assert is_new
    assert request.dry_run
    assert (task.task["func"], task.task["args"]) == (CARRY_OUT, (request.pk,))


def test_a_second_request_for_the_same_warehouse_leads_to_the_first() -> None:
    first, _ = ask("STG", dry_run=True, by="marie")
    second, is_new = ask("STG", dry_run=False, by="paul")
    other, other_is_new = ask("MTL", dry_run=False, by="paul")

    assert (second, is_new) == (first, False)
    assert other_is_new
    assert other != first
    assert OrmQ.objects.count() == 2


def test_the_database_itself_refuses_two_requests_under_way_for_one_warehouse() -> None:
    asked()
    with pytest.raises(IntegrityError), transaction.atomic(using="default"):
        asked()


def test_a_request_that_nobody_takes_is_announced_again_by_a_second_click() -> None:
    first = asked(requested_at=ago(seconds=31))
    second, is_new = ask("STG", dry_run=False, by="paul")

    assert (second, is_new) == (first, False)
    assert OrmQ.objects.count() == 1


def test_a_queue_that_is_away_loses_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **_kwargs: object) -> None:
        raise ConnectionError("redis://user:secret@10.0.0.1")

    monkeypatch.setattr("integration.jobs.async_task", refuse)
    request, is_new = ask("STG", dry_run=False, by="paul")

    assert (is_new, request.state) == (True, SyncRequest.State.WAITING)


def test_a_request_whose_worker_died_makes_room_for_a_new_one() -> None:
    lost = asked(requested_at=ago(hours=2), started_at=ago(hours=1))
    new, is_new = ask("STG", dry_run=False, by="paul")
    lost.refresh_from_db()

    assert is_new
    assert new != lost
    assert (lost.state, lost.reason) == (SyncRequest.State.STOPPED, "request_lost")


def test_requests_are_forgotten_once_the_log_is(settings: Any) -> None:
    settings.LOG_KEEP_DAYS = 30
    old, recent = asked("MTL", finished_at=ago(days=31)), asked("MTL", finished_at=ago(days=29))
    ask("STG", dry_run=False, by="paul")

    assert recent in SyncRequest.objects.all()
    assert old not in SyncRequest.objects.all()


def test_a_request_that_is_given_up_is_not_carried_out_any_more(scene: Scene) -> None:
    scene.place()
    carry_out(asked(finished_at=timezone.now()).pk)

    assert not rows(SalesOrder)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "waiting"),
        ({"requested_at": {"seconds": 29}}, "waiting"),
        ({"requested_at": {"seconds": 31}}, "unattended"),
        ({"requested_at": {"minutes": 40}, "started_at": {"minutes": 30}}, "running"),
        ({"requested_at": {"minutes": 40}, "started_at": {"minutes": 32}}, "lost"),
        ({"started_at": {"minutes": 32}, "finished_at": {"minutes": 30}}, "finished"),
    ],
)
def test_the_state_of_a_request_is_told_by_its_times(values: dict[str, dict[str, float]], state: str) -> None:
    assert asked(**{name: ago(**time) for name, time in values.items()}).state == state


def test_a_preview_keeps_the_first_five_hundred_orders_and_counts_all(scene: Scene) -> None:
    for _ in range(MOST_KEPT + 7):
        scene.place()
    found = carried_out(asked(dry_run=True)).result

    assert len(found["orders"]) == MOST_KEPT
    assert found["order_count"] == MOST_KEPT + 7
    assert found["documents"]["sales_order"] == [MOST_KEPT + 7, "58294.86"]
