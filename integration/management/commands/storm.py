"""`manage.py storm`: everything goes wrong for some minutes, on databases of its own; then whether all came out right.

For developers: what it prints is in English alone.
"""

from __future__ import annotations

import shutil
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import translation
from rich.box import SIMPLE_HEAD
from rich.table import Table

from integration.demo.storm.reckoning import Reckoning
from integration.demo.storm.storm import Size, Storm
from integration.management.report import console_on
from integration.models import SyncRun
from prextra_models.sandbox import create_missing_tables

SHORT = 3.0  # minutes; below that leases and tickets are short too
SHORT_LIFE = 16.0  # seconds
SHOWN = 40


class Command(BaseCommand):
    help = "Clusters and shops under kills, faults and locks. Exit status 1 where anything came out wrong. Needs Linux."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--minutes", type=float, default=10, help="how long it rages (10)")
        parser.add_argument("--clusters", type=int, default=2, help="of workers (2)")
        parser.add_argument("--workers", type=int, default=2, help="of each cluster (2)")
        parser.add_argument("--warehouses", type=int, default=12, help="each with a shop of its own (12)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same events")

    def handle(
        self, *, minutes: float, clusters: int, workers: int, warehouses: int, seed: int, **_options: Any
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise CommandError("The storm needs Linux.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to stop"))  # its processes end too
        call_command("migrate", verbosity=0)
        create_missing_tables()
        life = SHORT_LIFE if minutes < SHORT else 0.0
        storm = Storm(Size(minutes * 60, clusters, workers, warehouses, seed, life))
        problems = storm.rage()
        console = console_on(self.stdout)
        with translation.override("en"):
            console.print(table(storm))
        for problem in problems[:SHOWN]:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
        if problems:
            console.print(f"{len(problems)} things came out wrong. All is kept in {storm.folder}", soft_wrap=True)
            sys.exit(1)
        console.print("Nothing lost, nothing doubled, every amount right.")
        connections.close_all()
        shutil.rmtree(storm.folder)


def table(storm: Storm) -> Table:
    made = Table(box=SIMPLE_HEAD, title="The storm")
    made.add_column("")
    made.add_column("", justify="right")
    for title, rows in parts(storm):
        made.add_section()
        made.add_row(f"[bold]{title}[/bold]", "")
        for name, count in rows:
            made.add_row(f"  {name}", str(count))
    return made


def parts(storm: Storm) -> Iterable[tuple[str, list[tuple[str, int]]]]:
    places, reckoning = storm.places, Reckoning(storm.places)
    orders = sum(len(place.store.orders) for place in places)
    yield "What happened", [("orders in the shops", orders), *sorted(storm.happened.items())]
    yield "Documents in Prextra", list(reckoning.counts().items())
    passes = SyncRun.objects.values_list("outcome", flat=True)
    yield "Runs", [(str(one.label), sum(outcome == one for outcome in passes)) for one in SyncRun.Outcome]
    yield "Kills", sorted(storm.processes.kills.items())
    faults = [asked.fault for place in places for asked in place.shop.requests]
    yield "Requests", [("in all", len(faults)), ("with a fault", len(faults) - faults.count(None))]
    bells = [(fate, sum(place.store.webhooks.fates[fate] for place in places))
             for fate in ("delivered", "dropped", "doubled", "late")]  # fmt: skip
    yield "Webhooks", bells
    yield "Troubles", sorted(storm.mischief.counts.items())
    yield "Seconds", [("in all", round(storm.seconds)), ("until calm", round(storm.calm_after))]
