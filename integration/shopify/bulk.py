"""Bulk operations: a file of variables goes up, Shopify works through it by itself, and the results come back as a stream.

They cost a few requests whatever their size, and nothing of the rate limit for what is done inside.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integration.errors import ConfigurationError, TransientError
from integration.shopify.answer import read_failures
from integration.shopify.batch import Outcome, outcome_of
from integration.shopify.client import ShopClient, load_document

log = logging.getLogger("integration.shopify")

POLLS = (1.0, 2.0, 3.0, 5.0, 5.0, 10.0)  # seconds between questions; then the last one, again and again
PATIENCE = 1200.0
RECENT = 50
AT_A_TIME = 5  # mutations of one app in one shop; Shopify refuses to begin another
FILE_BYTES = 50_000_000  # Shopify takes 100 MB; a file is held in memory while it goes up
RUNNING = frozenset({"CREATED", "RUNNING", "CANCELING"})
IN_PROGRESS = "OPERATION_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Finished:
    """`url` leads to the results; none where there are no rows."""

    id: str
    status: str
    url: str | None
    error: str = ""
    count: int = 0


class LostError(TransientError):
    """The file of results is gone or refused: asking for it again does not help, doing the work again does."""


class NotBegunError(TransientError):
    """Shopify refused to begin an operation: nothing of it was done. `crowded` where others have to end first."""

    def __init__(self, outcome: Outcome, request_id: str) -> None:
        self.crowded = any(one.code == IN_PROGRESS for one in outcome.refusals)
        details = "; ".join(one.message for one in outcome.refusals)[:200]
        reason = "bulk_running" if self.crowded else "bulk_failed"
        super().__init__(reason, details=details, request_id=request_id)


class Bulk:
    def __init__(self, client: ShopClient, patience: float = PATIENCE) -> None:
        self._client = client
        self._patience = patience

    def upload(self, files: Sequence[Iterable[Mapping[str, Any]]]) -> list[str]:
        """Each file's lines go up as JSONL, one file after the other; gives the paths by which operations name them."""
        ask = {
            "resource": "BULK_MUTATION_VARIABLES",
            "filename": "lines.jsonl",
            "mimeType": "text/jsonl",
            "httpMethod": "POST",
        }
        answer = self._client.execute(load_document("staged_upload"), {"input": [ask] * len(files)})
        targets = (answer.data.get("stagedUploadsCreate") or {}).get("stagedTargets") or []
        if len(targets) != len(files):
            raise TransientError("bulk_failed", details="stagedUploadsCreate", request_id=answer.request_id)
        paths = []
        for target, lines in zip(targets, files, strict=True):
            fields = {one["name"]: one["value"] for one in target["parameters"]}
            self._client.upload(target["url"], fields, b"".join(map(encoded, lines)))
            paths.append(fields["key"])
        return paths

    def start(self, name: str, path: str, mark: str) -> str:
        """Begins a mutation over the lines of an uploaded file. Its text carries `mark`, by which `find` knows it again.

        Raises NotBegunError where certainly nothing was begun.
        """
        document = load_document(name)
        text = document.text.replace(f"mutation {document.operation_name}", f"mutation {mark}", 1)
        return self._begin(
            "bulk_run_mutation",
            "bulkOperationRunMutation",
            {"mutation": text, "stagedUploadPath": path, "clientIdentifier": mark},
        )

    def start_query(self, name: str) -> str:
        return self._begin("bulk_run_query", "bulkOperationRunQuery", {"query": load_document(name).text})

    def _begin(self, document: str, root: str, variables: Mapping[str, Any]) -> str:
        answer = self._client.execute(load_document(document), variables)
        outcome = outcome_of(answer.data.get(root))
        operation = outcome.payload.get("bulkOperation")
        if operation:
            return str(operation["id"])
        if outcome.payload and outcome.refusals:
            raise NotBegunError(outcome, answer.request_id)
        raise TransientError("bulk_failed", executed_maybe=True, details=root, request_id=answer.request_id)

    def find(self, marks: Iterable[str]) -> dict[str, str]:
        """The operations that were begun, by mark. Those of the last days: Shopify keeps their results for seven."""
        data = self._client.execute(
            load_document("bulk_recent"), {"first": RECENT, "query": "operation_type:mutation"}
        ).data
        nodes = (data.get("bulkOperations") or {}).get("nodes") or []
        return {mark: node["id"] for node in nodes for mark in marks if mark in (node.get("query") or "")}

    def wait(self, ids: Sequence[str]) -> dict[str, Finished]:
        """Asks until all of them have ended. TransientError where that takes too long: they go on by themselves."""
        waited, polls = 0.0, iter(POLLS)
        done: dict[str, Finished] = {}
        while missing := [id for id in ids if id not in done]:
            pause = next(polls, POLLS[-1])
            if waited + pause > self._patience:
                raise TransientError("bulk_running")
            self._client.pause(pause)
            waited += pause
            nodes = self._client.execute(load_document("bulk_status"), {"ids": missing}).data.get("nodes")
            if not isinstance(nodes, list) or len(nodes) != len(missing):
                raise TransientError("shopify_answer_unreadable")
            for id, node in zip(missing, nodes, strict=True):
                if not node or "status" not in node:
                    done[id] = Finished(id, "GONE", None)
                elif node["status"] not in RUNNING:
                    url = node.get("url") or node.get("partialDataUrl")
                    count = int(node.get("rootObjectCount") or 0)
                    done[id] = Finished(id, node["status"], url, str(node.get("errorCode") or ""), count)
        return done

    def outcomes(self, finished: Finished) -> Iterator[tuple[int, Outcome]]:
        """The outcome of each line, by its number. Lines that were not reached, or whose result is not readable, are not
        among them: what they were to do is done again, and does no harm twice.

        Raises LostError where the file of results cannot be had any more, TransientError where it may be later.
        """
        for row in self.rows(finished):
            data = row.get("data")
            payload = next(iter(data.values()), None) if isinstance(data, dict) else None
            errors = read_failures(row.get("errors"))
            if isinstance(number := row.get("__lineNumber"), int):
                yield number, outcome_of(payload, errors)

    def rows(self, finished: Finished) -> Iterator[dict[str, Any]]:
        for line in self._lines(finished):
            try:
                row = json.loads(line) if line.strip() else None
            except ValueError:
                log.warning("a line of the results of %s is not readable", finished.id)
                continue
            if isinstance(row, dict):
                yield row

    def _lines(self, finished: Finished) -> Iterator[str]:
        try:
            yield from self._client.lines(finished.url) if finished.url else ()
        except ConfigurationError as error:  # of the storage's address: nothing in the shop's settings is wrong
            log.warning("the results of %s cannot be had: %s", finished.id, error)
            raise LostError("bulk_failed", details=f"results: {error.reason}") from None

    def query(self, name: str) -> Iterator[dict[str, Any]]:
        """Runs a query over everything there is, and gives its rows: all of them. TransientError where some are missing."""
        id = self.start_query(name)
        finished = self.wait([id])[id]
        if finished.status != "COMPLETED":
            raise TransientError("bulk_failed", details=f"{finished.status} {finished.error}")
        count = 0
        for row in self.rows(finished):
            count += 1
            yield row
        if count < finished.count:
            raise TransientError("bulk_failed", details=f"{count} of {finished.count} rows")


def encoded(line: Mapping[str, Any]) -> bytes:
    """A line of a file that goes up."""
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"
