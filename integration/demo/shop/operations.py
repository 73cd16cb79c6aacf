"""The bulk operations of a shop: what became of each, and how far a client that asks for it sees it come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

AT_A_TIME = 5

Kind = Literal["MUTATION", "QUERY"]


@dataclass(frozen=True, slots=True)
class BulkFault:
    """How the next operation ends instead of completing, after so many lines."""

    status: Literal["FAILED", "CANCELED", "EXPIRED"] = "FAILED"
    error_code: str | None = "INTERNAL_SERVER_ERROR"
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    status: str = "COMPLETED"
    error_code: str | None = None
    objects: int = 0
    roots: int = 0
    size: int | None = None
    url: str | None = None
    partial_url: str | None = None


@dataclass(slots=True)
class Operation:
    """Its work is done when it is begun; it says so later."""

    id: str
    kind: Kind
    text: str
    created: datetime
    ending: Ending
    looks: int = 0

    def record(self, shown: Ending) -> dict[str, Any]:
        """The operation as Shopify shows it. Counters are strings."""
        created = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "id": self.id,
            "type": self.kind,
            "query": self.text,
            "createdAt": created,
            "completedAt": created if shown.status == "COMPLETED" else None,
            "status": shown.status,
            "errorCode": shown.error_code,
            "objectCount": str(shown.objects),
            "rootObjectCount": str(shown.roots),
            "fileSize": None if shown.size is None else str(shown.size),
            "url": shown.url,
            "partialDataUrl": shown.partial_url,
        }


@dataclass(slots=True)
class Operations:
    """`polls` questions about an operation are answered that it runs; after `patience` it has ended in any case."""

    polls: int = 1
    patience: timedelta = timedelta(minutes=10)
    fault: BulkFault | None = None
    all: dict[str, Operation] = field(default_factory=dict)

    def begin(self, kind: Kind, text: str, now: datetime, ending: Ending) -> dict[str, Any]:
        """Notes a new operation; gives how it is shown to who began it."""
        id = self.next_id()
        self.all[id] = operation = Operation(id, kind, text, now, ending)
        return operation.record(Ending("CREATED"))

    def next_id(self) -> str:
        return f"gid://shopify/BulkOperation/{8_000_000_000_000 + len(self.all) + 1}"

    def take_fault(self) -> BulkFault | None:
        fault, self.fault = self.fault, None
        return fault

    def running(self, kind: Kind, now: datetime) -> list[str]:
        return [one.id for one in self.all.values() if one.kind == kind and not self._ended(one, now)]

    def look(self, id: str, now: datetime) -> dict[str, Any] | None:
        """Someone asks for an operation: each question brings it further."""
        operation = self.all.get(id)
        if operation is None:
            return None
        operation.looks += 1
        return self._shown(operation, now)

    def list(self, now: datetime) -> Iterator[dict[str, Any]]:
        """All of them, oldest first. A list brings none of them further."""
        return (self._shown(operation, now) for operation in self.all.values())

    def _shown(self, operation: Operation, now: datetime) -> dict[str, Any]:
        if self._ended(operation, now):
            return operation.record(operation.ending)
        return operation.record(Ending("RUNNING" if operation.looks else "CREATED"))

    def _ended(self, operation: Operation, now: datetime) -> bool:
        return operation.looks > self.polls or self.polls == 0 or now - operation.created > self.patience
