"""What a SQL Server database has, read from its catalogue views.

A login sees there what it has some right on, so a table without SELECT is one that is not there; the text of an index's
filter is NULL for who has no VIEW DEFINITION, and a trigger may stay hidden. The queries are plain joins: tests run them on
tables of the views' names and columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from prextra_models.schema.expected import Expected
from prextra_models.schema.filters import conditions
from prextra_models.schema.rights import MORE_THAN_NEEDED, VIEW_DEFINITION
from prextra_models.schema.shape import (
    UNLIMITED,
    Column,
    Database,
    Facts,
    Kind,
    Table,
    Trigger,
    UniqueIndex,
)
from prextra_models.schema.tsql import quoted

OBJECTS = """
    SELECT s.name, o.name, o.type_desc, o.object_id
    FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
    WHERE o.type_desc IN ('USER_TABLE', 'VIEW', 'SYNONYM') AND o.name IN ({marks})
"""
COLUMNS = """
    SELECT c.object_id, c.name, COALESCE(b.name, t.name), c.max_length, c.[precision], c.scale, c.is_nullable,
        c.is_identity, c.is_computed, c.default_object_id, c.generated_always_type, c.collation_name
    FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.user_type_id
        LEFT JOIN sys.types b ON b.user_type_id = t.system_type_id
    WHERE c.object_id IN ({marks}) ORDER BY c.object_id, c.column_id
"""
INDEXES = """
    SELECT i.object_id, i.index_id, i.name, i.is_disabled, i.ignore_dup_key, i.has_filter, i.filter_definition, c.name
    FROM sys.indexes i
        JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
        JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
    WHERE i.is_unique = 1 AND i.is_hypothetical = 0 AND k.key_ordinal > 0 AND i.object_id IN ({marks})
    ORDER BY i.object_id, i.index_id, k.key_ordinal
"""
INDEXED = """
    SELECT k.object_id, c.name
    FROM sys.index_columns k JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
    WHERE k.object_id IN ({marks})
"""
LEADING = """
    SELECT f.parent_object_id, c.name
    FROM sys.foreign_key_columns f
        JOIN sys.columns c ON c.object_id = f.parent_object_id AND c.column_id = f.parent_column_id
    WHERE f.parent_object_id IN ({marks})
"""
TRIGGERS = """
    SELECT g.parent_id, g.name, g.is_instead_of_trigger, e.type_desc
    FROM sys.triggers g JOIN sys.trigger_events e ON e.object_id = g.object_id
    WHERE g.is_disabled = 0 AND g.parent_id IN ({marks})
"""
DATABASE = """
    SELECT name, collation_name, is_read_committed_snapshot_on, is_read_only, compatibility_level
    FROM sys.databases WHERE name = DB_NAME()
"""
SESSION = """
    SELECT SCHEMA_NAME(), CAST(SYSDATETIMEOFFSET() AS varchar(40)),
        IS_SRVROLEMEMBER('sysadmin'), IS_ROLEMEMBER('db_owner'), IS_ROLEMEMBER('db_ddladmin')
"""
RIGHT = "HAS_PERMS_BY_NAME(%s, 'OBJECT', %s)"
COLUMN_RIGHT = "HAS_PERMS_BY_NAME(%s, 'OBJECT', 'UPDATE', %s, 'COLUMN')"
TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE", VIEW_DEFINITION, *MORE_THAN_NEEDED)
FILLED_TYPES = {"timestamp", "rowversion"}
TWO_BYTES = {"nvarchar", "nchar", "sysname"}
ROLES = ("sysadmin", "db_owner", "db_ddladmin")


def read(cursor: Any, expected: Sequence[Expected]) -> Database:
    names = {one.table.name: _parts(one.table.name) for one in expected}
    cursor.execute(DATABASE)
    name, collation, snapshot_reads, read_only, compatibility = cursor.fetchone()
    cursor.execute(SESSION)
    own_schema, clock, *roles = cursor.fetchone()
    collation = collation or ""  # NULL for a moment after the database was closed
    ids, kinds, elsewhere = _objects(_rows(cursor, OBJECTS, {table for _, table in names.values()}), names, own_schema)
    columns = _columns(_rows(cursor, COLUMNS, kinds))
    indexes = _indexes(_rows(cursor, INDEXES, kinds))
    triggers = _triggers(_rows(cursor, TRIGGERS, kinds))
    bound = [*_rows(cursor, INDEXED, kinds), *_rows(cursor, LEADING, kinds)]
    exact = bool(re.search(r"_CS|_BIN", collation.upper()))
    return Database(
        {
            one.table.name: Table(
                one.table.name,
                tuple(columns[id]),
                tuple(indexes[id]),
                tuple(triggers[id]),
                kinds[id],
                _rights(cursor, one),
                exact,
                frozenset(column for table, column in bound if table == id),
            )
            for one in expected
            if (id := ids.get(one.table.name))
        },
        elsewhere,
        Facts(
            name, collation, bool(snapshot_reads), bool(read_only), compatibility, _moment(clock),
            tuple(role for role, has in zip(ROLES, roles, strict=True) if has),
        ),
    )  # fmt: skip


def _parts(name: str) -> tuple[str, str]:
    """The schema, empty where the login's own is meant, and the table."""
    match = re.fullmatch(r"\[(.+)\]\.\[(.+)\]", name)
    return (match[1], match[2]) if match else ("", name)


