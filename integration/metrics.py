"""`/metrics` for Prometheus: read from the database at each scrape, for no process knows what the others did."""

from __future__ import annotations

import hmac
import ipaddress
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import Error
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_q.brokers import get_broker
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from integration import health
from integration.flows import FLOWS
from integration.models import Flow, HeldRecord, Lease, SyncEntry, SyncRun
from integration.runs import LONGEST_RUN
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

PREFIX = "prextra_shopify_"
GOOD = (SyncRun.Outcome.DONE, SyncRun.Outcome.HELD)
RECENT, LONG_AGO = timedelta(hours=1), timedelta(days=7)
PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO", "HTTP_VIA")

Ticked = Mapping[str, frozenset[Flow]]


def answer(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(_FromDatabase())
    try:
        text = generate_latest(registry)
    except Error:
        return HttpResponse(status=503)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def _may_read(request: HttpRequest) -> bool:
    """By the token; without one, from this machine itself, and not for somebody behind a proxy on it."""
    if token := settings.METRICS_TOKEN:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(header in request.META for header in PROXIED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class _FromDatabase(Collector):
    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering it does not ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        state = health.look()
        yield _gauge("database_up", "Whether the database answers", "database", state.databases)
        if not state.has_databases:
            return
        if state.dispatch_age is not None:
            yield _gauge("last_dispatch_age_seconds", "Since the last dispatch", "", {"": state.dispatch_age})
        ticked = ticked_flows()
        yield _gauge("warehouses", "Warehouses with a flow that is ticked", "", {"": len(ticked)})
        held = Lease.objects.exclude(holder="").filter(expires_at__gt=timezone.now()).count()
        yield _gauge("leases_held", "Passes under way", "", {"": held})
        text = "Since the end of the last good run of the flow that is furthest behind"
        yield _gauge("last_good_pass_age_seconds", text, "warehouse", good_ages(ticked))
        yield _gauge("held_records", "Records that are held", "warehouse", dict.fromkeys(ticked, 0) | _held())
        yield _gauge("queue_length", "Tasks that wait for a worker", "", {"": _queue_length()})
        yield _gauge("runs_last_hour", "Runs that began within an hour", "outcome", _outcomes())
        yield _gauge("documents_today", "Documents and items written today", "kind", _documents())


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(PREFIX + name, text, labels=[label] if label else None)
    for value_of, value in values.items():
        gauge.add_metric([value_of] if label else [], value)
    return gauge


def ticked_flows() -> Ticked:
    rows = Warehouse.objects.using(PREXTRA).values_list("pk", *(one.flag for one in FLOWS))
    flows = {code: frozenset(one.flow for one, on in zip(FLOWS, flags, strict=True) if on) for code, *flags in rows}
    return {code: ticked for code, ticked in flows.items() if ticked}


def good_ages(ticked: Ticked) -> dict[str, float]:
    """Infinite after a week, and for a warehouse that never was in step: a value that is missing would raise no alarm."""
    now = timezone.now()
    last = _last_good(ticked, now - RECENT)
    late = {code: flows for code, flows in ticked.items() if any((code, flow) not in last for flow in flows)}
    if late:
        last = _last_good(late, now - LONG_AGO) | last
    return {
        code: max((now - last[code, flow]).total_seconds() if (code, flow) in last else math.inf for flow in flows)
        for code, flows in ticked.items()
    }


def _last_good(warehouses: Iterable[str], since: datetime) -> dict[tuple[str, str], datetime]:
    """Runs have an index by time: within the last hour are mostly all, and few."""
    runs = SyncRun.objects.filter(started_at__gte=since, outcome__in=GOOD, warehouse__in=list(warehouses)).order_by()
    rows = runs.values_list("warehouse", "flow").annotate(last=Max("finished_at"))
    return {(warehouse, flow): last for warehouse, flow, last in rows}


def _held() -> dict[str, int]:
    held = HeldRecord.objects.filter(ignored_at=None).order_by()
    return dict(held.values_list("warehouse").annotate(count=Count("pk")))


def _queue_length() -> float:
    try:
        return float(get_broker().queue_size())
    except Exception:  # a queue elsewhere that is not there: all else is worth telling
        return math.nan


def _outcomes() -> dict[str, int]:
    runs = SyncRun.objects.filter(started_at__gte=timezone.now() - RECENT).order_by()
    counts = dict(runs.values_list("outcome").annotate(count=Count("pk")))
    return {str(outcome): counts.get(outcome, 0) for outcome in SyncRun.Outcome.values}


def _documents() -> dict[str, int]:
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    entries = SyncEntry.objects.filter(
        run__started_at__gte=midnight - LONGEST_RUN, at__gte=midnight, outcome=SyncEntry.Outcome.WRITTEN
    )
    counts = dict(entries.order_by().values_list("kind").annotate(count=Count("pk")))
    return {str(kind): counts.get(kind, 0) for kind in SyncEntry.Kind.values}
