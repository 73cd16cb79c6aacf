"""`manage.py prextra_sql` makes what the models expect, in mssql-django's own types, and rows that are those of the demo."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.models import UniqueConstraint
from django.forms.models import model_to_dict
from mssql.base import DatabaseWrapper

from integration.demo.prextra import sample_prextra
from prextra_models.fields import DayField
from prextra_models.router import PREXTRA
from prextra_models.schema.expected import expected_schema
from prextra_models.schema.tsql import create_unique, definition, literal
from tests.passes import is_sqlite
from tests.prextra.server import REFERENCE, TABLE
from tests.scene import DATABASES


def printed(*options: str) -> str:
    out = StringIO()
    call_command("prextra_sql", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def editor() -> Any:
    """mssql-django's, of a server that is never asked."""
    settings = {**connections[PREXTRA].settings_dict, "ENGINE": "mssql", "NAME": "Prextra", "OPTIONS": {}}
    return DatabaseWrapper(settings, "never").schema_editor(collect_sql=True)


def models() -> dict[str, Any]:
    return {model.__name__: model for model in apps.get_app_config("prextra_models").get_models()}


def test_every_column_is_what_mssql_django_would_make_of_its_field(editor: Any) -> None:
    for one in expected_schema():
        model = models()[one.model]
        for field in model._meta.local_concrete_fields:
            sql, params = editor.column_sql(model, field)
            assert params == []
            theirs = re.sub(r" (PRIMARY KEY|UNIQUE)\b", "", sql)
            ours = definition(one.table.column(field.column))
            is_numbered = " IDENTITY(1, 1)" in ours
            assert ours.replace(" IDENTITY(1, 1)", "") == f"[{field.column}] {theirs}"
            assert is_numbered == (field.db_type_suffix(editor.connection) == "IDENTITY (1, 1)")


def test_every_filtered_index_is_what_mssql_django_would_make_of_its_constraint(editor: Any) -> None:
    made = {}
    for model in models().values():
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and constraint.condition:
                made[constraint.name] = str(constraint.create_sql(model, editor))
    assert len(made) == 5
    ours = {index.name: create_unique(one.table.name, index) for one in expected_schema() for index in one.table.unique}
    for name, sql in made.items():
        assert ours[name].replace("N'", "'").removesuffix(";") == sql


def test_every_foreign_key_leads_where_its_field_does() -> None:
    keys = {
        (table.strip("[]"), column, other.strip("[]"), target)
        for table, body in TABLE.findall(printed())
        for column, other, target in REFERENCE.findall(body)
    }
    assert keys == {
        (model._meta.db_table, field.column, field.related_model._meta.db_table, field.target_field.column)
        for model in models().values()
        for field in model._meta.local_concrete_fields
        if field.remote_field
    }


def test_it_warns_before_all_else_and_does_nothing_where_there_are_tables_already() -> None:
    sql = printed("--seed")
    assert sql.startswith("-- ===")
    assert "NEVER RUN THIS ON A DATABASE OF PREXTRA'S" in sql[:600]
    guard, first = sql.index("SET NOEXEC ON"), sql.index("CREATE TABLE")
    assert sql.index("SELECT 1 FROM sys.tables WHERE is_ms_shipped = 0") < guard < first
    assert "\nGO\n" in sql[guard:first]
    assert sql.index("QUOTED_IDENTIFIER") < guard
    assert sql.rstrip().endswith("SET NOEXEC OFF;\nGO")


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "1"),
        (7, "7"),
        (Decimal("24.90"), "24.90"),
        (date(2026, 11, 24), "'20261124'"),
        ("Payés d'avance ☕", "N'Payés d''avance ☕'"),
    ],
)
def test_a_value_is_quoted_as_t_sql_has_it(value: Any, sql: str) -> None:
    assert literal(value) == sql


@pytest.mark.django_db(databases=DATABASES)
def test_the_rows_of_the_seed_are_those_of_the_demo_without_a_shop() -> None:
    """SQLite takes the same INSERTs, but for the N before a text."""
    if not is_sqlite(PREXTRA):
        pytest.skip("runs the seed in an empty SQLite file; on another server the tests have filled theirs")
    with connections[PREXTRA].cursor() as cursor:
        for sql in re.findall(r"^INSERT INTO .*;$", printed("--seed"), re.MULTILINE):
            cursor.execute(re.sub(r"(?<=[(, ])N'", "'", sql))
    seeded = everything()
    for model in reversed(models().values()):
        model.objects.all().delete()
    sample_prextra("https://boutique.myshopify.com", "key", "token")
    shop = {"shopify_url", "shopify_api_key", "shopify_access_token", "sync_orders", "sync_shipments", "sync_invoices"}
    assert without(seeded, shop) == without(everything(), shop)
    assert seeded["Warehouse"][0]["shopify_url"] == ""
    assert seeded["Warehouse"][0]["sync_orders"] is False


Rows = dict[str, list[dict[str, Any]]]


def everything() -> Rows:
    return {
        name: [
            {**model_to_dict(row), **{field.name: getattr(row, field.attname) for field in row._meta.fields}}
            for row in model.objects.order_by("pk")
        ]
        for name, model in models().items()
    }


def without(rows: Rows, fields: set[str]) -> Rows:
    """Nor the counters, which a database gives as it likes."""
    counted = {"id", "account", "prepayment_account", "default_bank", "sector"}
    return {
        name: [{field: value for field, value in row.items() if field not in fields | counted} for row in some]
        for name, some in rows.items()
    }


def test_a_day_from_a_datetime_column_is_a_day() -> None:
    field = DayField()
    assert field.from_db_value(datetime(2026, 11, 24), None, None) == date(2026, 11, 24)  # noqa: DTZ001 - as drivers give it
    assert not isinstance(field.from_db_value(datetime(2026, 11, 24), None, None), datetime)  # noqa: DTZ001
    assert field.from_db_value(date(2026, 11, 24), None, None) == date(2026, 11, 24)
    assert field.from_db_value(None, None, None) is None
