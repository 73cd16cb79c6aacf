"""The log of the sync, what is held, and the tax titles that staff may add to."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from integration import reasons, runs
from integration.admin.links import prextra_link, shopify_link
from integration.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from integration.models import HeldRecord, SyncEntry, SyncRun, TaxTitle, Watermark


class EntryInline(ReadOnlyInline):
    model = SyncEntry
    fields = ("at", "outcome", "kind", "in_shopify", "in_prextra", "amount", "message")
    readonly_fields = ("in_shopify", "in_prextra", "message")

    @admin.display(description=_("in Shopify"))
    def in_shopify(self, entry: SyncEntry) -> str:
        return shopify_link(entry.run.shop, entry.shopify_order or entry.shopify_id, entry.shopify_name)

    @admin.display(description=_("in Prextra"))
    def in_prextra(self, entry: SyncEntry) -> str:
        return prextra_link(entry)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "warehouse",
        "flow",
        "outcome",
        "examined",
        "written",
        "held",
        "requests",
        "points",
        "duration",
    )
    list_filter = ("outcome", "flow", "warehouse")
    date_hierarchy = "started_at"
    search_fields = ("entries__shopify_name", "entries__prextra_number")
    fields = (
        ("warehouse", "flow", "outcome"),
        ("started_at", "finished_at"),
        ("examined", "written", "held", "skipped"),
        ("requests", "points", "waited", "duration"),
        "message",
        "traceback",
    )
    readonly_fields = ("message", "duration")
    inlines = (EntryInline,)

    @admin.display(description=_("seconds"))
    def duration(self, run: SyncRun) -> str:
        return "" if run.seconds is None else number_format(run.seconds, 1)


@admin.register(SyncEntry)
class SyncEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "outcome", "kind", "shopify_name", "in_prextra", "amount", "message")
    list_select_related = ("run",)
    list_filter = ("outcome", "kind")
    date_hierarchy = "at"
    search_fields = ("shopify_name", "prextra_number", "shopify_id")
    fields = (
        "run",
        ("at", "outcome", "kind"),
        ("in_shopify", "shopify_id"),
        ("in_prextra", "amount"),
        "message",
        "advice",
        "traceback",
    )
    readonly_fields = ("in_shopify", "in_prextra", "message", "advice")
    in_shopify = EntryInline.in_shopify
    in_prextra = EntryInline.in_prextra

    @admin.display(description=_("what to do"))
    def advice(self, entry: SyncEntry) -> str:
        return reasons.advice(entry.reason, entry.params)


@admin.register(HeldRecord)
class HeldRecordAdmin(ReadOnlyAdmin):
    list_display = ("shopify_name", "flow", "message", "advice", "attempts", "next_attempt_at")
    list_filter = ("flow", "warehouse")
    search_fields = ("shopify_name", "shopify_id")
    fields = (
        ("in_shopify", "shopify_id"),
        ("warehouse", "flow"),
        "message",
        "advice",
        ("held_since", "attempts", "next_attempt_at"),
        "traceback",
    )
    readonly_fields = ("in_shopify", "message", "advice")
    actions = ("retry",)

    @admin.display(description=_("in Shopify"))
    def in_shopify(self, held: HeldRecord) -> str:
        return shopify_link(held.shop, held.shopify_id, held.shopify_name)

    @admin.display(description=_("what to do"))
    def advice(self, held: HeldRecord) -> str:
        return reasons.advice(held.reason, held.params)

    @admin.action(description=_("Try again at the next pass"), permissions=["view"])
    def retry(self, request: HttpRequest, held: QuerySet[HeldRecord]) -> None:
        count = runs.retry_at_once(held)
        text = ngettext("%d record is tried at the next pass.", "%d records are tried at the next pass.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@admin.register(TaxTitle)
class TaxTitleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "tax")
    list_filter = ("tax",)


@admin.register(Watermark)
class WatermarkAdmin(ReadOnlyAdmin):
    list_display = ("warehouse", "flow", "shop", "read_until")
