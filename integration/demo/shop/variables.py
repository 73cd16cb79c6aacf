"""Variables held against what the operation declares; every problem is named at once, in Shopify's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    print_ast,
    type_from_ast,
)
from graphql.utilities import value_from_ast_untyped

from .connections import MAX_PAGE
from .errors import DocumentRefusedError, ErrorDict, locations_of

GID = re.compile(r"gid://[\w-]+/\w+/[^\s/]+")

# A problem is where it lies in the variable's value, and what is wrong there.
Problem = tuple[list[str | int], str]

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "Int": (int,), "Float": (int, float), "Boolean": (bool,), "String": (str,), "DateTime": (str,), "URL": (str,),
    "Decimal": (str, int, float), "UnsignedInt64": (str, int), "HTML": (str,), "Money": (str, int, float),
}  # fmt: skip


def coerce(schema: GraphQLSchema, operation: OperationDefinitionNode, given: dict[str, Any]) -> dict[str, Any]:
    """The variables with their defaults. Raises `DocumentRefusedError` with a problem for each wrong value."""
    values: dict[str, Any] = {}
    errors: list[ErrorDict] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        graphql_type = type_from_ast(schema, definition.type)
        if name not in given and definition.default_value is not None:
            values[name] = value_from_ast_untyped(definition.default_value)
            continue
        problems = list(problems_of(given.get(name), graphql_type))  # type: ignore[arg-type]
        if problems:
            errors.append(_error(definition, given.get(name), problems))
        elif name in given:
            values[name] = given[name]
    if errors:
        raise DocumentRefusedError(*errors)
    return values


def oversized(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], int]]:
    """The lists that are longer than a page, however deep, and their lengths. A product's variants may be more."""
    if isinstance(value, list):
        if len(value) > MAX_PAGE and path[1:] != ["variants"]:
            yield path, len(value)
        for index, item in enumerate(value):
            yield from oversized(item, [*path, index])
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from oversized(item, [*path, name])


def problems_of(value: Any, graphql_type: GraphQLInputType) -> Iterator[Problem]:
    bare: Any = get_nullable_type(graphql_type)
    if value is None:
        if is_non_null_type(graphql_type):
            yield [], "Expected value to not be null"
        return
    if is_list_type(bare):
        yield from _list_problems(value, bare.of_type)
    elif isinstance(bare, GraphQLInputObjectType):
        yield from _object_problems(value, bare)
    else:
        yield from _leaf_problems(value, bare)


def _list_problems(value: Any, item_type: GraphQLInputType) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield from problems_of(value, item_type)  # a single value stands for a list of one
        return
    for index, item in enumerate(value):
        for path, explanation in problems_of(item, item_type):
            yield [index, *path], explanation


def _object_problems(value: Any, graphql_type: GraphQLInputObjectType) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield [], f"Expected {value!r} to be a key-value object."
        return
    for name in value.keys() - graphql_type.fields.keys():
        yield [name], f"Field is not defined on {graphql_type.name}"
    for name, definition in graphql_type.fields.items():
        for path, explanation in problems_of(value.get(name), definition.type):
            yield [name, *path], explanation


def _leaf_problems(value: Any, graphql_type: GraphQLNamedType) -> Iterator[Problem]:
    shown = print_value(value)
    if isinstance(graphql_type, GraphQLEnumType):
        if value not in graphql_type.values:
            yield [], f"Expected {shown} to be one of: {', '.join(graphql_type.values)}"
    elif graphql_type.name == "ID":
        if not is_gid(value):
            yield [], f"Invalid global id '{value}'"
    elif not is_of_type(value, graphql_type.name):
        yield [], f"Could not coerce value {shown} to {graphql_type.name}"


def is_gid(value: Any) -> bool:
    return isinstance(value, str) and GID.fullmatch(value) is not None


def is_of_type(value: Any, name: str) -> bool:
    expected = PYTHON_TYPES.get(name)
    if expected is None:
        return True
    return isinstance(value, expected) and (bool in expected or not isinstance(value, bool))


def print_value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _error(definition: VariableDefinitionNode, value: Any, problems: list[Problem]) -> ErrorDict:
    named = [f"{'.'.join(map(str, path))} ({explanation})" for path, explanation in problems if path]
    message = (
        f"Variable ${definition.variable.name.value} of type {print_ast(definition.type)} was provided invalid value"
    )
    if named:
        message += f" for {', '.join(named)}"
    rows: list[dict[str, Any]] = []
    for path, explanation in problems:
        row: dict[str, Any] = {"path": path, "explanation": explanation}
        if explanation.startswith("Invalid global id"):
            row["message"] = explanation
        rows.append(row)
    extensions = {"code": "INVALID_VARIABLE", "value": value, "problems": rows}
    return {"message": message, "locations": locations_of(definition), "extensions": extensions}
