"""What a test asks an installation, and has it do, from a process of its own: a command for each line, JSON back."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def dispatch(times: int) -> None:
    from django_q.tasks import async_task

    from integration.schedule import DISPATCH

    for _ in range(times):
        async_task(DISPATCH, save=False)


def ring(warehouse: str) -> bool:
    from integration.dispatch import ring

    return ring(warehouse)


def ask(warehouse: str) -> None:
    """Somebody asks for a pass at once."""
    from integration import jobs

    jobs.ask(warehouse, dry_run=False, by="marie")


def holders() -> dict[str, int]:
    """The process that works on each warehouse, by what its lease says."""
    from integration.models import Lease

    rows = Lease.objects.exclude(holder="").values_list("warehouse", "holder")
    return {warehouse: int(holder.split(":")[1]) for warehouse, holder in rows}


def bury() -> None:
    """The time passes after which the leases of the dead are free."""
    from integration.models import Lease

    dead = [warehouse for warehouse, pid in holders().items() if not _is_alive(pid)]
    Lease.objects.filter(warehouse__in=dead).update(expires_at=_long_ago())


def age() -> None:
    """The time passes after which tickets, tasks and requests that nobody took are given up, or announced again."""
    from django_q.models import OrmQ

    from integration.models import Lease, SyncRequest

    Lease.objects.filter(ticketed_at__isnull=False).update(ticketed_at=_long_ago())
    OrmQ.objects.update(lock=_long_ago())
    SyncRequest.objects.filter(started_at=None).update(requested_at=_long_ago())


def state() -> dict[str, Any]:
    """What there is to do and under way, how many passes there were, and what the last one over each warehouse said."""
    from django_q.brokers import get_broker
    from django_q.models import OrmQ

    from integration.models import Lease, SyncRequest, SyncRun

    runs = SyncRun.objects.filter(flow="orders").order_by("started_at")
    return {
        "queue": OrmQ.objects.count() or get_broker().queue_size(),
        "held": Lease.objects.exclude(holder="").count(),
        "tickets": Lease.objects.exclude(ticket="").count(),
        "rung": Lease.objects.filter(rung_at__isnull=False).count(),
        "requests": SyncRequest.objects.filter(finished_at=None).count(),
        "running": SyncRun.objects.filter(outcome="running").count(),
        "passes": runs.count(),
        "last": dict(runs.values_list("warehouse", "outcome")),
    }


def _long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=3)


def _is_alive(pid: int) -> bool:
    """One that nobody has waited for is dead as well."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def main() -> None:
    import django

    django.setup()
    from django.db import close_old_connections

    commands = {command.__name__: command for command in (dispatch, ring, ask, holders, bury, age, state)}
    for line in sys.stdin:
        close_old_connections()
        name, *args = json.loads(line)
        print(json.dumps(commands[name](*args)), flush=True)  # type: ignore[operator]  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
