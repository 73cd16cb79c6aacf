"""What a query costs: Shopify's formula, as fitted on thousands of recorded answers.

An object costs 1, a scalar nothing, a connection 2 and its node's cost times a factor that grows with the logarithm of
the page's size. The requested cost is computed from the document, the actual cost from what came back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.utilities import value_from_ast_untyped

MUTATION_BASE = 10
PRODUCT_SET_PRICES = {"variants": 0.2, "metafields": 0.4}
FREE_TYPES = {"MoneyV2", "MoneyBag", "ShopAddress", "LocationAddress"}


@dataclass(slots=True)
class Priced:
    """One selected field: what it costs itself, and the fields under it.

    `options` are the fields under each concrete type of an interface or union; the dearest counts.
    """

    key: str
    base: int = 1
    children: list[Priced] = field(default_factory=list)
    options: dict[str, list[Priced]] = field(default_factory=dict)
    size: int | None = None  # of a connection's page
    times: int = 1

    def requested(self) -> int:
        below = sum(child.requested() for child in self.children)
        below += max((sum(child.requested() for child in option) for option in self.options.values()), default=0)
        if self.size is None:
            return self.base * self.times + below * self.times
        return 2 + below * _factor(self.size)

    def actual(self, value: Any) -> int:
        if self.size is not None:
            return self._actual_connection(value, self.size)
        if isinstance(value, list):
            return self.base * self.times + max((self._below(item) for item in value), default=0) * self.times
        return self.base + self._below(value)

    def _actual_connection(self, value: Any, size: int) -> int:
        if value is None or size <= 0:
            return 2
        factor, cost = _factor(size), 2
        for child in self.children:
            rows = value.get(child.key) or []
            if not rows and child.key != "edges":
                cost += child.requested() * factor  # an empty page of `nodes` is not refunded
            cost += math.ceil(sum(child.actual(row) for row in rows) * factor / size)
        return cost

    def _below(self, value: Any) -> int:
        if not isinstance(value, dict):
            return 0
        below = sum(child.actual(value.get(child.key)) for child in self.children)
        options = [
            sum(child.actual(value[child.key]) for child in option)
            for option in self.options.values()
            if all(child.key in value for child in option)
        ]
        return below + max(options, default=0)


def _factor(size: int) -> int:
    return max(1, math.floor(2 * math.log(size))) if size > 0 else 0


@dataclass(slots=True)
class Plan:
    """The priced fields of one operation with its variables."""

    roots: list[Priced]

    def requested(self) -> int:
        return max(1, sum(root.requested() for root in self.roots))

    def actual(self, data: dict[str, Any] | None) -> int:
        return max(1, sum(root.actual((data or {}).get(root.key)) for root in self.roots))


@dataclass(slots=True)
class Pricer:
    """Prices one operation. `nodes_priced_per_id` is for the doubt whether Shopify charges `nodes(ids:)` for each id."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]
    nodes_priced_per_id: bool = False

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        root = self.schema.get_root_type(operation.operation)
        roots = self._fields([operation.selection_set], root) if root else []
        if operation.operation is OperationType.MUTATION:
            nodes = self._collect([operation.selection_set], root) if root else {}
            fields = nodes.get(root.name, {}) if root else {}
            roots = [self._mutation(priced, fields[priced.key][0]) for priced in roots]
        return Plan(roots)

    def _mutation(self, root: Priced, node: FieldNode) -> Priced:
        """A mutation's payload objects are in its base price; what lies under them is not."""
        children = [child for child in root.children if child.key != "userErrors"]
        for child in children:
            child.base = 0 if child.size is None else child.base
        return Priced(root.key, MUTATION_BASE + self._input_price(node), children, root.options)

    def _input_price(self, node: FieldNode) -> int:
        """What the lists of productSet's input add to its price."""
        given = self._argument(node, "input") if node.name.value == "productSet" else None
        if not isinstance(given, dict):
            return 0
        return round(sum(price * len(given.get(name) or ()) for name, price in PRODUCT_SET_PRICES.items()))

    def _fields(self, selections: Iterable[SelectionSetNode], owner: GraphQLNamedType) -> list[Priced]:
        """The fields selected on `owner` itself, one for each key of the answer."""
        return self._price(self._collect(selections, owner).get(owner.name, {}), owner)

    def _price(self, collected: dict[str, list[FieldNode]], owner: GraphQLNamedType) -> list[Priced]:
        priced = (self._field(key, nodes, owner) for key, nodes in collected.items())
        return [item for item in priced if item is not None]

    def _field(self, key: str, nodes: list[FieldNode], owner: GraphQLNamedType) -> Priced | None:
        if nodes[0].name.value == "__type":
            return Priced(key, 2)
        definition = getattr(owner, "fields", {}).get(nodes[0].name.value)
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return None
        target = get_named_type(definition.type)
        selections = [node.selection_set for node in nodes if node.selection_set]
        if target.name.endswith("Connection"):
            return self._connection(key, nodes[0], selections, target)
        priced = Priced(key, self._base(target, owner))
        priced.times = self._times(nodes[0], owner)
        collected = self._collect(selections, target)
        priced.children = self._price(collected.pop(target.name, {}), target)
        for name, fields in collected.items():
            priced.options[name] = self._price(fields, self.schema.type_map[name])
        return priced

    def _connection(
        self, key: str, node: FieldNode, selections: list[SelectionSetNode], target: GraphQLNamedType
    ) -> Priced:
        size = self._argument(node, "first")
        size = self._argument(node, "last") if size is None else size
        connection = Priced(key, size=size if isinstance(size, int) else 0)
        for child in self._fields(selections, target):
            if child.key == "pageInfo":
                continue
            # An edge is its node: the cursor is free.
            connection.children.append(Priced("edges", 0, child.children) if child.key == "edges" else child)
        return connection

    def _base(self, target: GraphQLNamedType, owner: GraphQLNamedType) -> int:
        if target.name == "Count":
            return 10 if owner is self.schema.query_type else 1
        return 0 if target.name in FREE_TYPES else 1

    def _times(self, node: FieldNode, owner: GraphQLNamedType) -> int:
        if self.nodes_priced_per_id and owner is self.schema.query_type and node.name.value == "nodes":
            return len(self._argument(node, "ids") or [])
        return 1

    def _argument(self, node: FieldNode | DirectiveNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                if isinstance(argument.value, VariableNode):
                    return self.variables.get(argument.value.name.value)
                return value_from_ast_untyped(argument.value, self.variables)
        return None

    def _collect(
        self, selections: Iterable[SelectionSetNode], owner: GraphQLNamedType
    ) -> dict[str, dict[str, list[FieldNode]]]:
        """Field nodes by the type they are selected on, then by their key in the answer."""
        found: dict[str, dict[str, list[FieldNode]]] = {}
        for selection_set in selections:
            self._collect_into(found, selection_set, owner)
        return found

    def _collect_into(
        self,
        found: dict[str, dict[str, list[FieldNode]]],
        selection_set: SelectionSetNode,
        owner: GraphQLNamedType,
    ) -> None:
        for selection in selection_set.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                found.setdefault(owner.name, {}).setdefault(key, []).append(selection)
                continue
            body: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                body = self.fragments[selection.name.value]
            condition = body.type_condition
            inner = self.schema.type_map[condition.name.value] if condition else owner
            # On a concrete type, an interface's fragment is the type's own selection.
            self._collect_into(found, body.selection_set, inner if is_abstract_type(owner) else owner)

    def _included(self, selection: SelectionNode) -> bool:
        conditions = {directive.name.value: self._argument(directive, "if") for directive in selection.directives or ()}
        return not conditions.get("skip", False) and bool(conditions.get("include", True))
