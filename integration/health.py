"""Whether the app is well: for a supervisor, by `/health`, and for `manage.py run`, which restarts what stands still.

No data, no name and no secret is told, so that anyone may ask.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from integration.databases import file_of
from integration.dispatch import DISPATCH, ticked_warehouses
from integration.models import Heartbeat, Lease

log = logging.getLogger("integration.health")

PATIENCE = 3.0  # seconds that a database has for its answer
CLOCKS_DIFFER = 60.0  # seconds, at most, from one machine to another


@dataclass(frozen=True, slots=True)
class Health:
    """`dispatch_age` is None before the first dispatch, `lease_age` where no warehouse is taken; in seconds.

    `is_busy` says whether a pass is under way whose worker lives.
    """

    databases: Mapping[str, bool] = field(default_factory=dict)
    dispatch_age: float | None = None
    lease_age: float | None = None
    is_busy: bool = False

    @property
    def has_databases(self) -> bool:
        return all(self.databases.values())

    @property
    def is_dispatched(self) -> bool:
        """A sign of life of the future is of a clock that was wrong, and so is what is scheduled by it."""
        return self.dispatch_age is not None and -CLOCKS_DIFFER < self.dispatch_age <= longest_silence().total_seconds()

    @property
    def is_overdue(self) -> bool:
        """A pass ends at its deadline, and the next dispatch replaces one that died: here neither happened."""
        most = max(timedelta(minutes=settings.RUN_DEADLINE_MINUTES + 2), longest_silence())
        return self.lease_age is not None and self.lease_age > most.total_seconds()

    @property
    def is_well(self) -> bool:
        return self.has_databases and self.is_dispatched and not self.is_overdue


def longest_silence() -> timedelta:
    """Two dispatches may fail; after that nothing is dispatched any more."""
    return 2.5 * timedelta(minutes=settings.SYNC_INTERVAL_MINUTES)


def look() -> Health:
    databases = reachable()
    if not all(databases.values()):
        return Health(databases)
    try:
        beat = Heartbeat.objects.filter(name=DISPATCH).values_list("at", flat=True).first()
        # Where a warehouse was unticked while its worker died, nobody takes its lease over, nor has to.
        held = Lease.objects.exclude(holder="").filter(warehouse__in=ticked_warehouses(), taken_at__isnull=False)
        leases = list(held.order_by("taken_at"))
    except Error as error:
        log.warning("the database answers, but not about the app: %s", type(error).__name__)
        return Health(dict.fromkeys(databases, False))
    oldest = leases[0].taken_at if leases else None
    return Health(databases, _age(beat), _age(oldest), is_busy=any(lease.is_held for lease in leases))


def answer(request: HttpRequest) -> HttpResponse:
    """`/health`: 200 or 503, and why. `/health/live`, or `/health?live`: whether this process answers at all."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    if request.path_info.endswith("/live") or "live" in request.GET:
        return _json({"ok": True}, is_well=True)
    health = look()
    told = {
        "ok": health.is_well,
        "databases": dict(health.databases),
        "dispatch": {"ok": health.is_dispatched, "age": _rounded(health.dispatch_age)},
        "lease": {"ok": not health.is_overdue, "age": _rounded(health.lease_age)},
    }
    return _json(told, is_well=health.is_well)


def _json(told: Mapping[str, Any], *, is_well: bool) -> HttpResponse:
    return JsonResponse(told, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})


def _rounded(age: float | None) -> int | None:
    return None if age is None else round(age)


def _age(at: datetime | None) -> float | None:
    return None if at is None else (timezone.now() - at).total_seconds()


class _Question(threading.Thread):
    """Asks a database whether it is there, in a thread, since one that went away may let us wait for minutes."""

    def __init__(self, alias: str) -> None:
        super().__init__(name=f"health of {alias}", daemon=True)
        self.alias = alias
        self.answered = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            if (path := file_of(connections.settings[self.alias])) and not path.is_file():
                raise FileNotFoundError(path)  # SQLite would make it by being asked
            connection = connections[self.alias]
            with closing(connection), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self.answered = True
        except Exception as error:  # whatever the driver raises, or what it lacks
            self.error = error
            log.warning("database %s does not answer: %s", self.alias, type(error).__name__)


_under_way: dict[str, _Question] = {}


def error_of(alias: str) -> Exception | None:
    """Why a database did not answer when it was asked last; None while it has not said anything."""
    return _under_way[alias].error


def is_waiting() -> bool:
    """Whether a question is still out: a process that ends meanwhile may be aborted by the driver."""
    return any(question.is_alive() for question in _under_way.values())


def reachable(patience: float = PATIENCE) -> dict[str, bool]:
    """Which databases answer. Who asks while a question is out waits for that one: never do they pile up."""
    questions = {alias: _question(alias) for alias in connections}
    for question in questions.values():
        question.join(patience)
    return {alias: question.answered for alias, question in questions.items()}


def _question(alias: str) -> _Question:
    question = _under_way.get(alias)
    if question is None or not question.is_alive():
        question = _under_way[alias] = _Question(alias)
        question.start()
    return question
