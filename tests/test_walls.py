"""What the code may touch, where import-linter's lists of what is forbidden say too little."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VALUES = {
    "integration.columns",
    "integration.errors",
    "integration.items.card",
    "integration.ledger",
    "integration.orders.texts",
    "integration.shopify.order",
}
PLANS = [
    *ROOT.glob("integration/*/plan.py"),
    *(ROOT / "integration" / name for name in ("orders/texts.py", "items/card.py", "items/levels.py", "ledger.py")),
]
# Where it may be asked which database this is. Anywhere else, what is true of one of them would be taken for all.
ASKS_WHICH_DATABASE = {
    "integration/databases.py",  # their settings
    "integration/settings.py",
    "integration/erp_identity.py",  # what each says of itself
    "integration/management/commands/migrate.py",  # never on the live one
    "integration/transient.py",  # which of their errors pass
    "prextra_models/sandbox.py",  # SQLite alone
    "prextra_models/schema/live.py",  # how each is read
}
DRIVERS = {"mssql", "mssql_python", "pyodbc", "psycopg", "sqlite3"}


@pytest.mark.parametrize("plan", PLANS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_plan_imports_the_standard_library_and_value_types_and_nothing_else(plan: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(plan.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} - VALUES


def asks_which_database(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        names = [alias.name for alias in getattr(node, "names", ())] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if {name.split(".")[0] for name in names} & DRIVERS:
            return True
        if isinstance(node, ast.Attribute) and node.attr == "vendor":
            return True
        if isinstance(node, ast.Constant) and node.value in ("ENGINE", "sqlite_errorname"):
            return True
    return False


def test_which_database_this_is_is_asked_in_named_places_alone() -> None:
    """The demo's own databases are SQLite files, whatever the installation's are."""
    asking = {
        str(path.relative_to(ROOT))
        for folder in ("integration", "prextra_models")
        for path in (ROOT / folder).rglob("*.py")
        if path.relative_to(ROOT).parts[1] != "demo" and asks_which_database(ast.parse(path.read_text()))
    }
    assert asking == ASKS_WHICH_DATABASE


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("if connections[PREXTRA].vendor == 'sqlite': pass", True),
        ("settings.DATABASES['prextra']['ENGINE']", True),
        ("from mssql.base import DatabaseWrapper", True),
        ("import sqlite3", True),
        ("product = {'vendor': 'Boutique'}", False),
        ("from django.db import connections", False),
    ],
)
def test_each_way_of_asking_is_seen(code: str, asks: bool) -> None:
    assert asks_which_database(ast.parse(code)) is asks
