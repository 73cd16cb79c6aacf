"""The tax titles that staff may add to: what waited for one is tried at the next pass."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from integration import runs
from integration.models import HeldRecord, TaxTitle


@admin.register(TaxTitle)
class TaxTitleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "tax")
    list_filter = ("tax",)
    search_fields = ("title",)

    def save_model(self, request: HttpRequest, obj: TaxTitle, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if count := runs.retry_at_once(HeldRecord.objects.filter(reason="unknown_tax")):
            text = ngettext(
                "%d record that waited for a tax is tried at the next pass.",
                "%d records that waited for a tax are tried at the next pass.",
                count,
            )
            messages.success(request, text % count)
