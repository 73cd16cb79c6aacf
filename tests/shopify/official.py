"""Shopify's official schema, where a copy of it is at hand: `make contract` fetches one."""

from __future__ import annotations

import gzip
import json
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_client_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "admin_2026-10.json.gz"
PLACES = (REPOSITORY / "var" / "schema" / NAME, REPOSITORY.parent / "shared" / "shopify" / NAME)


class Official(NamedTuple):
    schema: GraphQLSchema
    mutation_access: dict[str, str]
    """The access scopes that each mutation demands, in Shopify's words."""


@cache
def load() -> Official | None:
    place = next((place for place in PLACES if place.exists()), None)
    if place is None:
        return None
    introspection = json.loads(gzip.decompress(place.read_bytes()))["data"]
    mutations = next(kind for kind in introspection["__schema"]["types"] if kind["name"] == "Mutation")
    access = {field["name"]: field["requiredAccess"] or "" for field in mutations["fields"]}
    # Shopify deprecates fields of types whose interface keeps them, which graphql-core does not accept: assume_valid.
    return Official(build_client_schema(introspection, assume_valid=True), access)


def load_or_skip() -> Official:
    official = load()
    if official is None:
        pytest.skip("Shopify's official schema is not at hand: `make contract` fetches it")
    return official


FREE_TYPES = {"MoneyBag", "MoneyV2", "PageInfo", "Count", "SEO"}


class Pricing:
    """The requested cost of a document, by the rule that real shops were seen to follow."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))

    def price(self) -> int:
        if self.operation.operation.value == "query":
            assert self.schema.query_type
            return max(1, self.of_selection(self.operation.selection_set, self.schema.query_type))
        assert self.schema.mutation_type
        roots = list(self.fields(self.operation.selection_set, self.schema.mutation_type))
        return sum(10 + self.of_payload(owner, root) for owner, root in roots)

    def of_payload(self, owner: Any, root: FieldNode) -> int:
        payload = get_named_type(owner.fields[root.name.value].type)
        prices = [self.of_field(kind, field) for kind, field in self.fields(root.selection_set, payload)]
        return sum(max(0, price - 1) for price in prices)

    def of_selection(self, selection: SelectionSetNode | None, kind: Any) -> int:
        """What is common to all types, and the dearest of the fragments on one of them."""
        common, special = 0, dict[str, int]()
        for owner, field in self.fields(selection, kind):
            price = self.of_field(owner, field)
            if owner is kind or not is_object_type(owner):
                common += price
            else:
                special[owner.name] = special.get(owner.name, 0) + price
        return common + max(special.values(), default=0)

    def of_field(self, owner: Any, field: FieldNode) -> int:
        if field.name.value.startswith("__"):
            return 0
        kind = get_named_type(owner.fields[field.name.value].type)
        if is_leaf_type(kind):
            return 0
        if kind.name.endswith("Connection"):
            return 2 + self.of_page(field, kind) * max(1, math.floor(2 * math.log(self.page_size(field))))
        return (kind.name not in FREE_TYPES) + self.of_selection(field.selection_set, kind)

    def of_page(self, field: FieldNode, connection: GraphQLObjectType) -> int:
        node = get_named_type(connection.fields["nodes"].type)
        pages = [part for _, part in self.fields(field.selection_set, connection) if part.name.value == "nodes"]
        return sum(1 + self.of_selection(part.selection_set, node) for part in pages)

    def page_size(self, field: FieldNode) -> int:
        size = next(argument.value for argument in field.arguments or () if argument.name.value in ("first", "last"))
        if isinstance(size, VariableNode):
            return int(self.variables[size.name.value])
        assert isinstance(size, IntValueNode)
        return int(size.value)

    def fields(self, selection: SelectionSetNode | None, kind: Any) -> Any:
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                yield kind, node
                continue
            assert isinstance(node, InlineFragmentNode | FragmentSpreadNode)
            part = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = part.type_condition
            yield from self.fields(
                part.selection_set, self.schema.type_map[condition.name.value] if condition else kind
            )
