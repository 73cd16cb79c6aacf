"""`manage.py doctor`: a sound installation is called sound, and each thing that is wrong is found and named, whatever else is."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import OrmQ

from integration import health
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET
from integration.dispatch import DISPATCH, beat
from integration.erp_identity import current_identity
from integration.management.doctor import CHECKS, examine
from integration.management.doctor.databases import schema
from integration.management.doctor.findings import Check, Finding, Sign
from integration.management.doctor.work import shopify_clock
from integration.models import AlertRecipient, Doorbell, Heartbeat, KnownDatabase, Lease, SyncRun
from prextra_models.fields import CIPHERTEXT_PREFIX
from prextra_models.models import Company, Invoice, Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse
from tests.passes import is_sqlite
from tests.processes import free_port
from tests.sample import first_pass

pytestmark = [pytest.mark.django_db(databases=["default", PREXTRA]), pytest.mark.usefixtures("in_english")]

ROOT = Path(__file__).resolve().parent.parent
LONG_AGO = timedelta(hours=5)

on_sqlite = pytest.mark.skipif(not is_sqlite(PREXTRA), reason="its schema is spoilt for a while")


@pytest.fixture
def sound(settings: Any, shop_url: str) -> Warehouse:
    """An installation as it should be, but that its shop is on this machine; one pass has been made."""
    settings.SECRET_KEY = Fernet.generate_key().decode() * 2
    settings.ADMIN_URL = "https://testserver"
    settings.SECURE_COOKIES = True
    warehouse = ready_warehouse(shopify_url=shop_url, shopify_api_key=CLIENT_ID, shopify_access_token=CLIENT_SECRET)
    first_pass()
    AlertRecipient.objects.create(email="technician@example.ca")
    beat(DISPATCH)
    return Warehouse.objects.using(PREXTRA).get(pk=warehouse.pk)


def run(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", *arguments, stdout=out)
    return out.getvalue(), int(ended.value.code or 0)


def wrong() -> dict[str, list[str]]:
    """What is not as it should be, by check."""
    found: dict[str, list[str]] = {}
    for title, finding in examine():
        if finding.sign is not Sign.OK:
            assert finding.message, title
            found.setdefault(title, []).append(f"{finding.sign}: {finding.message}")
    return found


STAND_IN = "warning: SHOPIFY_ALLOW_LOOPBACK is on, which is for the stand-in shop only."


def test_nothing_is_said_against_a_sound_installation(sound: Warehouse) -> None:
    assert wrong() == {"Addresses and https": [STAND_IN]}
    told, status = run()
    assert status == 0, "warnings are no reason to fail"
    assert f"Shop of warehouse {sound.pk}" in told


# Each thing that is wrong


def set_to(**values: Any) -> Callable[[Any, Warehouse], None]:
    def spoil(settings: Any, _warehouse: Warehouse) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return spoil


def no_recipient(_settings: Any, _warehouse: Warehouse) -> None:
    AlertRecipient.objects.all().delete()


def silent_workers(_settings: Any, _warehouse: Warehouse) -> None:
    Heartbeat.objects.filter(name=DISPATCH).update(at=timezone.now() - LONG_AGO)


def never_dispatched(_settings: Any, _warehouse: Warehouse) -> None:
    Heartbeat.objects.filter(name=DISPATCH).delete()


def overdue_pass(_settings: Any, warehouse: Warehouse) -> None:
    taken = timezone.now() - LONG_AGO
    Lease.objects.update_or_create(warehouse=warehouse.pk, defaults={"holder": "x", "taken_at": taken})


def full_queue(_settings: Any, _warehouse: Warehouse) -> None:
    OrmQ.objects.bulk_create(OrmQ(key="sync", payload="x", lock=timezone.now() - LONG_AGO) for _ in range(40))


def unreachable_redis(settings: Any, _warehouse: Warehouse) -> None:
    settings.REDIS_URL = f"redis://:not-for-show@127.0.0.1:{free_port()}"


def lost_key(settings: Any, _warehouse: Warehouse) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def older_key(settings: Any, _warehouse: Warehouse) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.SECRET_ENCRYPTION_KEYS]


def missing_migration(_settings: Any, _warehouse: Warehouse) -> None:
    MigrationRecorder(connections["default"]).migration_qs.filter(app="integration").latest("name").delete()


def later_code(_settings: Any, _warehouse: Warehouse) -> None:
    MigrationRecorder(connections["default"]).record_applied("integration", "9999_later")


def copied_database(_settings: Any, _warehouse: Warehouse) -> None:
    KnownDatabase.objects.update(server="another")


def inactive_company(_settings: Any, warehouse: Warehouse) -> None:
    Company.objects.using(PREXTRA).filter(pk=warehouse.company_id).update(active=False)


def refused_secret(_settings: Any, warehouse: Warehouse) -> None:
    Warehouse.objects.using(PREXTRA).filter(pk=warehouse.pk).update(shopify_access_token="not-for-show")


def no_shop(_settings: Any, warehouse: Warehouse) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    Warehouse.objects.using(PREXTRA).filter(pk=warehouse.pk).update(shopify_url=url)


def out_of_step(_settings: Any, _warehouse: Warehouse) -> None:
    SyncRun.objects.update(started_at=timezone.now() - LONG_AGO, finished_at=timezone.now() - LONG_AGO)


@pytest.mark.parametrize(
    ("spoil", "title", "said"),
    [
        (set_to(DEBUG=True), "Settings", "error: DEBUG is on"),
        (set_to(SECRET_KEY="short"), "Settings", "error: SECRET_KEY is short"),
        (set_to(SECRET_KEY_FALLBACKS=["short"]), "Settings", "warning: A key of SECRET_KEY_FALLBACKS"),
        (set_to(ALLOWED_HOSTS=["localhost"]), "Addresses and https", "error: The host of ADMIN_URL"),
        (set_to(ALLOWED_HOSTS=["*"]), "Addresses and https", "warning: ALLOWED_HOSTS takes any name"),
        (set_to(ADMIN_URL=""), "Addresses and https", "warning: ADMIN_URL is empty"),
        (set_to(ADMIN_URL="http://testserver"), "Addresses and https", "warning: SECURE_COOKIES is on, but"),
        (set_to(SECURE_COOKIES=False), "Addresses and https", "warning: SECURE_COOKIES is off"),
        (
            set_to(EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"),
            "Mail server",
            "warning: EMAIL_URL names no mail server",
        ),
        (set_to(PUBLIC_URL="https://sync.example.ca"), "Warehouse {}", "warning: Webhooks are not subscribed yet"),
        (no_recipient, "Recipients of alerts", "warning: No recipient"),
        (silent_workers, "Workers", "error: Nothing was dispatched for 300 minutes"),
        (never_dispatched, "Workers", "warning: Nothing was dispatched here yet"),
        (overdue_pass, "Workers", "error: A pass is under way for longer"),
        (full_queue, "Queue", "warning: 40 tasks wait"),
        (unreachable_redis, "Redis", "error: Redis does not answer (ConnectionError)"),
        (lost_key, "Secrets in Prextra", "error: Warehouse {}, access token: no key opens it"),
        (older_key, "Secrets in Prextra", "warning: 1 secret is not under the first key"),
        (missing_migration, "Migrations", "error: The app's database is not up to date"),
        (
            later_code,
            "Migrations",
            "error: The app's database is newer than this code, which does not know: 9999_later",
        ),
        (copied_database, "Prextra's database, known", "error: "),
        (no_shop, "Shopify's clock", "unknown: The shop could not be asked"),
        (inactive_company, "Warehouse {}", "error: Company DC is not active"),
        (refused_secret, "Shop of warehouse {}", "error: Shopify gives no token"),
        (no_shop, "Shop of warehouse {}", "error: Shopify could not be reached"),
        (out_of_step, "Warehouse {}", "error: The last pass that ended well was 300 minutes ago"),
    ],
)
def test_what_is_wrong_is_found(
    sound: Warehouse, settings: Any, spoil: Callable[[Any, Warehouse], None], title: str, said: str
) -> None:
    before = wrong().get(title.format(sound.pk), [])

    spoil(settings, sound)

    now = wrong().get(title.format(sound.pk), [])
    new = [one for one in now if one not in before]
    assert any(one.startswith(said.format(sound.pk)) for one in new), now
    told, status = run()
    signs = {finding.sign for _title, finding in examine()}
    assert status == (2 if Sign.UNKNOWN in signs else 1 if Sign.ERROR in signs else 0)
    assert CLIENT_SECRET not in told
    assert "not-for-show" not in told


def test_a_column_that_prextra_lacks_is_named() -> None:
    """By this connection alone: in memory, another one would wait for what is not committed."""
    assert list(schema()) == []
    rename_column(Invoice, "shopify_id")
    found = list(schema())
    assert Sign.ERROR in {finding.sign for finding in found}
    assert any(str(finding.message).startswith("Invoice: ") for finding in found)


def test_what_is_wrong_says_what_to_do(sound: Warehouse, settings: Any) -> None:
    for spoil in (silent_workers, lost_key, copied_database, inactive_company, missing_migration):
        spoil(settings, sound)
    for _title, finding in examine():
        assert finding.sign is Sign.OK or finding.advice, finding


def test_what_to_do_names_the_python_that_is_asked(sound: Warehouse, settings: Any) -> None:
    missing_migration(settings, sound)
    settings.BASE_DIR = Path(sys.executable).parent
    for arguments in ((), ("--json",)):
        told, _status = run("--no-shops", *arguments)
        assert f"Run: {Path(sys.executable).name} manage.py migrate" in told
    settings.BASE_DIR = Path("/somewhere/else")
    assert f"Run: {sys.executable} manage.py migrate" in run("--no-shops")[0]


def test_the_known_database_is_told_of_once_not_for_each_warehouse(sound: Warehouse) -> None:
    KnownDatabase.objects.update(server="another")
    name = str(current_identity())
    assert sum(name in str(finding.message) for _title, finding in examine()) == 1


# One broken thing hides no other


def test_a_check_that_breaks_off_says_so_and_hides_no_other(sound: Warehouse) -> None:
    def breaks() -> Iterator[Finding]:
        raise LookupError("not-for-show")

    found = list(examine(checks=[Check("Broken", breaks), *CHECKS]))

    broken = next(finding for title, finding in found if title == "Broken")
    assert broken.sign is Sign.ERROR
    assert "LookupError" in str(broken.message)
    assert "not-for-show" not in str(broken.message)
    assert {str(check.title) for check in CHECKS} < {title for title, _finding in found}


def test_what_was_found_before_a_check_broke_off_is_told() -> None:
    def breaks() -> Iterator[Finding]:
        yield Finding(Sign.WARNING, "before")
        raise LookupError

    found = [finding for title, finding in examine(checks=[Check("Broken", breaks)]) if title == "Broken"]
    assert [one.sign for one in found] == [Sign.WARNING, Sign.ERROR]


def rename_column(model: Any, name: str) -> None:
    quoted = connections[PREXTRA].ops.quote_name
    column = quoted(str(model._meta.get_field(name).column))
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {quoted(model._meta.db_table)} RENAME COLUMN {column} TO elsewhere")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory, another connection would wait for a schema that is not committed."""
    monkeypatch.setattr(health, "reachable", lambda _patience=0: dict.fromkeys(connections, True))


