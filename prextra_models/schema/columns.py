"""The columns of a table, held against those of its model: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from django.utils.translation import gettext as _

from prextra_models.schema.expected import Expected
from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.shape import Column, Table
from prextra_models.schema.tsql import add_column, alter_column, plain, quoted, type_of
from prextra_models.schema.types import NARROW, SIZED, SIZES, WHOLE, wrong_type

Pairs = list[tuple[Column, Column]]  # as the model has it, as it is


def compare_columns(expected: Expected, table: Table, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """`tables`: those that are there, to which foreign keys lead."""
    pairs: Pairs = []
    taken = [table.column(wanted.name) for wanted in expected.table.columns]
    extra = [column for column in table.columns if column not in taken]
    for wanted in expected.table.columns:
        if found := table.column(wanted.name):
            pairs.append((wanted, found))
        else:
            yield _missing(expected, wanted, extra)
    for wanted, found in pairs:
        yield from _typed(expected, table, wanted, found, _target(expected, wanted.name, tables))
        if expected.inserts:
            yield from _numbered(table, wanted, found)
        yield from _written(expected, table, wanted, found)
    if expected.inserts:
        yield from _required(table, extra)
    yield from _may_be_null(expected, table, pairs)
    yield from _narrow(expected, table, pairs)


def _missing(expected: Expected, wanted: Column, extra: Iterable[Column]) -> Finding:
    names = {column.name.casefold(): column.name for column in extra}
    near = get_close_matches(wanted.name.casefold(), names, n=1)
    question = " " + _("Is it {name}?").format(name=names[near[0]]) if near else ""
    return Finding(
        "column_missing",
        Severity.ERROR,
        _("The column {column} ({type}) is not there.").format(column=wanted.name, type=type_of(wanted)) + question,
        _("Name the column that holds it in prextra_names.toml, or have it added."),
        expected.table.name,
        wanted.name,
        add_column(expected.table.name, wanted),
    )


def _target(expected: Expected, name: str, tables: Mapping[str, Table]) -> Column | None:
    """The live column to which a foreign key leads."""
    other, column = expected.references.get(name, ("", ""))
    return tables[other].column(column) if other in tables else None


def _typed(expected: Expected, table: Table, wanted: Column, found: Column, target: Column | None) -> Iterator[Finding]:
    """A foreign key takes what the live column takes to which it leads, be that shorter or longer than in the models."""
    bytes_do = wanted.name in expected.ascii
    if target and wanted.type == "nvarchar" and target.type in SIZED and target.length > 0:
        wanted, bytes_do = replace(wanted, length=target.length), target.counts_bytes
    elif target and wanted.type in WHOLE and target.type in WHOLE:
        wanted = replace(wanted, type=target.type)
    for one in wrong_type(table, wanted, found, expected.at_least.get(wanted.name), bytes_do=bytes_do):
        if one.code not in SIZES or expected.writes(wanted.name):
            yield one


def _numbered(table: Table, wanted: Column, found: Column) -> Iterator[Finding]:
    if wanted.identity and not found.identity:
        yield Finding(
            "not_numbered",
            Severity.ERROR,
            _("{column} is not numbered by the server (IDENTITY): a new row would have no key.").format(
                column=found.name
            ),
            _("Only a new table can be given it: ask Prextra's supplier how new rows get this key."),
            table.name,
            found.name,
        )


def _written(expected: Expected, table: Table, wanted: Column, found: Column) -> Iterator[Finding]:
    if not expected.writes(wanted.name):
        return
    if found.computed or (found.identity and not wanted.identity):
        yield Finding(
            "not_writable",
            Severity.ERROR,
            _("{column} is computed or numbered by the server, and the app writes it.").format(column=found.name),
            _("Name the column that it is computed from in prextra_names.toml."),
            table.name,
            found.name,
        )
    elif wanted.nullable and not found.nullable:
        yield Finding(
            "null_refused",
            Severity.ERROR,
            _("{column} may not be NULL, and the app leaves it so where there is nothing to say.").format(
                column=found.name
            ),
            _("Allow NULL there."),
            table.name,
            found.name,
            alter_column(table, _but_nullable(found)),
        )


def _but_nullable(found: Column) -> Column:
    return Column(
        found.name, found.type, found.length, found.precision, found.scale, nullable=True, collation=found.collation
    )


def _required(table: Table, extra: Iterable[Column]) -> Iterator[Finding]:
    for column in extra:
        if not (column.nullable or column.filled or column.identity or column.computed):
            yield Finding(
                "required_column",
                Severity.ERROR,
                _("{column} is required, has no default, and the app does not know it: a new row is refused.").format(
                    column=column.name
                ),
                _("Give the column a default, or ask Prextra's supplier what belongs there."),
                table.name,
                column.name,
                f"-- ALTER TABLE {quoted(table.name)} ADD DEFAULT … FOR {quoted(column.name)};",
            )


def _may_be_null(expected: Expected, table: Table, pairs: Pairs) -> Iterator[Finding]:
    """Said once for a table: a Prextra that has grown for years will have many."""
    names = [found.name for wanted, found in pairs if found.nullable and not wanted.nullable]
    if names:
        yield Finding(
            "null_allowed",
            Severity.INFORMATION,
            _("May be NULL, and the app takes it for filled: {columns}.").format(columns=", ".join(names)),
            _("Nothing, where Prextra fills them; the app itself always does."),
            table.name,
        )


def _narrow(expected: Expected, table: Table, pairs: Pairs) -> Iterator[Finding]:
    names = [
        found.name
        for wanted, found in pairs
        if wanted.type == "nvarchar"
        and found.type in NARROW
        and not found.counts_bytes
        and wanted.name not in expected.ascii
    ]
    if names:
        yield Finding(
            "narrow_text",
            Severity.WARNING,
            _("Not Unicode (varchar): {columns}. Letters that its code page lacks, and emoji, become « ? ».").format(
                columns=", ".join(names)
            ),
            _("Searches by these columns may scan instead of seek: a look at their plans is worth it."),
            table.name,
        )


def compare_collations(expected: Expected, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """SQL Server joins no two columns of different collations (error 468)."""
    table = tables[expected.table.name]
    for name, (other, target) in expected.references.items():
        one, two = table.column(name), tables[other].column(target) if other in tables else None
        if one and two and one.collation and two.collation and one.collation != two.collation:
            yield Finding(
                "collations_differ",
                Severity.ERROR,
                _(
                    "{column} is collated as {one}, and {other}, to which it leads, as {two}: they cannot be joined."
                ).format(column=one.name, one=one.collation, other=f"{plain(other)}.{two.name}", two=two.collation),
                _("Give one of them the collation of the other."),
                table.name,
                one.name,
            )
