"""Stock to the shop: read, compare, write where it is still what was read; under one key as often as it takes (rules I3, I9)."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integration.batches import batched
from integration.errors import RecordError, TransientError
from integration.items import erp
from integration.items.levels import Base, Due, Level, first_base, leave, needs_look, plan_level
from integration.items.links import NOWHERE, Links, Work, lose, rebase, uproot
from integration.items.shop import read_levels
from integration.items.survey import Survey
from integration.ledger import Problem
from integration.models import PendingWrite, ProductLink
from integration.open_orders import open_units
from integration.shopify.batch import Outcome, Refusal, outcome_of, run_many
from integration.shopify.client import ShopClient, load_document

AT_ONCE = 250
TRIES = 3
KIND = "inventory_set"
KEY_LIFE = timedelta(hours=23)  # Shopify knows an idempotency key for a day
STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})


@dataclass(frozen=True, slots=True)
class LevelWrite:
    """One level to set: what it was when it was read, and what is due."""

    one: Work
    level: Level
    due: Due


class StockSync:
    """Compares and sets the stock of items at one location."""

    def __init__(
        self,
        client: ShopClient,
        links: Links,
        survey: Survey,
        location: str,
        others: Sequence[str],
        *,
        takes_orders: bool,
    ) -> None:
        """`others` are the shop's other active locations. Where orders are not taken in, Prextra learns of sales elsewhere."""
        self._client = client
        self._links = links
        self._survey = survey
        self._location = location
        self._others = others
        self._takes_orders = takes_orders
        self._sold: dict[str, int] = {}
        self._kept: Counter[str] = Counter()

    def run(self, work: Sequence[Work]) -> None:
        """Brings the stock of these items in step. One whose inventory item is not there any more is lost (`Work.is_lost`)."""
        self._read_sales([one.item for one in work])
        self._read_targets({one.item: one for one in work})
        self._leave(work)
        due: list[Work] = []
        begun: list[ProductLink] = []
        for one in work:
            base, sold = one.base(self._location), self._sold[one.item]
            if one.created and one.base(NOWHERE) is None and base is None and one.is_as_begun:
                rebase(one.row, Base(one.target, sold), self._location)
                begun.append(one.row)
            elif one.row.location in {NOWHERE, self._location} and needs_look(one.target, base, sold):
                due.append(one)
        self._links.save(begun)
        for some in batched(due, AT_ONCE):
            self._set(some, self._location)

    def _read_sales(self, codes: Sequence[str]) -> None:
        ordered = erp.sold_units(self._links.warehouse, codes)
        self._sold = {code: ordered.get(code, 0) + self._survey.held.get(code, 0) for code in codes}
        self._kept = open_units(self._links.warehouse)

    def _read_targets(self, by_item: Mapping[str, Work]) -> None:
        """After what was sold: an order that comes in between is taken off twice for a while, never given back."""
        available = erp.read_available([code for code, one in by_item.items() if one.card], self._links.warehouse)
        for code, one in by_item.items():
            if one.card is not None:
                one.card = replace(one.card, available=available.get(code, Decimal(0)))
                one.target = self._survey.target(one.card)

    def _leave(self, work: Sequence[Work]) -> None:
        """Takes the stock from where it was kept before another location was chosen: what is there twice is sold twice."""
        places: dict[str, list[Work]] = defaultdict(list)
        for one in work:
            if one.row.quantity is not None and one.row.location not in {"", self._location}:
                places[one.row.location].append(one)
        for place, some in places.items():
            for few in batched(some, AT_ONCE):
                self._set(few, place)

    def _set(self, work: Sequence[Work], location: str) -> None:
        rest = list(work)
        for _ in range(TRIES):
            if not rest:
                break
            leaving = location != self._location
            levels = self._read_levels(rest, location) if leaving else self._active_levels(rest)
            unknown = self._unknown(rest, levels) if not leaving else {}
            writes: list[LevelWrite] = []
            settled: list[Work] = []
            for one in rest:
                level = levels.get(one.row.inventory_item)
                if one.row.inventory_item not in levels:
                    lose(one.row)
                    settled.append(one)
                elif level and level.active:
                    due = self._due(one, level, location, unknown.get(one.item, 0))
                    if due.quantity is None:
                        rebase(one.row, due.base, NOWHERE if leaving else location)
                        settled.append(one)
                    else:
                        writes.append(LevelWrite(one, level, due))
                elif leaving:  # nothing is for sale there
                    uproot(one.row)
                    settled.append(one)
            self._links.save([one.row for one in settled])
            rest = self._write(writes, location)

    def _due(self, one: Work, level: Level, location: str, unknown: int) -> Due:
        sold, now = self._sold[one.item], timezone.now()
        base = one.base(location)
        if location != self._location and base is not None:
            return leave(base, sold, level, now)
        base = base or first_base(level, sold, left=one.base(NOWHERE))
        return plan_level(one.target, base, sold, unknown, level, now)

    def _unknown(self, work: Sequence[Work], levels: Mapping[str, Level | None]) -> dict[str, int]:
        """Units that the shop keeps, at whichever location, for orders that were not read yet; by item."""
        if not self._takes_orders:
            return {}
        committed: Counter[str] = Counter()
        for some in (levels, *(self._read_levels(work, place) for place in self._others)):
            committed.update({id: level.committed for id, level in some.items() if level})
        return {one.item: max(0, committed[one.row.inventory_item] - self._kept[one.item]) for one in work}

    def _active_levels(self, work: Sequence[Work]) -> dict[str, Level | None]:
        """A level that is not active takes what is written to it without a word, and wrongly: it is activated first, empty."""
        levels = self._read_levels(work, self._location)
        if not (asleep := [one for one in work if _is_asleep(one, levels)]):
            return levels
        calls = [
            {"inventoryItemId": one.row.inventory_item, "locationId": self._location, "key": str(uuid.uuid4())}
            for one in asleep
        ]
        outcomes = list(run_many(self._client, "inventory_activate", calls))
        levels |= self._read_levels(asleep, self._location)
        for one, outcome in zip(asleep, outcomes, strict=True):
            uproot(one.row)
            if _is_asleep(one, levels):
                self._refuse(one, outcome.message or "inventoryActivate")
        return levels

    def _read_levels(self, work: Sequence[Work], location: str) -> dict[str, Level | None]:
        return read_levels(self._client, [one.row.inventory_item for one in work], location)

    def _write(self, writes: Sequence[LevelWrite], location: str) -> list[Work]:
        """Writes all of them; gives back those that were sold from meanwhile, to be compared again."""
        refused = self._attempt([_line(write, location, leaving=location != self._location) for write in writes])
        stale: list[Work] = []
        moves: list[tuple[Work, int, int]] = []
        for write in writes:
            code = write.one.item
            if code not in refused:
                rebase(write.one.row, write.due.base, location if location == self._location else NOWHERE)
                moves.append((write.one, write.level.available, write.due.quantity or 0))
            elif refused[code] in STALE:
                stale.append(write.one)
            else:
                self._refuse(write.one, refused[code])
        self._links.say_stock(moves)
        return stale

    def _refuse(self, one: Work, message: str) -> None:
        params = {"item": one.item, "message": message[:300], "quantity": one.target}
        self._links.refuse(one, Problem("stock_refused", params))

    def resume(self) -> None:
        """Sends again what an earlier pass may or may not have got through: under its key it is done once.

        Not where Prextra allows less by now: then nothing is known of these levels but what they show.
        """
        for pending in PendingWrite.objects.filter(warehouse=self._links.warehouse, shop=self._links.shop, kind=KIND):
            cards = erp.read_cards([line["item"] for line in pending.lines], self._survey.warehouse)
            allowed = {line["item"]: self._survey.target(cards.get(line["item"])) for line in pending.lines}
            if timezone.now() - pending.started_at < KEY_LIFE and all(
                line["input"]["quantity"] <= allowed[line["item"]] for line in pending.lines
            ):
                self._finish(pending)
            else:
                pending.delete()

    def _attempt(self, lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Writes these lines under a key of their own. Gives the items that were refused, with why."""
        if not lines:
            return {}
        pending = PendingWrite.objects.create(
            warehouse=self._links.warehouse, shop=self._links.shop, kind=KIND, mark=str(uuid.uuid4()), lines=list(lines)
        )
        return self._finish(pending)

    def _finish(self, pending: PendingWrite) -> dict[str, str]:
        """All are written or none: where some are named as refused the others go again, else the halves show which they are."""
        lines = pending.lines
        outcome = self._ask(pending.mark, lines)
        if outcome.is_done:
            self._note(lines)
        pending.delete()
        if outcome.is_done:
            return {}
        if refused := _refused(outcome, lines):
            return refused | self._attempt([line for line in lines if line["item"] not in refused])
        if len(lines) == 1:
            return {lines[0]["item"]: outcome.message}
        middle = len(lines) // 2
        return self._attempt(lines[:middle]) | self._attempt(lines[middle:])

    def _ask(self, key: str, lines: Sequence[Mapping[str, Any]]) -> Outcome:
        quantities = [line["input"] for line in lines]
        variables = {"key": key, "input": {"name": "available", "reason": "correction", "quantities": quantities}}
        for _ in range(TRIES - 1):
            try:
                return self._ask_once(variables)
            except TransientError as error:
                if not error.executed_maybe:
                    raise
        return self._ask_once(variables)

    def _ask_once(self, variables: Mapping[str, Any]) -> Outcome:
        try:
            answer = self._client.execute(load_document(KIND), variables)
        except RecordError as error:  # nothing was done
            return Outcome(refusals=(Refusal(str(error.params.get("message") or error)),))
        return outcome_of(answer.data.get("inventorySetQuantities"), answer.errors)

    def _note(self, lines: Sequence[Mapping[str, Any]]) -> None:
        rows = {row.item: row for row in self._links.rows.filter(item__in=[line["item"] for line in lines])}
        for line in lines:
            if row := rows.get(line["item"]):
                rebase(row, _base(line["base"]), line["base"]["location"])
        self._links.save(rows.values())


def _is_asleep(one: Work, levels: Mapping[str, Level | None]) -> bool:
    if one.row.inventory_item not in levels:
        return False
    level = levels[one.row.inventory_item]
    return level is None or not level.active


def _refused(outcome: Outcome, lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The items that Shopify names as refused, each with the code of a mismatch or Shopify's message."""
    bad: dict[str, str] = {}
    for refusal in outcome.refusals:
        for step in refusal.path:
            if step.isdigit() and int(step) < len(lines):
                text = refusal.code if refusal.code in STALE else refusal.message
                bad.setdefault(lines[int(step)]["item"], text)
                break
    return bad


def _line(write: LevelWrite, location: str, *, leaving: bool) -> dict[str, Any]:
    base = write.due.base
    return {
        "item": write.one.item,
        "input": {
            "inventoryItemId": write.one.row.inventory_item,
            "locationId": location,
            "quantity": write.due.quantity,
            "changeFromQuantity": write.level.available,
        },
        "base": {
            "location": NOWHERE if leaving else location,
            "quantity": base.quantity,
            "sold": base.sold,
            "missing": base.missing,
            "missing_since": base.missing_since.isoformat() if base.missing_since else None,
        },
    }


def _base(noted: Mapping[str, Any]) -> Base:
    since = noted["missing_since"]
    return Base(noted["quantity"], noted["sold"], noted["missing"], datetime.fromisoformat(since) if since else None)
