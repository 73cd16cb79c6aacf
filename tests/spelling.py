"""Prextra's tables as on SQL Server: its usual collations take « boef  » for « BOEF », in a foreign key too."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connections
from django.db.models import CharField, F, ForeignKey, Func, Value
from django.db.models.functions import Concat, Lower

from prextra_models.router import PREXTRA
from tests.passes import is_sqlite, raw

COLLATION = "LIKE_SQL_SERVER"


def compare_as_sql_server() -> None:
    """Makes the (empty) tables again on SQLite, until the transaction ends. A server compares so by itself."""
    if not is_sqlite(PREXTRA):
        with connections[PREXTRA].cursor() as cursor:
            cursor.execute("SELECT CASE WHEN 'a' = 'A' THEN 1 ELSE 0 END")
            if cursor.fetchone()[0] == 0:
                pytest.skip("needs a database whose collation ignores case, and this one does not")
        return
    raw(PREXTRA).create_collation(COLLATION, _compare)
    with connections[PREXTRA].cursor() as cursor:
        tables = [model._meta.db_table for model in apps.get_app_config("prextra_models").get_models()]
        cursor.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'table' DESC")
        made = [sql for table, sql in cursor.fetchall() if table in tables]
        for table in tables:
            cursor.execute(f'DROP TABLE "{table}"')
        for sql in made:
            cursor.execute(re.sub(r"varchar\(\d+\)", rf"\g<0> COLLATE {COLLATION}", sql))


def _compare(one: str, other: str) -> int:
    one, other = one.rstrip(" ").casefold(), other.rstrip(" ").casefold()
    return (one > other) - (one < other)


def respell() -> int:
    """Every foreign key that is a text is written otherwise than what it names; gives how many there are."""
    count = 0
    for model in apps.get_app_config("prextra_models").get_models():
        for field in model._meta.fields:
            if isinstance(field, ForeignKey) and isinstance(field.target_field, CharField):
                spelling: Func = Concat(Lower(F(field.attname)), Value(" "))
                rows = model._base_manager.using(PREXTRA).exclude(**{field.attname: None})
                count += rows.update(**{field.attname: spelling})
    return count
