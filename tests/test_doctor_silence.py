"""`manage.py doctor` where a database says nothing: what is told of it, and how the command ends."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.processes import free_port

ROOT = Path(__file__).resolve().parent.parent
BRIEF = """
import sys
from django.core.management import execute_from_command_line
import django; django.setup()
from integration.management import doctor
doctor.PATIENCE = float(sys.argv.pop())
execute_from_command_line(sys.argv)
"""


def told(folder: Path, patience: float = 20, **variables: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The status, and what is said of each thing."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "integration.settings",
        "SECRET_KEY": "short",
        "SECRET_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": f"sqlite:///{folder / 'default.sqlite3'}",
        "PREXTRA_DATABASE_URL": f"sqlite:///{folder / 'prextra.sqlite3'}",
        **variables,
    }
    command = [sys.executable, "-c", BRIEF, "doctor", "--json", "--no-shops", str(patience)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert "not-for-show" not in done.stdout + done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(done.stdout)["findings"]:
        found.setdefault(one["check"], []).append(one)
    return done.returncode, found


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


on_sql_server = pytest.mark.skipif(not importlib.util.find_spec("mssql_python"), reason="Microsoft's driver is missing")


@on_sql_server
def test_a_sql_server_that_hangs_does_not_abort_the_command(tmp_path: Path, silent_port: int) -> None:
    for _ in range(2):
        status, _found = told(
            tmp_path, 0.3, PREXTRA_DATABASE_URL=f"mssql://sync:not-for-show@127.0.0.1:{silent_port}/Prextra"
        )
        assert status == 2


def of_database(found: dict[str, list[dict[str, Any]]], alias: str) -> dict[str, Any]:
    return next(one for title, (one, *_) in found.items() if alias in title)


@on_sql_server
def test_what_microsofts_driver_says_of_a_closed_port_is_told_in_its_fixed_words(tmp_path: Path) -> None:
    url = f"mssql://sync:not-for-show@127.0.0.1:{free_port()}/Prextra"
    status, found = told(tmp_path, PREXTRA_DATABASE_URL=url)
    assert status == 2
    said = of_database(found, "prextra")
    assert "OperationalError (Client unable to establish connection)" in said["message"]
    assert "check_prextra" in said["advice"]
    assert "certificat" in said["advice"]


def test_a_driver_whose_library_is_missing_names_it(tmp_path: Path) -> None:
    (tmp_path / "pyodbc.py").write_text("raise ImportError('libodbc.so.2: no such file')")
    url = "mssql://sync:not-for-show@127.0.0.1:1/Prextra"
    status, found = told(tmp_path, PREXTRA_DATABASE_URL=url, PYTHONPATH=str(tmp_path))
    assert status == 2
    assert "libodbc.so.2" in of_database(found, "prextra")["message"]
    assert len(found) > 10, "the rest is told all the same"


def test_a_file_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    status, found = told(tmp_path)
    assert status == 2
    assert str(tmp_path / "default.sqlite3") in of_database(found, "default")["message"]
    assert "manage.py migrate" in of_database(found, "default")["advice"]
    assert "PREXTRA_DATABASE_HOST" in of_database(found, "prextra")["advice"]
    assert not list(tmp_path.iterdir())
