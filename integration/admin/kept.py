"""Rows that Prextra keeps, of which a page here changes some columns and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from prextra_models.router import PREXTRA


class RowGoneError(Exception):
    """The row was deleted while its page was being saved."""


def write_columns(row: Model, names: Iterable[str]) -> None:
    """Writes these fields of a row that is there, without going by how many rows the UPDATE says it met.

    A trigger without SET NOCOUNT ON falsifies that count, upon which Model.save() raises, or adds the row once more.
    """
    rows = type(row)._base_manager.using(PREXTRA).filter(pk=row.pk)
    if not rows.exists():
        raise RowGoneError
    if values := {name: getattr(row, row._meta.get_field(name).attname) for name in names}:  # type: ignore[union-attr]
        rows.update(**values)


class KeptByPrextra(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds or deletes one here; who saves one that was deleted meanwhile is told so, as who opens one is."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except RowGoneError:
            response = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        return response
