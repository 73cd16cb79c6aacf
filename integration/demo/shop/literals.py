"""Values written in a document, held against the type of their argument, however deep they lie."""

from __future__ import annotations

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.utilities import value_from_ast_untyped

from .variables import is_gid, is_of_type


def wrong_literal(value: ValueNode, graphql_type: GraphQLInputType) -> str | bool | None:
    """None where the literal fits; a sentence of its own for a malformed id; else True."""
    if isinstance(value, VariableNode):
        return None
    if isinstance(value, NullValueNode):
        return True if is_non_null_type(graphql_type) else None
    bare = get_nullable_type(graphql_type)
    if is_list_type(bare):
        items = value.values if isinstance(value, ListValueNode) else (value,)
        return next((wrong for wrong in (wrong_literal(item, bare.of_type) for item in items) if wrong), None)
    if is_input_object_type(bare):
        return _wrong_object(value, bare)
    plain, name = value_from_ast_untyped(value), get_named_type(bare).name
    if name == "ID":
        return None if is_gid(plain) else f"Invalid global id '{plain}'"
    if hasattr(bare, "values"):
        return None if value.kind == "enum_value" and plain in bare.values else True
    return None if is_of_type(plain, name) and value.kind != "enum_value" else True


def _wrong_object(value: ValueNode, graphql_type: GraphQLInputObjectType) -> str | bool | None:
    if not isinstance(value, ObjectValueNode):
        return True
    given = {field.name.value: field.value for field in value.fields}
    required = {name for name, field in graphql_type.fields.items() if is_required_input_field(field)}
    if required - given.keys() or given.keys() - graphql_type.fields.keys():
        return True
    wrongs = (wrong_literal(child, graphql_type.fields[name].type) for name, child in given.items())
    return next((wrong for wrong in wrongs if wrong), None)
