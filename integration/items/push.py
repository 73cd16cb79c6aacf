"""Operations → Shopify: few in batched requests, many in bulk, each with its outcome (rules I11).

What goes in bulk is noted before, and finished by the next pass if this one is killed.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integration.batches import batched
from integration.errors import TransientError
from integration.items.plan import Kind, Operation
from integration.items.shop import read_digests
from integration.models import PendingWrite
from integration.shopify.batch import Outcome, Refusal, portions, run_many
from integration.shopify.bulk import AT_A_TIME, FILE_BYTES, Bulk, Finished, LostError, NotBegunError, encoded
from integration.shopify.client import ShopClient

# Operations of one kind that go in bulk. Measured (`manage.py bench`): a first push of 50 items takes 3 s in batches and 9 s in
# bulk, of 100 items 25 s in batches, for the rate limit, and still 9 s in bulk; 4,600 points against 180.
BULK_FROM = 60
EXPIRED = frozenset({"EXPIRED", "GONE"})

Done = tuple[Operation, Outcome]

log = logging.getLogger("integration.items")


@dataclass(frozen=True, slots=True)
class Load:
    """Operations of one kind that go up in one file."""

    kind: Kind
    operations: Sequence[Operation]


class Pusher:
    def __init__(
        self, client: ShopClient, warehouse: str, bulk_from: int = BULK_FROM, file_bytes: int = FILE_BYTES
    ) -> None:
        self.bulk = Bulk(client)
        self._client = client
        self._warehouse = warehouse
        self._bulk_from = bulk_from
        self._file_bytes = file_bytes

    def run(self, operations: Sequence[Operation]) -> Iterator[Done]:
        """The outcome of each operation. Raises a SyncError where Shopify could not be asked; what was noted stays."""
        ready, refused = self._with_digests(operations)
        yield from refused
        kinds: dict[Kind, list[Operation]] = defaultdict(list)
        for one in ready:
            kinds[one.kind].append(one)
        many = {kind: some for kind, some in kinds.items() if len(some) >= self._bulk_from}
        yield from self._in_bulk(many)
        for kind, some in kinds.items():
            if kind not in many:
                outcomes = run_many(self._client, kind, [one.variables for one in some])
                yield from zip(some, outcomes, strict=True)

    def _with_digests(self, operations: Sequence[Operation]) -> tuple[list[Operation], list[Done]]:
        """A translation names the base text that it translates by its digest, as it is now; without one it has to wait.

        Of a product that Shopify does not show there is nothing to say: Shopify says so itself when it is asked.
        """
        products = {one.variables["resourceId"] for one in operations if one.kind is Kind.TRANSLATE}
        digests = read_digests(self._client, self.bulk, products) if products else {}
        ready: list[Operation] = []
        refused: list[Done] = []
        for one in operations:
            if one.kind is not Kind.TRANSLATE:
                ready.append(one)
            elif (known := digests.get(one.variables["resourceId"])) is None or _keys(one).keys() & known.keys():
                ready.append(_dated(one, known or {}))
            else:
                refused.append((one, _untranslatable(one)))
        return ready, refused

    def _in_bulk(self, kinds: Mapping[Kind, Sequence[Operation]]) -> Iterator[Done]:
        """Wave after wave: each as many files as Shopify works on at a time."""
        loads = [
            Load(kind, part)
            for kind, some in kinds.items()
            for part in portions(some, lambda one: len(encoded(one.variables)), self._file_bytes)
        ]
        for wave in batched(loads, AT_A_TIME):
            yield from self._wave(wave)

    def _wave(self, wave: Sequence[Load]) -> Iterator[Done]:
        """Where others leave no room for all of them, the rest follows once the first have ended."""
        paths = self.bulk.upload([(one.variables for one in load.operations) for load in wave])
        waiting = list(zip(wave, paths, strict=True))
        while waiting:
            jobs: list[PendingWrite] = []
            for load, path in waiting:
                try:
                    jobs.append(self._begin(load, path))
                except NotBegunError as refused:
                    if not refused.crowded or not jobs:
                        raise
                    break
            yield from self._finish(jobs)
            waiting = waiting[len(jobs) :]

    def _begin(self, load: Load, path: str) -> PendingWrite:
        """Noted first; what Shopify then refuses to begin is not left noted, all else `resume` finds by its mark."""
        job = PendingWrite.objects.create(
            warehouse=self._warehouse,
            shop=self._client.shop.host,
            kind=load.kind,
            mark=f"Prextra_{uuid.uuid4().hex[:24]}",
            lines=[_note(one) for one in load.operations],
        )
        try:
            job.operation_id = self.bulk.start(load.kind, path, job.mark)
        except NotBegunError:
            job.delete()
            raise
        job.save(update_fields=["operation_id"])
        return job

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
        yield from self._finish([job for job in jobs if job.operation_id], old=True)

    def _finish(self, jobs: Sequence[PendingWrite], *, old: bool = False) -> Iterator[Done]:
        """All that can be known of what became of them. Raises TransientError, after the last, where one ended badly.

        Results of `old` ones that are gone are no failure: what these did is found again by looking.
        """
        finished = self.bulk.wait([job.operation_id for job in jobs]) if jobs else {}
        failed: list[str] = []
        for job in jobs:
            end = finished[job.operation_id]
            try:
                yield from self._outcomes(job, end)
            except LostError as lost:
                failed += [] if old else [str(lost.params["details"])]
            job.delete()
            if end.status != "COMPLETED":
                log.warning("the bulk operation %s of %s ended: %s %s", end.id, job.kind, end.status, end.error)
                failed += [] if old and end.status in EXPIRED else [f"{end.status} {end.error}".strip()]
        if failed:
            raise TransientError("bulk_failed", details=failed[0])

    def _outcomes(self, job: PendingWrite, end: Finished) -> Iterator[Done]:
        operations = [_read(Kind(job.kind), line) for line in job.lines]
        for number, outcome in self.bulk.outcomes(end):
            if 0 <= number < len(operations):
                yield operations[number], outcome


def _dated(one: Operation, digests: Mapping[str, str]) -> Operation:
    """The translation of those texts that have a digest; only these are noted as pushed."""
    texts = one.variables["translations"]
    sent = [{**text, "translatableContentDigest": digests[text["key"]]} for text in texts if text["key"] in digests]
    left_out = {(text["locale"], text["key"]) for text in texts if text["key"] not in digests}
    marks = {
        locale: {key: mark for key, mark in keys.items() if (locale, key) not in left_out}
        for locale, keys in one.then["translations"].items()
    }
    return replace(one, variables={**one.variables, "translations": sent}, then={**one.then, "translations": marks})


def _keys(one: Operation) -> dict[str, None]:
    """The keys of its texts, in their order."""
    return dict.fromkeys(text["key"] for text in one.variables["translations"])


def _untranslatable(one: Operation) -> Outcome:
    return Outcome(refusals=(Refusal(f"No translatable content for {', '.join(_keys(one))} yet"),))


def _note(operation: Operation) -> dict[str, Any]:
    return {"item": operation.item, "then": operation.then, "what": operation.what}


def _read(kind: Kind, line: dict[str, Any]) -> Operation:
    return Operation(kind, line["item"], {}, line["then"], tuple(line["what"]))
