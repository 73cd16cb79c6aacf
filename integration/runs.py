"""The log of a pass: a run for each flow, an entry for each record, and what is held (rules, "Errors").

Entries are written as pending before their documents are, and closed after: whatever is killed, the log has a trace.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from integration.errors import SyncError
from integration.ledger import Problem
from integration.models import Flow, HeldRecord, SyncEntry, SyncRun
from integration.shopify.client import Usage

LONGEST_RUN = timedelta(hours=1)
FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=6)
BUYER_LENGTH = 100

Outcome = SyncEntry.Outcome


class PassLog:
    """The runs of one pass over a warehouse, and everything that is said in them."""

    def __init__(self, warehouse: str, shop: str, flows: Sequence[Flow]) -> None:
        self.warehouse = warehouse
        self.shop = shop
        close_interrupted(warehouse)
        self.runs = {flow: SyncRun.objects.create(warehouse=warehouse, shop=shop, flow=flow) for flow in flows}

    def examined(self, count: int) -> None:
        """`count` records were looked at, and the figures so far are kept for those who watch."""
        for flow, run in self.runs.items():
            if flow is not Flow.ITEMS:
                run.examined += count
                run.save(update_fields=["examined", "written", "held", "skipped"])

    def pending(self, entries: Iterable[SyncEntry]) -> list[SyncEntry]:
        """Notes them one by one, for they are closed by their keys, which bulk_create does not give on SQL Server."""
        made = list(entries)
        with transaction.atomic(using="default"):
            for entry in made:
                entry.save()
        return made

    def entry(self, flow: Flow, order_id: str, order_name: str, **values: Any) -> SyncEntry:
        """An entry of the flow's run, not saved yet; about the order, or the item, itself where no other kind is given."""
        of_item = flow is Flow.ITEMS
        kind = SyncEntry.Kind.PRODUCT if of_item else SyncEntry.Kind.ORDER
        values = {"kind": kind, "shopify_id": order_id, "shopify_order": "" if of_item else order_id, **values}
        return SyncEntry(run=self.runs[flow], shopify_name=order_name[:50], **values)

    def written(self, entries: Sequence[SyncEntry]) -> None:
        for entry in entries:
            entry.outcome = Outcome.WRITTEN
        SyncEntry.objects.bulk_update(entries, ["outcome", "prextra_number", "amount"])
        for entry in entries:
            self.runs[Flow(entry.run.flow)].written += 1

    def finish(self, entries: Sequence[SyncEntry]) -> None:
        """Closes entries whose outcome, reason and parameters are set."""
        with transaction.atomic(using="default"):
            for entry in entries:
                entry.save(update_fields=["outcome", "shopify_id", "reason", "params"])
        for entry in entries:
            self.runs[Flow(entry.run.flow)].written += entry.outcome == Outcome.WRITTEN

    def drop(self, entries: Iterable[SyncEntry]) -> None:
        """Takes back pending entries whose documents turned out not to be due."""
        SyncEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()

    def say(
        self, outcome: Outcome, flow: Flow, shopify_id: str, shopify_name: str, problems: Iterable[Problem]
    ) -> None:
        """Notes what a person should know of a record, once: what was said of it before is not repeated."""
        new = [problem for problem in problems if not self._was_said(outcome, shopify_id, problem)]
        if outcome is Outcome.SKIPPED:
            self.runs[flow].skipped += len(new)
        SyncEntry.objects.bulk_create(
            self.entry(flow, shopify_id, shopify_name, outcome=outcome, reason=one.reason, params=dict(one.params))
            for one in new
        )

    def hold(
        self,
        flow: Flow,
        shopify_id: str,
        shopify_name: str,
        problems: Sequence[Problem],
        shop_updated_at: datetime | None = None,
        traceback: str = "",
        sold: Mapping[str, int] | None = None,
        buyer: str = "",
    ) -> None:
        """Holds a record with its first problem, to be tried again later and later; each problem is an entry.

        `sold` are the units by SKU of an order that is not in Prextra; without a `buyer`, the one that is known stays. One
        that is ignored stays so, and is an entry only where its problem is another one than before.
        """
        key = {"warehouse": self.warehouse, "flow": flow, "shopify_id": shopify_id}
        values = {
            "shop": self.shop,
            "shopify_name": shopify_name[:50],
            "reason": problems[0].reason,
            "params": dict(problems[0].params),
            "traceback": traceback,
            "shop_updated_at": shop_updated_at,
        }
        if sold is not None:
            values["sold"] = dict(sold)
        if buyer:
            values["buyer"] = buyer[:BUYER_LENGTH]
        held, created = HeldRecord.objects.get_or_create(
            **key, defaults={**values, "next_attempt_at": timezone.now() + FIRST_RETRY}
        )
        if not created:
            pause = min(FIRST_RETRY * 2 ** min(held.attempts, 10), LAST_RETRY)
            HeldRecord.objects.filter(pk=held.pk).update(
                **values, attempts=F("attempts") + 1, next_attempt_at=timezone.now() + pause
            )
        if held.ignored_at is None:
            self.runs[flow].held += 1
        elif (held.reason, _canonical(held.params)) == (problems[0].reason, _canonical(problems[0].params)):
            return
        SyncEntry.objects.bulk_create(
            self.entry(
                flow,
                shopify_id,
                shopify_name,
                outcome=Outcome.HELD,
                reason=one.reason,
                params=dict(one.params),
                traceback=traceback,
            )
            for one in problems
        )

    def close(
        self, usage: Usage, error: SyncError | None = None, warning: Problem | None = None, details: str = ""
    ) -> None:
        """Ends the runs, with the error that stopped them or what else is to be known.

        `details` is a traceback for the technician. What the shared feed cost stands on the first run; `held` is what
        waits now, from earlier passes too.
        """
        held = Counter(flow for _, flow in held_records(self.warehouse, list(self.runs)))
        for place, (flow, run) in enumerate(self.runs.items()):
            if run.finished_at is not None:
                continue
            if place == 0:
                run.requests, run.points, run.waited = usage.requests, usage.points, usage.waited_seconds
            run.held = held[flow]
            run.outcome = _outcome(error, run.held)
            if problem := error or warning:
                run.reason, run.params = problem.reason, dict(problem.params)
            run.traceback = details
            run.finished_at = timezone.now()
            run.save()

    def close_flow(self, flow: Flow, usage: Usage, error: SyncError | None = None) -> None:
        """Ends the run of one flow that stands by itself, before the others."""
        run = self.runs[flow]
        run.requests, run.points, run.waited = usage.requests, usage.points, usage.waited_seconds
        run.held = len(held_records(self.warehouse, [flow]))
        run.outcome = _outcome(error, run.held)
        if error:
            run.reason, run.params = error.reason, dict(error.params)
        run.finished_at = timezone.now()
        run.save()

    def interrupted(self) -> None:
        """Someone stopped the pass: its runs end here, and the next pass goes on."""
        for run in self.runs.values():
            run.outcome, run.finished_at = SyncRun.Outcome.INTERRUPTED, timezone.now()
            run.save()

    def _was_said(self, outcome: Outcome, shopify_id: str, problem: Problem) -> bool:
        said = SyncEntry.objects.filter(shopify_id=shopify_id, outcome=outcome, reason=problem.reason)
        params = _canonical(problem.params)
        return any(_canonical(earlier) == params for earlier in said.values_list("params", flat=True))


