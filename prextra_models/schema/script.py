"""The whole of what the models expect as one script, for a trial database; and rows for it. Printed, never run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import AutoField, Model

from prextra_models.schema.expected import Expected
from prextra_models.schema.tsql import create_table, create_unique, literal, quoted

SETTINGS = (
    "-- A filtered index asks for these, and sqlcmd begins without the second.\n"
    "SET ANSI_NULLS, QUOTED_IDENTIFIER, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL ON;\n"
    "SET NUMERIC_ROUNDABORT OFF;\nGO"
)
WARNING = """\
-- ============================================================================================================
-- FOR A TRIAL DATABASE ONLY: an empty one of its own, for tests and for getting to know the app.
-- NEVER RUN THIS ON A DATABASE OF PREXTRA'S. Its tables are Prextra's own; `manage.py check_prextra` compares them.
-- ============================================================================================================"""

GUARD = """\
IF DB_NAME() IN (N'master', N'model', N'msdb', N'tempdb') OR EXISTS (SELECT 1 FROM sys.tables WHERE is_ms_shipped = 0)
BEGIN
    RAISERROR(N'This is no empty trial database: nothing was done.', 16, 1);
    SET NOEXEC ON; -- the rest of the script passes without effect, whatever program runs it
END;
GO"""


def tables(expected: Sequence[Expected]) -> Iterator[str]:
    yield from (WARNING, SETTINGS, GUARD)
    for schema in dict.fromkeys(name.split("].[")[0] + "]" for one in expected if "].[" in (name := one.table.name)):
        yield f"IF SCHEMA_ID({literal(schema[1:-1])}) IS NULL EXEC({literal(f'CREATE SCHEMA {schema}')});\nGO"
    for one in expected:
        yield create_table(one)
        yield from (create_unique(one.table.name, index) for index in one.table.unique[1:])
        yield "GO"


def end() -> str:
    return "SET NOEXEC OFF;\nGO"


def rows(some: Iterable[Model], expected: Sequence[Expected]) -> Iterator[str]:
    """INSERTs by table, in the order that foreign keys ask for."""
    by_model: dict[str, list[Model]] = defaultdict(list)
    for row in some:
        by_model[type(row).__name__].append(row)
    for one in expected:
        if its := by_model[one.model]:
            inserts = "\n".join(map(_insert, its))
            if isinstance(its[0]._meta.pk, AutoField):
                table = quoted(one.table.name)
                inserts = f"SET IDENTITY_INSERT {table} ON;\n{inserts}\nSET IDENTITY_INSERT {table} OFF;"
            yield f"{inserts}\nGO"


def _insert(row: Model) -> str:
    fields = row._meta.local_concrete_fields
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    values = ", ".join(literal(field.get_prep_value(getattr(row, field.attname))) for field in fields)
    return f"INSERT INTO {quoted(row._meta.db_table)} ({columns}) VALUES ({values});"  # noqa: S608 - printed
