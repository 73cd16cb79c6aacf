"""A stored record held against Shopify's official schema: its keys are fields, its enum values are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_non_null_type,
)


def nonconformities(schema: GraphQLSchema, record: dict[str, Any], kind: GraphQLObjectType, path: str) -> Iterator[str]:
    """What of `record` the type does not have, or could not be. Lists may stand where Shopify has connections."""
    for key, value in record.items():
        if key == "__typename":
            continue
        field = kind.fields.get(key)
        if field is None or field.deprecation_reason:
            yield f"{path}.{key}: {kind.name} has no such field, or it is deprecated"
        else:
            yield from _of_value(schema, value, field.type, f"{path}.{key}")


def _of_value(schema: GraphQLSchema, value: Any, kind: GraphQLOutputType, path: str) -> Iterator[str]:
    named = get_named_type(kind)
    if value is None:
        if is_non_null_type(kind):
            yield f"{path}: null, where Shopify never is"
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _of_value(schema, one, _node_of(named), f"{path}[{index}]")
    elif is_leaf_type(named):
        if isinstance(named, GraphQLEnumType) and value not in named.values:
            yield f"{path}: {named.name} has no {value}"
    else:
        concrete = schema.type_map[value["__typename"]] if is_abstract_type(named) else named
        yield from nonconformities(schema, value, concrete, path)


def _node_of(kind: Any) -> Any:
    """The type of a connection's nodes, or the type itself."""
    return get_named_type(kind.fields["nodes"].type) if kind.name.endswith("Connection") else kind
