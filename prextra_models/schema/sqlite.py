"""What a SQLite database has, in SQL Server's types: the demo, the tests, and trials. It knows of no rights and no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from prextra_models.schema.expected import Expected
from prextra_models.schema.filters import conditions
from prextra_models.schema.shape import UNLIMITED, Column, Database, Kind, Table, Trigger, UniqueIndex

# SQLite keeps whole numbers of any size in `integer`, and decimals as they come.
TYPES = {
    "integer": "bigint",
    "integer unsigned": "int",
    "smallint unsigned": "smallint",
    "bool": "bit",
    "varchar": "nvarchar",
    "text": "nvarchar",
    "decimal": "numeric",
    "datetime": "datetime2",
}
_DECLARED = re.compile(r"\s*([a-z0-9 ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
LARGEST = (38, 19)


def read(cursor: Any, expected: Sequence[Expected]) -> Database:
    cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    master = cursor.fetchall()
    kinds = {name.casefold(): (Kind(kind), sql) for kind, name, _, sql in master if kind in ("table", "view")}
    filters = {name: _filter(sql) for kind, name, _, sql in master if kind == "index"}
    tables = {}
    for name in (one.table.name for one in expected):
        if name.casefold() in kinds:
            kind, sql = kinds[name.casefold()]
            triggers = tuple(_trigger(own, of) for type, own, its, of in master if type == "trigger" and its == name)
            columns, key = _columns(cursor, name, sql)
            unique = tuple(_unique(cursor, name, key, filters))
            bound = _leading(cursor, name).union(*(index.columns for index in unique))
            tables[name] = Table(name, columns, unique, triggers, kind, bound=bound)
    return Database(tables, nulls_collide=False)


def _columns(cursor: Any, table: str, sql: str) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """With the columns of the primary key."""
    cursor.execute("SELECT name, type, [notnull], dflt_value, pk, hidden FROM pragma_table_xinfo(%s)", [table])
    rows = cursor.fetchall()
    key = tuple(row[0] for row in sorted(rows, key=lambda row: row[4]) if row[4])
    return tuple(_column(*row, alone=len(key) == 1, sql=sql) for row in rows), key


def _column(
    name: str, declared: str, required: int, default: str | None, key: int, hidden: int, *, alone: bool, sql: str
) -> Column:
    match = _DECLARED.fullmatch(declared)
    word, first, second = (match[1].lower(), match[2], match[3]) if match else (declared.lower(), None, None)
    kind = TYPES.get(word, word)
    precision, scale = (int(first), int(second or 0)) if first else LARGEST
    return Column(
        name,
        kind,
        length=(int(first) if first else UNLIMITED) if kind == "nvarchar" else int(first or 0) if "char" in kind else 0,
        precision=precision if kind == "numeric" else 0,
        scale=scale if kind == "numeric" else 0,
        nullable=not required and not key,
        identity=bool(key) and alone and word == "integer",
        computed=hidden in (2, 3),
        filled=default is not None,
    )


def _unique(cursor: Any, table: str, key: tuple[str, ...], filters: dict[str, str]) -> Iterator[UniqueIndex]:
    if key:
        yield UniqueIndex("PRIMARY KEY", key)
    cursor.execute("SELECT name FROM pragma_index_list(%s) WHERE [unique] = 1 AND origin <> 'pk'", [table])
    for (name,) in cursor.fetchall():
        cursor.execute("SELECT name FROM pragma_index_info(%s)", [name])
        text = filters.get(name, "")
        where = conditions(text) if text else frozenset()
        yield UniqueIndex(name, tuple(column or "" for (column,) in cursor.fetchall()), where, text)


def _leading(cursor: Any, table: str) -> frozenset[str]:
    """The columns of its foreign keys."""
    cursor.execute("SELECT [from] FROM pragma_foreign_key_list(%s)", [table])
    return frozenset(column for (column,) in cursor.fetchall())


def _filter(sql: str) -> str:
    match = re.search(r"\)\s*WHERE\s+(.+)$", sql, re.IGNORECASE | re.DOTALL)
    return match[1].strip() if match else ""


def _trigger(name: str, sql: str) -> Trigger:
    head = re.split(r"\bBEGIN\b", sql, maxsplit=1, flags=re.IGNORECASE)[0].upper()
    events = frozenset(event for event in ("INSERT", "UPDATE", "DELETE") if re.search(rf"\b{event}\b", head))
    return Trigger(name, events, "INSTEAD OF" in head)
