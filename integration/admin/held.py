"""« À traiter »: what could not go through, why, and what a person does about it: correct, try again, ignore, restore."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from integration import reasons, runs
from integration.admin import history
from integration.admin.asked import SelectedRows, holding, read_id
from integration.admin.held_filters import IGNORED, ReasonFilter, StateFilter
from integration.admin.links import item_link, log_link, shopify_link
from integration.admin.readonly import ReadOnlyAdmin
from integration.admin.remedies import remedy_link
from integration.admin.shown import OFF, age, moment, pill, two_lines
from integration.models import Flow, HeldRecord
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA

RIGHT = "integration.change_heldrecord"
SHOWN_ON_CONFIRMATION = 10


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Remark"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("Why it is ignored, for those who look later. For example: entered by hand."),
    )


@admin.register(HeldRecord)
class HeldRecordAdmin(history.ToldHistory, SelectedRows, ReadOnlyAdmin):
    list_display = ("name", "why", "waits", "again")
    list_filter = (StateFilter, ReasonFilter, "flow", "warehouse")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("shopify_name", "shopify_id", "buyer")
    search_help_text = _("Order number, customer's name, item code, or what the message names")
    change_list_template = "admin/integration/heldrecord/change_list.html"
    change_form_template = "admin/integration/heldrecord/change_form.html"
    fields = (
        "message",
        "advice",
        ("in_shopify", "in_prextra", "in_log"),
        ("buyer", "warehouse", "flow"),
        ("held_since", "attempts", "next_try"),
        ("ignored_at", "ignored_by", "note"),
        "traceback",
    )
    readonly_fields = ("message", "advice", "in_shopify", "in_prextra", "in_log", "next_try")
    actions = ("retry", "ignore", "restore")

    class Media:
        css = {"all": ["prextra/log.css"]}

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """To try again, ignore and restore: the records themselves are nobody's to change."""
        return request.user.has_perm(RIGHT)

    def get_fields(self, request: HttpRequest, obj: HeldRecord | None = None) -> Any:
        """Without what does not apply to this record."""
        of_ignored = ("ignored_at", "ignored_by", "note")
        absent = {of_ignored: obj and not obj.ignored_at, "traceback": obj and not obj.traceback}
        rows = [row for row in self.fields if not absent.get(row)]
        return rows if obj is None or obj.buyer else [("warehouse", "flow") if "buyer" in row else row for row in rows]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[HeldRecord], search_term: str
    ) -> tuple[QuerySet[HeldRecord], bool]:
        """By its number or buyer, and by what its message names: the item that is missing, the title of a tax."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | holding(queryset, search_term) if search_term.strip() else found), may_repeat

    @admin.display(description=_("record"), ordering="shopify_name")
    def name(self, held: HeldRecord) -> str:
        told = (held.buyer, held.get_flow_display(), held.warehouse)
        return two_lines(held.shopify_name or held.shopify_id, ", ".join(filter(None, told)))

    @admin.display(description=_("why, and what to do"))
    def why(self, held: HeldRecord) -> str:
        if not held.ignored_at:
            return format_html(
                '{}<span class="second">{} {}</span>',
                held.message, reasons.advice(held.reason, held.params), remedy_link(held),
            )  # fmt: skip
        said = gettext("Ignored by {name} on {date}: {remark}").format(
            name=held.ignored_by, date=moment(held.ignored_at), remark=held.note
        )
        return two_lines(held.message, said)

    @admin.display(description=_("age"), ordering="held_since")
    def waits(self, held: HeldRecord) -> str:
        return age(held.held_since)

    @admin.display(description=_("next attempt"), ordering="next_attempt_at")
    def again(self, held: HeldRecord) -> str:
        tried = ngettext("%d attempt so far", "%d attempts so far", held.attempts) % held.attempts
        return two_lines(self.next_try(held), tried)

    @admin.display(description=_("next attempt"))
    def next_try(self, held: HeldRecord) -> str:
        if held.ignored_at:
            return pill(gettext("ignored"), OFF)
        if held.next_attempt_at <= timezone.now():
            return gettext("at the next pass")
        return moment(held.next_attempt_at)

    @admin.display(description=_("what is wrong"))
    def message(self, held: HeldRecord) -> str:
        return held.message

    @admin.display(description=_("what to do"))
    def advice(self, held: HeldRecord) -> str:
        return format_html("{} {}", reasons.advice(held.reason, held.params), remedy_link(held))

    @admin.display(description=_("in Shopify"))
    def in_shopify(self, held: HeldRecord) -> str:
        return shopify_link(held.shop, held.shopify_id, held.shopify_name)

    @admin.display(description=_("in Prextra"))
    def in_prextra(self, held: HeldRecord) -> str:
        return item_link(held.shopify_id) if held.flow == Flow.ITEMS else order_link(held)

    @admin.display(description=_("in the log"))
    def in_log(self, held: HeldRecord) -> str:
        return log_link(held.shopify_name or held.shopify_id)

    @admin.action(description=_("Try again at the next pass"), permissions=["handle"])
    def retry(self, request: HttpRequest, held: QuerySet[HeldRecord]) -> HttpResponse | None:
        return self._done(
            request,
            held.filter(ignored_at=None),
            "retry",
            runs.retry_at_once,
            ngettext_lazy("%d record is tried at the next pass.", "%d records are tried at the next pass."),
        )

    @admin.action(description=_("Do not ignore any more"), permissions=["handle"])
    def restore(self, request: HttpRequest, held: QuerySet[HeldRecord]) -> HttpResponse | None:
        return self._done(
            request,
            held.filter(ignored_at__isnull=False),
            "restore",
            runs.restore,
            ngettext_lazy("%d record is not ignored any more.", "%d records are not ignored any more."),
        )

    @admin.action(description=_("Ignore, with a remark"), permissions=["handle"])
    def ignore(self, request: HttpRequest, held: QuerySet[HeldRecord]) -> HttpResponse | None:
        """Asks for the remark first; what was held since the question was asked is not ignored unseen."""
        held = held.filter(ignored_at=None)
        is_answer = "note" in request.POST
        newest = read_id(request.POST.get("newest", ""))
        if is_answer and newest is not None:
            held = held.filter(pk__lte=newest)
        form = NoteForm(request.POST if is_answer else None)
        if is_answer and form.is_valid():
            note = form.cleaned_data["note"]
            return self._done(
                request,
                held,
                "ignore",
                lambda chosen: runs.ignore(chosen, request.user.get_username(), note),
                ngettext_lazy("%d record is ignored.", "%d records are ignored."),
                remark=note,
            )
        return self._ask(request, held, form)

    def _ask(self, request: HttpRequest, held: QuerySet[HeldRecord], form: NoteForm) -> HttpResponse | None:
        count = held.count()
        if not count:
            self.message_user(request, gettext("Nothing of what you chose waits."), messages.WARNING)
            return None
        newest = held.order_by("-pk").values_list("pk", flat=True)[0]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Ignore"),
            "form": form,
            "count": count,
            "shown": held[:SHOWN_ON_CONFIRMATION],
            "more": count - SHOWN_ON_CONFIRMATION,
            "newest": read_id(request.POST.get("newest", "")) or newest,
            "selected": request.POST.getlist("_selected_action"),
            "across": request.POST.get("select_across", "0"),
            "back": request.POST.get("back", ""),
        }
        return TemplateResponse(request, "admin/integration/heldrecord/ignore.html", context)

    def _done(
        self,
        request: HttpRequest,
        held: QuerySet[HeldRecord],
        done: str,
        act: Callable[[QuerySet[HeldRecord]], int],
        text: Any,
        **params: str,
    ) -> HttpResponse | None:
        """Acts on these records, with a line in the history of each: who did what, and when."""
        records = list(held)
        if count := act(held):
            history.note(request, records, done, **params)
            self.message_user(request, text % count, messages.SUCCESS)
        else:
            self.message_user(request, gettext("Nothing was to be done with what you chose."), messages.WARNING)
        if len(records) == 1 and request.POST.get("back"):
            return redirect("admin:integration_heldrecord_change", records[0].pk)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        reason = request.GET.get("reason", "")
        extra = {
            "may_handle": self.has_handle_permission(request),
            "whole_reason": reasons.outline(reason) if reason else "",
            "shows_ignored": request.GET.get("state") == IGNORED,
            "is_plain": not request.GET,
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"may_handle": self.has_handle_permission(request)}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})


def order_link(held: HeldRecord) -> str:
    """The sales order, where it came in and only something that follows is held."""
    order = SalesOrder.objects.using(PREXTRA).filter(shopify_id=held.shopify_id).first()
    if order is None:
        return gettext("not in Prextra")
    page = reverse("admin:prextra_models_salesorder_change", args=[order.pk])
    return format_html('<a href="{}">{}</a>', page, order.number)
