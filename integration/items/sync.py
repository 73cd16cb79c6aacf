"""Prextra's items → the shop: survey the cards, find what exists, push what differs, then compare the stock (rules I)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from integration import runs
from integration.batches import batched
from integration.errors import ConfigurationError, TransientError
from integration.items import erp
from integration.items.html import sanitize
from integration.items.levels import Base, Level, first_base, needs_look, plan_level
from integration.items.plan import (
    ACTIVE,
    INITIAL_QUANTITY,
    Card,
    ItemRules,
    Kind,
    Link,
    Operation,
    Wanted,
    fingerprint,
    plan_product,
    plan_withdrawal,
    quantity_of,
    wanted,
    why_not,
)
from integration.items.push import Pusher
from integration.items.shop import (
    CATALOGUE_FROM,
    Found,
    find_products,
    read_catalogue,
    read_levels,
    read_setup,
)
from integration.ledger import Problem
from integration.models import Flow, ItemSetting, PendingWrite, ProductLink, SyncEntry
from integration.shopify.batch import Outcome, outcome_of, run_many
from integration.shopify.client import ShopClient, load_document
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

CHUNK = 1000
AT_ONCE = 5000  # items that are worked on together
ROUNDS = 8
LEVELS_AT_ONCE = 250
TRIES = 3
CATALOGUE_AGE = timedelta(days=1)
KEY_LIFE = timedelta(hours=23)  # Shopify knows an idempotency key for a day
GONE = "gone"
GONE_CODES = frozenset({"PRODUCT_DOES_NOT_EXIST", "PRODUCT_NOT_FOUND"})
SAVED = (
    "product", "variant", "inventory_item", "fingerprint", "pushed", "quantity", "sold", "missing", "missing_since",
    "reason", "params", "changed_at",
)  # fmt: skip


@dataclass(slots=True)
class Work:
    """One item that is not as it should be, or may not be."""

    row: ProductLink
    card: Card | None
    target: int
    mark: str
    want: Wanted | None = None
    withdrawn: bool = False
    what: list[str] = field(default_factory=list)
    said: str = ""
    entry: SyncEntry | None = None

    @property
    def link(self) -> Link:
        row = self.row
        return Link(row.item, row.product, row.variant, row.inventory_item, row.pushed)


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What a dry run found for an item: what would change, or why it does not go out."""

    item: str
    what: tuple[str, ...] = ()
    problem: Problem | None = None


