"""The first page: each warehouse, whether it is in step and what it brought in today; or the first step to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_q.models import Schedule

from integration import erp_identity
from integration.admin import figures
from integration.admin.chart import bar_chart, day_name
from integration.admin.outcome import NAMES, money
from integration.admin.prerequisites import missing_of
from integration.admin.shown import BAD, OFF, OK, WARN, duration, pill
from integration.alerts import in_step_for
from integration.dispatch import DISPATCH as DISPATCHED
from integration.errors import SyncError
from integration.flows import FLOWS, enabled_flows
from integration.models import Heartbeat, Lease, SyncRequest, SyncRun
from integration.reasons import advice, describe
from integration.schedule import DISPATCH
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA

RIGHTS = ("prextra_models.view_warehouse", "integration.view_syncrun", "integration.view_syncentry")
SHOWN = 2  # prerequisites that are missing, on a card
IN_STEP = 30  # minutes, for two passes may fail, and a large shop takes its time
STOPPED = {SyncRun.Outcome.TRANSIENT, SyncRun.Outcome.CONFIGURATION}


@dataclass(slots=True)
class Card:
    """One warehouse as the page shows it."""

    warehouse: Warehouse
    runs: Mapping[str, SyncRun]
    held: int
    request: SyncRequest | None = None
    missing: Sequence[SyncError] = ()
    documents: list[tuple[Any, int, Any]] = field(default_factory=list)
    sent: Mapping[str, int] = field(default_factory=dict)
    spent: tuple[int, int] = (0, 0)
    good: Mapping[str, datetime] = field(default_factory=dict)
    is_leased: bool = False

    @property
    def key(self) -> str:
        return quote(self.warehouse.pk)

    @property
    def page(self) -> str:
        return reverse("admin:prextra_models_warehouse_change", args=[self.key])

    @property
    def last(self) -> SyncRun | None:
        return max(self.runs.values(), key=lambda run: run.started_at, default=None)

    @property
    def took(self) -> str:
        """How long the last pass took: the runs of its flows begin together, and this one ends last or nearly so."""
        return duration(self.last.seconds) if self.last else ""

    @property
    def is_running(self) -> bool:
        return self.is_leased or (self.request is not None and self.request.state is SyncRequest.State.RUNNING)

    @property
    def stopped(self) -> SyncRun | None:
        """The last run of a flow that is ticked, where something stopped it."""
        return max(self._stopped, key=lambda run: run.started_at, default=None)

    @property
    def _stopped(self) -> list[SyncRun]:
        ticked = [self.runs[one.flow] for one in enabled_flows(self.warehouse) if one.flow in self.runs]
        return [run for run in ticked if run.outcome in STOPPED]

    @property
    def pill(self) -> str:
        if self.is_running:
            return pill(_("running"), OFF)
        if {one.reason for one in self.missing} - {run.reason for run in self._stopped}:
            return pill(_("to be configured"), BAD)
        if not enabled_flows(self.warehouse):
            return pill(_("no flow is ticked"), OFF)
        if self.last is None:
            return pill(_("never synchronised"), OFF)
        if self.stopped:
            return pill(_("at a stop"), BAD)
        if behind := self.behind:
            return pill(behind, WARN)
        if self.held:
            return pill(ngettext("%d to deal with", "%d to deal with", self.held) % self.held, WARN)
        return pill(_("in step"), OK)

    @property
    def behind(self) -> str:
        """Since when a flow that is ticked did not go well, where that is longer than it takes; else empty."""
        goods = [self.good.get(one.flow) for one in enabled_flows(self.warehouse)]
        if None in goods:
            return gettext("not all synchronised yet")
        oldest = min((good for good in goods if good), default=timezone.now())
        if oldest > timezone.now() - in_step_for(IN_STEP):
            return ""
        return gettext("behind for {time}").format(time=timesince(oldest, depth=1))

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """What is wrong, and what to do: the first prerequisites that are missing, else what stopped the last pass."""
        stopped = [self.stopped] if self.stopped and not self.is_running else []
        found: Sequence[Any] = self.missing[:SHOWN] or stopped
        return [(describe(one.reason, one.params), advice(one.reason, one.params)) for one in found]

    @property
    def more_troubles(self) -> int:
        return max(0, len(self.missing) - SHOWN)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the template needs; nothing at all for a reader who may not see warehouses and the log."""
    if not request.user.has_perms(RIGHTS):
        return {}
    warehouses = list(_warehouses())
    shown: dict[str, Any] = {
        "may_ask": request.user.has_perm("integration.add_syncrequest"),
    }
    if not warehouses:
        return {**shown, "first_steps": _first_steps()}
    codes = [warehouse.pk for warehouse in warehouses]
    period = figures.Period()
    held = figures.held_now(codes)
    written = figures.written(codes, period)
    cards = _cards(warehouses, held, written, period)
    schedule = _schedule()
    is_dispatched = _is_dispatched()
    return {
        **shown,
        "cards": cards,
        "schedule": schedule if is_dispatched else None,
        "stands_still": schedule is not None and not is_dispatched,
        "is_copy": any(one.reason in erp_identity.REASONS for card in cards for one in card.missing),
        **_history(codes, period, written, sum(held.values())),
    }


