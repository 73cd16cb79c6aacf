"""compare(what the models expect, what the database has) → findings, by table in the order of the models. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from prextra_models.schema.columns import compare_collations, compare_columns
from prextra_models.schema.expected import Expected
from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.indexes import compare_indexes
from prextra_models.schema.shape import Database, Kind, Table
from prextra_models.schema.tsql import create_table, create_unique
from prextra_models.schema.whole import compare_accents, compare_facts, compare_rights, compare_triggers


def compare(expected: Sequence[Expected], found: Database, zone: ZoneInfo, now: datetime) -> list[Finding]:
    """`now` and `zone`: against which the server's clock is held."""
    findings = [*compare_facts(found.facts, zone, now), *compare_accents(expected, found.tables)]
    for one in expected:
        table = found.tables.get(one.table.name)
        findings += _table(one, table, found) if table else [_missing(one, found)]
    return findings


def _missing(expected: Expected, found: Database) -> Finding:
    if schemas := found.elsewhere.get(expected.table.name):
        places = ", ".join(schemas)
        message = _("The table is not in the login's schema, but there is one in: {schemas}.").format(schemas=places)
        return Finding(
            "table_elsewhere",
            Severity.ERROR,
            message,
            _('Name it with its schema in prextra_names.toml, as "{schema}.{table}".').format(
                schema=schemas[0], table=expected.table.name
            ),
            expected.table.name,
        )
    return Finding(
        "table_missing",
        Severity.ERROR,
        _("The table is not there, or the login may not see it."),
        _("Name it in prextra_names.toml where Prextra calls it otherwise, or grant the login SELECT on it."),
        expected.table.name,
        sql="\n".join(
            [create_table(expected), *(create_unique(expected.table.name, i) for i in expected.table.unique[1:])]
        ),
    )


def _table(expected: Expected, table: Table, found: Database) -> Iterator[Finding]:
    if table.kind is Kind.SYNONYM:
        yield Finding(
            "synonym",
            Severity.WARNING,
            _("This is a synonym: what it stands for cannot be looked into."),
            _("Name the table itself in prextra_names.toml."),
            table.name,
        )
        return
    if table.kind is Kind.VIEW and (expected.inserts or expected.updates):
        yield Finding(
            "view",
            Severity.ERROR,
            _(
                "This is a view, and the app writes here: what prevents doubles, and whether it takes rows, cannot be seen."
            ),
            _("Name the table behind it in prextra_names.toml."),
            table.name,
        )
        return
    yield from compare_columns(expected, table, found.tables)
    yield from compare_collations(expected, found.tables)
    if table.kind is Kind.TABLE:
        yield from compare_indexes(expected, table, nulls_collide=found.nulls_collide)
    yield from compare_triggers(expected, table)
    yield from compare_rights(expected, table)
