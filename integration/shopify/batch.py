"""Several mutations of one kind in one request, each with an answer of its own; the bad one is found, the others done."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from graphql import (
    FieldNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from integration.batches import batched
from integration.errors import RecordError
from integration.shopify.answer import Answer, GraphQLFailure
from integration.shopify.client import Document, ShopClient, TooMuchAtOnceError, load_document
from integration.shopify.failures import STUMBLES, code_of

log = logging.getLogger("integration.shopify")

AT_ONCE = 50  # of 10 to 15 points each, and a request may cost 1,000
REQUEST_BYTES = 1_000_000  # of variables: fifty long descriptions would be 25 MB

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Shopify did not do it: a user error, in its English. `path` leads to the input it means."""

    message: str
    code: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutation: its payload, or why it was refused."""

    payload: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()

    @property
    def is_done(self) -> bool:
        return not self.refusals

    @property
    def is_stumble(self) -> bool:
        """Shopify itself failed: it is no fault of what was sent, and the same may go again."""
        return bool(self.refusals) and all(refusal.code in STUMBLES for refusal in self.refusals)

    @property
    def message(self) -> str:
        return "; ".join(refusal.message for refusal in self.refusals)[:300]


def run_many(client: ShopClient, name: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[Outcome]:
    """The outcome of each call of the document, in their order. Raises a SyncError where the request itself failed."""
    for some in portions(calls, lambda call: len(json.dumps(call)), REQUEST_BYTES, AT_ONCE):
        yield from _run(client, load_document(name), some)


def portions(
    things: Iterable[T], size: Callable[[T], int], most_bytes: int, most: int | None = None
) -> Iterator[list[T]]:
    """Runs of at most so many bytes, and so many things, in order. One that is larger than that goes alone."""
    some: list[T] = []
    total = 0
    for one in things:
        total += (more := size(one))
        if some and (total > most_bytes or len(some) == most):
            yield some
            some, total = [], more
        some.append(one)
    if some:
        yield some


def _run(client: ShopClient, document: Document, calls: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    try:
        answer = client.execute(repeated(document, len(calls)), _numbered(calls))
    except (RecordError, TooMuchAtOnceError) as error:  # nothing was done: the halves show which one it is
        if len(calls) == 1:
            return [Outcome(refusals=(Refusal(str(error.params.get("message") or error)),))]
        middle = len(calls) // 2
        return _run(client, document, calls[:middle]) + _run(client, document, calls[middle:])
    outcomes = [_outcome(answer, f"call{place}") for place in range(len(calls))]
    if refused := sum(not outcome.is_done for outcome in outcomes):
        log.warning("%s: %d refused, request %s", document.operation_name, refused, answer.request_id)
    return outcomes


def ask_many(client: ShopClient, name: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """What a query answers to each of these calls, in their order. Raises a SyncError where one of them failed."""
    for some in batched(calls, AT_ONCE):
        data = client.execute(repeated(load_document(name), len(some)), _numbered(some)).data
        yield from (data.get(f"call{place}") for place in range(len(some)))


def outcome_of(payload: Any, errors: Sequence[GraphQLFailure] = ()) -> Outcome:
    """A mutation's payload as an outcome; without one, `errors` say why."""
    if not isinstance(payload, dict):
        refusals = tuple(Refusal(error.message[:300], code_of(error)) for error in errors)
        return Outcome(refusals=refusals or (Refusal("no answer"),))
    refusals = tuple(
        Refusal(
            str(one.get("message", ""))[:300],
            str(one.get("code") or ""),
            tuple(map(str, one.get("field") or ())),
        )
        for one in payload.get("userErrors") or ()
        if isinstance(one, dict)
    )
    return Outcome(payload, refusals)


def _outcome(answer: Answer, alias: str) -> Outcome:
    errors = [error for error in answer.errors if error.path[:1] == (alias,)]
    return outcome_of(answer.data.get(alias), errors)


@cache
def repeated(document: Document, count: int) -> Document:
    """The document's one field `count` times, each under its own alias and with its own variables."""
    tree = parse(document.text, no_location=True)
    (operation,) = (node for node in tree.definitions if isinstance(node, OperationDefinitionNode))
    (root,) = operation.selection_set.selections
    variables, fields = [], []
    for place in range(count):
        rename = _Rename(str(place))
        variables += [visit(one, rename) for one in operation.variable_definitions or ()]
        copy: Any = visit(root, rename)
        fields.append(FieldNode(alias=NameNode(value=f"call{place}"), name=copy.name, arguments=copy.arguments,
                                directives=copy.directives, selection_set=copy.selection_set))  # fmt: skip
    many = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=tuple(variables),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(fields)),
    )
    return Document(f"{document.name}*{count}", print_ast(many), document.operation_name, document.is_mutation)


class _Rename(Visitor):
    def __init__(self, suffix: str) -> None:
        super().__init__()
        self.suffix = suffix

    def enter_variable(self, node: VariableNode, *_: Any) -> VariableNode:
        return VariableNode(name=NameNode(value=f"{node.name.value}_{self.suffix}"))


def _numbered(calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{name}_{place}": value for place, call in enumerate(calls) for name, value in call.items()}
