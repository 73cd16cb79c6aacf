"""Leases: one pass over a warehouse at a time, whoever runs it and wherever, and none that goes on after it lost its lease.

A ticket is the right to begin one pass; taking the lease spends it, so that a task that is delivered twice begins once.
The holder renews the lease while it works. One that dies, hangs or is cut off loses it after `LIFE`, and another takes
over; should the first come back, it finds out before it sends or commits anything more.
"""

from __future__ import annotations

import contextvars
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import Error, IntegrityError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration.errors import StoppedError
from integration.models import Lease
from integration.stopping import is_asked_to_stop

log = logging.getLogger("integration.leases")

LIFE = timedelta(seconds=90)
MARGIN = timedelta(seconds=20)
"""So much earlier does a holder believe its lease lost than others do: clocks of machines differ by seconds."""


class Guard(Protocol):
    """Says whether a pass may go on. Both raise StoppedError where it may not."""

    def check(self) -> None:
        """Asked before each request and between two pages: without the database."""
        ...

    def confirm(self) -> None:
        """Asked just before each commit to Prextra: with it."""
        ...


class Free:
    """Lets a pass go on: for previews, which write nothing, and for tests of one pass alone."""

    def check(self) -> None: ...

    def confirm(self) -> None: ...


FREE = Free()


def issue_ticket(warehouse: str) -> str:
    """A ticket for the warehouse's next pass; empty where it is under way, or a ticket is out already."""
    now = timezone.now()
    ticket = secrets.token_hex(16)
    unclaimed = Q(ticket="") | Q(ticketed_at__lte=now - ticket_life()) | Q(ticketed_at__gt=now + ticket_life())
    issued = _lease(warehouse).filter(unclaimed & _free(now)).update(ticket=ticket, ticketed_at=now)
    return ticket if issued else ""


def has_ticket(row: Lease) -> bool:
    """Whether a ticket is out that may still be taken."""
    now = timezone.now()
    return bool(row.ticket and row.ticketed_at and abs(now - row.ticketed_at) < ticket_life())


def withdraw_ticket(warehouse: str, ticket: str) -> None:
    """Its task could not be sent: another may be issued at once."""
    _lease(warehouse).filter(ticket=ticket).update(ticket="", ticketed_at=None)


def ticket_life() -> timedelta:
    """After this a ticket that nobody took is believed lost, and another is issued in its place."""
    return 2 * timedelta(minutes=settings.SYNC_INTERVAL_MINUTES)


def take(warehouse: str, ticket: str = "") -> Hold | None:
    """The lease of the warehouse, or None where somebody has it, or the ticket is spent.

    Without a ticket, for somebody who asked for a pass, it takes the place of one that is out.
    """
    now = timezone.now()
    if ticket:
        rows = _lease(warehouse).filter(_free(now), ticket=ticket)
    else:
        make_leases({warehouse})
        rows = _lease(warehouse).filter(_free(now))
    holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(8)}"
    values = {"holder": holder, "taken_at": now, "expires_at": now + LIFE}
    taken = rows.update(ticket="", ticketed_at=None, rung_at=None, **values)
    return Hold(warehouse, holder) if taken else None


def ring(warehouse: str) -> bool:
    """Another pass is due. True where it has to be announced; else it is to come already, or follows the one under way."""
    row = _lease(warehouse).first()
    if row is None:
        make_leases({warehouse})
        row = _lease(warehouse).get()
    if row.ticket:
        return False
    if not row.rung_at:
        _lease(warehouse).update(rung_at=timezone.now())
        row.refresh_from_db()
    return not row.is_held


def current(warehouse: str) -> Lease | None:
    """The lease of the warehouse where somebody holds it now."""
    row = _lease(warehouse).first()
    return row if row and row.is_held else None


class Hold:
    """A lease that this process has: renewed by a thread of its own until the run's deadline, and given back at the end."""

    def __init__(
        self, warehouse: str, holder: str, *, clock: Callable[[], float] = time.monotonic, life: timedelta = LIFE
    ) -> None:
        self.warehouse = warehouse
        self.holder = holder
        self._clock = clock
        self._life = life
        self._began = self._renewed = clock()
        self._deadline = self._began + settings.RUN_DEADLINE_MINUTES * 60
        self._lost = False
        self._ended = threading.Event()

    def check(self) -> None:
        if is_asked_to_stop():
            raise StoppedError("stopping")
        now = self._clock()
        if self._lost or now - self._renewed > (self._life - MARGIN).total_seconds():
            raise StoppedError("lease_lost", warehouse=self.warehouse)
        if now > self._deadline:
            raise StoppedError("run_deadline", minutes=settings.RUN_DEADLINE_MINUTES)

    def confirm(self) -> None:
        self.check()
        if not self._row().exists():
            self._lost = True
            raise StoppedError("lease_lost", warehouse=self.warehouse)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The lease is renewed in this block, and given back after it, whatever happens there."""
        context = contextvars.copy_context()  # what its log lines say belongs to this pass too
        thread = threading.Thread(
            target=context.run, args=(self._renew,), name=f"lease of {self.warehouse}", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()
            self._give_back()

    def _renew(self) -> None:
        """The database may be away for a moment: it is asked again a little later, as long as the lease lives."""
        pause = self._life.total_seconds() / 3
        wait = pause
        while not self._ended.wait(wait) and self._clock() < self._deadline:
            try:
                asked = self._clock()
                if not self._row().update(expires_at=timezone.now() + self._life):
                    self._lost = True
                    break
                self._renewed, wait = asked, pause
            except Error as error:
                wait = pause / 4
                log.warning("the lease of warehouse %s could not be renewed: %s", self.warehouse, type(error).__name__)
                _close_connections()
        _close_connections()

    def _give_back(self) -> None:
        """Tried again over a new connection, since the old one may have broken; else the lease ends by itself."""
        for _ in range(2):
            try:
                self._row().update(holder="", expires_at=None, seconds=self._clock() - self._began)
                return
            except Error as error:
                log.warning("the lease of %s could not be given back: %s", self.warehouse, type(error).__name__)
                _close_connections()

    def _row(self) -> QuerySet[Lease]:
        return Lease.objects.filter(warehouse=self.warehouse, holder=self.holder)


def _close_connections() -> None:
    """Those of this thread: one that broke would not mend itself."""
    for connection in connections.all(initialized_only=True):
        connection.close()


def make_leases(warehouses: set[str]) -> None:
    """A row for each of them, whoever else makes it at the same time."""
    known = Lease.objects.filter(warehouse__in=warehouses) if len(warehouses) == 1 else Lease.objects.all()
    for code in sorted(warehouses - set(known.values_list("warehouse", flat=True))):
        with suppress(IntegrityError), transaction.atomic(using="default"):
            Lease.objects.create(warehouse=code)


def _lease(warehouse: str) -> QuerySet[Lease]:
    return Lease.objects.filter(warehouse=warehouse)


def _free(now: datetime) -> Q:
    """Nobody has it, or has it no longer; nor does one that has it for longer than any may: a clock was wrong then."""
    return Q(holder="") | Q(expires_at__lte=now) | Q(expires_at__gt=now + Lease.FARTHEST)
