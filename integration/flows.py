"""The flows of a warehouse, in the order in which a cycle runs them (rules I10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from integration.models import Flow
from prextra_models.models import Warehouse


@dataclass(frozen=True, slots=True)
class FlowDefinition:
    """`flag` is the checkbox on the warehouse's tab Shopify; `scopes` are what its token must be allowed."""

    flow: Flow
    flag: str
    scopes: tuple[str, ...]


FLOWS = (
    FlowDefinition(Flow.ORDERS, "sync_orders", ("read_orders",)),
    FlowDefinition(Flow.SHIPMENTS, "sync_shipments", ("read_orders",)),
    FlowDefinition(Flow.INVOICES, "sync_invoices", ("read_orders",)),
    FlowDefinition(
        Flow.ITEMS,
        "sync_items",
        (
            "write_products",
            "write_inventory",
            "read_locations",
            "write_publications",
            "write_translations",
            "read_locales",
        ),
    ),
)


def enabled_flows(warehouse: Warehouse, only: Collection[str] = ()) -> tuple[FlowDefinition, ...]:
    """The flows ticked on the warehouse, reduced to `only` where it names some."""
    return tuple(
        definition
        for definition in FLOWS
        if getattr(warehouse, definition.flag) and (not only or definition.flow in only)
    )
