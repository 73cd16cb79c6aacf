"""The live `prextra` database, by the reader of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prextra_models.schema import sqlite, sqlserver
from prextra_models.schema.expected import Expected
from prextra_models.schema.shape import Database

READERS = {"microsoft": sqlserver.read, "sqlite": sqlite.read}


def can_read(connection: Any) -> bool:
    return connection.vendor in READERS


def read(connection: Any, expected: Sequence[Expected]) -> Database:
    with connection.cursor() as cursor:
        return READERS[connection.vendor](cursor, expected)


def is_absent(connection: Any) -> bool:
    """A file that is not there: SQLite would make it by looking."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return False
    return not Path(connection.settings_dict["NAME"]).is_file()
