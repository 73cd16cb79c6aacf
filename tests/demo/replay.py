"""A recorded exchange replayed: a store is seeded with the records that its answer shows, and asked again.

What no document is known for, what writes, and what asks for things outside our schema is out of scope, and said so.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
)

from integration.demo.shop.connections import read_cursor
from integration.demo.shop.engine import Engine
from integration.demo.shop.schema import load_schema, type_of_gid
from integration.demo.shop.store import Store, stamp
from integration.demo.shop.throttle import Throttle

from .recordings import Exchange, Json, Selections

# Roots whose answers cannot be turned back into the records behind them.
UNSEEDED = {
    "product", "productVariant", "productVariants", "inventoryItem", "inventoryItems", "publications",
    "bulkOperation", "bulkOperations", "currentBulkOperation", "inventoryLevel",
    "metafieldDefinition", "translatableResource", "translatableResources", "translatableResourcesByIds",
    "webhookSubscription", "webhookSubscriptions",
}  # fmt: skip


@dataclass
class Verdict:
    """`agrees`, `differs`, or why it was not replayed."""

    kind: str
    detail: str = ""
    exact_actual_cost: bool = False


@dataclass
class Seeds:
    """The records an answer shows, put together by id, named as the schema names them."""

    tree: Selections
    by_id: dict[str, Json] = field(default_factory=dict)
    roots: dict[str, list[Any]] = field(default_factory=dict)

    def read(self, data: Json) -> None:
        for key, node in self.tree.fields(self.tree.operation.selection_set):
            if data.get(key) is not None:
                self.roots.setdefault(node.name.value, []).append(self._value(data[key], [node]))

    def _value(self, value: Any, nodes: list[FieldNode]) -> Any:
        if isinstance(value, list):
            return [self._value(item, nodes) for item in value]
        if not isinstance(value, dict):
            return value
        record: Json = {}
        chosen: dict[str, list[FieldNode]] = {}
        for node in nodes:
            for key, child in self.tree.fields(node.selection_set):
                chosen.setdefault(key, []).append(child)
        for key, children in chosen.items():
            if key in value:
                record[children[0].name.value] = self._value(value[key], children)
        return self._kept(record)

    def _kept(self, record: Json) -> Any:
        if "nodes" in record or "edges" in record:
            return record.get("nodes") or [edge["node"] for edge in record.get("edges") or []]
        gid = record.get("id")
        if not isinstance(gid, str):
            return record
        known = self.by_id.setdefault(gid, record)
        known.update(record)
        return known


def store_of(seeds: Seeds) -> Store:
    store = Store()
    store.locations, store.locales = [], []
    for shop in seeds.roots.get("shop", []):
        store.shop.update(shop)
    for installation in seeds.roots.get("currentAppInstallation", []):
        store.granted_scopes = {scope["handle"] for scope in installation.get("accessScopes", [])}
    for locales in seeds.roots.get("shopLocales", []):
        store.locales = locales
    shown = [
        seed for name in ("nodes", "orders", "locations") for seeds_ in seeds.roots.get(name, []) for seed in seeds_
    ]
    shown += [seed for name in ("node", "order", "location", "fulfillment") for seed in seeds.roots.get(name, [])]
    for record in {id(record): record for record in shown if record}.values():
        gid = record.get("id", "")
        if "/Location/" in gid:
            store.locations.append(record)
        elif "/Order/" in gid:
            store.add_order(record)
        elif "/Fulfillment/" in gid:
            order = record.pop("order", {"id": "gid://shopify/Order/1"})
            others = [other for other in order.get("fulfillments", []) if other is not record]
            store.add_order({"name": "#1", **order, "fulfillments": [record, *others]})
    return store


def replay(exchange: Exchange) -> Verdict:
    """Ask again what was asked, of a store that holds what was shown."""
    if exchange.text is None:
        return Verdict("no document is known")
    if _in_schema(exchange) is not None:
        return Verdict(str(_in_schema(exchange)))
    data = exchange.answer.get("data")
    verdict = Verdict("differs", "no variant was tried")
    for around in ((), (_older,), (_on_cursor,), (_older, _on_cursor)):
        try:
            seeds = Seeds(Selections(exchange.text)) if data else None
        except GraphQLError:
            seeds = None
        if seeds is not None:
            seeds.read(copy.deepcopy(data or {}))
        store = store_of(seeds) if seeds else Store()
        for more in around if seeds else ():
            more(store, exchange.variables)
        answer = Engine(store, Throttle(), _app(seeds)).answer(exchange.text, exchange.variables)
        verdict = _compare(exchange.answer, answer.body)
        if verdict.kind == "agrees":
            break
    return verdict


def _older(store: Store, _variables: Json) -> None:
    """A shop holds more than a page shows."""
    _one_more(store, 2, "2020-01-01T00:00:00Z")


def _on_cursor(store: Store, variables: Json) -> None:
    """The order that the page before this one ended with."""
    if isinstance(variables.get("after"), str):
        value, number = read_cursor(variables["after"])
        _one_more(store, number, stamp(datetime.fromtimestamp(value / 1000, UTC)))


def _one_more(store: Store, number: int, moment: str) -> None:
    for pattern in list(store.orders.values())[-1:]:
        other = {**pattern, "id": f"gid://shopify/Order/{number}", "name": f"#{number}"}
        other.update({name: moment for name in ("createdAt", "updatedAt", "processedAt") if name in other})
        store.add_order(other)


def _app(seeds: Seeds | None) -> Json:
    installations = seeds.roots.get("currentAppInstallation", []) if seeds else []
    return next((installation["app"] for installation in installations if "app" in installation), {})


def _in_schema(exchange: Exchange) -> str | None:
    """Why this exchange is out of our schema's scope; None where it is in."""
    try:
        tree = Selections(exchange.text or "")
    except GraphQLError:
        return None
    if tree.operation.operation.value == "mutation":
        return "it writes: replayed apart, without the records behind it"
    fields = load_schema().query_type.fields  # type: ignore[union-attr]
    refused = [error for error in exchange.answer.get("errors", []) if "data" not in exchange.answer]
    named = " ".join(error["message"] for error in refused if error["message"].endswith("'QueryRoot'"))
    roots = {node.name.value for _, node in tree.fields(tree.operation.selection_set)}
    if any(root not in fields and f"'{root}'" not in named for root in roots):
        return "it reads roots outside our schema"
    if roots & UNSEEDED:
        return "it reads products, stock, webhooks or bulk operations, whose records an answer does not show whole"
    answer = Engine(Store(), Throttle()).answer(exchange.text or "", exchange.variables)
    ours = {error["message"] for error in answer.body.get("errors", []) if "data" not in answer.body}
    if ours - {error["message"] for error in refused}:
        return "it reads types or fields outside our schema"
    return _unseedable(exchange, tree)


