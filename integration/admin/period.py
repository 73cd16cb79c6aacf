"""A time to look at, by its days and months: what Django's date hierarchy does, without reading the whole table for it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Min, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from integration.models import SyncRun

TODAY, YESTERDAY, WEEK = "today", "yesterday", "week"


class PeriodFilter(admin.SimpleListFilter):
    """Today, yesterday, seven days, a month such as 2026-11; within a month one of its days, such as 2026-11-24."""

    title = _("period")
    parameter_name = "period"
    column = "at"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        today = timezone.localdate()
        oldest = SyncRun.objects.aggregate(oldest=Min("started_at"))["oldest"]
        months = list(_months(timezone.localdate(oldest) if oldest else today, today))
        return [
            (TODAY, _("today")),
            (YESTERDAY, _("yesterday")),
            (WEEK, _("the last 7 days")),
            *((f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT")) for month in months),
        ]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Below the month that was chosen come its days."""
        chosen = self.value() or ""
        values = ["", *(str(value) for value, _name in self.lookup_choices)]
        for choice, value in zip(super().choices(changelist), values, strict=True):
            is_month = value[:1].isdigit() and value == chosen[:7]
            yield {**choice, "selected": choice["selected"] or is_month}
            if is_month:
                yield from self._days(changelist, chosen)

    def _days(self, changelist: ChangeList, chosen: str) -> Iterator[Any]:
        first, last = _span(chosen[:7])
        for number in range((last - first).days):
            day = first + timedelta(days=number)
            if day <= timezone.localdate():
                query = changelist.get_query_string({self.parameter_name: day.isoformat()})
                name = "\N{EN DASH}\N{NO-BREAK SPACE}" + date_format(day, "MONTH_DAY_FORMAT")
                yield {"selected": chosen == day.isoformat(), "query_string": query, "display": name}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (value := self.value()):
            return queryset
        try:
            first, until = _span(value)
        except (ValueError, OverflowError):
            return queryset.none()
        return queryset.filter(**{f"{self.column}__gte": _midnight(first), f"{self.column}__lt": _midnight(until)})


class BeganFilter(PeriodFilter):
    """The same of runs."""

    column = "started_at"


def _span(value: str) -> tuple[date, date]:
    """The first day, and the day after the last. Raises ValueError for what is no period."""
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    named = {TODAY: (today, tomorrow), YESTERDAY: (today - timedelta(days=1), today)}
    named[WEEK] = (tomorrow - timedelta(days=7), tomorrow)
    if value in named:
        return named[value]
    if len(value) == 7:
        first = date.fromisoformat(f"{value}-01")
        return first, first + timedelta(days=monthrange(first.year, first.month)[1])
    day = date.fromisoformat(value)
    return day, day + timedelta(days=1)


def _months(oldest: date, newest: date) -> Iterator[date]:
    """The first days of the months, the newest first."""
    month = newest.replace(day=1)
    while month >= oldest.replace(day=1):
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
