"""One GraphQL request from its text to its answer: read, price, throttle, execute."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from graphql import OperationDefinitionNode, execute

from . import cost, documents, errors, variables
from .access import effective
from .connections import MAX_PAGE
from .errors import DocumentRefusedError, ErrorDict
from .resolvers import Asking
from .schema import load_schema
from .store import Record, Store
from .throttle import Throttle


def _never(_value: Any) -> TypeGuard[Awaitable[Any]]:
    """Nothing here is awaited: sparing the question for each value makes large answers quicker."""
    return False


@dataclass(slots=True)
class Answer:
    """What is sent back, and what a test wants to know of it."""

    body: dict[str, Any]
    operation: str | None = None
    requested: int | None = None
    actual: int | None = None

    @property
    def codes(self) -> list[str | None]:
        return [error.get("extensions", {}).get("code") for error in self.body.get("errors", [])]


@dataclass(slots=True)
class Engine:
    store: Store
    throttle: Throttle
    app: Record = field(default_factory=dict)
    nodes_priced_per_id: bool = False

    def answer(
        self,
        text: str,
        given: dict[str, Any] | None = None,
        operation_name: str | None = None,
        without_scopes: frozenset[str] = frozenset(),
    ) -> Answer:
        """Every answer here is an HTTP 200: a refusal is in its `errors`."""
        try:
            document = documents.read(text)
            if not isinstance(document, documents.Document):
                raise DocumentRefusedError(*document)
            operation = document.operation(operation_name)
            values = variables.coerce(load_schema(), operation, given or {})
        except DocumentRefusedError as refused:
            return Answer({"errors": refused.errors}, operation_name)
        pricer = cost.Pricer(load_schema(), document.fragments, values, self.nodes_priced_per_id)
        name = operation.name.value if operation.name else None
        answer = Answer({}, name)
        self._run(answer, document, operation, values, pricer.plan(operation), without_scopes)
        return answer

    def _run(
        self,
        answer: Answer,
        document: documents.Document,
        operation: OperationDefinitionNode,
        values: dict[str, Any],
        plan: cost.Plan,
        without_scopes: frozenset[str],
    ) -> None:
        requested = answer.requested = plan.requested()
        refusal = self._refusal(requested, operation, values)
        if refusal is not None:
            answer.body = {"errors": [refusal], "extensions": {"cost": self.throttle.cost(requested, None)}}
            return
        scopes = effective(self.store.granted_scopes) - without_scopes
        asking = Asking(self.store, scopes, self.app, documents.read)
        with self.store.lock:
            result: Any = execute(
                load_schema(), document.node, None, asking, values, answer.operation, is_awaitable=_never
            )
        answer.actual = min(requested, plan.actual(result.data))
        self.throttle.give_back(requested - answer.actual)
        if result.errors:
            answer.body["errors"] = [errors.resolver_error(error) for error in result.errors]
        answer.body["data"] = result.data
        answer.body["extensions"] = {"cost": self.throttle.cost(requested, answer.actual)}
        if asking.searches:
            answer.body["extensions"]["search"] = asking.searches

    def _refusal(self, requested: int, operation: OperationDefinitionNode, values: dict[str, Any]) -> ErrorDict | None:
        """Why this operation is not executed at all, if so. Its points stay charged only where its input is too large."""
        if requested > self.throttle.max_query_cost:
            return errors.max_cost_exceeded(requested, self.throttle.max_query_cost)
        if not self.throttle.take(requested):
            return errors.throttled()
        for definition in operation.variable_definitions or ():
            name = definition.variable.name.value
            for path, size in variables.oversized(values.get(name), [name]):
                return errors.max_input_size(size, MAX_PAGE, path, definition)
        return None
