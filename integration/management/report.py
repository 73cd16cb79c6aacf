"""What a pass came to, as tables and texts for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table
from rich.text import Text

from integration.cycle import PassReport
from integration.models import Flow, HeldRecord, SyncEntry
from integration.particulars import COLUMNS
from integration.reasons import advice, describe

KINDS = dict(SyncEntry.Kind.choices)


def console_on(stdout: Any) -> Console:
    """A command's standard output for tables: as wide as the terminal, or wide enough where there is none."""
    return Console(file=cast("IO[str]", stdout), highlight=False, width=None if stdout.isatty() else 120)


def runs_table(reports: Sequence[PassReport]) -> Table:
    """A row for each run: what was looked at, written and held, and what it cost at Shopify."""
    table = Table(title=_("Synchronisation"))
    for heading in (_("Warehouse"), _("Flow"), _("Outcome")):
        table.add_column(heading)
    for heading in (_("Examined"), _("Written"), _("Held"), _("Requests"), _("Points"), _("Seconds")):
        table.add_column(heading, justify="right")
    for report in reports:
        for run in report.runs.values():
            figures = (run.examined, run.written, run.held, run.requests, run.points)
            table.add_row(
                run.warehouse,
                run.get_flow_display(),
                run.get_outcome_display(),
                *(str(figure) for figure in figures),
                f"{run.seconds:.1f}" if run.seconds is not None else "",
            )
    return table


def planned_table(report: PassReport) -> Table:
    """What a dry run found: each document that would be written, each item that would change, and each problem."""
    table = Table(title=_("Warehouse {code}: what would be done").format(code=report.warehouse))
    table.add_column(_("Record"))
    table.add_column(_("What would be done"))
    table.add_column(_("Amount"), justify="right")
    table.add_column(_("To look at"))
    for name, documents, problems in report.planned:
        for document in documents:
            amount = "" if document.amount is None else number_format(document.amount, 2, force_grouping=True)
            table.add_row(Text(name), str(KINDS[document.kind]), amount, "")
        for problem in problems:
            table.add_row(Text(name), "", "", _told(problem.reason, problem.params))
    for item in report.planned_items:
        told = _told(item.problem.reason, item.problem.params) if item.problem else Text()
        table.add_row(Text(item.item), Text(_labels(item.what)), "", told)
    return table


def _labels(what: Sequence[str]) -> str:
    """What changes of an item, each once, in words: the product itself, its stock, or what of it."""
    names: dict[str, None] = {}
    for one in what:
        name, _colon, locale = one.partition(":")
        label = str(COLUMNS.get(name) or KINDS.get(name, name))
        names[f"{label} ({locale})" if locale else label] = None
    return ", ".join(names)


def problem_lines(reports: Sequence[PassReport]) -> Iterator[Text]:
    """Why a warehouse stopped, then all that is held in it: each with what to do about it."""
    for report in reports:
        for error in report.problems or ([report.error] if report.error else []):
            yield _line(report.warehouse, error.reason, error.params)
        if report.warning:
            yield _line(report.warehouse, report.warning.reason, report.warning.params)
        for held in HeldRecord.objects.filter(warehouse=report.warehouse, ignored_at=None):
            yield _line(f"{report.warehouse} {held.shopify_name or held.shopify_id}", held.reason, held.params)


def summary(report: PassReport) -> dict[str, Any]:
    """The report of one warehouse as JSON."""
    return {
        "warehouse": report.warehouse,
        "error": _problem(report.error.reason, report.error.params) if report.error else None,
        "warning": _problem(report.warning.reason, report.warning.params) if report.warning else None,
        "examined": report.examined,
        "held": report.held,
        "requests": report.usage.requests,
        "points": report.usage.points,
        "runs": [
            {
                "flow": flow,
                "outcome": run.outcome,
                "examined": run.examined,
                "written": run.written,
                "held": run.held,
                "skipped": run.skipped,
                "seconds": run.seconds,
            }
            for flow, run in report.runs.items()
        ],
        "planned": [
            {
                "order": name,
                "documents": [
                    {"kind": one.kind, "amount": None if one.amount is None else str(one.amount)} for one in documents
                ],
                "problems": [_problem(one.reason, one.params) for one in problems],
            }
            for name, documents, problems in report.planned
        ],
        "planned_items": [
            {
                "item": one.item,
                "changes": list(one.what),
                "problem": _problem(one.problem.reason, one.problem.params) if one.problem else None,
            }
            for one in report.planned_items
        ],
        "held_records": [
            {
                "item" if held.flow == Flow.ITEMS else "order": held.shopify_name or held.shopify_id,
                "flow": held.flow,
                **_problem(held.reason, held.params),
            }
            for held in HeldRecord.objects.filter(warehouse=report.warehouse, ignored_at=None)
        ],
    }


def _problem(reason: str, params: Any) -> dict[str, str]:
    return {"reason": reason, "message": describe(reason, params), "advice": advice(reason, params)}


def _line(where: str, reason: str, params: Any) -> Text:
    return Text.assemble((f"{where}: ", "bold"), _told(reason, params))


def _told(reason: str, params: Any) -> Text:
    return Text.assemble(describe(reason, params), " ", (advice(reason, params), "dim"))