class ItemsPass:
    """One pass of the items flow over one warehouse. `log` is None in a dry run, which writes nothing."""

    def __init__(
        self,
        client: ShopClient,
        warehouse: Warehouse,
        log: runs.PassLog | None,
        *,
        retry: bool = False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.client = client
        self.warehouse = warehouse
        self.shop = client.shop.host
        self.log = log
        self.retry = retry
        self.progress = progress
        self.pusher = Pusher(client, warehouse.pk)
        self.links = ProductLink.objects.filter(warehouse=warehouse.pk, shop=self.shop)
        self.catalogue: dict[str, list[Found]] | None = None
        self.planned: list[PlannedItem] = []
        self.examined = 0

    def run(self) -> None:
        """Raises a SyncError where the whole flow has to stop; what was done by then is noted."""
        self.rules = self._read_rules()
        if self.log:
            self._resume()
        self._check_catalogue()
        self.held = erp.held_units(self.warehouse.pk)
        self.holds = {key[0]: record for key, record in runs.held_records(self.warehouse.pk, [Flow.ITEMS]).items()}
        work = self._survey()
        done = 0
        for some in batched(work, AT_ONCE):
            self._work_on(some)
            done += len(some)
            self.progress(done, len(work))
        if self.log:
            self.log.runs[Flow.ITEMS].examined = self.examined

    # What the shop and the company say

    def _read_rules(self) -> ItemRules:
        setup = read_setup(self.client, dry_run=self.log is None)
        company = self.warehouse.company
        others = Warehouse.objects.using(PREXTRA).filter(sync_items=True).exclude(pk=self.warehouse.pk)
        multilingual = company.shopify_multilingual
        return ItemRules(
            warehouse=self.warehouse.pk,
            language=company.language.strip().lower()[:2],
            today=timezone.now().astimezone(ZoneInfo(setup.time_zone)).date(),
            time_zone=setup.time_zone,
            location=self._location(setup.locations),
            publication=setup.publication,
            decimals=company.sale_price_decimals,
            primary=setup.primary if multilingual else "",
            locales=setup.locales if multilingual else (),
            elsewhere=frozenset(others.values_list("pk", flat=True)),
            sanitize=sanitize,
        )

    def _location(self, locations: Any) -> str:
        """The one that was chosen, else the shop's only active one (rules I3)."""
        setting = ItemSetting.objects.filter(warehouse=self.warehouse.pk).first() or ItemSetting(
            warehouse=self.warehouse.pk
        )
        if self.log and setting.locations != dict(locations):
            setting.locations = dict(locations)
            setting.save()
        if setting.location:
            if setting.location not in locations:
                raise ConfigurationError("location_gone", warehouse=self.warehouse.pk)
            return setting.location
        if not locations:
            raise ConfigurationError("location_missing")
        if len(locations) > 1:
            names = ", ".join(locations.values())
            raise ConfigurationError("location_to_choose", names=names, warehouse=self.warehouse.pk)
        return str(next(iter(locations)))

    def _check_catalogue(self) -> None:
        """Once a day all that the shop has is read, in bulk: a product that is gone is made anew (rules I8)."""
        setting, _ = (
            ItemSetting.objects.get_or_create(warehouse=self.warehouse.pk)
            if self.log
            else (ItemSetting(catalogue_read_at=timezone.now()), False)
        )
        now = timezone.now()
        if setting.catalogue_read_at and now - setting.catalogue_read_at < CATALOGUE_AGE:
            return
        linked = self.links.exclude(product="")
        if linked.exists():
            self._read_catalogue()
            there = {one.product for some in (self.catalogue or {}).values() for one in some}
            gone = [row for row in linked if row.product not in there]
            for row in gone:
                _forget(row)
            self._save(gone)
        setting.catalogue_read_at = now
        setting.save()

    def _read_catalogue(self) -> None:
        self.catalogue = {}
        for one in read_catalogue(self.pusher.bulk):
            self.catalogue.setdefault(one.sku, []).append(one)

    # What is not as it should be

    def _survey(self) -> list[Work]:
        """The items to work on. A card that has not changed since it was pushed costs no more than a hash."""
        codes = list(erp.candidates(self.warehouse.pk, self.rules.elsewhere))
        self.alike = Counter(code.casefold() for code in codes)
        work: list[Work] = []
        for some in batched(codes, CHUNK):
            work += self._survey_some(some)
        seen = set(codes)
        linked = self.links.exclude(product="").values_list("item", flat=True).iterator(chunk_size=10_000)
        for some in batched([code for code in linked if code not in seen], CHUNK):
            work += self._survey_some(some)
        self.examined = len(codes)
        return work

    def _survey_some(self, codes: Sequence[str]) -> list[Work]:
        cards = erp.read_cards(codes, self.warehouse)
        names = ("item", "fingerprint", "product", "quantity", "missing_since", "reason")
        states = {state[0]: state for state in self.links.filter(item__in=codes).values_list(*names)}
        changed: dict[str, tuple[Card | None, int, str]] = {}
        for code in codes:
            card = cards.get(code)
            target, mark = 0, GONE
            if card is not None:
                mark = fingerprint(card, self.rules)
                if why_not(card, self.rules) is None:
                    target = quantity_of(card, self.held.get(code, 0))
            if self._differs(states.get(code), target, mark):
                changed[code] = (card, target, mark)
        rows = {row.item: row for row in self.links.filter(item__in=list(changed))}
        return [
            self._work(rows.get(code) or self._new_row(code), card, target, mark)
            for code, (card, target, mark) in changed.items()
        ]

    def _differs(self, state: tuple[Any, ...] | None, target: int, mark: str) -> bool:
        if state is None:
            return True
        code, known, product, quantity, missing_since, reason = state
        hold = self.holds.get(code)
        due = hold is not None and (self.retry or hold.next_attempt_at <= timezone.now())
        if known != mark or due:
            return True
        if not product:
            return hold is None and (not reason or (reason == "item_without_stock" and target > 0))
        return bool(target != quantity or missing_since)

    def _new_row(self, code: str) -> ProductLink:
        return ProductLink(warehouse=self.warehouse.pk, shop=self.shop, item=code)

    def _work(self, row: ProductLink, card: Card | None, target: int, mark: str) -> Work:
        return Work(row, card, target, mark, withdrawn=card is None or why_not(card, self.rules) is not None)

    # Pushing

    def _work_on(self, work: Sequence[Work]) -> None:
        pending = self._ready(work)
        self._adopt([one for one in pending if not one.row.product and not one.withdrawn], pending)
        if self.log is None:
            self._preview(pending)
            return
        for _ in range(2):  # the second time for products that turned out to be gone
            self._push([one for one in pending if one.row.fingerprint != one.mark])
            gone = self._set_stock([one for one in work if one.row.product])
            if not gone:
                break
            pending = gone
        self._close_entries(work)

    def _ready(self, work: Sequence[Work]) -> list[Work]:
        """Those that have something to be pushed; of the others it is noted why not."""
        ready = []
        for one in work:
            problem = self._problem(one)
            if problem is None:
                ready.append(one)
            else:
                self._refuse(one, problem)
        return ready

    def _problem(self, one: Work) -> Problem | None:
        row, card = one.row, one.card
        if card is None or one.withdrawn:
            if row.product:
                return None
            return (why_not(card, self.rules) if card else None) or Problem("item_not_ticked", {"item": row.item})
        if not row.product and one.target == 0:
            return Problem("item_without_stock", {"item": card.code})
        if not row.product and self.alike[card.code.casefold()] > 1:
            other = next((code for code in self._alike(card.code)), card.code)
            return Problem("item_code_ambiguous", {"item": card.code, "other": other})
        if row.fingerprint == one.mark and row.product and row.item not in self.holds:
            return None  # only its stock
        want = wanted(card, self.rules)
        if isinstance(want, Problem):
            return want
        one.want = want
        return None

    def _alike(self, code: str) -> Iterator[str]:
        rows = erp.candidates(self.warehouse.pk, self.rules.elsewhere)
        return (other for other in rows if other != code and other.casefold() == code.casefold())

    WAITS = frozenset(
        {"item_without_stock", "item_not_ticked", "item_inactive", "item_other_warehouse", "item_by_serial_number"}
    )

    def _refuse(self, one: Work, problem: Problem) -> None:
        """Notes on the item why it is not sent, or not brought up to date; what a person must mend is held."""
        if self.log is None:
            self.planned.append(PlannedItem(one.row.item, problem=problem))
            return
        if problem.reason in self.WAITS:
            if problem.reason != "item_not_ticked" and one.row.reason != problem.reason:
                self.log.say(SyncEntry.Outcome.SKIPPED, Flow.ITEMS, one.row.item, one.row.item, [problem])
            self._release(one.row.item)
        else:
            self.log.hold(Flow.ITEMS, one.row.item, one.row.item, [problem])
        one.row.reason, one.row.params = problem.reason, dict(problem.params)
        one.row.fingerprint = one.mark
        self._save([one.row])

    def _release(self, item: str) -> None:
        if hold := self.holds.pop(item, None):
            runs.release(hold)

    def _adopt(self, new: Sequence[Work], pending: list[Work]) -> None:
        """Products that are there already are linked, by exactly their SKU (rules I8)."""
        if not new:
            return
        skus = [one.row.item for one in new]
        if self.catalogue is None and len(skus) > CATALOGUE_FROM:
            self._read_catalogue()
        found = self.catalogue if self.catalogue is not None else find_products(self.client, self.pusher.bulk, skus)
        for one in new:
            products = found.get(one.row.item, [])
            problem = None
            if len(products) > 1:
                problem = Problem("sku_ambiguous", {"item": one.row.item, "count": len(products)})
            elif products and not products[0].alone:
                problem = Problem("sku_among_variants", {"item": one.row.item})
            if problem:
                self._refuse(one, problem)
                pending.remove(one)
            elif products:
                _link(one, products[0])

    def _push(self, work: Sequence[Work]) -> None:
        pending = list(work)
        for _ in range(ROUNDS):
            operations: list[Operation] = []
            going: dict[str, Work] = {}
            for one in pending:
                due = self._operations(one)
                if due:
                    operations += due
                    going[one.row.item] = one
                else:
                    self._complete(one)
            self._save([one.row for one in pending])
            if not operations:
                return
            self._open_entries(going.values())
            pending = self._run(operations, going)

    def _operations(self, one: Work) -> list[Operation]:
        if one.withdrawn:
            return plan_withdrawal(one.link)
        return plan_product(one.want, one.link, self.rules, one.target) if one.want else []

    def _complete(self, one: Work) -> None:
        one.row.fingerprint, one.row.reason, one.row.params = one.mark, "", {}
        self._release(one.row.item)
        if self.log and one.want and one.want.notices:
            self.log.say(SyncEntry.Outcome.NOTICE, Flow.ITEMS, one.row.item, one.row.item, one.want.notices)

    def _run(self, operations: Sequence[Operation], going: dict[str, Work]) -> list[Work]:
        """Runs one round; returns those to be asked again. What Shopify did is kept, whatever happens next."""
        touched: list[ProductLink] = []
        try:
            for operation, outcome in self.pusher.run(operations):
                one = going.get(operation.item)
                if one is None:
                    continue
                if not self._apply(one.row, operation, outcome, one):
                    going.pop(operation.item)
                touched.append(one.row)
                if len(touched) >= 500:
                    self._save(touched)
                    touched = []
        finally:
            self._save(touched)
        return list(going.values())

    def _apply(self, row: ProductLink, operation: Operation, outcome: Outcome, one: Work | None = None) -> bool:
        """Notes what an operation did; False where it was refused."""
        if outcome.is_done:
            if operation.kind is Kind.CREATE:
                _created(row, outcome.payload, one.target if one else 0)
            row.pushed = {**row.pushed, **operation.then}
            if one:
                one.what += [what for what in operation.what if what not in one.what]
                if operation.kind is Kind.CREATE:
                    one.said = "product_created"
            return True
        if _is_gone(outcome):
            _forget(row)
            return one is not None and not one.withdrawn
        message = "; ".join(refusal.message for refusal in outcome.refusals)[:300]
        if one is not None:
            self._refuse(one, Problem("product_refused", {"item": row.item, "message": message}))
        return False

    def _resume(self) -> None:
        """Finishes what an earlier pass had begun: bulk operations, and stock writes by their key."""
        for operation, outcome in self.pusher.resume():
            row = self.links.filter(item=operation.item).first() or self._new_row(operation.item)
            self._apply(row, operation, outcome)
            self._save([row])
        pending = PendingWrite.objects.filter(warehouse=self.warehouse.pk, shop=self.shop, kind="inventory_set")
        for write in pending:
            if timezone.now() - write.started_at < KEY_LIFE:
                self._send_stock(write)
            else:
                write.delete()

    # Stock

    def _set_stock(self, work: Sequence[Work]) -> list[Work]:
        """Compares and sets; gives back those whose product is not there any more."""
        by_item = {one.row.item: one for one in work if one.row.inventory_item}
        ordered, unsent = erp.ordered_units(list(by_item), self.warehouse.pk)
        # Only now what is available: an order that comes in between is then taken off twice for a while, never given back.
        available = erp.read_available(list(by_item), self.warehouse.pk)
        for code, one in by_item.items():
            if one.card and not one.withdrawn:
                card = replace(one.card, available=available.get(code, Decimal(0)))
                one.target = quantity_of(card, self.held.get(code, 0))
        due: list[Work] = []
        moved: list[ProductLink] = []
        for code, one in by_item.items():
            sold = ordered.get(code, 0) + self.held.get(code, 0)
            if one.said == "product_created" and one.row.quantity is None:
                one.row.quantity, one.row.sold = min(one.target, INITIAL_QUANTITY), sold
                moved.append(one.row)
            if needs_look(one.target, _base(one.row), sold):
                due.append(one)
            elif one.row.quantity != one.target or one.row.sold != sold:
                one.row.quantity, one.row.sold = one.target, sold
                moved.append(one.row)
        self._save(moved)
        gone: list[Work] = []
        for some in batched(due, LEVELS_AT_ONCE):
            gone += self._set_levels(some, ordered, unsent)
        return [one for one in gone if not one.withdrawn]

    def _set_levels(self, work: Sequence[Work], ordered: dict[str, int], unsent: dict[str, int]) -> list[Work]:
        gone: list[Work] = []
        rest = list(work)
        for _ in range(TRIES):
            if not rest:
                break
            levels = self._active_levels(rest)
            writes: list[tuple[Work, Level, int, Base]] = []
            unchanged: list[ProductLink] = []
            for one in rest:
                level = levels.get(one.row.inventory_item)
                if level is None:
                    if one.row.inventory_item not in levels:
                        _forget(one.row)
                        one.want = wanted_again(one, self.rules)
                        gone.append(one)
                        unchanged.append(one.row)
                    continue
                held = self.held.get(one.row.item, 0)
                sold = ordered.get(one.row.item, 0) + held
                base = _base(one.row) or first_base(level, sold, unsent.get(one.row.item, 0) + held)
                due = plan_level(one.target, base, sold, level, timezone.now())
                if due.quantity is None:
                    _rebase(one.row, due.base)
                    unchanged.append(one.row)
                else:
                    writes.append((one, level, due.quantity, due.base))
            self._save(unchanged)
            rest = self._write_levels(writes) if writes else []
        return gone

    def _active_levels(self, work: Sequence[Work]) -> dict[str, Level | None]:
        """A level that is not active takes what is written to it without a word, and wrongly: it is activated first."""
        levels = read_levels(self.client, [one.row.inventory_item for one in work], self.rules.location)
        asleep = [id for id, level in levels.items() if level is None or not level.active]
        if asleep:
            calls = [
                {"inventoryItemId": id, "locationId": self.rules.location, "key": str(uuid.uuid4())} for id in asleep
            ]
            list(run_many(self.client, "inventory_activate", calls))
            levels |= read_levels(self.client, asleep, self.rules.location)
        return {id: level if level is None or level.active else None for id, level in levels.items()}

    def _write_levels(self, writes: Sequence[tuple[Work, Level, int, Base]]) -> list[Work]:
        """Writes all of them under one key; gives back those that were sold from meanwhile, to be compared again."""
        before = {one.row.item: (one.row.quantity, level.available) for one, level, _, _ in writes}
        write = PendingWrite.objects.create(
            warehouse=self.warehouse.pk,
            shop=self.shop,
            kind="inventory_set",
            mark=str(uuid.uuid4()),
            lines=[
                _stock_line(one, level, quantity, base, self.rules.location) for one, level, quantity, base in writes
            ],
        )
        refused = self._send_stock(write)
        works = {one.row.item: one for one, _, _, _ in writes}
        stale: list[Work] = []
        for code, one in works.items():
            if code not in refused:
                one.row.refresh_from_db(fields=["quantity", "sold", "missing", "missing_since"])
                self._say_stock(one, before[code][1], one.row.quantity or 0)
            elif refused[code] in STALE:
                stale.append(one)
            elif self.log:
                problem = Problem("product_refused", {"item": code, "message": refused[code]})
                self.log.hold(Flow.ITEMS, code, code, [problem])
        return stale

    def _send_stock(self, write: PendingWrite) -> dict[str, str]:
        """Sends a noted write, as often as its answer is lost, under the one key; the refused items, with why.

        All or none: where some were refused, the others go again under a key of their own.
        """
        refused: dict[str, str] = {}
        lines = list(write.lines)
        while lines:
            outcome = self._ask_stock(write.mark, lines)
            bad = _refused_lines(outcome, lines)
            if outcome.is_done:
                self._note_stock(lines)
                break
            refused |= bad
            lines = [line for line in lines if line["item"] not in bad] if bad else []
            with_key = str(uuid.uuid4())
            PendingWrite.objects.filter(pk=write.pk).update(mark=with_key, lines=lines, started_at=timezone.now())
            write.mark = with_key
        write.delete()
        return refused

    def _ask_stock(self, key: str, lines: Sequence[dict[str, Any]]) -> Outcome:
        variables = {
            "key": key,
            "input": {"name": "available", "reason": "correction", "quantities": [line["input"] for line in lines]},
        }
        for last in (False, False, True):
            try:
                answer = self.client.execute(load_document("inventory_set"), variables)
                return outcome_of(answer.data.get("inventorySetQuantities"), [one.message for one in answer.errors])
            except TransientError as error:
                if last or not error.executed_maybe:
                    raise
        raise AssertionError

    def _note_stock(self, lines: Sequence[dict[str, Any]]) -> None:
        rows = {row.item: row for row in self.links.filter(item__in=[line["item"] for line in lines])}
        for line in lines:
            if row := rows.get(line["item"]):
                since = line["base"]["missing_since"]
                moment = datetime.fromisoformat(since) if since else None
                _rebase(row, Base(line["base"]["quantity"], line["base"]["sold"], line["base"]["missing"], moment))
        self._save(list(rows.values()))

    # The log

    def _open_entries(self, work: Iterable[Work]) -> None:
        if self.log is None:
            return
        new = [one for one in work if one.entry is None]
        for one in new:
            one.entry = self.log.entry(Flow.ITEMS, one.row.product or one.row.item, one.row.item)
        self.log.pending([one.entry for one in new if one.entry])

    def _close_entries(self, work: Sequence[Work]) -> None:
        done, useless = [], []
        for one in work:
            if entry := one.entry:
                if not one.what:
                    useless.append(entry)
                    continue
                entry.outcome = SyncEntry.Outcome.WRITTEN
                entry.shopify_id = one.row.product
                columns = ",".join(dict.fromkeys(what.partition(":")[0] for what in one.what))
                entry.reason = one.said or "product_changed"
                entry.params = {"columns": columns}
                done.append(entry)
        if self.log:
            self.log.finish(done)
            self.log.drop(useless)

    def _say_stock(self, one: Work, before: int, after: int) -> None:
        if self.log:
            params = {"before": before, "after": after}
            entry = self.log.entry(
                Flow.ITEMS, one.row.product, one.row.item, kind=SyncEntry.Kind.STOCK,
                outcome=SyncEntry.Outcome.WRITTEN, reason="stock_set", params=params,
            )  # fmt: skip
            entry.save()
            self.log.runs[Flow.ITEMS].written += 1

    def _preview(self, work: Sequence[Work]) -> None:
        for one in work:
            what = [name for operation in self._operations(one) for name in operation.what]
            if one.row.product and one.row.quantity != one.target:
                what.append("stock")
            if what:
                self.planned.append(PlannedItem(one.row.item, tuple(what)))

    def _save(self, rows: Sequence[ProductLink]) -> None:
        if self.log is None or not rows:
            return
        unique = {row.item: row for row in rows}
        new = [row for row in unique.values() if row.pk is None]
        for row in unique.values():
            row.changed_at = timezone.now()
        ProductLink.objects.bulk_create(new, batch_size=500)
        ProductLink.objects.bulk_update([row for row in unique.values() if row not in new], SAVED, batch_size=100)


STALE = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})


