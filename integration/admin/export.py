"""The log as CSV and Excel: what the filters show, in the reader's language, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm
from import_export.resources import ModelResource

from integration import reasons
from integration.admin.shown import grouped
from integration.models import SyncEntry, SyncRun

MOST = 20_000
"""So many rows at most in one file: Excel's takes as long as a person waits, and all of it is made in memory."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(value: Any) -> Any:
    """A text that a spreadsheet shows as it is; numbers and times stay what they are."""
    if not isinstance(value, str):
        return value
    text = CONTROLS.sub("", value)
    return f"'{text}" if text.startswith(FORMULA) else text


def local(moment: datetime | None) -> datetime | None:
    """In the company's zone and without one, as spreadsheets want it."""
    return timezone.localtime(moment).replace(tzinfo=None, microsecond=0) if moment else None


def _with_point(cell: Any, point: str) -> Any:
    return str(cell).replace(".", point) if isinstance(cell, Decimal | float) else cell


# The library's own way to escape makes a text of each cell, and knows one of the signs that begin a formula. The resource
# has made the values harmless already.
class SafeCSV(CSV):  # type: ignore[misc]
    def get_title(self) -> str:
        return "CSV"

    def export_data(self, dataset: Any, **kwargs: Any) -> Any:
        """As the reader's spreadsheet opens it: where numbers have a decimal comma, semicolons stand between columns."""
        if (point := get_format("DECIMAL_SEPARATOR")) == ".":
            return dataset.export("csv", **kwargs)
        rows = [[_with_point(cell, point) for cell in row] for row in dataset]
        return type(dataset)(*rows, headers=dataset.headers).export("csv", delimiter=";", **kwargs)


class SafeXLSX(XLSX):  # type: ignore[misc]
    def get_title(self) -> str:
        return "Excel"

    def export_data(self, dataset: Any, **kwargs: Any) -> Any:
        return dataset.export("xlsx", **kwargs)


class LogResource(ModelResource):  # type: ignore[misc]
    """Columns by `dehydrate_…`; each value is made harmless."""

    def get_export_headers(self, *args: Any, **kwargs: Any) -> list[str]:
        return [capfirst(str(header)) for header in super().get_export_headers(*args, **kwargs)]

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return harmless(super().export_field(field, instance, **kwargs))


class EntryResource(LogResource):
    at = Field(column_name=_("time"))
    warehouse = Field(column_name=_("warehouse"))
    flow = Field(column_name=_("flow"))
    outcome = Field(column_name=_("outcome"))
    kind = Field(column_name=_("record"))
    shopify_name = Field(column_name=_("Shopify number"))
    prextra_number = Field(column_name=_("Prextra number"))
    amount = Field(column_name=_("amount"))
    message = Field(column_name=_("message"))
    advice = Field(column_name=_("what to do"))

    class Meta:
        model = SyncEntry
        fields = ("at", "warehouse", "flow", "outcome", "kind", "shopify_name", "prextra_number", "amount", "message",
                  "advice")  # fmt: skip

    def dehydrate_at(self, entry: SyncEntry) -> datetime | None:
        return local(entry.at)

    def dehydrate_warehouse(self, entry: SyncEntry) -> str:
        return entry.run.warehouse

    def dehydrate_flow(self, entry: SyncEntry) -> str:
        return entry.run.get_flow_display()

    def dehydrate_outcome(self, entry: SyncEntry) -> str:
        return entry.get_outcome_display()

    def dehydrate_kind(self, entry: SyncEntry) -> str:
        return entry.get_kind_display()

    def dehydrate_shopify_name(self, entry: SyncEntry) -> str:
        return entry.shopify_name

    def dehydrate_prextra_number(self, entry: SyncEntry) -> str:
        return entry.prextra_number

    def dehydrate_amount(self, entry: SyncEntry) -> Any:
        return entry.amount

    def dehydrate_message(self, entry: SyncEntry) -> str:
        return entry.message

    def dehydrate_advice(self, entry: SyncEntry) -> str:
        return reasons.advice(entry.reason, entry.params)


class RunResource(LogResource):
    started_at = Field(column_name=_("started"))
    finished_at = Field(column_name=_("finished"))
    warehouse = Field(column_name=_("warehouse"))
    flow = Field(column_name=_("flow"))
    outcome = Field(column_name=_("outcome"))
    examined = Field(attribute="examined", column_name=_("examined"))
    written = Field(attribute="written", column_name=_("written"))
    held = Field(attribute="held", column_name=_("held"))
    skipped = Field(attribute="skipped", column_name=_("skipped"))
    seconds = Field(column_name=_("seconds"))
    message = Field(column_name=_("message"))
    advice = Field(column_name=_("what to do"))

    class Meta:
        model = SyncRun
        fields = ("started_at", "finished_at", "warehouse", "flow", "outcome", "examined", "written", "held", "skipped",
                  "seconds", "message", "advice")  # fmt: skip

    def dehydrate_started_at(self, run: SyncRun) -> datetime | None:
        return local(run.started_at)

    def dehydrate_finished_at(self, run: SyncRun) -> datetime | None:
        return local(run.finished_at)

    def dehydrate_warehouse(self, run: SyncRun) -> str:
        return run.warehouse

    def dehydrate_flow(self, run: SyncRun) -> str:
        return run.get_flow_display()

    def dehydrate_outcome(self, run: SyncRun) -> str:
        return run.get_outcome_display()

    def dehydrate_seconds(self, run: SyncRun) -> float | None:
        return None if run.seconds is None else round(run.seconds, 1)

    def dehydrate_message(self, run: SyncRun) -> str:
        return run.message

    def dehydrate_advice(self, run: SyncRun) -> str:
        return reasons.advice(run.reason, run.params)


class FormatForm(ExportForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["format"]
        field.widget = forms.RadioSelect()
        field.choices = [choice for choice in field.choices if choice[0]]
        field.initial = field.choices[-1][0]


class LogExportMixin(ExportMixin):  # type: ignore[misc]
    """For a log's admin: who may look may take it away, as the filters show it."""

    import_export_change_list_template = "admin/integration/log_change_list.html"
    export_template_name = "admin/integration/export.html"
    export_form_class = FormatForm
    to_encoding = "utf-8-sig"  # or Excel takes the accents for something else
    formats = [SafeCSV, SafeXLSX]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        count = self.get_export_queryset(request).count()
        context: dict[str, Any] = super().init_request_context_data(request, form)
        back = f"../?{request.GET.urlencode()}"
        return {**context, "count": grouped(count), "most": grouped(MOST), "is_too_much": count > MOST, "back": back}

    def get_export_filename(self, request: HttpRequest, queryset: QuerySet[Any], file_format: Any) -> str:
        name = slugify(self.opts.verbose_name_plural)
        return f"{name}-{timezone.localdate().isoformat()}.{file_format.get_extension()}"

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], export_form: Any = None
    ) -> HttpResponse:
        if queryset.count() > MOST:
            refusal = gettext("That is more than the {most} rows of one file: choose a shorter time or another filter.")
            raise ValueError(refusal.format(most=grouped(MOST)))
        answer: HttpResponse = super()._do_file_export(file_format, request, queryset, export_form)
        return answer
