"""How the schema's fields find their values. Most are plain dict keys; here are the root fields, lists and scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)

from . import (
    bulk,
    inventory,
    metafields,
    orders,
    product_set,
    products,
    publications,
    translations,
    uploads,
    versions,
    webhooks,
)
from .access import GUARDED_ROOTS, GUARDED_TYPES, Guard
from .connections import MAX_PAGE, page, page_of_list, window_of
from .errors import AccessDeniedError, BadRequestError
from .store import Record, Store, read_stamp

Resolver = Callable[..., Any]

# Without read_all_orders, older orders are silently absent.
ORDER_AGE = timedelta(days=60)


@dataclass(slots=True)
class Asking:
    """What the resolvers of one request share."""

    store: Store
    scopes: frozenset[str]
    app: Record
    read: Callable[[str], Any]  # a text of GraphQL, as bulk operations hold them
    searches: list[dict[str, Any]] = field(default_factory=list)

    def sees(self, order: Record) -> bool:
        return "read_all_orders" in self.scopes or read_stamp(order["createdAt"]) > self.store.now() - ORDER_AGE

    def find(self, gid: str) -> Record | None:
        record = self.store.find(gid)
        return record if record is None or "/Order/" not in gid or self.sees(record) else None


Info = GraphQLResolveInfo[Asking]


def attach(schema: GraphQLSchema) -> None:
    """Give each field of the schema its resolver."""
    for graphql_type in schema.type_map.values():
        if is_object_type(graphql_type) and not graphql_type.name.startswith("__"):
            for name, definition in graphql_type.fields.items():
                definition.resolve = _resolver(graphql_type, name, definition)


def _resolver(owner: GraphQLObjectType, name: str, definition: GraphQLField) -> Resolver | None:
    own = ROOT_FIELDS.get(owner.name, {}).get(name) or COMPUTED.get(f"{owner.name}.{name}")
    if owner.name.endswith(("Connection", "Edge")):
        return None
    resolve = own or _by_shape(definition)
    if resolve and owner.name == "Mutation":
        resolve = _announced(resolve)
    guard = _guard_of(owner, name, definition)
    return _guarded(resolve or default_field_resolver, guard) if guard else resolve


def _announced(resolve: Resolver) -> Resolver:
    def announced(source: Any, info: Info, **arguments: Any) -> Any:
        if info.context.store.before_write is not None:
            answer = info.context.store.before_write(info.field_name, arguments)
            if answer is not None:
                return answer
        return resolve(source, info, **arguments)

    return announced


def _by_shape(definition: GraphQLField) -> Resolver | None:
    if get_named_type(definition.type).name.endswith("Connection"):
        return resolve_connection
    if is_list_type(get_nullable_type(definition.type)) and "first" in definition.args:
        return resolve_list
    return None


def _guard_of(owner: GraphQLObjectType, name: str, definition: GraphQLField) -> Guard | None:
    if owner.name in ROOT_FIELDS and name in GUARDED_ROOTS:
        return GUARDED_ROOTS[name]
    return GUARDED_TYPES.get(get_named_type(definition.type).name.removesuffix("Connection"))


def _guarded(resolve: Resolver, guard: Guard) -> Resolver:
    def guarded(source: Any, info: Info, **arguments: Any) -> Any:
        _require(info, guard)
        return resolve(source, info, **arguments)

    return guarded


def _require(info: Info, guard: Guard) -> None:
    if not guard.scopes & info.context.scopes:
        raise AccessDeniedError(info.field_name, guard.wording)


def resolve_connection(source: Record, info: Info, **arguments: Any) -> dict[str, Any]:
    """A connection that the store keeps as a plain list."""
    records = source.get(info.field_name) or []
    if arguments.get("includeRemovals") is False:
        records = [record for record in records if not record.get("isRemoved")]
    return page_of_list(records, window_of(arguments))


def resolve_list(source: Record, info: Info, first: int | None = None) -> list[Record] | None:
    """A plain list; `first` is optional and cuts it."""
    if first is not None and not 0 <= first <= MAX_PAGE:
        raise BadRequestError(f"first must be between 0 and {MAX_PAGE}")
    records = source.get(info.field_name)
    return records if records is None else list(records[:first])


def resolve_node(_root: object, info: Info, id: str) -> Record | None:
    record: Record | None = info.context.find(id)
    guard = GUARDED_TYPES.get(id.split("/")[3])
    if record is not None and guard:
        _require(info, guard)
    return record


def resolve_nodes(_root: object, info: Info, ids: list[str]) -> list[Record | None]:
    return [resolve_node(_root, info, id) for id in ids]


def resolve_typed(kind: str) -> Resolver:
    """A read by id: null for an id that is unknown or of another type."""

    def resolve(_root: object, info: Info, id: str) -> Record | None:
        return info.context.find(id) if f"/{kind}/" in id else None

    return resolve


def resolve_location(_root: object, info: Info, id: str | None = None) -> Record | None:
    locations = info.context.store.locations
    if id is None:
        return locations[0] if locations else None
    return next((location for location in locations if location["id"] == id), None)


def resolve_locations(_root: object, info: Info, **arguments: Any) -> dict[str, Any]:
    """By name unless told otherwise; inactive ones and fulfilment services' only when asked for."""
    key = "id" if arguments.get("sortKey") == "ID" else "name"
    kept = [
        location
        for location in info.context.store.locations
        if (arguments["includeInactive"] or location.get("isActive", True))
        and (arguments["includeLegacy"] or not location.get("isFulfillmentService"))
    ]
    return page_of_list(sorted(kept, key=lambda location: str(location[key])), window_of(arguments))


