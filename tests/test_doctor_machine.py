"""What `manage.py doctor` says of the machine: the file .env, and the files of databases; and clocks."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from integration.management.doctor.databases import clock_held_against
from integration.management.doctor.findings import Sign
from integration.management.doctor.installation import (
    database_files,
    disk_space,
    environment_file,
    prextra_address,
    settings_checked,
)
from prextra_models.router import PREXTRA

pytestmark = pytest.mark.usefixtures("in_english")

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(os.name != "posix", reason="Windows has rights of its own")
def test_keys_that_anybody_may_read_are_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    assert not list(environment_file())
    (tmp_path / ".env").write_text("SECRET_KEY=x")
    (tmp_path / ".env").chmod(0o640)
    assert not list(environment_file())
    (tmp_path / ".env").chmod(0o644)
    assert [finding.sign for finding in environment_file()] == [Sign.WARNING]


def test_a_variable_of_env_that_is_misspelt_is_told_without_its_value(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    (tmp_path / ".env").touch(mode=0o600)
    (tmp_path / ".env").write_text("METRICS_TOKN=not-for-show\nPREXTRA_DATABSE_HOST=x\nMETRICS_TOKEN=x\nJAVA_HOME=x\n")
    found = list(environment_file())
    assert [one.message for one in found] == [
        "METRICS_TOKN in .env is no setting: is it METRICS_TOKEN?",
        "PREXTRA_DATABSE_HOST in .env is no setting: is it PREXTRA_DATABASE_HOST?",
    ]
    assert {one.sign for one in found} == {Sign.WARNING}


def test_prextra_in_a_file_is_an_error_for_it_is_on_sql_server() -> None:
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": "prextra.sqlite3"}
    assert [one.sign for one in prextra_address({PREXTRA: file})] == [Sign.ERROR]
    assert not list(prextra_address({PREXTRA: {"ENGINE": "mssql", "NAME": "Prextra"}}))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="files are given away by root alone")
def test_a_database_that_belongs_to_somebody_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "default.sqlite3"
    path.touch()
    here = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}
    assert list(database_files(here)) == []
    os.chown(tmp_path, 12345, 12345)
    (finding,) = database_files(here)
    assert finding.sign is Sign.WARNING
    assert "12345" in finding.message
    os.chown(path, 12345, 12345)
    assert list(database_files(here)) == []


def test_a_database_that_this_account_cannot_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write everything, whatever the rights, so what the system says is given."""
    path, journal = tmp_path / "default.sqlite3", tmp_path / "default.sqlite3-wal"
    here = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}
    for refused, made in ((tmp_path, ()), (path, (path,)), (journal, (path, journal))):
        for one in made:
            one.touch()
        monkeypatch.setattr(os, "access", lambda place, _mode, refused=refused: place != refused)
        (finding,) = database_files(here)
        assert finding.sign is Sign.ERROR
        assert str(refused) in finding.message
    monkeypatch.setattr(os, "access", lambda *_: True)
    assert list(database_files(here)) == []


@pytest.mark.parametrize("token", ["to be filled in", "à remplir", "à remplir plus tard", "short"])
def test_a_token_that_anybody_could_guess_is_a_warning(settings: Any, token: str) -> None:
    def told() -> list[str]:
        return [str(one.message) for one in settings_checked() if "METRICS_TOKEN" in str(one.message)]

    for sound in ("", "kYx0r8mC0m1q6b3v"):
        settings.METRICS_TOKEN = sound
        assert told() == []
    settings.METRICS_TOKEN = token
    assert len(told()) == 1


def test_a_disk_that_is_full_is_an_error_before_the_database_is(tmp_path: Path) -> None:
    path = tmp_path / "default.sqlite3"
    path.touch()
    here = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}}
    assert [one.sign for one in disk_space(here, free=lambda _path: 50_000_000)] == [Sign.ERROR]
    assert [one.sign for one in disk_space(here, free=lambda _path: 500_000_000)] == [Sign.WARNING]
    assert not list(disk_space(here, free=lambda _path: 5_000_000_000))
    elsewhere = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "sync", "HOST": "server"}}
    assert not list(disk_space(elsewhere, free=lambda _path: 0)), "it is another machine's disk"


def test_a_few_seconds_between_clocks_are_nothing() -> None:
    now = timezone.now()
    assert not list(clock_held_against(now - timedelta(seconds=10), "x"))
    assert list(clock_held_against(now - timedelta(seconds=30), "x"))
    assert list(clock_held_against(now + timedelta(seconds=30), "x"))
