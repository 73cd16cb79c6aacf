"""Stock: levels by item and location, written whole or not at all, and sold while nobody looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from graphql import GraphQLResolveInfo

from .catalogue import add_level
from .errors import ShopError, refusal
from .idempotency import Payload, once
from .store import Record, Store

HIGHEST = 1_000_000_000
NAMES = ("available", "on_hand")
REASONS = {
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created", "movement_received",
    "movement_updated", "other", "promotion", "quality_control", "received", "reservation_created",
    "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
}  # fmt: skip

Info = GraphQLResolveInfo[Any]
Problem = tuple[str, str, str]  # the field, the code, the message


def move(level: Record, available: int = 0, committed: int = 0) -> None:
    """Units come and go; what is on hand is the sum of all."""
    level["available"] = level["available"] + available
    level["committed"] = level["committed"] + committed
    level["on_hand"] = level["on_hand"] + available + committed


def item_of_sku(store: Store, sku: str) -> Record:
    return next(one["inventoryItem"] for one in store.catalogue.variants.values() if one["sku"] == sku)


def sell(store: Store, sku: str, units: int = 1, location_id: str | None = None) -> None:
    """A sale in the shop: the units are promised to someone, and not available any more."""
    with store.lock:
        level = item_of_sku(store, sku)["levels"][location_id or store.locations[0]["id"]]
        move(level, -units, units)


def set_quantities(_root: object, info: Info, input: dict[str, Any]) -> Payload:
    if any("changeFromQuantity" not in row for row in input["quantities"]):
        message = "InventoryQuantityInput must include the following argument: changeFromQuantity."
        raise ShopError(message, "INVALID_FIELD_ARGUMENTS")
    return once(info, input, lambda: _set(info.context.store, input))


def _set(store: Store, input: dict[str, Any]) -> Payload:
    """All rows or none; a group only where something changed."""
    problems = list(_problems(store, input))
    if problems:
        return {"inventoryAdjustmentGroup": None, "userErrors": problems}
    changes = [_write(store, row, input["name"]) for row in input["quantities"]]
    if not any(changes):
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = {
        "id": f"gid://shopify/InventoryAdjustmentGroup/{len(store.attempts) + 1}",
        "createdAt": store.stamp(),
        "reason": input["reason"],
        "referenceDocumentUri": input.get("referenceDocumentUri"),
    }
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _write(store: Store, row: dict[str, Any], name: str) -> bool:
    """Writes one level. Where the item is not stocked, Shopify accepts it all the same, and adds what it is given."""
    item = store.catalogue.items[row["inventoryItemId"]]
    level = item["levels"].get(row["locationId"])
    if level is None:
        level = add_level(item, row["locationId"], 0)
        level["isActive"] = False
    delta: int = row["quantity"] - (level[name] if level["isActive"] else 0)
    move(level, delta)
    return delta != 0


def _problems(store: Store, input: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if input["name"] not in NAMES:
        message = "The quantity name must be either 'available' or 'on_hand'."
        yield refusal(["input", "name"], message, "INVALID_NAME")
        return
    if input["reason"] not in REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
        yield refusal(["input", "reason"], message, "INVALID_REASON")
        return
    pairs = Counter((row["inventoryItemId"], row["locationId"]) for row in input["quantities"])
    for index, row in enumerate(input["quantities"]):
        twice = pairs[row["inventoryItemId"], row["locationId"]] > 1
        for field, code, message in _row_problems(store, row, input["name"], twice=twice):
            yield refusal(["input", "quantities", str(index), field], message, code)


def _row_problems(store: Store, row: dict[str, Any], name: str, *, twice: bool) -> Iterator[Problem]:
    item = store.catalogue.items.get(row["inventoryItemId"])
    if twice:
        message = "The combination of inventoryItemId and locationId must be unique."
        yield "locationId", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", message
    if item is None:
        yield "inventoryItemId", "INVALID_INVENTORY_ITEM", "The specified inventory item could not be found."
    if not _location(store, row["locationId"]):
        yield "locationId", "INVALID_LOCATION", "The specified location could not be found."
    if row["quantity"] < 0:
        yield "quantity", "INVALID_QUANTITY_NEGATIVE", "The quantity can't be negative."
    if row["quantity"] > HIGHEST:
        yield "quantity", "INVALID_QUANTITY_TOO_HIGH", "The quantity can't be higher than 1,000,000,000."
    if item is not None and row["changeFromQuantity"] is not None:
        level = item["levels"].get(row["locationId"]) or {}
        if level.get(name, 0) != row["changeFromQuantity"]:
            message = "The changeFromQuantity value does not match persisted value."
            yield "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE", message


def activate(_root: object, info: Info, **arguments: Any) -> Payload:
    return once(info, arguments, lambda: _activate(info.context.store, arguments))


def _activate(store: Store, asked: dict[str, Any]) -> Payload:
    item, location = store.catalogue.items.get(asked["inventoryItemId"]), _location(store, asked["locationId"])
    if location is None:
        return _refused("locationId", "The product couldn't be stocked because the location wasn't found.")
    if item is None:
        message = f"The product couldn't be stocked at {location['name']} because the product was deleted."
        return _refused("inventoryItemId", message)
    level, available, on_hand = item["levels"].get(location["id"]), asked.get("available"), asked.get("onHand")
    if level is not None and level["isActive"]:
        if available is not None:
            message = "Not allowed to set available quantity when the item is already active at the location."
            return _refused("available", message)
        return {"inventoryLevel": level, "userErrors": []}
    if level is None:
        level = add_level(item, location["id"], on_hand or 0)  # recorded: `available` is ignored on a fresh level
    elif on_hand is not None:
        move(level, on_hand - level["on_hand"])
    elif available is not None:
        move(level, available - level["available"])
    level["isActive"] = True  # without a quantity, with those that it had
    return {"inventoryLevel": level, "userErrors": []}


def _refused(field: str, message: str) -> Payload:
    return {"inventoryLevel": None, "userErrors": [refusal([field], message)]}


def _location(store: Store, gid: str) -> Record | None:
    return next((location for location in store.locations if location["id"] == gid), None)


def level_of(item: Record, _info: Info, **arguments: Any) -> Record | None:
    level: Record | None = item["levels"].get(arguments["locationId"])
    return level if level is None or level["isActive"] or arguments["includeInactive"] else None


def _item_of(level: Record, info: Info) -> Record:
    number = level["id"].rpartition("=")[2]
    item: Record = info.context.store.catalogue.items[f"gid://shopify/InventoryItem/{number}"]
    return item


def _location_of(level: Record, info: Info) -> Record | None:
    levels = _item_of(level, info)["levels"]
    return next((_location(info.context.store, gid) for gid, one in levels.items() if one is level), None)


ROOTS: dict[str, Callable[..., Any]] = {
    "inventoryItem": lambda _root, info, id: info.context.find(id) if "/InventoryItem/" in id else None,
}

COMPUTED: dict[str, Callable[..., Any]] = {
    "InventoryItem.inventoryLevel": level_of,
    "InventoryLevel.item": _item_of,
    "InventoryLevel.location": _location_of,
    "InventoryLevel.quantities": lambda level, _info, names: [
        {"name": name, "quantity": level.get(name, 0)} for name in names
    ],
}

MUTATIONS: dict[str, Callable[..., Any]] = {
    "inventorySetQuantities": set_quantities,
    "inventoryActivate": activate,
}
