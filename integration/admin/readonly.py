"""Pages that show and change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.db.models import F, Field, Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst


class ReadOnly:
    """For an admin or an inline: everything may be seen, nothing added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Titled by what it shows, where Django would ask to select something to view."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(self.opts.verbose_name)
        return super().change_view(request, object_id, form_url, {"title": title, **(extra_context or {})})


def anchored(field: Field[Any, Any], show: Callable[[Any], Any] | None = None) -> Callable[[Model], str]:
    """A field that is only shown, yet to be found under the same address as one that may be changed: `#id_name`.

    Django gives fields of the latter kind alone an address. It takes focus, so that whoever was sent there sees it.
    """

    @admin.display(description=field.verbose_name)
    def shown(record: Model) -> str:
        value = getattr(record, field.name)
        text = show(value) if show else display_for_field(value, field, "-")
        return format_html('<span id="id_{}" tabindex="-1">{}</span>', field.name, text)

    shown.__name__ = field.name
    return shown


class FirstRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """The first rows of a document, and how many more there are: a day's deposit may have any number of them."""

    MOST = 50

    def get_queryset(self) -> Any:
        if not hasattr(self, "_first"):
            rows: QuerySet[Any] = super().get_queryset()
            self._first = list(rows[: self.MOST])
            self.more = rows.count() - self.MOST if len(self._first) == self.MOST else 0
        return self._first


class ReadOnlyInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """`related` and `computed` are what its rows show of other tables, read with them."""

    template = "admin/readonly_inline.html"
    formset = FirstRows
    extra = 0
    show_change_link = True
    related: tuple[str, ...] = ()
    computed: ClassVar[Mapping[str, F]] = {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if self.related:
            rows = rows.select_related(*self.related)
        return rows.annotate(**self.computed) if self.computed else rows