def held_records(warehouse: str, flows: Sequence[Flow]) -> dict[tuple[str, str], HeldRecord]:
    """What these flows of the warehouse hold, by (Shopify id, flow); without what someone chose to ignore."""
    return {key: record for key, record in kept_records(warehouse, flows).items() if record.ignored_at is None}


def kept_records(warehouse: str, flows: Sequence[Flow]) -> dict[tuple[str, str], HeldRecord]:
    """What could not go through, by (Shopify id, flow): what is held, and what is ignored."""
    kept = HeldRecord.objects.filter(warehouse=warehouse, flow__in=flows)
    return {(record.shopify_id, record.flow): record for record in kept}


def release(held: HeldRecord) -> None:
    """The record went through: nothing is held any more."""
    HeldRecord.objects.filter(pk=held.pk).delete()


def retry_at_once(held: QuerySet[HeldRecord]) -> int:
    """Makes these records due at the next pass, but for those that are ignored; returns how many they are."""
    return held.filter(ignored_at=None).update(next_attempt_at=timezone.now())


def ignore(held: QuerySet[HeldRecord], by: str, note: str) -> int:
    """Nobody wants to hear of these any more: not tried by themselves, not counted; returns how many they are.

    Units of an order that was sold stay sold (rules I9). A change of the record tries it once more.
    """
    return held.filter(ignored_at=None).update(ignored_at=timezone.now(), ignored_by=by[:150], note=note[:300])


def restore(held: QuerySet[HeldRecord]) -> int:
    """These are not ignored any more, and due at the next pass; returns how many they are."""
    ignored = held.filter(ignored_at__isnull=False)
    return ignored.update(ignored_at=None, ignored_by="", note="", next_attempt_at=timezone.now())


def close_interrupted(warehouse: str, older_than: timedelta = LONGEST_RUN) -> None:
    """Marks the runs that never ended, because their process was killed. Who has the lease knows that of all of them."""
    stale = SyncRun.objects.filter(
        warehouse=warehouse, outcome=SyncRun.Outcome.RUNNING, started_at__lte=timezone.now() - older_than
    )
    stale.update(outcome=SyncRun.Outcome.INTERRUPTED, finished_at=timezone.now())


def prune() -> int:
    """Deletes the runs that are older than LOG_KEEP_DAYS, with their entries; returns how many runs."""
    old = SyncRun.objects.filter(started_at__lt=timezone.now() - timedelta(days=settings.LOG_KEEP_DAYS))
    count = old.count()
    old.delete()
    return count


def _outcome(error: SyncError | None, held: int) -> SyncRun.Outcome:
    if error is None:
        return SyncRun.Outcome.HELD if held else SyncRun.Outcome.DONE
    return SyncRun.Outcome.CONFIGURATION if error.kind == "configuration" else SyncRun.Outcome.TRANSIENT


def _canonical(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True, default=str)
