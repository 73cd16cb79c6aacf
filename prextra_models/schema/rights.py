"""What the app does with each of Prextra's tables besides reading it. It deletes nothing.

A test watches the statements of passes and of the admin, and holds this table to be all of it and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model

LOGIN = "prextra_shopify"
MORE_THAN_NEEDED = ("DELETE", "ALTER")
VIEW_DEFINITION = "VIEW DEFINITION"  # without it SQL Server hides how a unique index is filtered


@dataclass(frozen=True, slots=True)
class Writes:
    """`updates`: by the names of the fields."""

    inserts: bool = False
    updates: tuple[str, ...] = ()


WRITES = {
    "Company": Writes(updates=("shopify_enabled", "shopify_multilingual", "shopify_payment_method")),
    "Deposit": Writes(inserts=True, updates=("total",)),
    "DocumentNumber": Writes(inserts=True, updates=("next_number",)),
    "Invoice": Writes(inserts=True, updates=("balance",)),
    "InvoiceLine": Writes(inserts=True),
    "Item": Writes(updates=("visible_web", "shopify", "shopify_buffer", "publication_date")),
    "ItemStock": Writes(inserts=True, updates=("on_hand", "on_sale", "available")),
    "ItemText": Writes(inserts=True, updates=("text",)),
    "Prepayment": Writes(inserts=True, updates=("applied",)),
    "PrepaymentApplication": Writes(inserts=True),
    "SalesOrder": Writes(inserts=True, updates=("status",)),
    "SalesOrderLine": Writes(inserts=True),
    "Shipment": Writes(inserts=True, updates=("status",)),
    "ShipmentLine": Writes(inserts=True),
    "Warehouse": Writes(
        updates=(
            "shopify_url", "shopify_api_key", "shopify_access_token", "shopify_customer",
            "sync_items", "sync_orders", "sync_shipments", "sync_invoices",
        )
    ),
}  # fmt: skip


def writes_of(model: type[Model]) -> Writes:
    return WRITES.get(model.__name__, Writes())


def updated_columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(str(model._meta.get_field(name).column) for name in writes_of(model).updates)  # type: ignore[union-attr]
