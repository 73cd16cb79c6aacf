"""« Synchroniser maintenant »: a pass or its preview is asked for, watched, and what came of it is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from integration import jobs
from integration.admin.outcome import outcome_of
from integration.admin.shown import BAD, OFF, OK, WARN, pill
from integration.checks import missing_prerequisites
from integration.flows import enabled_flows
from integration.models import Flow, SyncRequest
from integration.reasons import advice, describe
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

State = SyncRequest.State

SEEN = ("prextra_models.view_warehouse", "integration.view_syncrequest")
ASKED = "integration.add_syncrequest"
LATEST = 10
OVER = {State.FINISHED, State.STOPPED, State.LOST}
TONES = {State.FINISHED: OK, State.STOPPED: BAD, State.LOST: BAD, State.UNATTENDED: WARN}
STAGES = {Flow.ORDERS: _("Orders are looked at."), Flow.ITEMS: _("Items are looked at.")}


def urls(site: AdminSite) -> list[URLPattern]:
    return [
        path("sync/<str:code>/", site.admin_view(sync_page), {"site": site}, name="sync_now"),
        path("sync/<str:code>/<int:pk>/", site.admin_view(request_page), {"site": site}, name="sync_request"),
        path("sync/<str:code>/<int:pk>/progress/", site.admin_view(progress), name="sync_progress"),
    ]


def sync_page(request: HttpRequest, code: str, site: AdminSite) -> HttpResponse:
    """The last requests and the two buttons; by POST, a new request."""
    warehouse = _warehouse(request, code)
    if request.method == "POST":
        return _ask(request, warehouse)
    missing = missing_prerequisites(warehouse) if enabled_flows(warehouse) else []
    asked = list(SyncRequest.objects.filter(warehouse=warehouse.pk)[:LATEST])
    context = {
        **site.each_context(request),
        "title": _("Synchronise {warehouse}").format(warehouse=warehouse),
        "warehouse": warehouse,
        "key": code,
        "troubles": _told([[one.reason, one.params] for one in missing]),
        "under_way": next((one for one in asked if one.state not in OVER), None),
        "may_ask": request.user.has_perm(ASKED),
        "rows": [(one, state_pill(one)) for one in asked],
    }
    return TemplateResponse(request, "admin/sync_now.html", context)


def _ask(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    if not request.user.has_perm(ASKED):
        raise PermissionDenied
    dry_run = request.POST.get("kind") != "pass"  # in doubt, what writes nothing
    asked, is_new = jobs.ask(warehouse.pk, dry_run=dry_run, by=request.user.get_username())
    if not is_new:
        messages.info(request, gettext("One was under way already for this warehouse: here it is."))
    return redirect("admin:sync_request", quote(warehouse.pk), asked.pk)


@require_safe
def request_page(request: HttpRequest, code: str, pk: int, site: AdminSite) -> HttpResponse:
    """How far the request is; once it is over, what came of it."""
    warehouse = _warehouse(request, code)
    asked = get_object_or_404(SyncRequest, pk=pk, warehouse=warehouse.pk)
    title = _("Preview of {warehouse}") if asked.dry_run else _("Synchronisation of {warehouse}")
    problems = asked.result.get("problems") or ([[asked.reason, asked.params]] if asked.reason else [])
    if asked.state is State.LOST:
        problems = [["request_lost", {}]]
    context = {
        **site.each_context(request),
        "title": title.format(warehouse=warehouse),
        "warehouse": warehouse,
        "key": code,
        "asked": asked,
        "state": asked.state,
        "pill": state_pill(asked),
        "is_over": asked.state in OVER,
        "how_far": _how_far(asked),
        "troubles": _told(problems),
        "may_ask": request.user.has_perm(ASKED),
        "outcome": outcome_of(asked) if asked.state is State.FINISHED or asked.state is State.STOPPED else None,
    }
    return TemplateResponse(request, "admin/sync_now_request.html", context)


@require_safe
def progress(request: HttpRequest, code: str, pk: int) -> JsonResponse:
    """How far the request is, for progress.js."""
    warehouse = _warehouse(request, code)
    return JsonResponse(_how_far(get_object_or_404(SyncRequest, pk=pk, warehouse=warehouse.pk)))


def state_pill(asked: SyncRequest) -> str:
    state = asked.state
    return pill(state.label, TONES.get(state, OFF))


def _how_far(asked: SyncRequest) -> dict[str, Any]:
    stage = STAGES.get(asked.result.get("stage", ""), _("The shop and Prextra are being read."))
    waits = {State.WAITING: _("It begins in a moment."), State.UNATTENDED: _("Still waiting.")}
    counted = gettext("{done} of {total}").format(done=_number(asked.done), total=_number(asked.total))
    return {
        "state": asked.state,
        "stage": str(waits.get(asked.state, stage)),
        "count": counted if asked.total else "",
        "done": asked.done,
        "total": asked.total,
    }


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)


def _told(problems: list[Any]) -> list[tuple[str, str]]:
    """Each problem once: what is wrong, and what to do."""
    return list(dict.fromkeys((describe(reason, params), advice(reason, params)) for reason, params in problems))


def _warehouse(request: HttpRequest, code: str) -> Warehouse:
    if not request.user.has_perms(SEEN):
        raise PermissionDenied
    return get_object_or_404(Warehouse.objects.using(PREXTRA).select_related("company"), pk=unquote(code))