def _unseedable(exchange: Exchange, tree: Selections) -> str | None:
    data = exchange.answer.get("data") or {}
    asked = list(tree.fields(tree.operation.selection_set))
    for key, node in asked:
        rows = data.get(key) if node.name.value == "nodes" else [data.get(key)] if node.name.value == "node" else []
        if any(row and type_of_gid(row["id"]) not in ("Order", "Location", "Fulfillment") for row in rows or []):
            return "it reads types or fields outside our schema"
    official_since = {"shopAddress": "2026-04"}
    for error in exchange.answer.get("errors", []):
        name = (error.get("extensions") or {}).get("fieldName")
        if exchange.version < official_since.get(name, ""):
            return "an older version's schema refused it"
    if data and not _complete(tree, data, [tree.operation]):
        return "the recording was shortened"
    pages = [data[key] for key, node in asked if data.get(key) and node.name.value == "orders"]
    unnamed = any("id" not in row for page in pages for row in page.get("nodes") or [])
    return "its orders are shown without ids" if unnamed else None


def _complete(tree: Selections, value: Any, nodes: list[Any]) -> bool:
    """The recorded answer has every key that was asked of a concrete type."""
    if isinstance(value, list):
        return all(_complete(tree, item, nodes) for item in value)
    if not isinstance(value, dict):
        return True
    chosen: dict[str, list[Any]] = {}
    for node in nodes:
        for selection in node.selection_set.selections if node.selection_set else ():
            if isinstance(selection, FieldNode):
                chosen.setdefault((selection.alias or selection.name).value, []).append(selection)
    return all(key in value and _complete(tree, value[key], children) for key, children in chosen.items())


def _compare(recorded: Json, answered: Json) -> Verdict:
    wanted, given = _masked(recorded), _masked(answered)
    if "requested" not in wanted:
        given.pop("requested", None)  # some recordings left the cost out
    if wanted == given:
        costs = [(envelope.get("extensions") or {}).get("cost") or {} for envelope in (recorded, answered)]
        same = costs[0].get("actualQueryCost") == costs[1].get("actualQueryCost")
        return Verdict("agrees", exact_actual_cost=same)
    return Verdict("differs", f"recorded {_short(wanted, given)}")


def _short(wanted: Json, given: Json) -> str:
    keys = [key for key in {*wanted, *given} if wanted.get(key) != given.get(key)]
    return "; ".join(
        f"{key}: {json.dumps(wanted.get(key))[:300]} | answered {json.dumps(given.get(key))[:300]}" for key in keys
    )


def _masked(envelope: Json) -> Json:
    """Without cursors and the state of the bucket. The actual cost is compared apart: the formula is approximate."""
    kept = {key: _comparable(envelope[key]) for key in ("data", "errors") if key in envelope}
    extensions = envelope.get("extensions") or {}
    if "cost" in extensions:
        kept["requested"] = extensions["cost"]["requestedQueryCost"]
    if "search" in extensions:
        kept["search"] = extensions["search"]
    return kept


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, dict):
        cursors = ("cursor", "startCursor", "endCursor")
        if "accessScopes" in value:  # in no order
            value = {**value, "accessScopes": sorted(scope["handle"] for scope in value["accessScopes"])}
        return {key: (item is not None) if key in cursors else _comparable(item) for key, item in value.items()}
    return value
