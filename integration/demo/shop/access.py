"""Which access scopes the stand-in shop asks for, by type: a field without its scope is null, with an error beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """Any one of these scopes opens the type; `wording` is how Shopify lists them."""

    scopes: frozenset[str]
    wording: str


def _guard(*scopes: str) -> Guard:
    quoted = [f"`{scope}` access scope" for scope in scopes]
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    return Guard(frozenset(scopes), f"{listed}.")


GUARDED_TYPES: dict[str, Guard] = {
    "Order": _guard("read_orders", "read_marketplace_orders", "read_quick_sale"),
    "LineItem": _guard("read_orders", "read_marketplace_orders"),
    "OrderTransaction": _guard("read_orders", "read_marketplace_orders"),
    "Refund": _guard("read_orders", "read_marketplace_orders"),
    "Fulfillment": _guard(
        "read_orders",
        "read_marketplace_orders",
        "read_assigned_fulfillment_orders",
        "read_merchant_managed_fulfillment_orders",
        "read_third_party_fulfillment_orders",
        "read_marketplace_fulfillment_orders",
    ),
    "Customer": _guard("read_customers"),
    "Location": _guard("read_locations", "read_inventory", "read_markets_home"),
    "Product": _guard("read_products"),
    "ProductVariant": _guard("read_products"),
    "InventoryItem": _guard("read_inventory", "read_products"),
    "InventoryLevel": _guard("read_inventory"),
    "Publication": _guard("read_publications"),
    "TranslatableResource": _guard("read_translations"),
    "ShopLocale": _guard("read_locales", "read_markets_home"),
}

GUARDED_ROOTS: dict[str, Guard] = {
    "ordersCount": _guard("read_orders", "read_marketplace_orders"),
    # Mutations.
    "productSet": _guard("write_products"),
    "productUpdate": _guard("write_products"),
    "productVariantsBulkUpdate": _guard("write_products"),
    "tagsAdd": _guard("write_products"),
    "tagsRemove": _guard("write_products"),
    "metafieldDefinitionCreate": _guard("write_products"),
    "inventoryActivate": _guard("write_inventory"),
    "inventorySetQuantities": _guard("write_inventory"),
    "publishablePublish": _guard("write_publications"),
    "publishableUnpublish": _guard("write_publications"),
    "translationsRegister": _guard("write_translations"),
    "translationsRemove": _guard("write_translations"),
}


def effective(granted: Iterable[str]) -> frozenset[str]:
    """A write scope includes its read scope."""
    scopes = frozenset(granted)
    return scopes | {scope.replace("write_", "read_", 1) for scope in scopes if scope.startswith("write_")}
