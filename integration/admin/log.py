"""The log: the runs and their entries, to be read, searched and taken away. Nobody changes it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration import reasons
from integration.admin.asked import holding, read_id
from integration.admin.export import EntryResource, LogExportMixin, RunResource
from integration.admin.links import prextra_link, shopify_link
from integration.admin.period import BeganFilter, PeriodFilter
from integration.admin.readonly import ReadOnlyAdmin
from integration.admin.shown import TONES, duration, grouped, labelled, moment, outcome_pill, two_lines
from integration.models import HeldRecord, SyncEntry, SyncRun, Watermark
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA

FIRST_ENTRIES = 200
MOST_ORDERS = 200  # of one buyer, in a search
MOST_NAMED = 500  # entries whose message names what is searched for, the last ones

Outcome = SyncEntry.Outcome
URGENCY = (Outcome.HELD, Outcome.NOTICE, Outcome.PENDING, Outcome.WRITTEN, Outcome.SKIPPED)
"""In which order the entries of a run are shown: what somebody has to see first."""


def matching_entries(term: str) -> Q:
    """Entries about this order, document, item or buyer, and those to be seen to whose message names it.

    Numbers by how they begin, so that an index can find them.
    """
    term = term.strip()
    known = SalesOrder.objects.using(PREXTRA).filter(buyer_name__icontains=term, shopify_id__isnull=False)
    held = HeldRecord.objects.filter(buyer__icontains=term)  # those that are not in Prextra yet
    orders = [
        order
        for some in (known, held)
        for order in some.order_by("-pk").values_list("shopify_name", "shopify_id")[:MOST_ORDERS]
    ]
    found = Q(shopify_name__istartswith=term) | Q(shopify_name__istartswith=f"#{term}")
    found |= Q(prextra_number__istartswith=term) | Q(shopify_id=term)
    named = holding(SyncEntry.objects.filter(outcome__in=[Outcome.HELD, Outcome.NOTICE]), term)
    found |= Q(pk__in=list(named.order_by("-pk").values_list("pk", flat=True)[:MOST_NAMED]))
    if orders:
        names, ids = zip(*orders, strict=True)
        found |= Q(shopify_name__in=names, shopify_order__in=ids)
    return found


@admin.register(SyncRun)
class SyncRunAdmin(LogExportMixin, ReadOnlyAdmin):
    resource_classes = [RunResource]
    list_display = ("began", "what", "came_out", "count_examined", "count_written", "count_held")
    list_filter = (BeganFilter, "outcome", "flow", "warehouse")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("warehouse",)  # only so that there is a box: see get_search_results
    search_help_text = _("Order or document number, item code, or the customer's name")
    change_form_template = "admin/integration/syncrun/change_form.html"
    fields = (
        ("warehouse", "flow", "how"),
        ("started_at", "finished_at", "took"),
        ("examined", "written", "held", "skipped"),
        ("requests", "points", "waited"),
        "message",
        "advice",
        "traceback",
    )
    readonly_fields = ("how", "took", "message", "advice")

    class Media:
        css = {"all": ["prextra/log.css"]}

    @admin.display(description=_("started"), ordering="started_at")
    def began(self, run: SyncRun) -> str:
        took = gettext("in {time}").format(time=duration(run.seconds)) if run.finished_at else ""
        return two_lines(moment(run.started_at), took)

    @admin.display(description=_("warehouse"), ordering="warehouse")
    def what(self, run: SyncRun) -> str:
        return two_lines(run.warehouse, run.get_flow_display())

    @admin.display(description=_("outcome"), ordering="outcome")
    def came_out(self, run: SyncRun) -> str:
        return two_lines(outcome_pill(run), run.message) if run.reason else outcome_pill(run)

    @admin.display(description=_("examined"), ordering="examined")
    def count_examined(self, run: SyncRun) -> str:
        return labelled(gettext("examined"), grouped(run.examined))

    @admin.display(description=_("written"), ordering="written")
    def count_written(self, run: SyncRun) -> str:
        return labelled(gettext("written"), grouped(run.written))

    @admin.display(description=_("held"), ordering="held")
    def count_held(self, run: SyncRun) -> str:
        return labelled(gettext("held"), grouped(run.held))

    @admin.display(description=_("outcome"))
    def how(self, run: SyncRun) -> str:
        return outcome_pill(run)

    @admin.display(description=_("duration"))
    def took(self, run: SyncRun) -> str:
        return duration(run.seconds)

    @admin.display(description=_("message"))
    def message(self, run: SyncRun) -> str:
        return run.message

    @admin.display(description=_("what to do"))
    def advice(self, run: SyncRun) -> str:
        return reasons.advice(run.reason, run.params)

    def get_fields(self, request: HttpRequest, obj: SyncRun | None = None) -> Any:
        """Without what this run does not have: a reason, a traceback."""
        if obj is None:
            return self.fields
        return [row for row in self.fields if not isinstance(row, str) or self._has(obj, row)]

    def _has(self, run: SyncRun, row: str) -> bool:
        return bool(run.traceback if row == "traceback" else run.reason)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SyncRun], search_term: str
    ) -> tuple[QuerySet[SyncRun], bool]:
        if not search_term.strip():
            return queryset, False
        runs = SyncEntry.objects.filter(matching_entries(search_term)).order_by().values("run")
        return queryset.filter(pk__in=runs), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, unquote(object_id))
        shown = _first_entries(run) if run else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})


def _first_entries(run: SyncRun) -> dict[str, Any]:
    """How many entries the run has by outcome, and the first of them, what is to be seen to before the rest."""
    of_run = SyncEntry.objects.filter(run=run)
    counts = dict(of_run.order_by().values_list("outcome").annotate(count=Count("pk")))
    urgency = Case(
        *(When(outcome=outcome, then=Value(place)) for place, outcome in enumerate(URGENCY)),
        output_field=IntegerField(),
    )
    entries = of_run.select_related("run").order_by(urgency, "pk")[:FIRST_ENTRIES]
    rows = [
        (
            entry,
            outcome_pill(entry),
            _in_shopify(entry),
            prextra_link(entry),
            reasons.advice(entry.reason, entry.params),
        )
        for entry in entries
    ]
    tally = [
        (outcome, outcome.label, grouped(counts[outcome]), TONES.get(outcome))
        for outcome in URGENCY
        if outcome in counts
    ]
    total = sum(counts.values())
    return {"entry_rows": rows, "tally": tally, "count": grouped(total), "is_cut": total > len(rows)}


def _in_shopify(entry: SyncEntry) -> str:
    return shopify_link(entry.run.shop, entry.shopify_order or entry.shopify_id, entry.shopify_name)


@admin.register(SyncEntry)
class SyncEntryAdmin(LogExportMixin, ReadOnlyAdmin):
    resource_classes = [EntryResource]
    list_display = ("when", "how", "record", "document", "told")
    list_select_related = ("run",)
    list_filter = (PeriodFilter, "outcome", "kind", "run__flow", "run__warehouse")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    search_fields = SyncRunAdmin.search_fields
    search_help_text = SyncRunAdmin.search_help_text
    change_form_template = "admin/integration/log_change_form.html"
    fields = (
        "in_run",
        ("at", "how", "kind"),
        ("in_shopify", "in_prextra", "amount"),
        "shopify_id",
        "message",
        "advice",
        "traceback",
    )
    readonly_fields = ("in_run", "how", "in_shopify", "in_prextra", "message", "advice")

    class Media:
        css = {"all": ["prextra/log.css"]}

    @admin.display(description=_("time"), ordering="at")
    def when(self, entry: SyncEntry) -> str:
        return moment(entry.at)

    @admin.display(description=_("record"), ordering="shopify_name")
    def record(self, entry: SyncEntry) -> str:
        return two_lines(entry.shopify_name, entry.get_kind_display())

    @admin.display(description=_("in Prextra"), ordering="prextra_number")
    def document(self, entry: SyncEntry) -> str:
        amount = "" if entry.amount is None else grouped(entry.amount, 2)
        return two_lines(prextra_link(entry), amount)

    @admin.display(description=_("outcome"), ordering="outcome")
    def how(self, entry: SyncEntry) -> str:
        return outcome_pill(entry)

    @admin.display(description=_("in Shopify"))
    def in_shopify(self, entry: SyncEntry) -> str:
        return _in_shopify(entry)

    @admin.display(description=_("in Prextra"), ordering="prextra_number")
    def in_prextra(self, entry: SyncEntry) -> str:
        return prextra_link(entry)

    @admin.display(description=_("message"))
    def message(self, entry: SyncEntry) -> str:
        return entry.message

    @admin.display(description=_("message"))
    def told(self, entry: SyncEntry) -> str:
        """The message, and what to do where somebody should."""
        if entry.outcome not in {Outcome.HELD, Outcome.NOTICE}:
            return entry.message
        advice = reasons.advice(entry.reason, entry.params)
        return two_lines(entry.message, advice)

    @admin.display(description=_("what to do"))
    def advice(self, entry: SyncEntry) -> str:
        return reasons.advice(entry.reason, entry.params)

    @admin.display(description=_("run"))
    def in_run(self, entry: SyncEntry) -> str:
        page = reverse("admin:integration_syncrun_change", args=[entry.run_id])
        return format_html('<a href="{}">{}</a>', page, entry.run)

    def get_fields(self, request: HttpRequest, obj: SyncEntry | None = None) -> Any:
        """Without a traceback where there is none."""
        return [row for row in self.fields if row != "traceback" or (obj and obj.traceback)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Says of which run the entries are, where they are of one."""
        run = read_id(request.GET.get("run__id__exact", ""))
        found = SyncRun.objects.filter(pk=run).first() if run else None
        return super().changelist_view(request, {"of_run": found, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SyncEntry], search_term: str
    ) -> tuple[QuerySet[SyncEntry], bool]:
        return (queryset.filter(matching_entries(search_term)) if search_term.strip() else queryset), False


@admin.register(Watermark)
class WatermarkAdmin(ReadOnlyAdmin):
    list_display = ("warehouse", "flow", "shop", "read_until")
