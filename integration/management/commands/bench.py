"""`manage.py bench`: what a pass costs, in requests, points, statements and seconds."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from integration.demo.bench import Bench, Measure, Step
from integration.demo.bench_admin import ITEMS as ITEMS_OF_YEARS
from integration.demo.bench_admin import RUNS, AdminBench, PageMeasure
from integration.demo.bench_items import SIZES as ITEMS
from integration.demo.bench_items import UNCHANGED, ItemsBench, ItemsMeasure
from integration.demo.bench_warehouses import WarehousesBench, WarehousesMeasure
from integration.demo.bench_webhooks import WebhooksBench, WebhooksMeasure
from integration.management.report import console_on
from prextra_models.models import Company
from prextra_models.router import PREXTRA
from prextra_models.sandbox import create_missing_tables

SIZES = (25, 250, 2_500)
PROMISE = 50  # orders a second through plan and write
SLOW = 1


class Command(BaseCommand):
    help = (
        f"Measures passes over stand-in shops, in databases of its own. Exit status 1 below {PROMISE} orders a second."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="how many orders the shops have")
        parser.add_argument("--items", type=int, nargs="*", default=ITEMS, help="how many items the catalogues have")
        parser.add_argument(
            "--unchanged", type=int, default=UNCHANGED, help="items of the catalogue where nothing changes"
        )

        parser.add_argument(
            "--warehouses", type=int, default=0, help="measure so many idle warehouses, and nothing else"
        )
        parser.add_argument("--webhooks", action="store_true", help="measure a storm of webhooks, and nothing else")
        parser.add_argument("--pages", type=int, default=ITEMS_OF_YEARS, help="items behind the admin's pages; 0: none")

    def handle(
        self,
        *,
        sizes: Sequence[int],
        items: Sequence[int],
        unchanged: int,
        pages: int,
        warehouses: int,
        webhooks: bool,
        **_options: Any,
    ) -> None:
        call_command("migrate", verbosity=0)
        create_missing_tables()
        console = console_on(self.stdout)
        bench = Bench()
        if webhooks:
            self._storm(console)
            return
        if warehouses:
            self._warehouses(console, warehouses)
            return
        measures = [measure for size in sizes for measure in self._measure(bench, size)]
        console.print(table(measures))
        catalogues = self._items(items, unchanged)
        console.print(items_table(catalogues))
        visits = self._pages(pages)
        console.print(pages_table(visits))
        console.print(_("Written to {file}").format(file=save([*measures, *catalogues, *visits])))
        if not (all(one.is_within for one in catalogues) and all(one.is_within for one in visits)):
            raise SystemExit(SLOW)
        alone = [measure.orders_a_second for measure in measures if measure.step is Step.ALONE]
        if alone and min(alone) < PROMISE:
            raise SystemExit(SLOW)

    def _storm(self, console: Console) -> None:
        with Console(stderr=True).status(_("Webhooks")):
            measure = WebhooksBench().measure()
        console.print(webhooks_table(measure))
        console.print(_("Written to {file}").format(file=save([measure], "webhooks.json")))
        if not measure.is_within:
            raise SystemExit(SLOW)

    def _warehouses(self, console: Console, count: int) -> None:
        with Console(stderr=True).status(_("{count} warehouses").format(count=count)):
            measure = WarehousesBench(count).measure()
        console.print(warehouses_table(measure))
        console.print(_("Written to {file}").format(file=save([measure], "warehouses.json")))
        if not measure.is_within:
            raise SystemExit(SLOW)

    def _items(self, sizes: Sequence[int], unchanged: int) -> list[ItemsMeasure]:
        bench = ItemsBench(Company.objects.using(PREXTRA).get())
        measures: list[ItemsMeasure] = []
        for size in sizes:
            with Console(stderr=True).status(_("{size} items").format(size=size)):
                measures += bench.measure(size)
        if unchanged:
            with Console(stderr=True).status(_("{size} items").format(size=unchanged)):
                measures += bench.unchanged(unchanged)
        return measures

    def _pages(self, items: int) -> list[PageMeasure]:
        if not items:
            return []
        with Console(stderr=True).status(_("The admin, with {size} items").format(size=items)):
            return list(AdminBench(items, min(RUNS, items)).measure())

    def _measure(self, bench: Bench, size: int) -> list[Measure]:
        with Console(stderr=True).status(_("{size} orders").format(size=size)):
            return list(bench.measure(size))


def table(measures: Sequence[Measure]) -> Table:
    result = Table(
        box=SIMPLE_HEAD,
        collapse_padding=True,
        title=_("What a pass costs"),
        caption=_("SQL: statements. Own s: seconds, without those spent waiting for the shop."),
    )
    result.add_column(_("Orders"), justify="right")
    result.add_column(_("Step"), no_wrap=True)
    headings = (
        _("Examined"),
        _("Documents"),
        _("Requests"),
        _("Points"),
        _("SQL, Prextra"),
        _("SQL, log"),
        _("Own s"),
        _("Orders/s"),
        _("Peak MB"),
    )
    for heading in headings:
        result.add_column(heading, justify="right")
    for one in measures:
        counts = (one.examined, one.documents, one.requests, one.points, one.prextra_statements, one.default_statements)
        memory = "" if one.peak_megabytes is None else f"{one.peak_megabytes:.0f}"
        rate = f"{one.orders_a_second:.0f}" if one.documents else ""
        figures = (*map(str, counts), f"{one.own_seconds:.2f}", rate, memory)
        result.add_row(str(one.size), str(one.step.label), *figures, end_section=one.step is Step.ALONE)
    return result


def items_table(measures: Sequence[ItemsMeasure]) -> Table:
    result = Table(box=SIMPLE_HEAD, collapse_padding=True, title=_("What items cost"))
    result.add_column(_("Items"), justify="right")
    result.add_column(_("Step"), no_wrap=True)
    headings = (_("Requests"), _("Limit"), _("Writes"), _("Points"), _("SQL, Prextra"), _("SQL, log"), _("Own s"))
    for heading in (*headings, _("Shop s"), _("Peak MB")):
        result.add_column(heading, justify="right")
    for one in measures:
        memory = "" if one.peak_megabytes is None else f"{one.peak_megabytes:.0f}"
        result.add_row(
            str(one.size),
            str(one.step.label),
            str(one.requests),
            str(one.limit or ""),
            *map(str, (one.writes, one.points, one.prextra_statements, one.default_statements)),
            f"{one.own_seconds:.2f}",
            f"{one.shop_seconds:.2f}",
            memory,
        )
    return result


def pages_table(visits: Sequence[PageMeasure]) -> Table:
    result = Table(box=SIMPLE_HEAD, collapse_padding=True, title=_("What a page of the admin costs"))
    result.add_column(_("Page"), overflow="fold")
    for heading in (_("Milliseconds"), _("Queries"), _("KB")):
        result.add_column(heading, justify="right")
    for one in visits:
        figures = (f"{one.milliseconds:.0f}", str(one.queries), str(one.kilobytes))
        result.add_row(one.page, *figures, style="" if one.is_within else "bold red")
    return result


def webhooks_table(one: WebhooksMeasure) -> Table:
    figures = {
        _("Webhooks"): one.sent,
        _("A second"): one.a_second,
        _("p50, ms"): one.p50,
        _("p99, ms"): one.p99,
        _("Lost"): one.lost,
        _("Passes due"): one.tickets,
        _("Warehouses"): one.warehouses,
    }
    return one_row(_("What a storm of webhooks does"), figures, is_within=one.is_within)


def warehouses_table(one: WarehousesMeasure) -> Table:
    figures = {
        _("Warehouses"): one.warehouses,
        _("Workers"): one.workers,
        _("Dispatch, s"): one.dispatch_seconds,
        _("All passes, s"): one.seconds,
        _("Requests"): one.requests,
        _("Overlaps"): one.overlaps,
        _("Unfinished"): one.unfinished,
    }
    result = one_row(_("What warehouses with nothing to do cost"), figures, is_within=one.is_within)
    memory = " ".join(f"{passes}: {'?' if some is None else f'{some:.0f}'}" for passes, some in one.megabytes.items())
    result.caption = _("MB of a process after so many passes: {memory}").format(memory=memory)
    return result


def one_row(title: str, figures: Mapping[str, object], *, is_within: bool) -> Table:
    result = Table(box=SIMPLE_HEAD, collapse_padding=True, title=title)
    for heading in figures:
        result.add_column(heading, justify="right")
    result.add_row(*map(str, figures.values()), style="" if is_within else "bold red")
    return result


AnyMeasure = Measure | ItemsMeasure | PageMeasure | WarehousesMeasure | WebhooksMeasure


def save(measures: Sequence[AnyMeasure], name: str = "bench.json") -> Path:
    path: Path = settings.BASE_DIR / "var" / "bench" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([measure.as_json() for measure in measures], indent=2))
    return path.relative_to(settings.BASE_DIR)
