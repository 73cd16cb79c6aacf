"""What the workers carry out: the dispatch, a pass that is due, and one that someone asked for, or its preview;
and what people are told.

django-q2 stores the paths of `dispatch`, `sync`, `tell` and `carry_out` with its tasks and schedules, so they stay where they are.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.db import Error
from django.db.models import QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from integration import alerts, leases, runs
from integration import dispatch as dispatching
from integration.cycle import PassReport, run_pass
from integration.errors import TransientError
from integration.flows import enabled_flows
from integration.models import Flow, SyncRequest
from integration.transient import busy, drop_broken
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

log = logging.getLogger("integration.jobs")

CARRY_OUT = "integration.jobs.carry_out"
MOST_KEPT = 500  # orders, and as many items, of a preview
PAUSE = 0.5  # seconds between two notes of how far it is


def dispatch() -> int:
    """Announces a pass over each warehouse that is due, and again what was asked for and is still waiting."""
    announced = dispatching.dispatch()
    late = timezone.now() - SyncRequest.TAKEN_WITHIN
    _announce(SyncRequest.objects.filter(requested_at__lt=late))
    return announced


def sync(warehouse: str, ticket: str) -> None:
    """A pass over the warehouse, where its ticket is not spent; then what was asked for meanwhile is announced."""
    if hold := leases.take(warehouse, ticket):
        with _alone(warehouse, hold):
            run_pass(warehouse, guard=hold)


def pass_now(warehouse: str, **options: Any) -> PassReport:
    """A pass at once, with the options of `run_pass`; its error is `warehouse_busy` where another one is under way."""
    if options.get("dry_run"):
        return run_pass(warehouse, **options)
    hold = leases.take(warehouse)
    if hold is None:
        since = (row.taken_at if (row := leases.current(warehouse)) else None) or timezone.now()
        busy = TransientError("warehouse_busy", warehouse=warehouse, since=f"{timezone.localtime(since):%H:%M}")
        return PassReport(warehouse, error=busy)
    with _alone(warehouse, hold):
        return run_pass(warehouse, guard=hold, **options)


@contextmanager
def _alone(warehouse: str, hold: leases.Hold) -> Iterator[None]:
    """The block has the warehouse for itself: what says that it is under way there was left by one that died."""
    with structlog.contextvars.bound_contextvars(warehouse=warehouse), hold.working():
        runs.close_interrupted(warehouse, older_than=timedelta())
        lost = SyncRequest.objects.filter(
            warehouse=warehouse, dry_run=False, started_at__isnull=False, finished_at=None
        )
        lost.update(finished_at=timezone.now(), **_stopped("request_lost"))
        yield
    _announce_next(warehouse)


def _announce_next(warehouse: str) -> None:
    _announce(SyncRequest.objects.filter(warehouse=warehouse))
    dispatching.follow(warehouse)


def _announce(requests: QuerySet[SyncRequest]) -> None:
    for pk in requests.filter(started_at=None, finished_at=None).values_list("pk", flat=True):
        async_task(CARRY_OUT, pk, save=False)


def ask(warehouse: str, *, dry_run: bool, by: str) -> tuple[SyncRequest, bool]:
    """The request that is under way over the warehouse, else a new one; and whether it is new.

    One that nobody takes is announced again: its task may be lost, and a second one finds nothing to do.
    """
    _give_up_lost(warehouse)
    _forget_old()
    request, is_new = SyncRequest.objects.get_or_create(
        warehouse=warehouse, finished_at=None, defaults={"dry_run": dry_run, "requested_by": by}
    )
    if is_new or request.state is SyncRequest.State.UNATTENDED:
        try:
            async_task(CARRY_OUT, request.pk, save=False)
        except Exception as error:  # the queue is away: the request stays, and the next dispatch announces it
            log.error("request %s could not be announced: %s", request.pk, type(error).__name__)
    return request, is_new


def carry_out(request_pk: int) -> None:
    """Carries a request out, once however often it is delivered, and notes what came of it, whatever happens.

    While another pass over the warehouse is under way it goes on waiting: that pass announces it at its end.
    """
    request = SyncRequest.objects.filter(pk=request_pk, started_at=None, finished_at=None).first()
    if request is None:
        return
    if request.dry_run:
        _carry_out(request, leases.FREE)
    elif hold := leases.take(request.warehouse):
        with _alone(request.warehouse, hold):
            _carry_out(request, hold)


def _carry_out(request: SyncRequest, guard: leases.Guard) -> None:
    row = SyncRequest.objects.filter(pk=request.pk)
    if not row.filter(started_at=None, finished_at=None).update(started_at=timezone.now()):
        return
    ending = _stopped("request_lost")
    try:
        report = run_pass(request.warehouse, dry_run=request.dry_run, progress=Meter(request), guard=guard)
        ending = _ending(report, request)
    except Exception as error:
        log.error("request %s for warehouse %s: %s", request.pk, request.warehouse, type(error).__name__)
        lost = busy(error)
        ending = _stopped(lost.reason) if lost else _stopped("unexpected", {"details": type(error).__name__})
        drop_broken()
    finally:
        row.update(finished_at=timezone.now(), **ending)


class Meter:
    """Notes on the request how far its pass is: orders first, then items, each counted from nothing."""

    def __init__(self, request: SyncRequest) -> None:
        self.row = SyncRequest.objects.filter(pk=request.pk)
        self.stages = _stages(request.warehouse)
        self.stage = ""
        self.noted = 0.0

    def __call__(self, done: int, total: int) -> None:
        begins = done == 0 and bool(self.stages)
        if begins:
            self.stage = self.stages.pop(0)
        now = time.monotonic()
        if begins or done == total or now - self.noted >= PAUSE:
            self.noted = now
            with suppress(Error):  # nobody's pass may fail because of who watches it
                self.row.update(done=done, total=total, result={"stage": self.stage})


def _stages(warehouse: str) -> list[str]:
    row = Warehouse.objects.using(PREXTRA).filter(pk=warehouse).first()
    flows = {definition.flow for definition in enabled_flows(row)} if row else set()
    stages = {Flow.ORDERS: flows - {Flow.ITEMS}, Flow.ITEMS: flows & {Flow.ITEMS}}
    return [str(stage.value) for stage, ticked in stages.items() if ticked]


def _give_up_lost(warehouse: str) -> None:
    for request in SyncRequest.objects.filter(warehouse=warehouse, finished_at=None):
        if request.state is SyncRequest.State.LOST:
            row = SyncRequest.objects.filter(pk=request.pk, finished_at=None)
            row.update(finished_at=timezone.now(), **_stopped("request_lost"))


def _forget_old() -> None:
    """As long as the log is kept, so are requests."""
    SyncRequest.objects.filter(finished_at__lt=timezone.now() - timedelta(days=settings.LOG_KEEP_DAYS)).delete()


def _stopped(reason: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"reason": reason, "params": dict(params or {}), "result": {"stopped": True}}


def _ending(report: PassReport, request: SyncRequest) -> dict[str, Any]:
    """What the request's row says in the end. `result` is JSON: numbers, texts, and amounts as texts."""
    problem = report.error or report.warning
    result: dict[str, Any] = {
        "stopped": report.error is not None,
        "held": report.held,
        "examined": report.examined,
        "problems": [_told(one) for one in report.problems],
        "runs": [run.pk for run in report.runs.values()],
    }
    if request.dry_run:
        result |= {"resting": report.resting, **_found(report)}
    reason, params = (problem.reason, dict(problem.params)) if problem else ("", {})
    return {"reason": reason, "params": params, "result": result}


def _found(report: PassReport) -> dict[str, Any]:
    """The first orders and items of a preview, and the sums of all of them."""
    sums: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for _name, documents, _problems in report.planned:
        for one in documents:
            count, amount = sums[one.kind]
            sums[one.kind] = count + 1, amount + (one.amount or 0)
    return {
        "documents": {kind: [count, str(amount)] for kind, (count, amount) in sums.items()},
        "order_count": len(report.planned),
        "orders": [
            {
                "name": name,
                "documents": [[one.kind, None if one.amount is None else str(one.amount)] for one in documents],
                "problems": [_told(one) for one in problems],
            }
            for name, documents, problems in report.planned[:MOST_KEPT]
        ],
        "item_count": len(report.planned_items),
        "items": [
            {"name": one.item, "what": list(one.what), "problems": [_told(one.problem)] if one.problem else []}
            for one in report.planned_items[:MOST_KEPT]
        ],
    }


def _told(problem: Any) -> list[Any]:
    return [problem.reason, dict(problem.params)]


def tell() -> None:
    """Tells people by e-mail what needs them, and what is over."""
    alerts.tell()


def tidy() -> None:
    """Once a day: takes away what is older than the log is kept."""
    runs.prune()
    alerts.forget_old()
    _forget_old()