@on_sqlite
def test_a_column_that_prextra_lacks_hides_neither_warehouses_nor_the_apps_secrets(
    sound: Warehouse, answering: None
) -> None:
    Doorbell.objects.create(warehouse="LOST", secret="x", previous_secret="")
    key = Fernet.generate_key()
    with connections["default"].cursor() as cursor:
        lost = CIPHERTEXT_PREFIX + Fernet(key).encrypt(b"x").decode()
        cursor.execute("UPDATE integration_doorbell SET secret = %s WHERE warehouse = 'LOST'", [lost])
    rename_column(Company, "currency")
    rename_column(Warehouse, "shopify_access_token")

    found = wrong()

    assert any("no key opens it" in one for one in found["Secrets of the app"])
    assert any(one.startswith("unknown") for one in found["Secrets in Prextra"])
    assert any(one.startswith("unknown") for one in found[f"Warehouse {sound.pk}"])


@on_sqlite
def test_flows_that_cannot_be_read_are_told_of(sound: Warehouse, answering: None) -> None:
    rename_column(Warehouse, "sync_orders")
    assert any(one.startswith("unknown") for one in wrong()["Warehouses"])


@on_sqlite
def test_a_warehouse_whose_company_is_missing_is_an_error(sound: Warehouse) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
    Warehouse.objects.using(PREXTRA).filter(pk=sound.pk).update(company_id="NOPE")
    try:
        assert wrong()[f"Warehouse {sound.pk}"] == ["error: Its company is not in Prextra."]
    finally:
        Warehouse.objects.using(PREXTRA).filter(pk=sound.pk).update(company_id=sound.company_id)


