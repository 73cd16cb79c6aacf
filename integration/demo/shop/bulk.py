"""Bulk operations: begun by a mutation, worked through at once, seen to run and to end by those who ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from graphql import GraphQLResolveInfo

from . import search
from .bulk_texts import mutation_problem, query_problems
from .bulk_work import BulkFailedError, Row, run_lines, run_query
from .connections import page_of_list, window_of
from .errors import ErrorDict, refusal
from .operations import AT_A_TIME, BulkFault, Ending, Kind
from .store import Record, Store

Info = GraphQLResolveInfo[Any]

NO_SUCH_FILE = (
    "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL correctly "
    "for the stagedUploadPath mutation argument."
)


def run_mutation(_root: object, info: Info, mutation: str, **arguments: Any) -> Record:
    store: Store = info.context.store
    document = info.context.read(mutation)
    problem = mutation_problem(document) or _mark_problem(arguments.get("clientIdentifier"))
    content = store.files.uploaded.get(arguments["stagedUploadPath"])
    if problem is None and content is None:
        problem = refusal(None, NO_SUCH_FILE, "NO_SUCH_FILE")
    problem = problem or _crowd(store, "MUTATION")
    if problem or content is None:
        return {"bulkOperation": None, "userErrors": [problem]}
    return _begun(store, "MUTATION", mutation, run_lines(info, document, content))


def run_query_everywhere(_root: object, info: Info, query: str, **_arguments: Any) -> Record:
    store: Store = info.context.store
    document = info.context.read(query)
    problems = query_problems(document, info.schema)
    if not problems and (crowd := _crowd(store, "QUERY")):
        problems = [crowd]
    if problems:
        return {"bulkOperation": None, "userErrors": problems}
    return _begun(store, "QUERY", query, run_query(info, document))


def _mark_problem(mark: str | None) -> ErrorDict | None:
    if mark is None or 10 <= len(mark) <= 255:
        return None
    size = "short (minimum is 10 characters)" if len(mark) < 10 else "long (maximum is 255 characters)"
    return refusal(["clientIdentifier"], f"is too {size}", "INVALID_MUTATION")


def _crowd(store: Store, kind: Kind) -> ErrorDict | None:
    running = store.operations.running(kind, store.now())
    if len(running) < AT_A_TIME:
        return None
    message = (
        f"A bulk {kind.lower()} operation for this app and shop is already in progress: {', '.join(sorted(running))}."
    )
    return refusal(None, message, "OPERATION_IN_PROGRESS")


def _begun(store: Store, kind: Kind, text: str, rows: Iterator[Row]) -> Record:
    operations = store.operations
    name = f"{operations.next_id().rpartition('/')[2]}.jsonl"
    ending = _work(store, name, rows, operations.take_fault())
    return {"bulkOperation": operations.begin(kind, text, store.now(), ending), "userErrors": []}


def _work(store: Store, name: str, rows: Iterator[Row], fault: BulkFault | None) -> Ending:
    """Works through the rows, or as many as the fault lets through, and lays their file down."""
    status, code = (fault.status, fault.error_code) if fault else ("COMPLETED", None)
    done: list[Row] = []
    try:
        done.extend(islice(rows, fault.lines) if fault else rows)
    except BulkFailedError as error:
        status, code = "FAILED", error.code
    content = b"".join(_shuffled(done))
    url = store.files.publish(name, content) if status in {"COMPLETED", "FAILED"} else None
    roots = sum("__parentId" not in row for row in done)
    return Ending(
        status,
        code,
        objects=len(done),
        roots=roots,
        size=len(content) if url else None,
        url=url if status == "COMPLETED" else None,
        partial_url=url if status == "FAILED" else None,
    )


def _shuffled(rows: list[Row]) -> Iterator[bytes]:
    """Lines of JSON in another order than the rows were made in: nothing promises theirs."""
    for half in (rows[1::2], rows[::2]):
        yield from (json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in half)


def list_operations(_root: object, info: Info, **arguments: Any) -> dict[str, Any]:
    """By `operation_type:` and `status:`; other terms are ignored."""
    store: Store = info.context.store
    fields = {"operation_type": "type", "status": "status"}
    wanted = [
        (fields[term.field], term.value.upper())
        for term in search.terms(search.parse(arguments.get("query") or ""))
        if term.field in fields
    ]
    records = (one for one in store.operations.list(store.now()) if all(one[name] == value for name, value in wanted))
    return page_of_list(list(records), window_of(arguments))


ROOTS: dict[str, Callable[..., Any]] = {
    "bulkOperation": lambda _root, info, id: info.context.find(id) if "/BulkOperation/" in id else None,
    "bulkOperations": list_operations,
}

MUTATIONS: dict[str, Callable[..., Any]] = {
    "bulkOperationRunMutation": run_mutation,
    "bulkOperationRunQuery": run_query_everywhere,
}
