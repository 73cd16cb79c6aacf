"""Which texts may run in bulk: Shopify's rules for the mutation and for the query, worded as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    visit,
)

from .errors import ErrorDict, refusal

if TYPE_CHECKING:
    from .documents import Document

MAX_CONNECTIONS = 5
MAX_DEPTH = 2


def mutation_problem(document: Document | tuple[ErrorDict, ...]) -> ErrorDict | None:
    """Why this text may not run over a file of variables, if so."""
    if isinstance(document, tuple):
        message = f"Failed to parse the mutation - {document[0]['message']}"
        return refusal(None, message, "INVALID_MUTATION")
    operation = document.operations[0]
    if operation.operation.value != "mutation":
        message = "Invalid operation type. Only `mutation` operations are supported."
        return refusal(None, message, "INVALID_MUTATION")
    roots = operation.selection_set.selections
    if len(document.operations) != 1 or len(roots) != 1 or not isinstance(roots[0], FieldNode):
        return refusal(["mutation"], "You must specify a single top level mutation.")
    if roots[0].name.value.startswith(("bulkOperation", "stagedUploads")):
        return refusal(["mutation"], "You must use an allowed mutation name.")
    return None


def query_problems(document: Document | tuple[ErrorDict, ...], schema: GraphQLSchema) -> list[ErrorDict]:
    """Why this text may not run over the whole shop, if so."""
    if isinstance(document, tuple):
        message = document[0]["message"].partition(" at [")[0]
        return [_invalid(f"Invalid bulk query: {message}")]
    operation = document.operations[0]
    if operation.operation.value != "query":
        return [_invalid("Invalid operation type. Only `query` operations are supported.")]
    return [_invalid(message) for message in _query_problems(operation, schema)]


def _invalid(message: str) -> ErrorDict:
    return refusal(["query"], message, "INVALID")


def _query_problems(operation: OperationDefinitionNode, schema: GraphQLSchema) -> Iterator[str]:
    if any(isinstance(one, FieldNode) and one.name.value in {"node", "nodes"} for one in selected(operation)):
        yield "Bulk queries cannot contain a top level `node` field."
    found = connections_in(operation, schema)
    if not found:
        yield "Bulk queries must contain at least one connection."
    if len(found) > MAX_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections."
    if any(one.depth > MAX_DEPTH for one in found):
        yield f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}."
    if any(one.in_list for one in found):
        yield "Queries that contain a connection field within a list field are not currently supported."
    if paged := [one.name for one in found if "nodes" in one.selects]:
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'{paged[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: {', '.join(map(repr, paged))}."
        )
    if nameless := [one.parent.name for one in found if one.parent and "id" not in one.parent.node_selects]:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(nameless)}."
        )


@dataclass(slots=True)
class Connection:
    """A connection that the text reads, and the one around it. `depth` is 0 at the top."""

    name: str
    depth: int
    in_list: bool
    parent: Connection | None
    selects: set[str]
    node_selects: set[str] = field(default_factory=set)


def connections_in(operation: OperationDefinitionNode, schema: GraphQLSchema) -> list[Connection]:
    info = TypeInfo(schema)
    finder = _Finder(info)
    visit(operation, TypeInfoVisitor(info, finder))
    return finder.found


class _Finder(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.found: list[Connection] = []
        self._around: list[Connection] = []
        self._lists = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        kind = self.info.get_type()
        name = node.name.value
        if is_connection(kind):
            parent = self._around[-1] if self._around else None
            one = Connection(name, len(self._around), self._lists > 0, parent, _names(node))
            self.found.append(one)
            self._around.append(one)
        elif name == "node" and self._around:
            self._around[-1].node_selects |= _names(node)
        elif name not in {"edges", "nodes"} and is_plain_list(kind):
            self._lists += 1

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        kind = self.info.get_type()
        if is_connection(kind):
            self._around.pop()
        elif node.name.value not in {"edges", "nodes"} and is_plain_list(kind):
            self._lists -= 1


def is_connection(kind: GraphQLOutputType | None) -> bool:
    return kind is not None and get_named_type(kind).name.endswith("Connection")


def is_plain_list(kind: GraphQLOutputType | None) -> bool:
    return kind is not None and is_list_type(get_nullable_type(kind))


def selected(node: OperationDefinitionNode | FieldNode) -> tuple[SelectionNode, ...]:
    return tuple(node.selection_set.selections) if node.selection_set else ()


def _names(node: FieldNode) -> set[str]:
    """The fields selected under a field, by the names that they have in the answer."""
    fields = (one for one in selected(node) if isinstance(one, FieldNode))
    return {one.alias.value if one.alias else one.name.value for one in fields}
