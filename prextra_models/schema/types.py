"""Whether a column's type takes what the app writes and gives what it expects: pure, one family of types after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.shape import UNLIMITED, Column, Table
from prextra_models.schema.tsql import alter_column, type_of

SHORTEST_TEXT = 255  # characters, with which a text that should have no limit still works
NARROW, FIXED, OLD = {"varchar", "text"}, {"nchar", "char"}, {"text", "ntext"}
SIZED = {"nvarchar", "varchar", *FIXED}
TEXTS = {*SIZED, *OLD}
BYTES = 3  # of UTF-8, for what takes one place in nvarchar
WHOLE = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}  # digits
MONEY = {"money": (19, 4), "smallmoney": (10, 4)}
WITH_TIME = {"datetime", "datetime2", "smalldatetime"}


SIZES = {"too_short", "limited", "too_few_decimals", "too_few_digits", "too_small"}
"""What a column that is only read may be: what is in it fits."""


def wrong_type(
    table: Table, wanted: Column, found: Column, least: int | None = None, *, bytes_do: bool = False
) -> Iterator[Finding]:
    """`least`: the length that is sure to do, where the models set no limit. `bytes_do`: where one is enough for a letter."""
    rule = {"nvarchar": _text, "numeric": _number, "bit": _switch, "date": _day}.get(wanted.type, _whole)
    measured, kind = found, type_of(found)
    if found.counts_bytes and not bytes_do:
        measured = replace(found, length=found.length // BYTES)
        kind = _("{type}, in bytes of UTF-8").format(type=kind)
    for code, severity, message, advice in rule(wanted, measured, least):
        names = {"column": found.name, "found": kind, "wanted": type_of(wanted)}
        becomes = replace(wanted, name=found.name, nullable=found.nullable, collation=found.collation)
        sql = alter_column(table, becomes) if severity is Severity.ERROR and code != "wrong_type" else ""
        yield Finding(code, severity, message.format(**names), advice.format(**names), table.name, found.name, sql)


Verdict = tuple[str, Severity, str, str]


def _wrong() -> Verdict:
    return (
        "wrong_type",
        Severity.ERROR,
        _("{column} is {found}, which cannot hold what the app keeps there: {wanted}."),
        _("Name the column that holds it in prextra_names.toml, or ask Prextra's supplier."),
    )


def _text(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    if found.type not in TEXTS:
        yield _wrong()
        return
    if found.type in FIXED:
        yield (
            "padded",
            Severity.ERROR,
            _("{column} is {found}: texts come back filled with blanks, and are not found again as they were written."),
            _("Make it {wanted}, and take the blanks off what is there."),
        )
    if found.type in OLD and wanted.length != UNLIMITED:
        yield (
            "old_text",
            Severity.ERROR,
            _("{column} is {found}, which SQL Server compares with nothing: no row would be found by it."),
            _("Make it {wanted}."),
        )
    yield from _length(wanted, found, least)


def _length(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    has_no_limit = found.length == UNLIMITED or found.type in OLD
    needs = least or (SHORTEST_TEXT if wanted.length == UNLIMITED else wanted.length)
    if has_no_limit:
        return
    if found.length < needs:
        yield (
            "too_short",
            Severity.ERROR,
            _("{column} is {found}, too short for what the app writes there: {wanted}."),
            _("Make the column longer; nothing that is in it is lost by that."),
        )
    elif wanted.length == UNLIMITED and not least:
        yield (
            "limited",
            Severity.WARNING,
            _("{column} is {found}; a longer text would be refused."),
            _("Keep texts shorter than that, or make the column {wanted}."),
        )


def _number(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    precision, scale = MONEY.get(found.type) or (WHOLE.get(found.type, found.precision), found.scale)
    if found.type not in {"numeric", "decimal", *MONEY, *WHOLE}:
        yield _wrong()
    elif scale < wanted.scale:
        yield (
            "too_few_decimals",
            Severity.ERROR,
            _("{column} is {found}, with fewer decimals than what the app writes, {wanted}: amounts would be rounded."),
            _("Give the column as many decimals."),
        )
    elif precision - scale < wanted.precision - wanted.scale:
        yield (
            "too_few_digits",
            Severity.WARNING,
            _("{column} is {found}, with fewer digits than {wanted}: a larger figure would be refused."),
            _("Nothing, where such figures never occur; else give the column more digits."),
        )


def _whole(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    """A key of Prextra's may well be an int where the models have bigint: it holds what Prextra itself counts there."""
    enough = {"bigint": "int", "smallint": "tinyint"}.get(wanted.type, wanted.type)
    digits = WHOLE.get(found.type, found.precision if found.scale == 0 else 0)
    if found.type not in {*WHOLE, "numeric", "decimal"} or not digits:
        yield _wrong()
    elif digits < WHOLE[enough]:
        yield (
            "too_small",
            Severity.ERROR,
            _("{column} is {found}, which cannot count as far as {wanted}."),
            _("Make the column {wanted}, with all that refers to it."),
        )


def _switch(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    if found.type != "bit" and found.type not in WHOLE:
        yield _wrong()


def _day(wanted: Column, found: Column, least: int | None) -> Iterator[Verdict]:
    if found.type in WITH_TIME:
        yield (
            "day_with_time",
            Severity.INFORMATION,
            _("{column} is {found}: the app writes midnight, and finds only what was written so."),
            _("Nothing, where Prextra writes midnight too."),
        )
    elif found.type != "date":
        yield _wrong()