def resolve_orders(_root: object, info: Info, **arguments: Any) -> dict[str, Any]:
    found = orders.search(info.context, info.path.as_list(), arguments.get("query"))
    position = orders.position(arguments["sortKey"])
    answer = page(sorted(found, key=position), window_of(arguments), position)
    # The index finds and sorts; what is shown is the order as it is now.
    live = info.context.store.orders
    edges = answer["edges"]
    answer["nodes"] = [live[row["id"]] for row in answer["nodes"]]
    answer["edges"] = lambda info: [{**edge, "node": live[edge["node"]["id"]]} for edge in edges(info)]
    return answer


def resolve_orders_count(_root: object, info: Info, **arguments: Any) -> dict[str, Any]:
    count, limit = len(orders.search(info.context, info.path.as_list(), arguments.get("query"))), arguments.get("limit")
    if limit is not None and count > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": count, "precision": "EXACT"}


def resolve_installation(_root: object, info: Info) -> Record:
    asking: Asking = info.context
    handles = [{"handle": scope} for scope in sorted(asking.store.granted_scopes)]
    return {"id": "gid://shopify/AppInstallation/1", "app": asking.app, "accessScopes": handles}


def resolve_locales(_root: object, info: Info, published: bool) -> list[Record]:
    locales: list[Record] = info.context.store.locales
    return [locale for locale in locales if locale["published"]] if published else locales


ROOTS: dict[str, Resolver] = {
    "shop": lambda _root, info: info.context.store.shop,
    "currentAppInstallation": resolve_installation,
    "node": resolve_node,
    "nodes": resolve_nodes,
    "order": resolve_typed("Order"),
    "orders": resolve_orders,
    "ordersCount": resolve_orders_count,
    "fulfillment": resolve_typed("Fulfillment"),
    "refund": resolve_typed("Refund"),
    "location": resolve_location,
    "locations": resolve_locations,
    "shopLocales": resolve_locales,
    "publicApiVersions": lambda _root, _info: versions.published(),
    **products.QUERIES,
    **product_set.QUERIES,
    **metafields.QUERIES,
    **publications.QUERIES,
    **translations.QUERIES,
    **inventory.ROOTS,
    **bulk.ROOTS,
    **webhooks.QUERIES,
}

COMPUTED: dict[str, Resolver] = {
    "Fulfillment.order": lambda source, info: info.context.store.order_of(source),
    "Order.fulfillmentsCount": lambda source, _info: {
        "count": len(source.get("fulfillments") or []),
        "precision": "EXACT",
    },
    **products.COMPUTED,
    **metafields.COMPUTED,
    **publications.COMPUTED,
    **translations.COMPUTED,
    **inventory.COMPUTED,
}

# Each answers `resolver(root, info, **arguments)` with its payload as a plain dict.
MUTATIONS: dict[str, Resolver] = {
    **products.MUTATIONS,
    **product_set.MUTATIONS,
    **metafields.MUTATIONS,
    **publications.MUTATIONS,
    **translations.MUTATIONS,
    **inventory.MUTATIONS,
    **uploads.MUTATIONS,
    **bulk.MUTATIONS,
    **webhooks.MUTATIONS,
}

ROOT_FIELDS: dict[str, dict[str, Resolver]] = {"QueryRoot": ROOTS, "Mutation": MUTATIONS}
