"""A dated copy of the app's own database in var/backups, while the services run; copies of more than two weeks go.

    .venv/bin/python deploy/backup.py                                SQLite, where nothing else is set
    .venv/bin/python deploy/backup.py postgres://user@server/name   PostgreSQL; the password stands in ~/.pgpass

It needs neither the settings nor the keys, so that it runs wherever the database can be reached.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

DATABASE = Path("var/default.sqlite3")
FOLDER = Path("var/backups")
KEPT_SECONDS = 14 * 86_400


def main(address: str = "") -> str:
    """What is to be mended, or nothing."""
    if not address and not DATABASE.exists():
        return (
            f"There is no {DATABASE.absolute()}: give this in the folder of the program, or the address of PostgreSQL."
        )
    os.umask(0o077)
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = f"default-{time.strftime('%Y%m%d-%H%M%S')}{'.dump' if address else '.sqlite3'}"
    half = FOLDER / f"{name}.half"  # a copy that was cut is never taken for one to restore
    try:
        _dump(address, half) if address else _copy(half)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        return f"No copy was made: {error}"
    half.rename(FOLDER / name)
    for old in FOLDER.glob("default-*"):
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink()
    sys.stdout.write(f"{FOLDER / name}\n")
    return ""


def _copy(to: Path) -> None:
    connection = sqlite3.connect(f"{DATABASE.absolute().as_uri()}?mode=rw", uri=True, timeout=60)
    try:
        connection.execute("VACUUM INTO ?", [str(to)])
    finally:
        connection.close()


def _dump(address: str, to: Path) -> None:
    command = ["pg_dump", "--format=custom", "--no-password", f"--file={to}", address]
    done = subprocess.run(command, check=False)  # noqa: S603  the technician's own address, and no shell
    if done.returncode:
        raise OSError(f"pg_dump ended with {done.returncode}.")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]) or 0)
