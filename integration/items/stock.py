"""Stock to the shop: read, compare, write where it is still what was read; under one key as often as it takes (rules I3, I9)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integration.batches import batched
from integration.errors import TransientError
from integration.items import erp
from integration.items.levels import Base, Due, Level, first_base, needs_look, plan_level
from integration.items.links import Links, Work, rebase
from integration.items.plan import INITIAL_QUANTITY
from integration.items.shop import read_levels
from integration.items.survey import Survey
from integration.ledger import Problem
from integration.models import Flow, PendingWrite, ProductLink
from integration.shopify.batch import Outcome, outcome_of, run_many
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

    def __init__(self, client: ShopClient, links: Links, survey: Survey, location: str) -> None:
        self._client = client
        self._links = links
        self._survey = survey
        self._location = location

    def run(self, work: Sequence[Work]) -> list[Work]:
        """Brings the stock of these items in step; gives back those whose product is not there any more."""
        by_item = {one.item: one for one in work if one.row.inventory_item}
        ordered, unsent = erp.ordered_units(list(by_item), self._links.warehouse)
        self._read_targets(by_item)
        held = self._survey.held
        sold = {code: ordered.get(code, 0) + held.get(code, 0) for code in by_item}
        unsent = {code: unsent.get(code, 0) + held.get(code, 0) for code in by_item}
        due: list[Work] = []
        explained: list[ProductLink] = []
        for code, one in by_item.items():
            if one.created and one.base is None and one.target == one.began_with <= INITIAL_QUANTITY:
                rebase(one.row, Base(one.target, sold[code]))
                explained.append(one.row)
            if needs_look(one.target, one.base, sold[code]):
                due.append(one)
            elif one.base != (base := Base(one.target, sold[code])):
                rebase(one.row, base)
                explained.append(one.row)
        self._links.save(explained)
        return [one for some in batched(due, AT_ONCE) for one in self._set(some, sold, unsent)]

    def _read_targets(self, by_item: Mapping[str, Work]) -> None:
        """After what was sold: an order that comes in between is taken off twice for a while, never given back."""
        available = erp.read_available(list(by_item), self._links.warehouse)
        for code, one in by_item.items():
            if one.card is not None:
                one.card = replace(one.card, available=available.get(code, Decimal(0)))
                one.target = self._survey.target(one.card)

    def _set(self, work: Sequence[Work], sold: Mapping[str, int], unsent: Mapping[str, int]) -> list[Work]:
        gone: list[Work] = []
        rest = list(work)
        for _ in range(TRIES):
            if not rest:
                break
            levels = self._active_levels([one.row.inventory_item for one in rest])
            writes: list[LevelWrite] = []
            settled: list[Work] = []
            for one in rest:
                if one.row.inventory_item not in levels:
                    self._links.lose(one.row)
                    gone.append(one)
                elif level := levels[one.row.inventory_item]:
                    base = one.base or first_base(level, sold[one.item], unsent[one.item])
                    due = plan_level(one.target, base, sold[one.item], level, timezone.now())
                    if due.quantity is None:
                        rebase(one.row, due.base)
                        settled.append(one)
                    else:
                        writes.append(LevelWrite(one, level, due))
            self._links.save([one.row for one in (*gone, *settled)])
            rest = self._write(writes)
        return gone

    def _active_levels(self, ids: Sequence[str]) -> dict[str, Level | None]:
        """A level that is not active takes what is written to it without a word, and wrongly: it is activated first."""
        levels = read_levels(self._client, ids, self._location)
        asleep = [id for id, level in levels.items() if level is None or not level.active]
        if asleep:
            calls = [{"inventoryItemId": id, "locationId": self._location, "key": str(uuid.uuid4())} for id in asleep]
            list(run_many(self._client, "inventory_activate", calls))
            levels |= read_levels(self._client, asleep, self._location)
        return {id: level if level and level.active else None for id, level in levels.items()}

    def _write(self, writes: Sequence[LevelWrite]) -> list[Work]:
        """Writes all of them under one key; gives back those that were sold from meanwhile, to be compared again."""
        if not writes:
            return []
        lines = [_line(write, self._location) for write in writes]
        pending = PendingWrite.objects.create(
            warehouse=self._links.warehouse, shop=self._links.shop, kind=KIND, mark=str(uuid.uuid4()), lines=lines
        )
        refused = self._send(pending)
        stale: list[Work] = []
        moves: list[tuple[Work, int, int]] = []
        for write in writes:
            code = write.one.item
            if code not in refused:
                rebase(write.one.row, write.due.base)
                moves.append((write.one, write.level.available, write.due.quantity or 0))
            elif refused[code] in STALE:
                stale.append(write.one)
            elif self._links.log:
                problem = Problem("product_refused", {"item": code, "message": refused[code]})
                self._links.log.hold(Flow.ITEMS, code, code, [problem])
        self._links.say_stock(moves)
        return stale

    def resume(self) -> None:
        """Sends again what an earlier pass may or may not have got through: under its key it is done once."""
        for pending in PendingWrite.objects.filter(warehouse=self._links.warehouse, shop=self._links.shop, kind=KIND):
            if timezone.now() - pending.started_at < KEY_LIFE:
                self._send(pending)
            else:
                pending.delete()

    def _send(self, pending: PendingWrite) -> dict[str, str]:
        """All or none: where some are refused, the others go again under a new key. Gives the refused items, with why."""
        refused: dict[str, str] = {}
        lines = list(pending.lines)
        while lines:
            outcome = self._ask(pending.mark, lines)
            if outcome.is_done:
                self._note(lines)
                break
            refused |= (bad := _refused(outcome, lines))
            lines = [line for line in lines if line["item"] not in bad]
            pending.mark, pending.lines, pending.started_at = str(uuid.uuid4()), lines, timezone.now()
            pending.save()
        pending.delete()
        return refused

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
        answer = self._client.execute(load_document(KIND), variables)
        return outcome_of(answer.data.get("inventorySetQuantities"), [error.message for error in answer.errors])

    def _note(self, lines: Sequence[Mapping[str, Any]]) -> None:
        rows = {row.item: row for row in self._links.rows.filter(item__in=[line["item"] for line in lines])}
        for line in lines:
            if row := rows.get(line["item"]):
                rebase(row, _base(line["base"]))
        self._links.save(rows.values())


def _refused(outcome: Outcome, lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The items that were refused, with the code of a mismatch or Shopify's message. Where it names none, all of them."""
    bad: dict[str, str] = {}
    for refusal in outcome.refusals:
        places = [int(step) for step in refusal.path if step.isdigit() and int(step) < len(lines)]
        text = refusal.code if refusal.code in STALE else refusal.message
        for line in [lines[places[0]]] if places else lines:
            bad.setdefault(line["item"], text)
    return bad


def _line(write: LevelWrite, location: str) -> dict[str, Any]:
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
            "quantity": base.quantity,
            "sold": base.sold,
            "missing": base.missing,
            "missing_since": base.missing_since.isoformat() if base.missing_since else None,
        },
    }


def _base(noted: Mapping[str, Any]) -> Base:
    since = noted["missing_since"]
    return Base(noted["quantity"], noted["sold"], noted["missing"], datetime.fromisoformat(since) if since else None)
