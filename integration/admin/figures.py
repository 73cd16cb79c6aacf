"""The dashboard's figures: in a few statements for all warehouses at once, whatever the log's size."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Max, QuerySet, Sum, Value, When
from django.utils import timezone

from integration.models import HeldRecord, SyncEntry, SyncRun
from integration.runs import LONGEST_RUN

DAYS = 14
LATEST = 400  # runs among which the last ones of nearly all warehouses are
DOCUMENTS = (
    SyncEntry.Kind.SALES_ORDER,
    SyncEntry.Kind.PREPAYMENT,
    SyncEntry.Kind.SHIPMENT,
    SyncEntry.Kind.INVOICE,
)
GOOD = (SyncRun.Outcome.DONE, SyncRun.Outcome.HELD)
SENT = (SyncEntry.Kind.PRODUCT, SyncEntry.Kind.STOCK)


@dataclass(frozen=True, slots=True)
class Written:
    """How many documents, or items, of one kind were written on a day, and their sum in the company's currency."""

    warehouse: str
    day: int
    kind: str
    count: int
    amount: Decimal


class Period:
    """The last days in the company's time zone, today as the last of them. A day is known by its place."""

    def __init__(self) -> None:
        today = timezone.localdate()
        self.days = [today - timedelta(days=DAYS - 1 - place) for place in range(DAYS)]
        self.starts = [_midnight(day) for day in self.days]

    @property
    def start(self) -> datetime:
        return self.starts[0]

    @property
    def today(self) -> int:
        return DAYS - 1

    def day_of(self, column: str) -> Case:
        """The place of the day of a time, told by comparing: far quicker than asking for each row's local date."""
        newest_first = reversed(list(enumerate(self.starts)))
        return Case(
            *(When(**{f"{column}__gte": start}, then=Value(place)) for place, start in newest_first),
            output_field=IntegerField(),
        )


def written(warehouses: Collection[str], period: Period) -> list[Written]:
    """What was written by warehouse, day and kind. Runs have an index by time, so entries are found through them."""
    entries = SyncEntry.objects.filter(
        run__started_at__gte=period.start - LONGEST_RUN,
        run__warehouse__in=warehouses,
        at__gte=period.start,
        outcome=SyncEntry.Outcome.WRITTEN,
        kind__in=(*DOCUMENTS, *SENT),
    )
    rows = entries.order_by().values_list("run__warehouse", period.day_of("at"), "kind")
    return [
        Written(warehouse, day, kind, count, amount or Decimal(0))
        for warehouse, day, kind, count, amount in rows.annotate(count=Count("pk"), sum=Sum("amount"))
    ]


def held_now(warehouses: Collection[str]) -> dict[str, int]:
    held = HeldRecord.objects.filter(warehouse__in=warehouses, ignored_at=None).order_by()
    return dict(held.values_list("warehouse").annotate(count=Count("pk")))


def held_by_day(warehouses: Collection[str], period: Period, now: int) -> list[int]:
    """How much was held at the end of each day, as the last run of each flow had found it; `now` is today's figure."""
    runs = SyncRun.objects.filter(
        warehouse__in=warehouses, started_at__gte=period.start, finished_at__isnull=False
    ).order_by()
    last = runs.values_list("warehouse", "flow", period.day_of("started_at")).annotate(last=Max("pk"))
    place = {pk: (day, (warehouse, flow)) for warehouse, flow, day, pk in last}
    found: list[dict[Any, int]] = [{} for _ in period.days]
    for pk, held in SyncRun.objects.filter(pk__in=place).values_list("pk", "held"):
        day, key = place[pk]
        found[day][key] = held
    standing: dict[Any, int] = {}
    sums = []
    for of_day in found:
        standing |= of_day  # a day without a run leaves what was held as it was
        sums.append(sum(standing.values()))
    return [*sums[:-1], now]


def spent_today(warehouses: Collection[str], period: Period) -> dict[str, tuple[int, int]]:
    """Requests to Shopify and their points."""
    runs = SyncRun.objects.filter(warehouse__in=warehouses, started_at__gte=period.starts[-1]).order_by()
    sums = runs.values_list("warehouse").annotate(requests=Sum("requests"), points=Sum("points"))
    return {warehouse: (requests, points) for warehouse, requests, points in sums}


def last_runs(warehouses: Sequence[str]) -> dict[str, dict[str, SyncRun]]:
    """The last run of each flow, by warehouse. Mostly they are among the latest; only for the others is more read."""
    found: dict[str, dict[str, SyncRun]] = {}
    runs = SyncRun.objects.defer("traceback")
    _note(found, runs.filter(warehouse__in=warehouses)[:LATEST])
    if others := [warehouse for warehouse in warehouses if warehouse not in found]:
        last = SyncRun.objects.filter(warehouse__in=others).order_by().values("warehouse", "flow")
        _note(found, runs.filter(pk__in=last.annotate(last=Max("pk")).values("last")))
    return found


def last_good(ticked: Mapping[str, Collection[str]], since: datetime) -> dict[str, dict[str, datetime]]:
    """When the last run that went well of each flow began, by warehouse. `ticked` are the flows of each warehouse: only
    where one of them has none since then is the whole log asked."""
    good = SyncRun.objects.filter(outcome__in=GOOD).order_by().values_list("warehouse", "flow")
    found: dict[str, dict[str, datetime]] = {code: {} for code in ticked}
    for code, flow, last in good.filter(warehouse__in=ticked, started_at__gte=since).annotate(last=Max("started_at")):
        found[code][flow] = last
    if late := [code for code, flows in ticked.items() if set(flows) - found[code].keys()]:
        for code, flow, last in good.filter(warehouse__in=late).annotate(last=Max("started_at")):
            found[code][flow] = last
    return found


def _note(found: dict[str, dict[str, SyncRun]], runs: QuerySet[SyncRun]) -> None:
    for run in runs:  # the newest first
        found.setdefault(run.warehouse, {}).setdefault(run.flow, run)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
