"""`manage.py migrate`, which leaves Prextra's database alone: its schema is not ours, nor is a table of migrations in it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.utils.translation import gettext as _

from prextra_models.router import PREXTRA


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == PREXTRA and connections[PREXTRA].vendor != "sqlite":
            raise CommandError(_("Prextra's schema is Prextra's own: nothing is ever migrated there."))
        super().handle(*args, **options)
