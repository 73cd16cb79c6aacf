"""Movements of Prextra's stock figures in one warehouse (rules O10)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Value, When
from django.db.models.expressions import Combinable

from integration.batches import batched
from prextra_models.models import ItemStock
from prextra_models.router import PREXTRA

ITEMS_AT_ONCE = 200  # five parameters each, and SQL Server takes 2,100 in a statement


def reserve(warehouse: str, quantities: Mapping[str, Decimal]) -> None:
    """Sold and not shipped yet: on sale goes up, available goes down. `quantities` by item code, in stock units."""
    _move(warehouse, quantities, on_sale=1, available=-1)


def ship(warehouse: str, quantities: Mapping[str, Decimal]) -> None:
    """Taken from hand: the reservation ends with it, and what is available stays as it is."""
    _move(warehouse, quantities, on_hand=-1, on_sale=-1)


def _move(warehouse: str, quantities: Mapping[str, Decimal], **signs: int) -> None:
    for codes in batched(sorted(quantities), ITEMS_AT_ONCE):
        _move_some(warehouse, {code: quantities[code] for code in codes}, signs)


def _move_some(warehouse: str, quantities: Mapping[str, Decimal], signs: Mapping[str, int]) -> None:
    rows = ItemStock.objects.using(PREXTRA).filter(warehouse=warehouse, item__in=list(quantities))
    present = set(rows.select_for_update().order_by("item_id").values_list("item_id", flat=True))
    # The database has the last word on what is there: SQL Server may take « boef » in one table for « BOEF » in another.
    missing = [code for code in quantities if code not in present and not rows.filter(item=code).exists()]
    if missing:
        ItemStock.objects.using(PREXTRA).bulk_create(
            ItemStock(item_id=code, warehouse_id=warehouse) for code in missing
        )
    changes: dict[str, Combinable] = {
        figure: F(figure)
        + Case(
            *(When(item=code, then=Value(sign * q)) for code, q in quantities.items()),
            output_field=DecimalField(max_digits=15, decimal_places=4),
        )
        for figure, sign in signs.items()
    }
    rows.update(**changes)
