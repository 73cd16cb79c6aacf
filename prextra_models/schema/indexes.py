"""The unique indexes that make a double impossible, and those that would refuse what the app writes: pure."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from prextra_models.schema.expected import Expected
from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.shape import Table, UniqueIndex
from prextra_models.schema.tsql import create_unique, drop_index, duplicates, quoted

FILTERED = (
    "-- Every program that writes to a table with a filtered index must have QUOTED_IDENTIFIER and ANSI_NULLS on, as all\n"
    "-- of today's drivers do; procedures that were created without: SELECT OBJECT_NAME(object_id) FROM sys.sql_modules\n"
    "-- WHERE uses_quoted_identifier = 0 OR uses_ansi_nulls = 0;"
)


def compare_indexes(expected: Expected, table: Table, *, nulls_collide: bool) -> Iterator[Finding]:
    for wanted in expected.table.unique:
        if all(table.column(column) for column in wanted.columns):
            yield from _find(expected, table, wanted, nulls_collide=nulls_collide)
    if expected.inserts:
        yield from _in_the_way(expected, table, nulls_collide=nulls_collide)


def _find(expected: Expected, table: Table, wanted: UniqueIndex, *, nulls_collide: bool) -> Iterator[Finding]:
    sound = [index for index in table.unique if not index.disabled and not index.ignores_duplicates]
    if any(_guards(index, wanted, nulls_collide=nulls_collide) for index in sound):
        return
    same = [index for index in table.unique if _key(index) == _key(wanted)]
    for index in same:
        yield _unfit(table, wanted, index)
    if not same:
        yield _missing(expected, table, wanted)


def _key(index: UniqueIndex) -> frozenset[str]:
    return frozenset(column.casefold() for column in index.columns)


def _guards(index: UniqueIndex, wanted: UniqueIndex, *, nulls_collide: bool) -> bool:
    """Also by fewer columns. One without a filter guards too much, where rows that the filter leaves out collide.

    One whose filter is hidden passes here: that it cannot be seen is said with the rights.
    """
    if not _key(index) <= _key(wanted):
        return False
    if index.hidden or _conditions(index) == _conditions(wanted):
        return True
    only_nulls = all(condition.value is None for condition in wanted.where or ())
    return not nulls_collide and only_nulls and index.where == frozenset()


def _conditions(index: UniqueIndex) -> frozenset[tuple[str, str | None]] | None:
    if index.where is None:
        return None
    return frozenset((condition.column.casefold(), condition.value) for condition in index.where)


def _missing(expected: Expected, table: Table, wanted: UniqueIndex) -> Finding:
    if expected.inserts:
        severity, message = Severity.ERROR, _("No unique index on {columns}: nothing would prevent a double.")
    else:
        severity, message = (
            Severity.WARNING,
            _("No unique index on {columns}: of two such rows the app would take one."),
        )
    return Finding(
        "unique_missing",
        severity,
        message.format(columns=_named(wanted)),
        _("Have it added; first see whether there are doubles."),
        table.name,
        sql=_creation(table, wanted),
    )


def _creation(table: Table, wanted: UniqueIndex) -> str:
    note = [FILTERED] if wanted.where else []
    return "\n".join([*note, duplicates(table.name, wanted), create_unique(table.name, wanted)])


def _unfit(table: Table, wanted: UniqueIndex, index: UniqueIndex) -> Finding:
    name, columns = index.name, _named(wanted)
    if index.disabled:
        code, message = "unique_disabled", _("The unique index {name} on {columns} is disabled.")
        sql = f"ALTER INDEX {quoted(name)} ON {quoted(table.name)} REBUILD;"
    elif index.ignores_duplicates:
        code, message = (
            "unique_ignores",
            _("The unique index {name} on {columns} leaves doubles out in silence (IGNORE_DUP_KEY)."),
        )
        sql = f"ALTER INDEX {quoted(name)} ON {quoted(table.name)} SET (IGNORE_DUP_KEY = OFF);"
    elif index.filter or index.where:
        code, message = (
            "unique_other_filter",
            _("The unique index {name} on {columns} holds only where {filter}; the app relies on it where {wanted}."),
        )
        sql = _creation(table, _renamed(wanted, table))
    else:
        code, message = (
            "unique_without_filter",
            _("The unique index {name} on {columns} has no filter: it would refuse rows outside of {wanted}."),
        )
        sql = "\n".join([drop_index(table.name, name), _creation(table, wanted)])
    return Finding(
        code,
        Severity.ERROR,
        message.format(name=name, columns=columns, filter=index.filter, wanted=_where(wanted)),
        _("Have it replaced or corrected as shown."),
        table.name,
        sql=sql,
    )


def _renamed(wanted: UniqueIndex, table: Table) -> UniqueIndex:
    """Where an index of that name is there already."""
    taken = {index.name.casefold() for index in table.unique}
    name = wanted.name
    while name.casefold() in taken:
        name += "_2"
    return UniqueIndex(name, wanted.columns, wanted.where)


def _where(index: UniqueIndex) -> str:
    if not index.where:
        return _("every row")
    return " AND ".join(
        sorted(f"{one.column} {'IS NOT NULL' if one.value is None else '= ' + one.value}" for one in index.where)
    )


def _named(index: UniqueIndex) -> str:
    return "(" + ", ".join(index.columns) + ")"


def _in_the_way(expected: Expected, table: Table, *, nulls_collide: bool) -> Iterator[Finding]:
    """Unique indexes that the models know nothing of, where a row of the app could run into them."""
    known = {column.name.casefold() for column in expected.table.columns}
    keys = [_key(wanted) for wanted in expected.table.unique]
    for index in table.unique:
        if index.disabled or index.where != frozenset() or any(key <= _key(index) for key in keys):
            continue
        left_out = [column for name in index.columns if name.casefold() not in known and (column := table.column(name))]
        if len(left_out) < len(index.columns):
            yield _stricter(table, index)
        elif nulls_collide and all(one.nullable and not one.filled and not one.computed for one in left_out):
            yield Finding(
                "unique_of_nulls",
                Severity.ERROR,
                _(
                    "The unique index {name} on {columns} takes one row that leaves them NULL, and every row of the app does."
                ).format(name=index.name, columns=_named(index)),
                _("Have it filtered by IS NOT NULL."),
                table.name,
            )


def _stricter(table: Table, index: UniqueIndex) -> Finding:
    return Finding(
        "unique_stricter",
        Severity.WARNING,
        _("The unique index {name} on {columns} is none of those that the app knows: it may refuse its rows.").format(
            name=index.name, columns=_named(index)
        ),
        _("See whether two documents of the app may have the same values there."),
        table.name,
    )
