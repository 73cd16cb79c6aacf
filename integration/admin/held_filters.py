"""How the list of what is held is narrowed down: what waits or is ignored, and for which reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integration import reasons
from integration.models import HeldRecord

IGNORED, ALL = "ignored", "all"


class StateFilter(admin.SimpleListFilter):
    """What waits, unless one asks for what is ignored too."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [(IGNORED, _("ignored records")), (ALL, _("all"))]

    def choices(self, changelist: ChangeList) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("to be dealt with")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[HeldRecord]) -> QuerySet[HeldRecord]:
        if self.value() == ALL:
            return queryset
        return queryset.filter(ignored_at__isnull=self.value() != IGNORED)


class ReasonFilter(admin.SimpleListFilter):
    """Each reason that something waits for, as a sentence, with how many they are."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        counts = HeldRecord.objects.order_by().values_list("reason")
        waiting, ignored = Q(ignored_at=None), Q(ignored_at__isnull=False)
        state = {IGNORED: ignored, ALL: Q()}.get(request.GET.get("state", ""), waiting)
        found = counts.filter(state).annotate(count=Count("pk")).order_by("-count", "reason")
        return [(code, f"{reasons.outline(code)} ({count})") for code, count in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[HeldRecord]) -> QuerySet[HeldRecord]:
        return queryset.filter(reason=self.value()) if self.value() else queryset
