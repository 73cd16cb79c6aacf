"""`manage.py run`: web and workers on one machine, started again when they die or stand still; `--only` for a service each."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integration import health
from integration.health import Health
from integration.management.commands.web import LISTEN
from integration.management.pulse import Pulse
from integration.management.supervision import Child, stop_all

log = logging.getLogger("integration.run")

STOPS_WITHIN = 28.0  # seconds
LOOKS_EVERY = 10  # seconds
TO_BEGIN = 60.0  # seconds that a cluster has until its first dispatch


class Command(BaseCommand):
    help = (
        "Runs web and workers until it is asked to stop (SIGTERM, Ctrl-C), and starts again what dies or stands still."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=["web", "workers"], help="one of the two, where each is a service")
        parser.add_argument("--listen", default=LISTEN, metavar="HOST:PORT", help=f"where the admin listens ({LISTEN})")

    def handle(self, *, only: str | None, listen: str, **_options: Any) -> None:
        _check_migrations()
        workers = Child("workers", "qcluster")
        web = Child("web", "web", "--listen", listen)
        children = {"web": web, "workers": workers}
        if only:
            children = {only: children[only]}
        stop = threading.Event()
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if number := getattr(signal, name, None):
                signal.signal(number, lambda *_: stop.set())
        if only != "workers":
            self.stdout.write(_("Address:  {url}").format(url=f"http://{listen}/admin/"))
        self.stdout.write(_("Ctrl-C stops everything, within half a minute."))
        pulse = Pulse(web, listen)
        seconds = 0
        try:
            while not stop.wait(1):
                for child in children.values():
                    child.keep_up()
                seconds += 1
                if seconds % LOOKS_EVERY:
                    continue
                if only != "workers":
                    pulse.look()
                if only != "web":
                    restart_frozen(workers)
        finally:
            stop_all(list(children.values()), within=STOPS_WITHIN)


def restart_frozen(workers: Child) -> None:
    """A worker that is killed while it takes a task from the queue leaves the lock taken: none takes any, and none dies."""
    if not workers.is_running or workers.age < health.longest_silence().total_seconds() + TO_BEGIN:
        return
    state = health.look()
    connections.close_all()
    if is_frozen(state):
        log.critical("nothing was dispatched for too long: the workers are started again")
        workers.kill()


def is_frozen(state: Health) -> bool:
    """Not where a database is away, nor where every worker is busy with a pass that takes long: that ends by itself."""
    return state.has_databases and not state.is_dispatched and not state.is_busy


def _check_migrations() -> None:
    try:
        is_ready, later = is_migrated(), later_migrations()
    except Error as error:
        raise CommandError(_("A database does not answer as it should: {error}").format(error=error)) from None
    connections.close_all()
    if later:
        raise CommandError(f"{newer_than_code(later)} {PUT_BACK}")
    if not is_ready:
        raise CommandError(_("The app's database is not up to date. First run: python manage.py migrate"))


def is_migrated() -> bool:
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def later_migrations() -> list[str]:
    """Those that a later version made, which this one does not know: what it writes there may be wrong."""
    loader = MigrationLoader(connections["default"])
    known = {*loader.disk_migrations, *(old for one in loader.disk_migrations.values() for old in one.replaces)}
    return sorted(name for app, name in loader.applied_migrations.keys() - known if app == "integration")


def newer_than_code(later: list[str]) -> str:
    return _("The app's database is newer than this code, which does not know: {names}.").format(names=", ".join(later))


PUT_BACK = gettext_lazy("Restore the backup of before, or put the newer code back.")
