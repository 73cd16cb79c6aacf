"""The work of a bulk operation: a mutation over each line of a file, or a query over everything, to rows of results."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLResolveInfo,
    IntValueNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    execute,
    visit,
)

from . import errors, variables
from .bulk_texts import is_connection, selected
from .connections import MAX_PAGE
from .errors import DocumentRefusedError

if TYPE_CHECKING:
    from .documents import Document

Row = dict[str, Any]
Info = GraphQLResolveInfo[Any]


class BulkFailedError(Exception):
    """The query met an error: the operation ends here. `code` is the operation's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _never(_value: Any) -> TypeGuard[Awaitable[Any]]:
    return False


def run_lines(info: Info, document: Document, content: bytes) -> Iterator[Row]:
    """The answer to each line, with the number of its line. A line that cannot be has errors instead."""
    operation = document.operations[0]
    for number, line in enumerate(content.rstrip(b"\n").split(b"\n")):
        yield {**_run_line(info, document, operation, line), "__lineNumber": number}


def _run_line(info: Info, document: Document, operation: OperationDefinitionNode, line: bytes) -> Row:
    try:
        given = json.loads(line)
        if not isinstance(given, dict):
            raise DocumentRefusedError({"message": "A line must be a JSON object."})
        values = variables.coerce(info.schema, operation, given)
        for path, size in variables.oversized(values, []):
            raise DocumentRefusedError(errors.max_input_size(size, MAX_PAGE, path, operation))
    except DocumentRefusedError as refused:
        return {"errors": refused.errors}
    except ValueError as error:
        return {"errors": [{"message": f"Invalid JSON: {error}"}]}
    result: Any = execute(info.schema, document.node, None, info.context, values, is_awaitable=_never)
    if result.errors:
        return {"errors": [errors.resolver_error(error) for error in result.errors], "data": result.data}
    return {"data": result.data}


def run_query(info: Info, document: Document) -> Iterator[Row]:
    """A row for each node; those of nested connections name their parent, and need not follow it.

    A nested connection is read to 250 nodes, enough for what is asked here.
    """
    for root in selected(document.operations[0]):
        if isinstance(root, FieldNode):
            yield from _run_root(info, document, root)


def _run_root(info: Info, document: Document, root: FieldNode) -> Iterator[Row]:
    after: str | None = None
    while True:
        result: Any = execute(info.schema, _paged(info, document, root, after), None, info.context,
                              is_awaitable=_never)  # fmt: skip
        if result.errors:
            codes = {(error.extensions or {}).get("code") for error in result.errors}
            raise BulkFailedError("ACCESS_DENIED" if "ACCESS_DENIED" in codes else "INTERNAL_SERVER_ERROR")
        connection = next(iter(result.data.values()))
        for edge in connection["edges"]:
            yield from rows_of(edge["node"], None)
        if not connection["pageInfo"]["hasNextPage"]:
            return
        after = connection["pageInfo"]["endCursor"]


def rows_of(node: Row, parent: str | None) -> Iterator[Row]:
    """The node without its connections, then the nodes of these."""
    nested: list[Row] = []
    row = _without_connections(node, nested)
    if parent is not None:
        row["__parentId"] = parent
    yield row
    for connection in nested:
        for edge in connection["edges"]:
            yield from rows_of(edge["node"], node["id"])


def _without_connections(value: Row, nested: list[Row]) -> Row:
    row: Row = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and inner.keys() == {"edges"}:
            nested.append(inner)
        else:
            row[name] = _without_connections(inner, nested) if isinstance(inner, dict) else inner
    return row


def _paged(info: Info, document: Document, root: FieldNode, after: str | None) -> DocumentNode:
    """The query of this root alone, one page of it: what is in bulk for an app is in pages for the shop."""
    operation = document.operations[0]
    alone = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=(),
        directives=(),
        selection_set=SelectionSetNode(selections=(root,)),
    )
    types = TypeInfo(info.schema)
    paged = visit(alone, TypeInfoVisitor(types, _Pages(types, after)))
    return DocumentNode(definitions=(paged, *document.fragments.values()))


class _Pages(Visitor):
    """Gives each connection its page, and the outermost one its cursors."""

    def __init__(self, types: TypeInfo, after: str | None) -> None:
        super().__init__()
        self.types = types
        self.after = after
        self.depth = 0

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        if not is_connection(self.types.get_type()):
            return None
        self.depth -= 1
        arguments = [one for one in node.arguments or () if one.name.value not in {"first", "last", "after", "before"}]
        arguments.append(_argument("first", IntValueNode(value=str(MAX_PAGE))))
        selections = selected(node)
        if self.depth == 0:
            selections += (_page_info(),)
            if self.after is not None:
                arguments.append(_argument("after", StringValueNode(value=self.after)))
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=tuple(arguments),
            directives=node.directives,
            selection_set=SelectionSetNode(selections=selections),
        )

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if is_connection(self.types.get_type()):
            self.depth += 1


def _argument(name: str, value: Any) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)


def _page_info() -> FieldNode:
    fields = tuple(
        FieldNode(name=NameNode(value=name), arguments=(), directives=()) for name in ("hasNextPage", "endCursor")
    )
    return FieldNode(
        name=NameNode(value="pageInfo"), arguments=(), directives=(), selection_set=SelectionSetNode(selections=fields)
    )
