"""Prextra's own test database, in memory or on the server that `TEST_PREXTRA_DATABASE_URL` names."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections

from prextra_models.router import PREXTRA, PrextraRouter
from tests.passes import is_sqlite

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])


def test_no_migration_of_any_app_runs_in_prextra() -> None:
    assert not any(PrextraRouter().allow_migrate(PREXTRA, app.label) for app in apps.get_app_configs())


def test_it_has_prextra_s_tables_and_on_a_server_nothing_else() -> None:
    """On SQLite `migrate` is let through, for the sandbox, and leaves its list of migrations there."""
    ours = {model._meta.db_table.casefold() for model in apps.get_app_config("prextra_models").get_models()}
    found = {name.casefold() for name in connections[PREXTRA].introspection.table_names()}
    assert found - ours <= ({"django_migrations"} if is_sqlite(PREXTRA) else set())
    assert ours <= found


def test_on_a_server_the_tests_make_tables_in_no_database_but_their_own() -> None:
    connection = connections[PREXTRA]
    if is_sqlite(PREXTRA):
        pytest.skip("there it is the sandbox that makes them")
    name = connection.settings_dict["NAME"]
    assert name.startswith("test_")
    connection.settings_dict["NAME"] = name.removeprefix("test_")
    try:
        with pytest.raises(CommandError):
            call_command("migrate", database=PREXTRA, verbosity=0)
    finally:
        connection.settings_dict["NAME"] = name
