"""Every five minutes: which warehouses are due, and a task for each; no warehouse waits for another (`leases.py`)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from integration import leases
from integration.flows import FLOWS
from integration.models import Heartbeat, Lease
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

SYNC = "integration.jobs.sync"
DISPATCH = "dispatch"  # the sign of life of it
SLOW = timedelta(minutes=1)


def dispatch() -> int:
    """A ticket and a task for each warehouse that is ticked and free; how many they are.

    The one whose last pass began the longest ago comes first. Those that take long share half of the workers, so that
    they never keep all of them from the others.
    """
    began = time.monotonic()
    codes = ticked_warehouses()
    leases.make_leases(codes)
    rows = list(Lease.objects.filter(warehouse__in=codes))
    room = _room(rows)
    announced = 0
    for row in sorted(rows, key=_age):
        if row.is_held:
            continue
        if _is_slow(row):
            if room <= 0:
                continue
            room -= 1
        announced += announce(row.warehouse)
    beat(DISPATCH, time.monotonic() - began)
    return announced


def ticked_warehouses() -> set[str]:
    """The codes of the warehouses that have any flow ticked."""
    flags = [definition.flag for definition in FLOWS]
    rows = Warehouse.objects.using(PREXTRA).values_list("pk", *flags)
    return {code for code, *ticked in rows if any(ticked)}


def announce(warehouse: str) -> bool:
    """A ticket for the warehouse, and the task that spends it; False where a pass is under way or to come already.

    Both are written together where the queue is in the database. Where it is not, the task follows the ticket, for it
    would find none before.
    """
    with transaction.atomic(using="default"):
        ticket = leases.issue_ticket(warehouse)
        if not ticket:
            return False
        if "orm" in settings.Q_CLUSTER:
            async_task(SYNC, warehouse, ticket, save=False)
        else:
            transaction.on_commit(lambda: _send(warehouse, ticket), using="default")
    return True


def _send(warehouse: str, ticket: str) -> None:
    try:
        async_task(SYNC, warehouse, ticket, save=False)
    except Exception:
        leases.withdraw_ticket(warehouse, ticket)
        raise


def ring(warehouse: str) -> bool:
    """Something happened in the shop: its pass is due now. True where this made a task.

    One that takes long, while others that take long are under way, waits for the next dispatch.
    """
    if not leases.ring(warehouse):
        return False
    rows = list(Lease.objects.filter(Q(warehouse=warehouse) | Q(seconds__gt=SLOW.total_seconds()) | ~Q(holder="")))
    if _room(rows) <= 0 and any(row.warehouse == warehouse and _is_slow(row) for row in rows):
        return False
    return announce(warehouse)


def beat(name: str, seconds: float = 0.0) -> None:
    """A sign of life."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "seconds": seconds})


def _room(rows: Iterable[Lease]) -> int:
    """How many more warehouses that take long may be under way."""
    return max(1, settings.WORKERS // 2) - sum(row.is_held and _is_slow(row) for row in rows)


def _is_slow(row: Lease) -> bool:
    """By the last pass, or by the one under way."""
    under_way = timezone.now() - row.taken_at if row.is_held and row.taken_at else timedelta()
    return max(under_way, timedelta(seconds=row.seconds)) > SLOW


def _age(row: Lease) -> tuple[bool, float]:
    return row.taken_at is not None, row.taken_at.timestamp() if row.taken_at else 0.0
