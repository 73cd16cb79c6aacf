"""Holds every query of the test session against SQL Server: a bite fails the test in which the query was made.

A query is looked at once, however often it is made: by its text, lists of any length being the same. Where mssql-django
cannot be loaded (pyodbc needs unixODBC's library), nothing is looked at, and the report's header says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler

try:
    from tests import sqlserver
except (ImportError, ImproperlyConfigured) as error:
    sqlserver, MISSING = None, str(error)  # type: ignore[assignment]

LIST = re.compile(r"(?:%s, )+%s|(?:\((?:%s(?:, )?)+\)(?:, )?)+")
# SQL Server has none of these. Without the first, what bulk_create made has no keys.
FEATURES = ("can_return_rows_from_bulk_insert", "supports_ignore_conflicts", "supports_update_conflicts")
MANY = 1_000  # a statement with more parameters than that is always looked at


NAME = "sqlserver"


class Watch:
    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.shapes: set[str] = set()
        self.found: list[str] = []

    def look(self, compiler: Any, sql: str, params: Any, returning: Any = None) -> None:
        if sql in self.seen and len(params or ()) < MANY:
            return
        self.seen.add(sql)
        shape = LIST.sub("%s…", sql)
        if shape in self.shapes and len(params or ()) < MANY:
            return
        self.shapes.add(shape)
        self.found += sqlserver.bites(compiler.query, returning)

    def install(self) -> None:
        """Beneath every query of the ORM. What Django itself decides by asking the database is decided as there."""
        self._wrap(SQLCompiler)
        self._wrap(SQLInsertCompiler)
        for alias in connections:
            for feature in FEATURES:
                setattr(type(connections[alias].features), feature, False)

    def _wrap(self, kind: Any) -> None:
        execute = kind.execute_sql

        def execute_sql(compiler: Any, *args: Any, **kwargs: Any) -> Any:
            compile_it = compiler.as_sql

            def as_sql(*args: Any, **kwargs: Any) -> Any:
                statements = compile_it(*args, **kwargs)
                for sql, params in statements if isinstance(statements, list) else [statements]:
                    if sql:
                        self.look(compiler, sql, params, getattr(compiler, "returning_fields", None))
                return statements

            compiler.as_sql = as_sql
            try:
                return execute(compiler, *args, **kwargs)
            finally:
                del compiler.as_sql

        kind.execute_sql = execute_sql

    def verdict(self) -> None:
        found, self.found = self.found, []
        if found:
            pytest.fail("SQL Server would not take this:\n\n" + "\n\n".join(found), pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        yield from self._judged()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        yield from self._judged()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        yield from self._judged()

    def _judged(self) -> Iterator[None]:
        yield
        self.verdict()

    def pytest_report_header(self) -> str:
        return "SQL Server: every query is compiled for it"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_line(f"{len(self.shapes)} queries were compiled for SQL Server.")


class Absent:
    def pytest_report_header(self) -> str:
        return f"SQL Server: no query is compiled for it: {MISSING}"


def watch(config: pytest.Config) -> None:
    if sqlserver is None:
        config.pluginmanager.register(Absent())
        return
    watcher = Watch()
    watcher.install()
    config.pluginmanager.register(watcher, NAME)
