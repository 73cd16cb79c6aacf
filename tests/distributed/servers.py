"""A PostgreSQL and a Redis of the tests' own, on free ports of this machine, where their programs are."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

DEBIANS = Path("/usr/lib/postgresql")  # its programs stand there, by version, and not in PATH
PATIENCE = 30.0  # seconds
NOBODY = ("postgres", "nobody")  # who runs PostgreSQL, which refuses root


def program(name: str) -> str:
    """Its path; without it the test is skipped."""
    debians = sorted(map(str, DEBIANS.glob(f"*/bin/{name}")))
    found = debians[-1] if debians else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server without its last part, the database's name; `create_database` makes one."""
    initdb, server = program("initdb"), program("postgres")
    who = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # not among pytest's own, which only their owner may enter
    try:
        if who:
            os.chown(folder, who["user"], who["group"])
        make = [initdb, "-D", str(folder / "data"), "-A", "trust", "-U", "prextra", "-E", "UTF8", "--no-sync"]
        subprocess.run(make, cwd=folder, check=True, capture_output=True, **who)
        port = free_port()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [server, "-D", str(folder / "data"), "-p", str(port)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with _running(command, port, folder, who):
            yield f"postgres://prextra@127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_database(server: str) -> str:
    """The address of a new database."""
    import psycopg  # where there is a server, there is this

    name = f"new_{secrets.token_hex(4)}"
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return f"{server}/{name}"
        except psycopg.OperationalError:  # it listens, and is still starting
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def break_connections(database: str) -> None:
    """All that anybody has to this database, as when the server starts again."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def redis() -> Iterator[str]:
    server, port = program("redis-server"), free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with _running(command, port, Path(folder), {}):
            yield f"redis://127.0.0.1:{port}"


def _unprivileged() -> dict[str, Any]:
    if os.getuid():
        return {}
    for name in NOBODY:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses root, and there is nobody else")


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path, who: dict[str, Any]) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **who)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)
        yield
    finally:
        process.terminate()  # to PostgreSQL: when all have left
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as some:
        return some.connect_ex(("127.0.0.1", port)) == 0