def _warehouses() -> Any:
    """Those that somebody began to configure: a flow ticked, or a field of the tab Shopify filled."""
    begun = Q(shopify_url__gt="") | Q(shopify_api_key__gt="") | Q(shopify_customer__isnull=False)
    for definition in FLOWS:
        begun |= Q(**{definition.flag: True})
    return Warehouse.objects.using(PREXTRA).filter(begun).select_related("company", "shopify_customer").order_by("pk")


def _cards(
    warehouses: Sequence[Warehouse],
    held: Mapping[str, int],
    written: Sequence[figures.Written],
    period: figures.Period,
) -> list[Card]:
    codes = [warehouse.pk for warehouse in warehouses]
    runs, spent = figures.last_runs(codes), figures.spent_today(codes, period)
    under_way = {one.warehouse: one for one in SyncRequest.objects.filter(finished_at=None).defer("result")}
    today = {(one.warehouse, one.kind): one for one in written if one.day == period.today}
    cards = []
    for warehouse in warehouses:
        code = warehouse.pk
        card = Card(warehouse, runs.get(code, {}), held.get(code, 0), under_way.get(code))
        found = [(name, today.get((code, kind))) for kind, name in NAMES.items()]
        card.documents = [(name, one.count, money(one.amount)) for name, one in found if one]
        card.sent = {kind: today[code, kind].count for kind in figures.SENT if (code, kind) in today}
        card.spent = spent.get(code, (0, 0))
        cards.append(card)
    ticked = {one.pk: [flow.flow for flow in enabled_flows(one)] for one in warehouses}
    good = figures.last_good(ticked, timezone.now() - in_step_for(IN_STEP))
    leased = {lease.warehouse for lease in Lease.objects.filter(warehouse__in=codes) if lease.is_held}
    for card in cards:
        card.good, card.is_leased = good[card.warehouse.pk], card.warehouse.pk in leased
    missing = missing_of([warehouse for warehouse in warehouses if enabled_flows(warehouse)])
    for card in cards:
        card.missing = missing.get(card.warehouse.pk, ())
    return cards


def _schedule() -> tuple[datetime | None, int | None] | None:
    """When the workers' next pass begins, and after how many minutes another; None where nothing runs by itself."""
    planned = Schedule.objects.filter(func=DISPATCH).exclude(repeats=0).order_by("next_run").first()
    return (planned.next_run, planned.minutes) if planned else None


def _is_dispatched() -> bool:
    """Whether the workers gave a sign of life lately: the schedule alone is a row, and begins nothing."""
    lately = timezone.now() - 3 * timedelta(minutes=settings.SYNC_INTERVAL_MINUTES)
    return Heartbeat.objects.filter(name=DISPATCHED, at__gte=lately).exists()


def _history(
    codes: Sequence[str], period: figures.Period, written: Sequence[figures.Written], held: int
) -> dict[str, Any]:
    documents = [0] * figures.DAYS
    for one in written:
        if one.kind in figures.DOCUMENTS:
            documents[one.day] += one.count
    waiting = figures.held_by_day(codes, period, held)
    return {
        "charts": [
            bar_chart(_("Documents brought in, each day"), period.days, documents, "written"),
            bar_chart(_("Held at the end of each day"), period.days, waiting, "held"),
        ],
        "days": [
            (day_name(day), count, waits) for day, count, waits in zip(period.days, documents, waiting, strict=True)
        ][::-1],
    }


def _first_steps() -> dict[str, Any]:
    """Where to begin while no warehouse has anything of Shopify: at the company, or at the warehouse if that is done."""
    company_ready = Company.objects.using(PREXTRA).filter(shopify_enabled=True).exists()
    step = "warehouse" if company_ready else "company"
    return {"company_ready": company_ready, "page": reverse(f"admin:prextra_models_{step}_changelist")}
