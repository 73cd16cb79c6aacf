"""`manage.py sync`: one pass over each warehouse, now."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Collection
from datetime import datetime
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from integration import runs
from integration.cycle import PassReport
from integration.flows import FLOWS, enabled_flows
from integration.jobs import pass_now
from integration.management.report import console_on, planned_table, problem_lines, runs_table, summary
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

HELD, STOPPED = 1, 2


class Command(BaseCommand):
    help = "Brings the warehouses in step with their shops. Exit status: 0 done, 1 something is held, 2 stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        flows = [str(definition.flow) for definition in FLOWS]
        parser.add_argument("--warehouse", metavar="CODE", help="this warehouse only, instead of all that have a flow")
        parser.add_argument("--flow", action="append", choices=flows, default=[], help="this flow only (repeatable)")
        parser.add_argument(
            "--since",
            metavar="DATE",
            type=_moment,
            help="read orders from this date or time on, whatever was read before",
        )
        parser.add_argument("--retry", action="store_true", help="try all that is held at once")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be written on either side, and write nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")

    def handle(self, **options: Any) -> None:
        try:
            reports = self._passes(options)
        except Error as error:
            self._refuse(_("A database does not answer as it should: {error}").format(error=error), options)
        except KeyboardInterrupt:
            self._refuse(_("Interrupted. The next pass goes on from here."), options, status=130)
        except CommandError as error:
            self._refuse(str(error), options)
        if options["json"]:
            self.stdout.write(
                json.dumps({"warehouses": [summary(report) for report in reports]}, indent=2, ensure_ascii=False)
            )
        else:
            self._print(reports, dry_run=options["dry_run"])
        raise SystemExit(max((_status(report) for report in reports), default=0))

    def _refuse(self, message: str, options: dict[str, Any], status: int = STOPPED) -> NoReturn:
        if options["json"]:
            self.stdout.write(json.dumps({"error": message}, indent=2, ensure_ascii=False))
        raise CommandError(message, returncode=status) from None

    def _passes(self, options: dict[str, Any]) -> list[PassReport]:
        errors = Console(stderr=True)
        reports = [self._pass(code, options, errors) for code in _warehouses(options["warehouse"], options["flow"])]
        if not options["dry_run"]:
            runs.prune()
        return reports

    def _pass(self, code: str, options: dict[str, Any], errors: Console) -> PassReport:
        quiet = options["json"] or not errors.is_terminal
        with Progress(console=errors, disable=quiet, transient=True) as bar:
            task = bar.add_task(code, total=None)
            return pass_now(
                code,
                only=options["flow"],
                since=options["since"],
                retry=options["retry"],
                dry_run=options["dry_run"],
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    def _print(self, reports: list[PassReport], *, dry_run: bool) -> None:
        console = console_on(self.stdout)
        if not reports:
            console.print(_("No warehouse has a flow ticked: choose one on a warehouse's Shopify tab first."))
        elif dry_run:
            for report in reports:
                console.print(planned_table(report))
        else:
            console.print(runs_table(reports))
        for line in problem_lines(reports):
            console.print(line)


def _warehouses(code: str | None, flows: Collection[str]) -> list[str]:
    warehouses = Warehouse.objects.using(PREXTRA).order_by("pk")
    if code is None:
        return [warehouse.pk for warehouse in warehouses if enabled_flows(warehouse, flows)]
    found = list(warehouses.filter(pk=code).values_list("pk", flat=True))  # as the database writes it
    if not found:
        known = ", ".join(warehouses.values_list("pk", flat=True)) or "–"
        raise CommandError(
            _("There is no warehouse {code}. Known: {known}.").format(code=code, known=known), returncode=STOPPED
        )
    return found


def _status(report: PassReport) -> int:
    if report.error is not None:
        return STOPPED
    return HELD if report.held else 0


def _moment(text: str) -> datetime:
    """A date, or a date and time; without a zone, in the company's."""
    refusal = ArgumentTypeError(
        _("« {text} » is not a date: write it as 2026-11-24 or 2026-11-24T10:00").format(text=text)
    )
    try:
        moment = parse_datetime(text)
        day = moment.date() if moment else parse_date(text)
    except ValueError:
        raise refusal from None
    if day is None or day.year < 2000:
        raise refusal
    if moment is None:
        moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - made aware below
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
