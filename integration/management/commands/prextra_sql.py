"""`manage.py prextra_sql`: T-SQL that makes a trial Prextra, tables and if one likes a few rows. It connects to nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integration.demo.prextra import trial_rows
from prextra_models.schema import script
from prextra_models.schema.expected import expected_schema


class Command(BaseCommand):
    help = "Prints the T-SQL of everything that the app expects of Prextra, for an empty trial database on SQL Server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seed", action="store_true", help="and a company, a warehouse, customers, accounts, items"
        )

    def handle(self, *, seed: bool, **_options: Any) -> None:
        expected = expected_schema()
        for part in script.tables(expected):
            self.stdout.write(part)
        if seed:
            for part in script.rows(trial_rows(), expected):
                self.stdout.write(part)
        self.stdout.write(script.end())
