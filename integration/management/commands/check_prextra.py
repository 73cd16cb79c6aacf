"""`manage.py check_prextra`: Prextra's live database held against what the app expects of it. It only looks."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from prextra_models.router import PREXTRA
from prextra_models.schema import live
from prextra_models.schema.compare import compare
from prextra_models.schema.expected import Expected, expected_schema
from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.rights import LOGIN
from prextra_models.schema.script import SETTINGS
from prextra_models.schema.tsql import grants, plain

TO_MEND, COULD_NOT_LOOK = 1, 2


class Command(BaseCommand):
    help = (
        "Holds Prextra's database against what the app expects: tables, columns, unique indexes, triggers, rights. "
        "It changes nothing. Exit status: 0 all is well, 1 something is to be mended, 2 could not look."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--json", action="store_true", help="print one JSON object")
        what.add_argument(
            "--sql", action="store_true", help="print nothing but the T-SQL that would mend what is found"
        )
        what.add_argument(
            "--grants",
            nargs="?",
            const=LOGIN,
            metavar="USER",
            help=f"print the rights that the app's database user needs, as T-SQL, and look at nothing ({LOGIN})",
        )

    def handle(self, **options: Any) -> None:
        expected = expected_schema()
        if options["grants"]:
            for one in expected:
                self._print(grants(one, options["grants"]))
            return
        try:
            findings = self._look(expected)
        except CommandError as error:
            if options["json"]:
                self._print([json.dumps({"error": str(error)}, ensure_ascii=False)])
            raise
        if options["json"]:
            self._print([json.dumps({"findings": [asdict(one) for one in findings]}, indent=2, ensure_ascii=False)])
        else:
            self._print(_script(findings) if options["sql"] else _report(findings, expected))
        raise SystemExit(TO_MEND if any(one.severity is Severity.ERROR for one in findings) else 0)

    def _look(self, expected: Sequence[Expected]) -> list[Finding]:
        connection = connections[PREXTRA]
        if not live.can_read(connection):
            raise CommandError(
                _("Prextra's database is on SQL Server; {kind} cannot be looked into.").format(
                    kind=connection.display_name
                ),
                returncode=COULD_NOT_LOOK,
            )
        if live.is_absent(connection):
            raise CommandError(
                _("There is no file {path}.").format(path=connection.settings_dict["NAME"]), returncode=COULD_NOT_LOOK
            )
        try:
            found = live.read(connection, expected)
        except Error as error:
            raise CommandError(
                _("Prextra's database does not answer: {error}").format(error=" ".join(str(error).split())),
                returncode=COULD_NOT_LOOK,
            ) from None
        return compare(expected, found, ZoneInfo(settings.TIME_ZONE), timezone.now())

    def _print(self, lines: Sequence[str] | Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _report(findings: Sequence[Finding], expected: Sequence[Expected]) -> Iterator[str]:
    words = {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.INFORMATION: _("Note")}
    for table, its in groupby(findings, key=lambda one: one.table):
        yield plain(table) if table else _("The whole database")
        for one in its:
            yield f"  {words[one.severity]}: {one.message} {one.advice}"
            yield from (f"      {line}" for line in one.sql.splitlines())
        yield ""
    yield _summary(findings, len(expected))


def _summary(findings: Sequence[Finding], tables: int) -> str:
    if not findings:
        return _("Prextra's database has all that the app expects, in {count} tables.").format(count=tables)
    errors = sum(one.severity is Severity.ERROR for one in findings)
    others = len(findings) - errors
    said = ngettext("{count} error to be mended", "{count} errors to be mended", errors).format(count=errors)
    also = ngettext("{count} remark", "{count} remarks", others).format(count=others)
    return f"{said}, {also}."


def _script(findings: Sequence[Finding]) -> Iterator[str]:
    """For the owner of the database to read first: it was made from what is there, and run by nobody."""
    told = [one for one in findings if one.sql]
    if told:
        yield SETTINGS
    for one in told:
        yield f"-- {plain(one.table)}: {one.message}" if one.table else f"-- {one.message}"
        yield one.sql
        yield "GO"
