"""Operations → Shopify: few in batched requests, many in bulk, each with its outcome (rules I11).

What goes in bulk is noted before, and finished by the next pass if this one is killed.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from integration.errors import TransientError
from integration.items.plan import Kind, Operation
from integration.items.shop import read_digests
from integration.models import PendingWrite
from integration.shopify.batch import Outcome, run_many
from integration.shopify.bulk import Bulk, Finished
from integration.shopify.client import ShopClient

# Operations of one kind that go in bulk. Measured (`manage.py bench`): a first push of 50 items takes 3 s in batches and 9 s in
# bulk, of 100 items 25 s in batches, for the rate limit, and still 9 s in bulk; 4,600 points against 180.
BULK_FROM = 60

Done = tuple[Operation, Outcome]


class Pusher:
    def __init__(self, client: ShopClient, warehouse: str, bulk_from: int = BULK_FROM) -> None:
        self.bulk = Bulk(client)
        self._client = client
        self._warehouse = warehouse
        self._bulk_from = bulk_from

    def run(self, operations: Sequence[Operation]) -> Iterator[Done]:
        """The outcome of each operation. Raises a SyncError where Shopify could not be asked; what was noted stays."""
        kinds: dict[Kind, list[Operation]] = defaultdict(list)
        for one in self._with_digests(operations):
            kinds[one.kind].append(one)
        many = {kind: some for kind, some in kinds.items() if len(some) >= self._bulk_from}
        if many:
            yield from self._in_bulk(many)
        for kind, some in kinds.items():
            if kind not in many:
                outcomes = run_many(self._client, kind, [one.variables for one in some])
                yield from zip(some, outcomes, strict=True)

    def _with_digests(self, operations: Sequence[Operation]) -> Iterator[Operation]:
        """A translation names the base text that it translates by its digest, as it is now."""
        products = {one.variables["resourceId"] for one in operations if one.kind is Kind.TRANSLATE}
        digests = read_digests(self._client, self.bulk, products) if products else {}
        for one in operations:
            if one.kind is not Kind.TRANSLATE:
                yield one
                continue
            known = digests.get(one.variables["resourceId"], {})
            texts = [
                {**text, "translatableContentDigest": known[text["key"]]}
                for text in one.variables["translations"]
                if text["key"] in known
            ]
            yield replace(one, variables={**one.variables, "translations": texts})

    def _in_bulk(self, kinds: dict[Kind, list[Operation]]) -> Iterator[Done]:
        paths = self.bulk.upload([[one.variables for one in some] for some in kinds.values()])
        jobs = []
        for (kind, some), path in zip(kinds.items(), paths, strict=True):
            job = PendingWrite.objects.create(
                warehouse=self._warehouse,
                shop=self._client.shop.host,
                kind=kind,
                mark=f"Prextra_{uuid.uuid4().hex[:24]}",
                lines=[_note(one) for one in some],
            )
            job.operation_id = self.bulk.start(kind, path, job.mark)
            job.save(update_fields=["operation_id"])
            jobs.append(job)
        yield from self._finish(jobs)

    def resume(self) -> Iterator[Done]:
        """The outcomes of what an earlier pass began in bulk and did not live to see."""
        begun = PendingWrite.objects.filter(warehouse=self._warehouse, shop=self._client.shop.host)
        jobs = [job for job in begun if job.kind in set(Kind)]
        nameless = [job for job in jobs if not job.operation_id]
        found = self.bulk.find([job.mark for job in nameless]) if nameless else {}
        for job in nameless:
            job.operation_id = found.get(job.mark, "")
            if not job.operation_id:  # Shopify never heard of it
                job.delete()
        yield from self._finish([job for job in jobs if job.operation_id])

    def _finish(self, jobs: Sequence[PendingWrite]) -> Iterator[Done]:
        if not jobs:
            return
        finished = self.bulk.wait([job.operation_id for job in jobs])
        failed: list[Finished] = []
        for job in jobs:
            end = finished[job.operation_id]
            operations = [_read(Kind(job.kind), line) for line in job.lines]
            for number, outcome in self.bulk.outcomes(end):
                if number < len(operations):
                    yield operations[number], outcome
            job.delete()
            if end.status != "COMPLETED":
                failed.append(end)
        if failed:
            raise TransientError("bulk_failed", details=f"{failed[0].status} {failed[0].error}".strip())


def _note(operation: Operation) -> dict[str, Any]:
    return {"item": operation.item, "then": operation.then, "what": operation.what}


def _read(kind: Kind, line: dict[str, Any]) -> Operation:
    return Operation(kind, line["item"], {}, line["then"], tuple(line["what"]))
