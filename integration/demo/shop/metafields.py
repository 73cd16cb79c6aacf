"""Metafields of products, and their definitions: one of type `id` makes a value a key that products are found by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .connections import page_of_list, window_of
from .errors import refusal
from .store import Record, Store

if TYPE_CHECKING:
    from .resolvers import Info, Resolver

SHORTEST = {"namespace": 3, "key": 2}
UNIQUE_TYPE = "id"
TYPES = {
    "boolean", "color", "date", "date_time", "dimension", "id", "json", "link", "money", "multi_line_text_field",
    "number_decimal", "number_integer", "rating", "rich_text_field", "single_line_text_field", "url", "volume", "weight",
}  # fmt: skip


def definition_of(store: Store, namespace: str, key: str) -> Record | None:
    rows = store.catalogue.definitions
    return next((row for row in rows if (row["namespace"], row["key"]) == (namespace, key)), None)


def create_definition(_root: object, info: Info, definition: Record) -> Record:
    store = info.context.store
    problem = _problem(store, definition)
    if problem is not None:
        return {"createdDefinition": None, "userErrors": [problem]}
    asked = (definition.get("capabilities") or {}).get("uniqueValues") or {}
    unique = {"enabled": asked.get("enabled", definition["type"] == UNIQUE_TYPE), "eligible": True}
    created = {
        "id": store.catalogue.gid("MetafieldDefinition"),
        **{name: definition.get(name) for name in ("namespace", "key", "name", "description", "ownerType")},
        "type": {"name": definition["type"], "category": "TEXT"},
        "capabilities": {"uniqueValues": unique},
    }
    store.catalogue.definitions.append(created)
    return {"createdDefinition": created, "userErrors": []}


def _problem(store: Store, definition: Record) -> Record | None:
    """Worded after Shopify's list of codes: no refusal of a definition is recorded."""
    for name, shortest in SHORTEST.items():
        text = definition.get(name) or ""
        if len(text) < shortest:
            message = f"{name.capitalize()} is too short (minimum is {shortest} characters)"
            return refusal(["definition", name], message, "TOO_SHORT")
        if not re.fullmatch(r"[\w-]+", text, re.ASCII):
            return refusal(
                ["definition", name], f"{name.capitalize()} contains invalid characters", "INVALID_CHARACTER"
            )
    if definition["type"] not in TYPES:
        return refusal(["definition", "type"], "Type is not included in the list", "INCLUSION")
    if definition_of(store, definition["namespace"], definition["key"]):
        message = f"Key is in use for Product metafields on the '{definition['namespace']}' namespace."
        return refusal(["definition", "key"], message, "TAKEN")
    return None


def resolve_definition(_root: object, info: Info, identifier: Record) -> Record | None:
    return definition_of(info.context.store, identifier.get("namespace") or "", identifier["key"])


def stored(store: Store, row: Record) -> Record:
    """A metafield as it is kept; its type is the definition's where the input leaves it out."""
    definition = definition_of(store, row["namespace"], row["key"])
    kind = row.get("type") or (definition["type"]["name"] if definition else "single_line_text_field")
    return {
        "id": store.catalogue.gid("Metafield"), "namespace": row["namespace"], "key": row["key"], "type": kind,
        "value": row["value"],
    }  # fmt: skip


def taken(store: Store, product: Record | None, row: Record) -> bool:
    """Another product carries this value of a metafield whose values are unique."""
    owner = store.catalogue.keys.get((row["namespace"], row["key"], row["value"]))
    return owner is not None and owner != (product or {}).get("id")


def resolve_metafield(source: Record, _info: Info, key: str, namespace: str | None = None) -> Record | None:
    rows = (row for row in source["metafields"] if row["key"] == key and namespace in (None, row["namespace"]))
    return next(rows, None)


def resolve_metafields(source: Record, _info: Info, **arguments: Any) -> Record:
    keys, namespace = arguments.get("keys"), arguments.get("namespace")
    rows = [
        row
        for row in source["metafields"]
        if namespace in (None, row["namespace"])
        and (keys is None or row["key"] in keys or f"{row['namespace']}.{row['key']}" in keys)
    ]
    return page_of_list(rows, window_of(arguments))


QUERIES: dict[str, Resolver] = {"metafieldDefinition": resolve_definition}
MUTATIONS: dict[str, Resolver] = {"metafieldDefinitionCreate": create_definition}
COMPUTED: dict[str, Resolver] = {"Product.metafield": resolve_metafield, "Product.metafields": resolve_metafields}
