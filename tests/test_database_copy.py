"""Rule W6: the sync writes for the database that it knows; a copy elsewhere waits until a manager confirms it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.urls import reverse

from integration import erp_identity
from integration.demo.shop.shop import StandInShop
from integration.erp_identity import Identity, current_identity, identity_of, known_identity, objections
from integration.models import KnownDatabase, SyncRun, TaxTitle
from integration.rights import PROJECT_MANAGERS, STAFF
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA
from tests.passes import PROJECT, PYTHON, is_sqlite, save
from tests.scene import DATABASES, Scene, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/admin/integration/knowndatabase/confirm/"
ELSEWHERE = Identity("SRV-PROD", "Prextra")


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


@pytest.fixture
def copied(scene: Scene) -> Scene:
    """An order came in, but this is not the database that was synchronised until now."""
    scene.place()
    scene.sync()
    erp_identity.confirm(ELSEWHERE, by="marie")
    return scene


def login(group: str) -> Client:
    user = User.objects.create_user("marie", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def reasons() -> list[str]:
    return [error.reason for error in objections()]


def test_the_first_pass_notes_the_database_by_itself_and_goes_on(scene: Scene) -> None:
    scene.place()

    assert scene.sync().error is None
    (known,) = KnownDatabase.objects.all()
    assert (known_identity(), known.confirmed_by) == (current_identity(), "")
    assert scene.sync().error is None
    assert KnownDatabase.objects.count() == 1


def test_a_pass_that_cannot_begin_notes_nothing(scene: Scene) -> None:
    scene.warehouse.company.shopify_enabled = False
    scene.warehouse.company.save(using=PREXTRA)
    scene.sync()

    assert known_identity() is None


def test_another_database_than_the_known_one_pauses_every_flow_and_the_log_names_both(copied: Scene) -> None:
    copied.place()
    asked = len(copied.shop.requests)
    report = copied.sync()

    assert report.error is not None
    assert report.error.reason == "database_copied"
    assert len(rows(SalesOrder)) == 1
    assert len(copied.shop.requests) == asked  # nothing was asked, let alone written
    run = SyncRun.objects.filter(outcome=SyncRun.Outcome.CONFIGURATION)[0]
    assert "SRV-PROD" in run.message
    assert current_identity().name in run.message


def test_a_preview_may_look_for_it_writes_nothing(copied: Scene) -> None:
    copied.place()
    report = copied.sync(dry_run=True)

    assert report.error is None
    assert [name for name, _documents, _problems in report.planned] == ["#1002"]


def test_an_installation_that_knows_nothing_pauses_where_prextra_was_synchronised_by_another(scene: Scene) -> None:
    scene.place()
    scene.sync()
    KnownDatabase.objects.all().delete()
    report = scene.sync()

    assert report.error is not None
    assert report.error.reason == "database_unknown"
    assert known_identity() is None


def test_another_warehouse_that_noted_it_a_moment_ago_is_no_stranger(scene: Scene) -> None:
    """Between our two questions its first pass noted the database, and wrote."""
    scene.place()
    scene.sync()
    KnownDatabase.objects.all().delete()

    def note(execute: Callable[..., Any], *statement: Any) -> Any:
        erp_identity.note_first()
        return execute(*statement)

    with connections[PREXTRA].execute_wrapper(note):
        assert reasons() == []


def test_going_back_to_an_earlier_database_has_to_be_confirmed_again(scene: Scene) -> None:
    erp_identity.confirm(current_identity(), by="marie")
    assert reasons() == []
    erp_identity.confirm(ELSEWHERE, by="marie")
    assert reasons() == ["database_copied"]
    erp_identity.confirm(current_identity(), by="marie")
    assert reasons() == []


def test_staff_see_both_databases_but_cannot_confirm(copied: Scene) -> None:
    client = login(STAFF)
    page = client.get(PAGE).content.decode()

    assert "SRV-PROD" in page
    assert 'name="server"' not in page
    assert client.post(PAGE, asdict(current_identity())).status_code == 403
    assert reasons() == ["database_copied"]


def test_a_manager_confirms_with_a_line_in_the_history_and_the_next_pass_goes(copied: Scene) -> None:
    copied.place()
    client = login(PROJECT_MANAGERS)
    client.post(PAGE, asdict(current_identity()))

    assert copied.sync().error is None
    assert len(rows(SalesOrder)) == 2
    known = KnownDatabase.objects.all()[0]
    assert (known.server, known.confirmed_by) == (current_identity().server, "marie")
    assert LogEntry.objects.get().object_id == str(known.pk)


def test_only_what_was_shown_is_confirmed(copied: Scene) -> None:
    client = login(PROJECT_MANAGERS)
    client.post(PAGE, {"server": "SRV-OTHER", "name": "Prextra"})

    assert reasons() == ["database_copied"]


def test_confirming_twice_is_confirming_once(copied: Scene) -> None:
    client = login(PROJECT_MANAGERS)
    for _ in range(2):
        client.post(PAGE, asdict(current_identity()))

    assert KnownDatabase.objects.filter(server=current_identity().server, confirmed_by="marie").count() == 1


@pytest.mark.parametrize(
    "name", ["admin:index", "admin:prerequisites_of", "admin:integration_knowndatabase_changelist"]
)
def test_it_is_reached_from_where_the_pause_is_seen(copied: Scene, name: str) -> None:
    client = login(PROJECT_MANAGERS)
    page = client.get(reverse(name, args=["STG"] if name.endswith("_of") else [])).content.decode()

    assert PAGE in page


def test_names_are_escaped(copied: Scene) -> None:
    erp_identity.confirm(Identity("<b>SRV", "<script>"), by="marie")
    page = login(PROJECT_MANAGERS).get(PAGE).content.decode()

    assert "&lt;script&gt;" in page
    assert "<b>SRV" not in page


# As it happens: the files are copied to another place, and run there by a program of their own.


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_files_that_were_copied_are_refused_until_they_are_confirmed(scene: Scene, tmp_path: Path) -> None:
    if not is_sqlite(PREXTRA):
        pytest.skip("a database on a server is not copied as a file")
    for title, tax in (("TPS", "federal"), ("TVQ", "provincial")):  # a test that commits empties this table
        TaxTitle.objects.get_or_create(title=title, defaults={"tax": tax})
    scene.place()
    here = tmp_path / "here"
    environment = save(here)
    assert run(environment, "sync", "--json").returncode == 0
    scene.place()
    shutil.copytree(here, tmp_path / "copy")
    there = {name: value.replace(str(here), str(tmp_path / "copy")) for name, value in environment.items()}

    refused = run(there, "sync", "--json")
    assert refused.returncode == 2
    (report,) = json.loads(refused.stdout)["warehouses"]
    assert report["error"]["reason"] == "database_copied"
    assert str(here) in report["error"]["message"]
    assert run(there, "sync", "--dry-run").returncode == 0

    code = "from integration import erp_identity as e; e.confirm(e.current_identity(), by='marie')"
    assert run(there, "shell", "-c", code).returncode == 0
    assert run(there, "sync", "--json").returncode == 0


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, str(PROJECT / "manage.py"), *command], env=environment, capture_output=True, text=True, check=False
    )


# How a database says which it is.


class Cursor:
    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, sql: str) -> None:
        assert "DB_NAME()" in sql

    def fetchone(self) -> tuple[str, str]:
        return "SRV-PROD", "Prextra"


class Connection:
    def __init__(self, vendor: str, **values: Any) -> None:
        self.vendor = vendor
        self.settings_dict = values

    def cursor(self) -> Cursor:
        return Cursor()


@pytest.mark.parametrize(
    ("connection", "identity"),
    [
        (Connection("microsoft", HOST="10.0.0.4", NAME="alias"), Identity("SRV-PROD", "Prextra")),
        (Connection("postgresql", HOST="db.example.com", PORT="5432", NAME="p"), Identity("db.example.com:5432", "p")),
        (Connection("postgresql", HOST="localhost", PORT="", NAME="p"), Identity(socket.gethostname(), "p")),
        (Connection("postgresql", HOST="", NAME="p"), Identity(socket.gethostname(), "p")),
    ],
)
def test_sql_server_is_asked_and_an_address_of_this_machine_is_told_by_its_name(
    connection: Connection, identity: Identity
) -> None:
    assert identity_of(connection) == identity
