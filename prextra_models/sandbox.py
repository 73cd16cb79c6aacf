"""Prextra's tables on SQLite, for tests, the demo and development. On any other database this does nothing."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections

from prextra_models.router import PREXTRA


def create_missing_tables() -> list[str]:
    """Creates the tables that the models expect and that a SQLite `prextra` database lacks; returns their names."""
    connection = connections[PREXTRA]
    if connection.vendor != "sqlite":
        return []
    present = set(connection.introspection.table_names())
    missing = [m for m in apps.get_app_config("prextra_models").get_models() if m._meta.db_table not in present]
    with connection.schema_editor() as editor:
        for model in missing:
            editor.create_model(model)
    return [model._meta.db_table for model in missing]


def create_tables_after_migrate(*, using: str, **_: Any) -> None:
    if using == PREXTRA:
        create_missing_tables()