def wanted_again(one: Work, rules: ItemRules) -> Wanted | None:
    want = wanted(one.card, rules) if one.card and not one.withdrawn else None
    return None if isinstance(want, Problem) else want


def _refused_lines(outcome: Outcome, lines: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The items that a stock write was refused for: the code, or Shopify's message. Where it names none, all of them."""
    bad: dict[str, str] = {}
    for refusal in outcome.refusals:
        places = [int(step) for step in refusal.path if step.isdigit() and int(step) < len(lines)]
        text = refusal.code if refusal.code in STALE else refusal.message
        for line in [lines[places[0]]] if places else lines:
            bad.setdefault(line["item"], text)
    return bad


def _stock_line(one: Work, level: Level, quantity: int, base: Base, location: str) -> dict[str, Any]:
    return {
        "item": one.row.item,
        "input": {
            "inventoryItemId": one.row.inventory_item,
            "locationId": location,
            "quantity": quantity,
            "changeFromQuantity": level.available,
        },
        "base": {
            "quantity": base.quantity,
            "sold": base.sold,
            "missing": base.missing,
            "missing_since": base.missing_since.isoformat() if base.missing_since else None,
        },
    }


def _base(row: ProductLink) -> Base | None:
    return None if row.quantity is None else Base(row.quantity, row.sold, row.missing, row.missing_since)


def _rebase(row: ProductLink, base: Base) -> None:
    row.quantity, row.sold, row.missing, row.missing_since = base.quantity, base.sold, base.missing, base.missing_since


def _created(row: ProductLink, payload: Any, target: int) -> None:
    product = payload["product"]
    (variant, *_) = product["variants"]["nodes"]
    row.product, row.variant, row.inventory_item = product["id"], variant["id"], variant["inventoryItem"]["id"]
    row.pushed = {}
    row.quantity, row.sold, row.missing, row.missing_since = None, 0, 0, None


def _link(one: Work, found: Found) -> None:
    """The merchant's product becomes the item's: what it is now is theirs until it is pushed."""
    row = one.row
    row.product, row.variant, row.inventory_item = found.product, found.variant, found.inventory_item
    status = ACTIVE if found.status == "UNLISTED" else found.status
    row.pushed = {"status": status, "merchant_tags": list(found.tags), "sku": row.item}
    row.quantity, row.sold, row.missing, row.missing_since = None, 0, 0, None
    one.said = "product_adopted"


def _forget(row: ProductLink) -> None:
    row.product = row.variant = row.inventory_item = row.fingerprint = ""
    row.pushed, row.quantity, row.sold, row.missing, row.missing_since = {}, None, 0, 0, None


def _is_gone(outcome: Outcome) -> bool:
    return any(
        refusal.code in GONE_CODES or refusal.message in {"Product does not exist", "Resource does not exist"}
        for refusal in outcome.refusals
    )
