"""Log lines and reports to Sentry: whose pass or request it was, and never a secret nor a buyer."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import multiprocessing
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import Failure
from django_q.monitor import monitor
from django_q.worker import worker
from sentry_sdk.transport import Transport

from integration import apps, jobs, logs, sentry
from integration.demo.shop.shop import StandInShop
from integration.doorbell import PATH
from integration.errors import TransientError
from integration.models import SyncRun
from integration.scrub import scrub, scrub_all
from prextra_models.router import PREXTRA
from tests.scene import Scene

SECRETS = {
    "shopify_token": "shpat_0123456789abcdef0123456789abcdef",
    "client_secret": "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",
    "at_rest": "gAAAAABmZ0Vq1J9x0z8m3Jt5Yk0b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0",
    "database": "hunter2-of-the-database",
    "bearer": "a-bearer-of-metrics",
    "buyer": "marie.tremblay@example.ca",
    "bell": "zH3-of_a_bell",
}
MESSAGES = (
    "refused {shopify_token}",
    "client_secret={client_secret}&grant_type=client_credentials",
    "cannot decrypt {at_rest}",
    "cannot connect to mssql://sa:{database}@server:1433/Prextra",
    "Driver=ODBC;UID=sa;PWD={database};",
    "headers: {{'Authorization': 'Bearer {bearer}'}}",
    "duplicate key (email)=({buyer})",
    f"Exception while serving {PATH}{{bell}}",
)


@pytest.fixture
def written() -> Iterator[Callable[[str], io.StringIO]]:
    """What the root logger writes, formatted as in production."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()

    def write(style: str) -> io.StringIO:
        config = logs.configuration(style, "DEBUG")
        logging.config.dictConfig({**config, "incremental": False})
        root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
        return stream

    yield write
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_what_is_bound_stands_on_lines_of_any_library(written: Callable[[str], io.StringIO]) -> None:
    stream = written("json")
    with structlog.contextvars.bound_contextvars(warehouse="STG", run="7"):
        logging.getLogger("some.library").warning("slow: %d s", 3)
    logging.getLogger("some.library").warning("over")
    inside, outside = lines(stream)
    assert (inside["event"], inside["warehouse"], inside["run"]) == ("slow: 3 s", "STG", "7")
    assert (inside["level"], inside["logger"]) == ("warning", "some.library")
    assert inside["timestamp"].endswith("Z")
    assert "warehouse" not in outside


def test_a_line_is_one_line_and_a_traceback_follows_it(written: Callable[[str], io.StringIO]) -> None:
    stream = written("line")
    with structlog.contextvars.bound_contextvars(warehouse="STG", run=""):
        logging.getLogger("integration.cycle").warning("first\n2026-01-01 ERROR integration forged")
        try:
            raise ValueError("boom")
        except ValueError:
            logging.getLogger("integration.cycle").exception("it failed")
    first, second, *traceback = stream.getvalue().splitlines()
    assert first.endswith("WARNING integration.cycle first\\n2026-01-01 ERROR integration forged warehouse=STG")
    assert second.endswith("ERROR integration.cycle it failed warehouse=STG")
    assert traceback[0] == "Traceback (most recent call last):"
    assert traceback[-1] == "ValueError: boom"


