"""Every five minutes: which warehouses are due, and a task for each; no warehouse waits for another (`leases.py`)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

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
_SLOW = Q(seconds__gt=SLOW.total_seconds())


def dispatch() -> int:
    """A ticket and a task for each warehouse that is ticked and free; how many they are.

    The one whose last pass began the longest ago comes first. Those that take long share half of the workers, so that
    they never keep all of them from the others: the next of them follows as one ends (`follow`).
    """
    began = time.monotonic()
    codes = ticked_warehouses()
    leases.make_leases(codes)
    rows = list(Lease.objects.filter(warehouse__in=codes))
    announced = sum(announce(row.warehouse) for row in sorted(rows, key=_age) if not row.is_held and not _is_slow(row))
    announced += _fill_slow_lane(rows)
    beat(DISPATCH, time.monotonic() - began)
    return announced


def follow(warehouse: str) -> None:
    """A pass over it has ended: another one follows where its shop rang meanwhile, or where one that takes long waits."""
    now = timezone.now()
    row = Lease.objects.filter(warehouse=warehouse).first()
    if row and row.rung_at and not _is_slow(row):
        announce(warehouse)
    due = Q(rung_at__isnull=False) | Q(taken_at__lte=now - _interval())
    if Lease.objects.filter(_SLOW & due, holder="", ticket="").exists():
        rows = list(Lease.objects.filter(_SLOW | ~Q(holder=""), warehouse__in=ticked_warehouses()))
        _fill_slow_lane(rows, now - _interval())


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

    One that takes long waits until those that take long have room for it, and for who waits longer.
    """
    if not leases.ring(warehouse):
        return False
    if not _is_slow(Lease.objects.get(warehouse=warehouse)):
        return announce(warehouse)
    rows = list(Lease.objects.filter(_SLOW | ~Q(holder="")))
    return bool(_fill_slow_lane(rows, timezone.now() - _interval()))


def beat(name: str, seconds: float = 0.0) -> None:
    """A sign of life."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "seconds": seconds})


def _fill_slow_lane(rows: Iterable[Lease], unless_since: datetime | None = None) -> int:
    """Announces those that take long, who waited longest first, while there is room; how many they are.

    Where a time is given, only those that rang, or whose last pass began before it.
    """
    slow = [row for row in rows if _is_slow(row)]
    room = max(1, settings.WORKERS // 2) - sum(row.is_held or leases.has_ticket(row) for row in slow)
    announced = 0
    for row in sorted(slow, key=_age):
        is_due = unless_since is None or row.rung_at or not row.taken_at or row.taken_at <= unless_since
        if announced < room and is_due and not row.is_held:
            announced += announce(row.warehouse)
    return announced


def _is_slow(row: Lease) -> bool:
    """By the last pass, or by the one under way; one that died with its worker took too much of something."""
    died = bool(row.holder) and not row.is_held
    return died or row.seconds_taken > SLOW.total_seconds()


def _interval() -> timedelta:
    return timedelta(minutes=settings.SYNC_INTERVAL_MINUTES)


def _age(row: Lease) -> tuple[bool, float]:
    """For sorting: the longest ago first. What a clock that was ahead has noted counts as never."""
    known = row.taken_at if row.taken_at and row.taken_at <= timezone.now() else None
    return known is not None, known.timestamp() if known else 0.0
