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
