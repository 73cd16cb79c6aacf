"""The tax titles that staff may add to: what waited for one is tried at the next pass."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from integration import runs
from integration.admin.asked import SelectedRows
from integration.models import HeldRecord, TaxTitle


class TaxTitleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a title that the sync could not tell from another one (rules O3)."""

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"]).strip()
        for other in TaxTitle.objects.exclude(pk=self.instance.pk):
            if other.title.strip().casefold() == title.casefold():
                text = gettext("« {title} » is in the list already: {tax} tax. Case makes no difference.")
                raise forms.ValidationError(text.format(title=other.title, tax=other.get_tax_display()))
        return title


@admin.register(TaxTitle)
class TaxTitleAdmin(SelectedRows):
    form = TaxTitleForm
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
