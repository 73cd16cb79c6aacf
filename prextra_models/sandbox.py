"""Prextra's tables on SQLite, for tests, the demo and development. On any other database this does nothing."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

from prextra_models.router import PREXTRA


def create_missing_tables() -> list[str]:
    """Creates the tables that the models expect and that a SQLite `prextra` database lacks; returns their names.

    A table of an earlier version gets the columns that it lacks, with what a new row would have in them.
    """
    connection = connections[PREXTRA]
    if connection.vendor != "sqlite":
        return []
    present = set(connection.introspection.table_names())
    models = list(apps.get_app_config("prextra_models").get_models())
    missing = [model for model in models if model._meta.db_table not in present]
    with connection.schema_editor() as editor:
        for model in models:
            if model in missing:
                editor.create_model(model)
            else:
                _add_missing_columns(editor, model)
    return [model._meta.db_table for model in missing]


def _add_missing_columns(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
    """Not by `add_field`: on SQLite it copies the table, by all columns that the model has now."""
    with editor.connection.cursor() as cursor:
        table = editor.connection.introspection.get_table_description(cursor, model._meta.db_table)
    present = {column.name.casefold() for column in table}
    for field in model._meta.local_concrete_fields:
        name = str(field.column)
        if name.casefold() not in present:
            definition, params = editor.column_sql(model, field, include_default=True)
            names = {"table": editor.quote_name(model._meta.db_table), "column": editor.quote_name(name)}
            editor.execute(editor.sql_create_column % {**names, "definition": definition}, params)


def create_tables_after_migrate(*, using: str, **_: Any) -> None:
    if using == PREXTRA:
        create_missing_tables()
