"""« Historique »: who did what in the admin, and when. Kept as codes, so that each reader has it in their language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from integration.admin.readonly import ReadOnlyAdmin
from integration.admin.shown import moment, two_lines
from integration.models import HistoryLine

DONE: Mapping[str, Any] = {
    "retry": _("Try again"),
    "ignore": _("Ignored: {remark}"),
    "restore": _("Not ignored any more"),
    "confirm": _("Database confirmed: {database}"),
    "compare": _("Compared with Shopify again at the next pass."),
}


def note(request: HttpRequest, records: Any, done: str, **params: str) -> None:
    """A line in the history of each of these records: who did this, and when."""
    user: Any = request.user
    LogEntry.objects.log_actions(user.pk, records, CHANGE, [{"done": done, **params}])


def told(line: LogEntry) -> str:
    """What was done, as Django says it where it was an addition, a change or a deletion."""
    try:
        first = json.loads(line.change_message)[0]
        return str(DONE[first["done"]]).format_map(first)
    except (ValueError, LookupError, TypeError):
        return line.get_change_message() or str(line.get_action_flag_display())


class ToldHistory(admin.ModelAdmin):  # type: ignore[type-arg]
    """For an admin whose records have lines of `note` in their history."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().history_view(request, object_id, extra_context)
        for line in (getattr(answer, "context_data", None) or {}).get("action_list", ()):
            line.change_message = told(line)
        return answer


@admin.register(HistoryLine)
class HistoryAdmin(ReadOnlyAdmin):
    list_display = ("when", "who", "what", "done")
    list_display_links = None
    list_select_related = ("user", "content_type")
    list_filter = ("action_flag", ("user", admin.RelatedOnlyFieldListFilter))
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("object_repr", "object_id")
    search_help_text = _("Name or code of what was changed")
    fields = ("when", "who", "what", "done")
    readonly_fields = fields

    @admin.display(description=_("time"), ordering="action_time")
    def when(self, line: HistoryLine) -> str:
        return moment(line.action_time)

    @admin.display(description=_("by"), ordering="user__username")
    def who(self, line: HistoryLine) -> str:
        return line.user.get_username()

    @admin.display(description=_("record"), ordering="object_repr")
    def what(self, line: HistoryLine) -> str:
        kind = capfirst(line.content_type.name) if line.content_type else ""
        page = None if line.action_flag == DELETION else line.get_admin_url()
        name = format_html('<a href="{}">{}</a>', page, line.object_repr) if page else line.object_repr
        return two_lines(name, kind)

    @admin.display(description=_("what was done"))
    def done(self, line: HistoryLine) -> str:
        return told(line)
