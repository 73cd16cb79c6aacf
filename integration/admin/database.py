"""« Base de données de Prextra »: which one the sync may write for, and the page where a manager confirms another (W6)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.admin import history
from integration.admin.readonly import ReadOnlyAdmin
from integration.erp_identity import Identity, confirm, current_identity, known_identity, objections
from integration.models import KnownDatabase
from integration.reasons import describe

RIGHT = "integration.change_knowndatabase"


@admin.register(KnownDatabase)
class KnownDatabaseAdmin(history.ToldHistory, ReadOnlyAdmin):
    """The newest one counts; the others say who confirmed what, and when."""

    list_display = ("name", "server", "confirmed_at", "by")
    fields = ("name", "server", "confirmed_at", "by")
    readonly_fields = ("by",)
    change_list_template = "admin/integration/knowndatabase/change_list.html"

    @admin.display(description=_("confirmed by"), ordering="confirmed_by")
    def by(self, known: KnownDatabase) -> str:
        return known.confirmed_by or gettext("the first pass")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirm_view)
        return [path("confirm/", view, name="integration_knowndatabase_confirm"), *super().get_urls()]

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Both databases, and what it means to confirm; by POST, the one that was shown is the known one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        current = current_identity()
        if request.method == "POST":
            return self._confirm(request, current)
        found = objections()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Prextra's database"),
            "current": current,
            "known": known_identity(),
            "objections": [describe(one.reason, one.params) for one in found],
            "may_confirm": request.user.has_perm(RIGHT),
        }
        return TemplateResponse(request, "admin/integration/knowndatabase/confirm.html", context)

    def _confirm(self, request: HttpRequest, current: Identity) -> HttpResponse:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        shown = Identity(request.POST.get("server", ""), request.POST.get("name", ""))
        if shown != current:
            text = gettext("The program was linked to another database meanwhile: look again before you confirm.")
            messages.error(request, text)
        elif objections():
            row = confirm(current, by=request.user.get_username())
            history.note(request, [row], "confirm", database=str(current))
            messages.success(request, gettext("Confirmed. The next pass begins by itself."))
        return redirect("admin:integration_knowndatabase_confirm")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        extra = {"objections": bool(objections())}
        return super().changelist_view(request, {**extra, **(extra_context or {})})