@pytest.mark.parametrize("style", ["line", "json"])
@pytest.mark.parametrize("message", MESSAGES)
def test_no_secret_and_no_address_of_a_buyer_is_written(
    style: str, message: str, written: Callable[[str], io.StringIO]
) -> None:
    stream = written(style)
    text = message.format(**SECRETS)
    logging.getLogger("x").warning(text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("x").exception("%s", {"why": text})
    found = [name for name, secret in SECRETS.items() if secret in stream.getvalue()]
    assert stream.getvalue()
    assert found == []


@pytest.mark.django_db
def test_of_a_task_that_fails_its_name_and_its_errors_kind_are_told_and_not_the_row_that_the_error_quotes(
    written: Callable[[str], io.StringIO], reported: list[str]
) -> None:
    stream = written("json")
    task = {"id": "1" * 32, "name": "quiet-task", "func": break_down, "args": ("x", "Failing row:\n  (Marie, 418-555)")}
    tasks: queue.Queue[Any] = queue.Queue()
    ended: queue.Queue[Any] = queue.Queue()
    for one in ({**task, "kwargs": {}, "started": timezone.now()}, "STOP"):
        tasks.put(one)
    worker(tasks, ended, multiprocessing.Value("f", -1), timeout=60)
    ended.put("STOP")
    monitor(ended, get_broker())
    (told,) = [line["event"] for line in lines(stream) if line["level"] == "error"]
    for text in (told, "".join(reported), Failure.objects.get().result):
        assert "IntegrityError" in text
        assert "test_logs.py" in text
        assert "Marie" not in text
    assert "quiet-task" in told


def test_what_is_no_secret_stays() -> None:
    text = "shopify_refused_token (shop=a.myshopify.com, request_id=1-2, operation=access_token): https://a.ca/b?c=d"
    assert scrub(text) == text
    told = {"warehouse": "STG", "api_token": "x", "list": ["pwd=y", 3], "password_hint": "z"}
    assert scrub_all(told) == {"warehouse": "STG", "api_token": "***", "list": ["pwd=***", 3], "password_hint": "z"}


def test_of_a_databases_error_only_its_kind_is_written(written: Callable[[str], io.StringIO]) -> None:
    stream = written("json")
    try:
        try:
            break_down("x", "Marie Tremblay")
        except IntegrityError as error:
            raise ValueError("it was Marie Tremblay") from error
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = lines(stream)
    assert line["exception"].endswith("ValueError from IntegrityError")
    assert "test_logs.py" in line["exception"]


@pytest.mark.django_db(databases=["default", PREXTRA])
def test_each_line_of_a_pass_says_whose_it_is_and_an_error_what_shopify_calls_it(
    shop: StandInShop, shop_url: str, written: Callable[[str], io.StringIO]
) -> None:
    scene = Scene(shop, shop_url)
    scene.place()
    shop.faults.next("401")
    stream = written("json")
    apps._acknowledge({"id": "task-1"})
    jobs.pass_now(scene.warehouse.pk)
    told = [line for line in lines(stream) if line["logger"].startswith("integration")]
    (stop,) = [line for line in told if "stopped" in line["event"]]
    runs = ",".join(str(pk) for pk in SyncRun.objects.order_by("pk").values_list("pk", flat=True))
    assert (stop["warehouse"], stop["run"], stop["task"]) == (scene.warehouse.pk, runs, "task-1")
    assert "request_id=" in stop["event"]
    assert all(line["warehouse"] == scene.warehouse.pk for line in told)


@pytest.mark.django_db(databases=["default", PREXTRA])
def test_neither_buyer_nor_token_stands_in_what_a_whole_pass_writes_at_its_most_talkative(
    shop: StandInShop, shop_url: str, written: Callable[[str], io.StringIO]
) -> None:
    scene = Scene(shop, shop_url)
    order = scene.place()
    stream = written("line")
    jobs.pass_now(scene.warehouse.pk)
    text = stream.getvalue()
    assert text
    customer = order["customer"] or {}
    buyer = [order["email"], order["phone"], customer.get("lastName"), (order["shippingAddress"] or {}).get("address1")]
    unwanted = [*filter(None, buyer), scene.warehouse.shopify_access_token]
    assert unwanted
    assert [one for one in unwanted if one in text] == []


@pytest.mark.django_db
def test_each_request_has_an_identifier_of_its_own_that_its_lines_carry(
    written: Callable[[str], io.StringIO],
) -> None:
    stream = written("json")
    answers = [Client().get("/nothing-here") for _ in range(2)]
    told = [line["request_id"] for line in lines(stream) if line["logger"] == "django.request"]
    assert [answer["X-Request-Id"] for answer in answers] == told
    assert len(set(told)) == 2


# Sentry


class Sent(Transport):
    """Keeps what would be sent."""

    events: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.events.append(envelope.serialize().decode())


@pytest.fixture
def reported() -> Iterator[list[str]]:
    Sent.events = []
    before = sentry_sdk.get_global_scope().client
    sentry.start("https://key@sentry.example.ca/1", Sent)
    yield Sent.events
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(before)
    sentry_sdk.get_isolation_scope().clear()


def break_down(token: str, name: str) -> None:
    raise IntegrityError(f"duplicate key value: {name}, {token}")


def test_a_report_says_where_it_happened_and_holds_no_secret_and_no_buyer(reported: list[str]) -> None:
    logging.getLogger("integration.shopify").warning("a line before, of %s", SECRETS["shopify_token"])
    with structlog.contextvars.bound_contextvars(warehouse="STG", run="7"):
        try:
            break_down(SECRETS["shopify_token"], "Marie Tremblay")
        except IntegrityError:
            logging.getLogger("integration.x").exception("order %s of %s", "#1001", SECRETS["buyer"])
    (event,) = reported
    assert "IntegrityError" in event
    assert "break_down" in event
    assert '"warehouse":"STG"' in event.replace(" ", "")
    assert "#1001" in event
    assert [name for name, secret in {**SECRETS, "name": "Marie Tremblay"}.items() if secret in event] == []


def test_an_error_of_ours_keeps_its_reason(reported: list[str]) -> None:
    sentry_sdk.capture_exception(TransientError("shopify_unavailable", request_id="abc-1"))
    assert "request_id=abc-1" in reported[0]


@pytest.mark.django_db
def test_a_page_that_fails_reports_no_body_no_cookie_and_no_address(
    reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("boom")

    monkeypatch.setattr("django.contrib.auth.forms.AuthenticationForm.clean", fail)
    client = Client(raise_request_exception=False, headers={"cookie": "sessionid=not-a-secret"})
    answer = client.post("/admin/login/?next=/quiet", {"username": "marie", "password": "pass-of-marie"})
    assert answer.status_code == 500
    text = "".join(reported)
    assert "ValueError" in text
    assert [one for one in ("pass-of-marie", "not-a-secret", "quiet", "boom", '"username"') if one in text] == []
