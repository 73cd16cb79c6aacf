"""The log of the sync, what is held, and the tax titles that staff may add to."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from integration import reasons
from integration.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from integration.models import HeldRecord, SyncEntry, SyncRun, TaxTitle, Watermark


class EntryInline(ReadOnlyInline):
    model = SyncEntry
    fields = ("at", "outcome", "kind", "shopify_name", "prextra_number", "amount", "message")
    readonly_fields = ("message",)


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "warehouse", "flow", "outcome", "examined", "written", "held", "requests", "points")
    list_filter = ("outcome", "flow", "warehouse")
    date_hierarchy = "started_at"
    search_fields = ("entries__shopify_name", "entries__prextra_number")
    fields = (
        ("warehouse", "flow", "outcome"),
        ("started_at", "finished_at"),
        ("examined", "written", "held", "skipped"),
        ("requests", "points", "waited"),
        "message",
    )
    readonly_fields = ("message",)
    inlines = (EntryInline,)


@admin.register(SyncEntry)
class SyncEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "outcome", "kind", "shopify_name", "prextra_number", "amount", "message")
    list_filter = ("outcome", "kind")
    date_hierarchy = "at"
    search_fields = ("shopify_name", "prextra_number", "shopify_id")
    fields = ("run", "at", "outcome", "kind", "shopify_name", "shopify_id", "prextra_number", "amount", "message",
              "advice", "traceback")  # fmt: skip
    readonly_fields = ("message", "advice")

    @admin.display(description=_("what to do"))
    def advice(self, entry: SyncEntry) -> str:
        return reasons.advice(entry.reason, entry.params)


@admin.register(HeldRecord)
class HeldRecordAdmin(ReadOnlyAdmin):
    list_display = (
        "shopify_name",
        "warehouse",
        "flow",
        "message",
        "advice",
        "held_since",
        "attempts",
        "next_attempt_at",
    )
    list_filter = ("reason", "flow", "warehouse")
    search_fields = ("shopify_name", "shopify_id")
    fields = ("shopify_name", "shopify_id", "warehouse", "flow", "message", "advice", "held_since", "attempts",
              "next_attempt_at", "traceback")  # fmt: skip
    readonly_fields = ("message", "advice")
    actions = ("retry",)

    @admin.display(description=_("what to do"))
    def advice(self, held: HeldRecord) -> str:
        return reasons.advice(held.reason, held.params)

    @admin.action(description=_("Try again at the next pass"), permissions=["view"])
    def retry(self, request: HttpRequest, held: QuerySet[HeldRecord]) -> None:
        count = held.update(next_attempt_at=timezone.now())
        text = ngettext("%d record is tried at the next pass.", "%d records are tried at the next pass.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@admin.register(TaxTitle)
class TaxTitleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "tax")
    list_filter = ("tax",)


@admin.register(Watermark)
class WatermarkAdmin(ReadOnlyAdmin):
    list_display = ("warehouse", "flow", "shop", "read_until")
