"""Starts `qcluster` for the storm: with a clock of its own, and a journal of who works on what and when.

The journal is the storm's own witness: it does not go through the databases, and a kill cannot take a line of it back.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from importlib import import_module
from typing import Any


def note(what: str, about: str = "") -> None:
    """A line: seconds that all processes of this machine share, group, process, what, and which warehouse."""
    line = f"{time.monotonic():.4f} {os.getpgrp()} {os.getpid()} {what} {about}\n"
    file = os.open(os.environ["STORM_JOURNAL"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)


def shift_clock(seconds: float) -> None:
    from django.utils import timezone

    right = timezone.now
    timezone.now = lambda: right() + timedelta(seconds=seconds)


def shorten_lives(seconds: float) -> None:
    """Lease and ticket live as long as this, so that a short storm sees them end too."""
    from integration import leases

    leases.LIFE, leases.MARGIN = timedelta(seconds=seconds), timedelta(seconds=seconds / 4)
    defaults: Any = leases.Hold.__init__.__kwdefaults__
    defaults["life"] = leases.LIFE
    leases.ticket_life = lambda: leases.LIFE


def on_spawn(**_: Any) -> None:
    """In each worker: its passes are noted, and it ends with the storm, whatever happens to that."""
    jobs: Any = import_module("integration.jobs")
    if life := float(os.environ["STORM_LIFE"]):
        shorten_lives(life)
    run = jobs.run_pass

    def noted(warehouse: str, **options: Any) -> Any:
        note("begin", warehouse)
        try:
            return run(warehouse, **options)
        finally:
            note("end", warehouse)

    jobs.run_pass = noted
    note("worker")
    threading.Thread(target=end_with, args=(int(os.environ["STORM_PID"]),), daemon=True).start()


def end_with(storm: int) -> None:
    while os.path.exists(f"/proc/{storm}"):
        time.sleep(1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def on_task(task: dict[str, Any], **_: Any) -> None:
    note("task", str(task["func"]).rpartition(".")[2])


def main() -> None:
    import django

    shift_clock(float(os.environ["STORM_SKEW"]))
    django.setup()
    from django.core.management import execute_from_command_line
    from django_q.signals import post_spawn, pre_execute

    post_spawn.connect(on_spawn, dispatch_uid="storm")
    pre_execute.connect(on_task, dispatch_uid="storm")
    execute_from_command_line([sys.argv[0], "qcluster", "--with-parent"])


if __name__ == "__main__":
    main()
