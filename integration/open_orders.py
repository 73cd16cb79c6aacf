"""What the shop keeps for the orders that were read: so what it keeps beyond that is for orders on their way (rules I9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from integration.models import OpenOrder
from integration.shopify.orders import Fetched


def note_open_orders(warehouse: str, page: Sequence[Fetched]) -> None:
    """Notes the units that the shop still keeps for each of these orders; one that cannot be read stays as it was."""
    read = {fetched.id: fetched.order for fetched in page if fetched.order or not fetched.error}
    noted = {row.shopify_id: row for row in OpenOrder.objects.filter(warehouse=warehouse, shopify_id__in=list(read))}
    units = {id: dict(order.open_units) if order else {} for id, order in read.items()}
    changed = [row for id, row in noted.items() if units[id] and units[id] != row.units]
    for row in changed:
        row.units = units[row.shopify_id]
    OpenOrder.objects.bulk_update(changed, ["units"])
    OpenOrder.objects.filter(pk__in=[row.pk for id, row in noted.items() if not units[id]]).delete()
    OpenOrder.objects.bulk_create(
        OpenOrder(warehouse=warehouse, shopify_id=id, units=some)
        for id, some in units.items()
        if some and id not in noted
    )


def open_units(warehouse: str) -> Counter[str]:
    """Units by SKU that the shop keeps for all orders that were read."""
    units: Counter[str] = Counter()
    for some in OpenOrder.objects.filter(warehouse=warehouse).values_list("units", flat=True).iterator():
        units.update(some)
    return units
