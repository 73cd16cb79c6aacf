"""What a supervisor is told: whether the app is well, and nothing else; and what Prometheus is told, if it may ask."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from integration import health
from integration.dispatch import DISPATCH, beat
from integration.models import Flow, Heartbeat, HeldRecord, Lease, SyncEntry, SyncRun
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])

TOKEN = "a-token-for-prometheus"


@pytest.fixture(autouse=True)
def dispatched() -> None:
    beat(DISPATCH)


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


def ask(**headers: str) -> Any:
    return Client(headers=headers).get("/health")


def test_all_is_well_while_dispatches_come() -> None:
    answer = ask()
    assert answer.status_code == 200
    told = answer.json()
    assert told["ok"] is True
    assert told["databases"] == {"default": True, PREXTRA: True}
    assert told["dispatch"]["age"] <= 1
    assert told["lease"] == {"ok": True, "age": None}


def test_being_asked_while_it_is_not_well_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    Heartbeat.objects.all().delete()
    assert ask().status_code == 503
    assert caplog.records == []


@pytest.mark.parametrize(("minutes", "status"), [(12, 200), (13, 503)])
def test_a_dispatch_that_does_not_come_any_more_is_told(minutes: int, status: int) -> None:
    Heartbeat.objects.update(at=ago(minutes=minutes))
    assert ask().status_code == status


def test_a_sign_of_life_of_the_future_is_none() -> None:
    Heartbeat.objects.update(at=ago(seconds=-30))
    assert ask().status_code == 200, "clocks of machines differ by seconds"
    Heartbeat.objects.update(at=ago(days=-1))
    assert ask().status_code == 503


def test_before_the_first_dispatch_it_is_not_well_but_it_lives() -> None:
    Heartbeat.objects.all().delete()
    assert ask().json()["dispatch"] == {"ok": False, "age": None}
    for address in ("/health?live", "/health/live"):
        assert Client().get(address).status_code == 200


def test_a_pass_that_nobody_ended_nor_took_over_is_told() -> None:
    ready_warehouse(code="STG")
    lease = Lease.objects.create(warehouse="STG", holder="x", taken_at=ago(minutes=21), expires_at=ago(minutes=1))
    assert ask().json()["lease"] == {"ok": True, "age": 21 * 60}
    Lease.objects.filter(pk=lease.pk).update(taken_at=ago(minutes=23))
    assert ask().status_code == 503
    Lease.objects.update(warehouse="NOT-TICKED")
    assert ask().status_code == 200


def test_a_database_that_does_not_answer_is_told_by_its_role_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any) -> None:
        raise sqlite3.OperationalError("login failed for user sa at 192.0.2.9, password not-a-secret")

    for connection in connections.all():
        monkeypatch.setattr(type(connection), "ensure_connection", refuse)
    answer = Client().get("/health")
    assert answer.status_code == 503
    assert answer.json()["databases"] == {"default": False, PREXTRA: False}
    assert "sa" not in answer.content.decode().replace("false", "")
    assert Client().get("/health/live").status_code == 200


def test_a_file_that_is_not_there_is_not_made_by_looking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "default.sqlite3"
    there = {**connections.settings["default"], "ENGINE": "django.db.backends.sqlite3", "NAME": path}
    monkeypatch.setitem(connections.settings, "default", there)
    assert ask().json()["databases"] == {"default": False, PREXTRA: True}
    assert not path.exists()
    assert isinstance(health.error_of("default"), FileNotFoundError)


def test_one_that_lets_wait_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    end = threading.Event()
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health._Question, "run", lambda _: end.wait())
    assert ask().status_code == 503
    before = threading.active_count()
    assert ask().status_code == 503
    assert threading.active_count() == before, "no second question to the same database"
    end.set()
    for question in health._under_way.values():
        question.join()


def test_it_needs_no_login_and_gives_no_cookie_under_any_name_of_the_host(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["sync.example.ca"]
    for address in ("/health", "/health/live", "/metrics"):
        answer = Client(headers={"host": "127.0.0.1:8000"}).get(address)
        assert answer.status_code == 200, address
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert answer["Cache-Control"] == "no-store"
    assert Client().post("/health").status_code == 405


def test_it_says_nothing_of_the_company() -> None:
    ready_warehouse(code="STG")
    Lease.objects.create(warehouse="STG", holder="server-7:1:abc", taken_at=ago(minutes=1), expires_at=timezone.now())
    text = ask().content.decode()
    assert "STG" not in text
    assert "server-7" not in text


# Metrics


def scrape(client: Client | None = None) -> dict[tuple[str, ...], float]:
    text = (client or Client()).get("/metrics").content.decode()
    return {
        (sample.name.removeprefix("prextra_shopify_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def run(warehouse: str, flow: Flow, outcome: SyncRun.Outcome, minutes: float) -> SyncRun:
    at = ago(minutes=minutes)
    return SyncRun.objects.create(warehouse=warehouse, flow=flow, outcome=outcome, started_at=at, finished_at=at)


def test_metrics_are_read_from_the_database_at_each_scrape() -> None:
    ready_warehouse(code="A", sync_orders=True, sync_shipments=True, sync_invoices=False, shopify_url="a.myshopify.com")
    ready_warehouse(
        code="B", sync_orders=True, sync_shipments=False, sync_invoices=False, shopify_url="b.myshopify.com"
    )
    first = run("A", Flow.ORDERS, SyncRun.Outcome.HELD, 3)
    run("A", Flow.SHIPMENTS, SyncRun.Outcome.TRANSIENT, 3)
    run("A", Flow.SHIPMENTS, SyncRun.Outcome.DONE, 180)
    run("B", Flow.ORDERS, SyncRun.Outcome.CONFIGURATION, 2)
    SyncEntry.objects.create(run=first, outcome="written", kind="sales_order", shopify_id="1")
    for number in (1, 2):
        HeldRecord.objects.create(warehouse="A", flow="orders", shopify_id=str(number), next_attempt_at=timezone.now())
    HeldRecord.objects.filter(shopify_id="2").update(ignored_at=timezone.now())
    Lease.objects.create(warehouse="A", holder="x", taken_at=ago(minutes=1), expires_at=ago(minutes=-1))

    told = scrape()

    assert told["warehouses",] == 2
    assert told["leases_held",] == 1
    assert told["queue_length",] == 0
    assert told["last_dispatch_age_seconds",] < 5
    assert told["last_good_pass_age_seconds", "A"] == pytest.approx(180 * 60, abs=5), "the flow that is furthest behind"
    assert told["last_good_pass_age_seconds", "B"] == float("inf")
    assert (told["held_records", "A"], told["held_records", "B"]) == (1, 0)
    assert {name: told["runs_last_hour", name] for name in ("held", "transient", "configuration", "done")} == {
        "held": 1,
        "transient": 1,
        "configuration": 1,
        "done": 0,
    }
    assert told["documents_today", "sales_order"] == 1
    assert told["database_up", "default"] == told["database_up", PREXTRA] == 1
    HeldRecord.objects.all().delete()
    assert scrape()["held_records", "A"] == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_without_a_token_only_this_machine_may_read_them(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "client",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.1"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_nobody_else_learns_that_they_are_there(client: dict[str, str]) -> None:
    answer = Client(**client).get("/metrics")
    assert answer.status_code == 404
    assert not answer.content


def test_with_a_token_who_shows_it_may_and_this_machine_without_it_may_not(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    right = Client(REMOTE_ADDR="192.0.2.1", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert right.get("/metrics").status_code == 200
    for given in ("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer é"):
        assert Client(HTTP_AUTHORIZATION=given).get("/metrics").status_code == 404, given
