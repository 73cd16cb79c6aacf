"""deploy/backup.py: a copy each night of the app's own database, with which it can be restored."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.passes import PROJECT

DAY = 86_400


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "var/default.sqlite3"
    file.parent.mkdir()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE kept (what)")
        connection.execute("INSERT INTO kept VALUES ('a run')")
    connection.close()
    return file


def back_up(folder: Path, *arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "deploy/backup.py"), *arguments]
    return subprocess.run(command, cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False)


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "var/backups").iterdir())


def aged(copy: Path, days: int) -> None:
    when = time.time() - days * DAY
    os.utime(copy, (when, when))
    copy.rename(copy.with_name(f"default-{days}-days-old.sqlite3"))


def test_the_copy_has_what_the_database_has_while_somebody_writes_there(tmp_path: Path, database: Path) -> None:
    writer = sqlite3.connect(database)
    writer.execute("INSERT INTO kept VALUES ('another run')")
    writer.commit()
    writer.execute("INSERT INTO kept VALUES ('not committed')")
    done = back_up(tmp_path)
    writer.close()
    assert done.returncode == 0, done.stderr
    [copy] = copies(tmp_path)
    assert done.stdout.strip() == str(copy.relative_to(tmp_path))
    read = sqlite3.connect(copy)
    assert read.execute("SELECT what FROM kept").fetchall() == [("a run",), ("another run",)]
    read.close()


def test_the_second_night_adds_a_copy_and_what_is_older_than_two_weeks_goes(tmp_path: Path, database: Path) -> None:
    for days in (15, 13):
        back_up(tmp_path)
        aged(copies(tmp_path)[0], days)
    assert back_up(tmp_path).returncode == 0
    assert [copy.name.startswith("default-13-days") for copy in copies(tmp_path)] == [True, False]


def test_without_a_database_nothing_is_made_and_it_says_so(tmp_path: Path) -> None:
    done = back_up(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no ")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_fails_leaves_the_older_ones_and_nothing_half_made(tmp_path: Path, database: Path) -> None:
    back_up(tmp_path)
    aged(copies(tmp_path)[0], 15)
    database.write_bytes(b"this is no database" * 100)
    done = back_up(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("No copy was made: ")
    assert len(copies(tmp_path)) == 1


@pytest.mark.skipif(os.name != "posix", reason="the pg_dump of this test is a shell script")
@pytest.mark.parametrize("status", [0, 1])
def test_postgresql_is_dumped_by_its_own_program(tmp_path: Path, status: int) -> None:
    stub = tmp_path / "pg_dump"
    stub.write_text(f'#!/bin/sh\necho "$*" > asked; echo dump > "${{3#--file=}}"; exit {status}\n')
    stub.chmod(0o755)
    done = back_up(tmp_path, "postgres://prextra_shopify@server/prextra_shopify", path=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == status, done.stderr
    assert [copy.suffix for copy in copies(tmp_path)] == [".dump"] * (1 - status)
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("--format=custom --no-password --file=var/backups/default-")
    assert asked.endswith("postgres://prextra_shopify@server/prextra_shopify\n")


def test_a_copy_is_nobody_elses_to_read(tmp_path: Path, database: Path) -> None:
    if os.name != "posix":
        pytest.skip("Windows has rights of another kind")
    back_up(tmp_path)
    assert [oct(copy.stat().st_mode)[-3:] for copy in copies(tmp_path)] == ["600"]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or pytest.skip("systemd is not there")
    for unit in (PROJECT / "deploy/systemd").iterdir():
        text = unit.read_text().replace("/opt/prextra-shopify/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("prextra-shopify\nGroup=prextra-shopify", "root\nGroup=root"))
    units = [str(unit) for unit in tmp_path.iterdir()]
    command = [analyze, "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "prextra-shopify" in line]
    assert said == []
