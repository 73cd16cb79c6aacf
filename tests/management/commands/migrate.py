"""`migrate` as Django's test runner calls it: on a server, Prextra's test database gets Prextra's tables and nothing else."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from integration.management.commands.migrate import Command as Migrate
from prextra_models.router import PREXTRA


class Command(Migrate):
    """The product itself makes these tables on SQLite alone, and refuses to migrate what stands on a server."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[PREXTRA]
        if options["database"] != PREXTRA or connection.vendor == "sqlite":
            super().handle(*args, **options)
            return
        if not str(connection.settings_dict["NAME"]).startswith(TEST_DATABASE_PREFIX):
            raise CommandError(
                "The tests make Prextra's tables only in a database that they have just made themselves."
            )
        with connection.schema_editor() as editor:
            for model in apps.get_app_config("prextra_models").get_models():
                editor.create_model(model)
