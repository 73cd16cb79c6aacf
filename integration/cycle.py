"""One pass over one warehouse: prerequisites, the shop, each changed or held order, and how far it came (rules O1)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from django.utils import timezone

from integration import erp_identity, runs
from integration.check_kinds import Facts
from integration.checks import missing_in_shop, missing_prerequisites, shop_of
from integration.configuration import corrected, read_items, read_rules
from integration.connect import connect
from integration.doorbell import keep_subscribed
from integration.errors import ConfigurationError, RecordError, StoppedError, SyncError, TransientError
from integration.flows import enabled_flows
from integration.items.links import PlannedItem
from integration.items.sync import ItemsPass
from integration.leases import FREE, Guard
from integration.ledger import Ledger, Problem, Rules
from integration.models import Flow, HeldRecord, SyncEntry, SyncRun
from integration.open_orders import note_open_orders
from integration.order_sync import Document, Due, plan_order, read_ledgers, write_order
from integration.shopify.client import ShopClient, Usage
from integration.shopify.order import ShopOrder
from integration.shopify.orders import Changed, Fetched, OrdersFeed, read_shop
from integration.transient import busy, drop_broken
from integration.watermarks import Watermarks
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

log = logging.getLogger("integration.cycle")

BUSY_IN_A_ROW = 3  # so many orders that the database refused, one after the other: it is not the orders

Held = dict[tuple[str, str], HeldRecord]  # by Shopify id and flow
Connect = Callable[[Warehouse], ShopClient]


class Progress(Protocol):
    def __call__(self, done: int, total: int) -> None: ...


@dataclass(slots=True)
class PassReport:
    """What a pass did, or would do. `held` counts all that waits now, `resting` what of it a dry run left alone.

    `planned` is filled by a dry run only: the order's name, its documents, its problems.
    """

    warehouse: str
    runs: dict[Flow, SyncRun] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    error: SyncError | None = None
    warning: Problem | None = None
    problems: list[SyncError] = field(default_factory=list)
    examined: int = 0
    held: int = 0
    resting: int = 0
    planned: list[tuple[str, list[Document], list[Problem]]] = field(default_factory=list)
    planned_items: list[PlannedItem] = field(default_factory=list)


def run_pass(
    warehouse_code: str,
    *,
    only: Collection[str] = (),
    since: datetime | None = None,
    retry: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    connect: Connect = connect,
    guard: Guard = FREE,
) -> PassReport:
    """Brings one warehouse in step. Never raises for what a person or time can mend: the report and the log say it.

    `only` reduces the flows that are ticked; `since` reads from there instead of from where the last pass ended;
    `retry` tries all that is held, due or not. A dry run reads both sides and writes nothing, in no database, but for
    the access token that Shopify may grant it, which all share. `guard` says, between its steps, whether it may go on.
    """
    warehouses = Warehouse.objects.using(PREXTRA).select_related("company", "shopify_customer")
    try:
        warehouse = warehouses.get(pk=warehouse_code)
    except Warehouse.DoesNotExist:  # or its company does not
        return PassReport(warehouse_code, error=ConfigurationError("warehouse_unknown", warehouse=warehouse_code))
    with structlog.contextvars.bound_contextvars(warehouse=warehouse.pk, run=""):
        return _Pass(warehouse, only, since, retry, dry_run, progress, connect, guard).run()


class _Pass:
    def __init__(
        self,
        warehouse: Warehouse,
        only: Collection[str],
        since: datetime | None,
        retry: bool,
        dry_run: bool,
        progress: Progress | None,
        connect: Connect,
        guard: Guard,
    ) -> None:
        self.warehouse = warehouse
        self.flows = enabled_flows(warehouse, only)
        self.names = [definition.flow for definition in self.flows if definition.flow is not Flow.ITEMS]
        self.sends_items = any(definition.flow is Flow.ITEMS for definition in self.flows)
        self.since = since
        self.retry = retry
        self.dry_run = dry_run
        self.progress = progress or (lambda done, total: None)
        self.connect = connect
        self.guard = guard
        self.report = PassReport(warehouse.pk)
        self.busy = 0
        self.items_usage = Usage()
        self.items_error: SyncError | None = None
        self.changed_at: dict[str, datetime] = {}
        self.ignored: set[tuple[str, str]] = set()

    def run(self) -> PassReport:
        if not self.flows:
            self.report.error = ConfigurationError("no_flow_enabled", warehouse=self.warehouse.pk)
            return self.report
        if not self.dry_run:
            flows = [definition.flow for definition in self.flows]
            self.log = runs.PassLog(self.warehouse.pk, self._shop(), flows)
            self.report.runs = self.log.runs
            structlog.contextvars.bind_contextvars(run=",".join(str(run.pk) for run in self.log.runs.values()))
        details = ""
        try:
            self._bring_in()
        except SyncError as error:
            self.report.error = error
        except ImproperlyConfigured:
            self.report.error = ConfigurationError("secret_unreadable", warehouse=self.warehouse.pk)
        except KeyboardInterrupt:
            if not self.dry_run:
                self.log.interrupted()
            raise
        except Exception as error:
            details = self._broke_off(error)
        if self.report.error and not details:
            log.warning("the pass over warehouse %s stopped: %s", self.warehouse.pk, self.report.error)
        if not self.dry_run:
            of_orders = None if self.report.error is self.items_error else self.report.error
            self.log.close(self.report.usage - self.items_usage, of_orders, self.report.warning, details)
            self.report.held = len(runs.held_records(self.warehouse.pk, list(self.report.runs)))
        return self.report

    def _broke_off(self, error: Exception) -> str:
        """Says what stopped the pass, a database that cannot just now or a defect; returns the traceback of a defect."""
        self.report.error = busy(error)
        drop_broken()
        if self.report.error:
            return ""
        log.error("the pass over warehouse %s stopped: %s", self.warehouse.pk, type(error).__name__)
        self.report.error = TransientError("unexpected", details=type(error).__name__)
        return traceback.format_exc()

    def _shop(self) -> str:
        """The shop's host for the log, or nothing where the address is not one."""
        try:
            return shop_of(self.warehouse).host
        except ConfigurationError:
            return ""

    def _bring_in(self) -> None:
        # A preview writes nothing, so it may look from a copied database too (rules W6).
        facts = Facts(self.warehouse, of_database=() if self.dry_run else None)
        self._stop_at(missing_prerequisites(self.warehouse, facts))
        if not self.dry_run:
            erp_identity.note_first()
        with self.connect(self.warehouse) as client:
            client.check = self.guard.check
            try:
                self._check_shop(client)
                if self.names:
                    self._read_orders(client)
                if self.sends_items:  # only now: stock is told to the shop after its orders are in (rules I10)
                    self._send_items(client)
            finally:
                self.report.usage = client.usage
                if client.served_version:
                    versions = {"asked": client.api_version, "served": client.served_version}
                    self.report.warning = Problem("shopify_version_differs", versions)

    def _check_shop(self, client: ShopClient) -> None:
        shop = read_shop(client)
        self._stop_at(missing_in_shop(self.warehouse, self.flows, shop.currency, shop.scopes))
        if not self.dry_run:
            keep_subscribed(client, self.warehouse, shop.scopes)

    def _send_items(self, client: ShopClient) -> None:
        """The items flow stands by itself: what stops it leaves the orders that came in as they are."""
        before = client.usage
        log = None if self.dry_run else self.log
        items = ItemsPass(client, self.warehouse, log, retry=self.retry, progress=self.progress)
        try:
            items.run()
        except SyncError as stopped:
            self.report.error = self.items_error = stopped
        finally:
            self.items_usage = client.usage - before
        self.report.planned_items = items.planned
        if self.dry_run:
            tried = {one.item for one in items.planned}
            ignored = {item for item, record in items.links.holds.items() if record.ignored_at}
            waiting = len(set(items.links.holds) - ignored - tried)
            self.report.resting += waiting
            self.report.held += waiting + sum(one.is_held and one.item not in ignored for one in items.planned)
        self.report.examined += items.examined
        if log:
            log.close_flow(Flow.ITEMS, self.items_usage, self.items_error)

    def _stop_at(self, errors: Sequence[ConfigurationError]) -> None:
        """One message for all of them would hide some: the first stops the pass, the report has them all."""
        if errors:
            self.report.problems = list(errors)
            raise errors[0]

    def _read_orders(self, client: ShopClient) -> None:
        feed = OrdersFeed(client)
        rules = read_rules(self.warehouse)
        held = runs.kept_records(self.warehouse.pk, self.names)
        self.ignored = {key for key, record in held.items() if record.ignored_at}
        marks = Watermarks(self.warehouse.pk, client.shop.host, self.names)
        unread = marks.unread_since()
        read_from = self.since or unread
        changed = list(feed.changed_since(read_from))
        # One that changed while the scan went on comes twice: its first place and time count, or a pass that has to stop
        # would take what stands between the two for worked off.
        self.changed_at = {one.id: one.updated_at for one in reversed(changed)}
        due = self._due(changed, held, rules)
        self.progress(0, len(due))
        # A pass that began later than what is unread has left a gap behind it, and so has one that was told half.
        is_whole = read_from <= unread and not feed.left_out and not self.dry_run
        try:
            for page in feed.fetch(due):
                self.guard.check()
                self._work_on(page, rules, held)
                self.report.examined += len(page)
                self.progress(self.report.examined, len(due))
        except StoppedError:  # the next pass goes on from here, else one that takes longer than it may would never end
            if is_whole:
                worked_off = due[: self.report.examined]
                marks.move([self.changed_at[one] for one in worked_off if one in self.changed_at])
            raise
        if feed.left_out:
            self.report.warning = Problem("incomplete_answer")
        elif is_whole:
            marks.move(self.changed_at.values())

    def _due(self, changed: Sequence[Changed], held: Held, rules: Rules) -> list[str]:
        """The orders to look at: those that changed, and those held whose time has come, or whose cause is gone. Each once.

        What someone ignores has no time: only a change in the shop tries it.
        """
        now = timezone.now()
        waiting = {record.shopify_id: record.shop_updated_at for record in held.values()}
        counted = [record for key, record in held.items() if key not in self.ignored]
        mended = corrected(counted, rules)
        ready = [one.shopify_id for one in counted if self.retry or one.next_attempt_at <= now or one.pk in mended]
        resting = waiting.keys() - set(ready)
        fresh = [one.id for one in changed if one.id not in resting or waiting[one.id] != one.updated_at]
        if self.dry_run:  # what rests stays held; what is tried is counted where it turns out to be
            left = {record.shopify_id for record in counted} & resting - set(fresh)
            self.report.held = self.report.resting = len(left)
        return list(dict.fromkeys([*fresh, *ready]))

    def _work_on(self, page: Sequence[Fetched], rules: Rules, held: Held) -> None:
        orders = [fetched.order for fetched in page if fetched.order]
        ledgers = _read_page(orders)
        rules = replace(rules, items=read_items(_item_codes(orders, ledgers.values()), rules.company))
        if not self.dry_run:  # first, for one that is held now is not read again soon, should the pass end in between
            note_open_orders(self.warehouse.pk, page)
        for fetched in page:
            if fetched.order is None:
                self._unreadable(fetched, held)
            else:
                self._order(fetched.order, ledgers.get(fetched.id), rules, held)
        if not self.dry_run:
            self.log.examined(len(page))

    def _order(self, order: ShopOrder, ledger: Ledger | None, rules: Rules, held: Held) -> None:
        try:
            if ledger is None:
                ledger = read_ledgers([order.id])[order.id]
                rules = replace(rules, items=read_items(_item_codes([order], [ledger]), rules.company))
            due = plan_order(order, ledger, rules, self.names)
            if self.dry_run:
                self._preview(order, due)
                return
            if due.writes:
                due = self._write(order, due, rules)
        except StoppedError:
            raise
        except Exception as error:
            known = error if isinstance(error, (RecordError, TransientError)) else busy(error)
            if known:
                drop_broken()
                self._count_busy(known)
                self._hold_all(order, Problem(known.reason, known.params), is_in=bool(ledger and ledger.order))
                return
            log.error("order %s of warehouse %s: %s", order.name, self.warehouse.pk, type(error).__name__)
            problem = Problem("unexpected", {"details": type(error).__name__})
            self._hold_all(order, problem, traceback.format_exc(), is_in=bool(ledger and ledger.order))
        else:
            self._note(order, due, held, is_in=bool((ledger and ledger.order) or due.orders.order))

    def _write(self, order: ShopOrder, due: Due, rules: Rules) -> Due:
        pending = self.log.pending(
            self.log.entry(one.flow, order.id, order.name, kind=one.kind, shopify_id=one.shopify_id, amount=one.amount)
            for one in due.documents
        )
        try:
            due = write_order(order, rules, self.names, self.guard.confirm)
        except Exception:
            self.log.drop(pending)
            raise
        self.busy = 0
        written = {(one.kind, one.shopify_id): one for one in due.documents}
        for entry in pending:
            if document := written.get((entry.kind, entry.shopify_id)):
                entry.prextra_number, entry.amount = document.number, document.amount
        self.log.written([entry for entry in pending if (entry.kind, entry.shopify_id) in written])
        self.log.drop(entry for entry in pending if (entry.kind, entry.shopify_id) not in written)
        return due

    def _note(self, order: ShopOrder, due: Due, held: Held, *, is_in: bool) -> None:
        if due.orders.skip:
            self.log.say(SyncEntry.Outcome.SKIPPED, Flow.ORDERS, order.id, order.name, [due.orders.skip])
        for flow, notices in due.notices.items():
            self.log.say(SyncEntry.Outcome.NOTICE, flow, order.id, order.name, notices)
        for flow in self.names:
            if problems := due.holds.get(flow, ()):
                self._hold(flow, order, problems, is_in=is_in)
            elif record := held.get((order.id, flow)):
                runs.release(record)

    def _hold(
        self, flow: Flow, order: ShopOrder, problems: Sequence[Problem], details: str = "", *, is_in: bool
    ) -> None:
        if self.dry_run:
            self.report.held += (order.id, flow) not in self.ignored
            self.report.planned.append((order.name, [], list(problems)))
        else:
            sold = {} if is_in else order.units
            self.log.hold(flow, order.id, order.name, problems, order.updated_at, details, sold, order.buyer)

    def _hold_all(self, order: ShopOrder, problem: Problem, details: str = "", *, is_in: bool) -> None:
        """Nothing of the order was written: it is held once, for the first flow."""
        self._hold(self.names[0], order, [problem], details, is_in=is_in)

    def _count_busy(self, error: SyncError) -> None:
        self.busy = self.busy + 1 if isinstance(error, TransientError) else 0
        if self.busy >= BUSY_IN_A_ROW:
            raise error

    def _unreadable(self, fetched: Fetched, held: Held) -> None:
        """Without an error it is not there: deleted, or out of the token's sight. One that is held stays so."""
        problem = Problem(fetched.error.reason, fetched.error.params) if fetched.error else Problem("order_gone")
        records = [record for (order_id, _), record in held.items() if order_id == fetched.id]
        name = fetched.name or next((record.shopify_name for record in records), "")
        if self.dry_run:
            counted = [record for record in records if not record.ignored_at]
            self.report.held += bool(counted or (fetched.error and not records))
            self.report.planned.append((name or fetched.id, [], [problem]))
        elif fetched.error or records:
            seen = self.changed_at.get(fetched.id) or next((record.shop_updated_at for record in records), None)
            flow = Flow(records[0].flow) if records else self.names[0]
            self.log.hold(flow, fetched.id, name, [problem], seen)
        else:
            self.log.say(SyncEntry.Outcome.SKIPPED, self.names[0], fetched.id, name, [problem])

    def _preview(self, order: ShopOrder, due: Due) -> None:
        problems = [problem for some in (*due.holds.values(), *due.notices.values()) for problem in some]
        if due.orders.skip:
            problems.append(due.orders.skip)
        self.report.held += any(found and (order.id, flow) not in self.ignored for flow, found in due.holds.items())
        if (documents := list(due.documents)) or problems:
            self.report.planned.append((order.name, documents, problems))


def _read_page(orders: Collection[ShopOrder]) -> dict[str, Ledger]:
    """The ledgers of a page of orders; none where one of them is beyond reading, so that each is read by itself."""
    try:
        return read_ledgers([order.id for order in orders])
    except Error:
        raise
    except Exception:
        log.warning("a page of orders is read one by one, since a row of Prextra is not readable")
        return {}


def _item_codes(orders: Collection[ShopOrder], ledgers: Collection[Ledger]) -> set[str]:
    codes = {line.sku for order in orders for line in order.lines if line.sku}
    return codes | {line.item for ledger in ledgers if ledger.order for line in ledger.order.lines if line.item}