def test_who_looks_at_a_shop_that_is_not_reached_is_told_where_to_look(sound: Warehouse, settings: Any) -> None:
    no_shop(settings, sound)
    advice = [str(finding.advice) for title, finding in examine() if title == f"Shop of warehouse {sound.pk}"]
    assert any("port 443" in one for one in advice)
    assert not any("Nothing to do" in one for one in advice)


def test_a_database_that_does_not_answer_is_status_2_and_the_rest_is_told_all_the_same(tmp_path: Path) -> None:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "SECRET_KEY": "short",
        "SECRET_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'default.sqlite3'}",
        "PREXTRA_DATABASE_URL": f"postgres://prextra:not-for-show@127.0.0.1:{free_port()}/prextra",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "doctor", "--json"]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    told = json.loads(done.stdout)
    signs = {(one["check"], one["sign"]) for one in told["findings"]}
    assert done.returncode == told["status"] == 2
    assert any("prextra" in check and sign == "unknown" for check, sign in signs)
    assert len({check for check, _sign in signs}) > len(CHECKS)
    assert {sign for _check, sign in signs} == {"ok", "warning", "error", "unknown"}
    assert "not-for-show" not in done.stdout + done.stderr


# The shop


def test_without_shops_shopify_is_not_asked(sound: Warehouse) -> None:
    Warehouse.objects.using(PREXTRA).filter(pk=sound.pk).update(shopify_access_token="wrong")
    told, status = run("--no-shops")
    assert status == 0
    assert "Shop of warehouse" not in told
    assert "Shopify's clock" not in told


@pytest.fixture
def wrong_clock() -> Iterator[str]:
    """The address of a server that believes it is another day."""

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Tue, 01 Jan 2019 00:00:00 GMT"

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_clock_that_is_far_from_shopifys_is_an_error(sound: Warehouse, wrong_clock: str) -> None:
    assert list(shopify_clock(sound.pk)) == []
    Warehouse.objects.using(PREXTRA).filter(pk=sound.pk).update(shopify_url=wrong_clock)
    (finding,) = shopify_clock(sound.pk)
    assert finding.sign is Sign.ERROR
    assert "Shopify" in str(finding.message)


def test_the_output_can_be_read_by_a_program(sound: Warehouse) -> None:
    told = json.loads(run("--json", "--no-shops")[0])
    assert told["status"] == 0
    assert {"check": "Migrations", "sign": "ok", "message": "", "advice": ""} in told["findings"]