def _rows(cursor: Any, sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    values = list(values)
    if not values:
        return []
    cursor.execute(sql.format(marks=", ".join(["%s"] * len(values))), values)
    return list(cursor.fetchall())


def _objects(
    rows: Iterable[tuple[Any, ...]], names: dict[str, tuple[str, str]], own: str
) -> tuple[dict[str, int], dict[int, Kind], dict[str, tuple[str, ...]]]:
    kinds = {"USER_TABLE": Kind.TABLE, "VIEW": Kind.VIEW, "SYNONYM": Kind.SYNONYM}
    ids: dict[str, int] = {}
    found: dict[int, Kind] = {}
    elsewhere: dict[str, tuple[str, ...]] = {}
    for schema, table, kind, id in rows:
        for name, (wanted, its_table) in names.items():
            if its_table.casefold() != table.casefold():
                continue
            if schema.casefold() == (wanted or own).casefold() or (not wanted and schema == "dbo" and name not in ids):
                ids[name], found[id] = id, kinds[kind]
            else:
                elsewhere[name] = (*elsewhere.get(name, ()), schema)
    return ids, {id: kind for id, kind in found.items() if id in ids.values()}, elsewhere


def _columns(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Column]]:
    columns: dict[int, list[Column]] = defaultdict(list)
    for id, name, kind, size, precision, scale, nullable, identity, computed, default, generated, collation in rows:
        columns[id].append(
            Column(
                name,
                kind,
                length=size if size == UNLIMITED else size // 2 if kind in TWO_BYTES else size,
                precision=precision,
                scale=scale,
                nullable=bool(nullable),
                identity=bool(identity),
                computed=bool(computed),
                filled=bool(default) or bool(generated) or kind in FILLED_TYPES,
                collation=collation or "",
            )
        )
    return columns


def _indexes(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[UniqueIndex]]:
    parts: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for *index, column in rows:
        parts[tuple(index)].append(column)
    indexes: dict[int, list[UniqueIndex]] = defaultdict(list)
    for (id, _, name, disabled, ignores, filtered, text), columns in parts.items():
        where = conditions(text or "") if filtered else frozenset()
        indexes[id].append(UniqueIndex(name, tuple(columns), where, text or "", bool(disabled), bool(ignores)))
    return indexes


def _triggers(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Trigger]]:
    events: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for id, name, instead_of, event in rows:
        events[id, name, bool(instead_of)].add(event)
    triggers: dict[int, list[Trigger]] = defaultdict(list)
    for (id, name, instead_of), its in events.items():
        triggers[id].append(Trigger(name, frozenset(its), instead_of))
    return triggers


def _rights(cursor: Any, expected: Expected) -> frozenset[str]:
    """Of the whole table, and of the columns that the app updates: it is granted no more of them."""
    table = quoted(expected.table.name)
    columns = sorted(expected.updates)
    questions = [RIGHT] * len(TABLE_RIGHTS) + [COLUMN_RIGHT] * len(columns)
    asked = [*TABLE_RIGHTS, *columns]
    params = [value for one in asked for value in (table, one)]
    cursor.execute(f"SELECT {', '.join(questions)}", params)
    answers = zip([*TABLE_RIGHTS, *(f"UPDATE {column}" for column in columns)], cursor.fetchone(), strict=True)
    return frozenset(right for right, has in answers if has)


def _moment(text: str) -> datetime:
    """Of SQL Server's seven decimals of a second, Python takes six."""
    return datetime.fromisoformat(re.sub(r"\.(\d{6})\d* ?", r".\1", text))
