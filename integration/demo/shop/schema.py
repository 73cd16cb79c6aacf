"""The stand-in shop's GraphQL schema: our own trimmed copy of Shopify's, one file for each subject in `schema/`.

A test holds it against the official schema: whatever is here is there too, with the same type.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLAbstractType, GraphQLSchema, build_schema, is_abstract_type

from . import resolvers

FOLDER = Path(__file__).with_name("schema")


def schema_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.graphql")))


@cache
def load_schema() -> GraphQLSchema:
    """The schema with its resolvers. Built once: it keeps no state of any shop."""
    schema = build_schema(schema_text())
    for graphql_type in schema.type_map.values():
        if is_abstract_type(graphql_type):
            graphql_type.resolve_type = concrete_type
    resolvers.attach(schema)
    return schema


def concrete_type(value: dict[str, Any], _info: object, _abstract: GraphQLAbstractType) -> str | None:
    """A stored object says what it is by `__typename`, else by its global id."""
    name: str | None = value.get("__typename")
    return name or type_of_gid(value.get("id", ""))


def type_of_gid(gid: str) -> str | None:
    """'Order' for 'gid://shopify/Order/1'."""
    parts = gid.split("/")
    return parts[3] if len(parts) > 4 else None
