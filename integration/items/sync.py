"""Prextra's items → the shop: survey the cards, find what exists, push what differs, then compare the stock (rules I)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.utils import timezone

from integration import runs
from integration.batches import batched
from integration.checks import location_of
from integration.errors import TransientError
from integration.flows import enabled_flows
from integration.items.adopt import Adoption
from integration.items.card import ItemRules
from integration.items.html import sanitize
from integration.items.levels import expected
from integration.items.links import Links, PlannedItem, Work, lose, note_created
from integration.items.plan import Kind, Operation, plan_product, plan_withdrawal, with_room
from integration.items.push import Pusher
from integration.items.shop import read_setup
from integration.items.stock import StockSync
from integration.items.survey import Survey
from integration.ledger import Problem
from integration.models import Flow, ItemSetting, ProductLink
from integration.shopify.batch import Outcome
from integration.shopify.client import ShopClient
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

log = logging.getLogger("integration.items")

AT_ONCE = 10_000  # items that are worked on together
ROUNDS = 8
GONE_CODES = frozenset(
    {"PRODUCT_DOES_NOT_EXIST", "PRODUCT_NOT_FOUND", "PRODUCT_VARIANT_DOES_NOT_EXIST", "RESOURCE_NOT_FOUND"}
)
GONE_MESSAGES = frozenset({"Product does not exist", "Resource does not exist"})


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
        self.log = log
        self.retry = retry
        self.progress = progress
        self.links = Links(warehouse.pk, client.shop.host, log)
        self.pusher = Pusher(client, warehouse.pk)
        self.examined = 0

    @property
    def planned(self) -> list[PlannedItem]:
        return self.links.planned

    def run(self) -> None:
        """Raises a SyncError where the whole flow has to stop; what was done by then is noted."""
        self.rules = self.read_rules()
        self.survey = Survey(self.warehouse, self.rules, self.links, retry=self.retry)
        others = [place for place in self.locations if place != self.rules.location]
        takes_orders = any(one.flow is not Flow.ITEMS for one in enabled_flows(self.warehouse))
        self.stock = StockSync(
            self.client, self.links, self.survey, self.rules.location, others, takes_orders=takes_orders
        )
        self.adoption = Adoption(self.client, self.pusher.bulk, self.links, keyed=self.keyed)
        if self.log:
            self._resume()
            self._miss()
        work = self.survey.work()
        self.examined, done = self.survey.examined, 0
        if self.log:
            self.log.runs[Flow.ITEMS].examined = self.examined
        self.progress(0, len(work))
        for some in batched(work, AT_ONCE):
            self._work_on(some)
            done += len(some)
            self.progress(done, len(work))

    def _miss(self) -> None:
        try:
            self.adoption.miss(drift=len(self.locations) == 1)
        except TransientError as error:  # stock must not wait for it; the next pass tries again
            log.warning("the catalogue of %s was not read: %s", self.client.shop.host, error)

    # What the shop and the company say

    def read_rules(self) -> ItemRules:
        setup = read_setup(self.client, dry_run=self.log is None)
        self.locations, self.keyed = setup.locations, setup.keyed
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

    def _location(self, locations: Mapping[str, str]) -> str:
        """The one that was chosen, else the shop's only active one (rules I3)."""
        code = self.warehouse.pk
        setting = ItemSetting.objects.filter(warehouse=code).first() or ItemSetting(warehouse=code)
        if self.log and (setting.pk is None or setting.locations != locations):
            setting.locations = dict(locations)
            setting.save()
        return location_of(code, setting.location, locations)

    # Pushing

    def _work_on(self, work: Sequence[Work]) -> None:
        ready = self._ready(work)
        if self.log is None:
            self._preview(ready)
            return
        try:
            self._send(ready, work)
            if lost := [one for one in work if one.is_lost and one.problem is None]:
                self._send(self._ready(lost), lost)
            self.links.settle(work)
        finally:
            self.links.close_entries(work)

    def _ready(self, work: Sequence[Work]) -> list[Work]:
        """What nothing speaks against, with what its product should be; the others are refused."""
        lost = {one.item for one in work if one.is_lost}
        ready = self.adoption.adopt([one for one in work if self._is_sound(one)])
        ready = [one for one in ready if one.item not in lost or self._is_sound(one)]
        for one in ready:
            one.want = one.want and with_room(one.want, one.link)
        return ready

    def _is_sound(self, one: Work) -> bool:
        try:
            problem = self.survey.problem(one)
        except Exception:
            self.links.unexpected(one)
            return False
        if problem:
            self.links.refuse(one, problem)
        return problem is None

    def _send(self, ready: Sequence[Work], work: Sequence[Work]) -> None:
        """Stock first, for what is sold twice is worse than a text that is late; that of new products once they are there."""
        self.stock.run([one for one in work if one.row.variant])
        self._push([one for one in ready if (one.want or one.withdrawn) and not one.is_lost])
        self.stock.run([one for one in ready if one.created and one.row.variant])

    def _push(self, work: Sequence[Work]) -> None:
        """Round after round, until no item has anything left to be done."""
        pending = list(work)
        self.links.save(one.row for one in work if one.adopted)
        for _ in range(ROUNDS):
            operations: list[Operation] = []
            going: dict[str, Work] = {}
            for one in pending:
                try:
                    due = self._operations(one)
                except Exception:
                    self.links.unexpected(one)
                    continue
                if due:
                    operations += due
                    going[one.item] = one
                else:
                    self.links.complete(one)
            self.links.save(one.row for one in pending if one.item not in going)
            if not operations:
                return
            self.links.open_entries(going.values())
            pending = self._run(operations, going)

    def _operations(self, one: Work) -> list[Operation]:
        if one.withdrawn:
            return plan_withdrawal(one.link)
        if not one.row.product:
            one.began_with = max(0, one.target - one.row.missing)
        return plan_product(one.want, one.link, self.rules, one.began_with) if one.want else []

    def _run(self, operations: Sequence[Operation], going: dict[str, Work]) -> list[Work]:
        """One round; gives back what is to be asked again. What Shopify did is noted, whatever happens next."""
        touched: list[ProductLink] = []
        try:
            for operation, outcome in self.pusher.run(operations):
                if one := going.get(operation.item):
                    touched.append(one.row)
                    if not self._apply(one, operation, outcome):
                        going.pop(operation.item)
        finally:
            self.links.save(touched)
        return list(going.values())

    def _apply(self, one: Work, operation: Operation, outcome: Outcome) -> bool:
        """Notes what an operation did; False where the item is not to be asked again."""
        if outcome.is_done:
            try:
                _note(one.row, operation, outcome)
            except (KeyError, TypeError, ValueError):
                self.links.refuse(one, Problem("answer_malformed", {"field": "product"}))
                return False
            one.created = one.created or operation.kind is Kind.CREATE
            one.what += operation.what
            return True
        if _is_gone(outcome):
            lose(one.row)
            return False
        if outcome.is_stumble:
            log.warning("%s of item %s: Shopify failed; the next pass tries again", operation.kind, one.item)
            return False
        self.links.refuse(one, Problem("product_refused", {"item": one.item, "message": outcome.message}))
        return False

    def _resume(self) -> None:
        """Finishes what an earlier pass had begun and did not live to see."""
        for operation, outcome in self.pusher.resume():
            if not outcome.is_done:
                continue
            row = self.links.rows.filter(item=operation.item).first() or self.links.new(operation.item)
            try:
                _note(row, operation, outcome)
            except (KeyError, TypeError, ValueError):
                log.warning("the outcome of %s for item %s is not readable", operation.kind, operation.item)
            else:
                self.links.save([row])
        self.stock.resume()

    def _preview(self, work: Sequence[Work]) -> None:
        for one in work:
            what = ["adopted"] if one.adopted else []
            what += self._rounds(one)
            base = one.base(self.rules.location)
            if one.row.variant and (base is None or expected(base, self.survey.sold(one.item)) != one.target):
                what.append("stock")
            if what:
                self.planned.append(PlannedItem(one.item, tuple(dict.fromkeys(what))))

    def _rounds(self, one: Work) -> list[str]:
        """What all rounds would change, as if each of them had been done."""
        what: list[str] = []
        link = one.link
        for _ in range(ROUNDS):
            operations = plan_withdrawal(link) if one.withdrawn else []
            if one.want:
                operations = plan_product(one.want, link, self.rules)
            if not operations:
                break
            for operation in operations:
                what += operation.what
                link = replace(link, product=link.product or one.item, pushed={**link.pushed, **operation.then})
        return what


def _note(row: ProductLink, operation: Operation, outcome: Outcome) -> None:
    if operation.kind is Kind.CREATE:
        note_created(row, outcome.payload)
    row.pushed = {**row.pushed, **operation.then}


def _is_gone(outcome: Outcome) -> bool:
    return any(one.code in GONE_CODES or one.message in GONE_MESSAGES for one in outcome.refusals)
