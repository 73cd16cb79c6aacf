"""The links between items and products: what is noted of each, in `default` and in the log (rules I8, I11)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from integration import runs
from integration.items.card import ACTIVE, Card, Wanted
from integration.items.levels import Base
from integration.items.plan import INITIAL_QUANTITY, VARIANT_MARKS, Link
from integration.items.shop import Found
from integration.ledger import Problem
from integration.models import Flow, ProductLink, SyncEntry
from integration.transient import busy

SAVED = (
    "product", "variant", "inventory_item", "fingerprint", "pushed", "location", "quantity", "sold", "missing",
    "missing_since", "reason", "params", "changed_at",
)  # fmt: skip
NO_HOLD = frozenset(
    {
        "item_without_stock",
        "item_not_ticked",
        "item_inactive",
        "item_other_warehouse",
        "item_without_warehouse",
        "item_by_serial_number",
    }
)

NOWHERE = ""  # where stock is that has left a location, or whose product is gone, until it is set at the next

log = logging.getLogger("integration.items")


@dataclass(slots=True)
class Work:
    """One item that is not as it should be, or may not be. `mark` is its card's fingerprint, `what` what was changed."""

    row: ProductLink
    card: Card | None
    target: int
    mark: str
    want: Wanted | None = None
    withdrawn: bool = False
    created: bool = False
    began_with: int = 0  # the quantity that a new product was given
    adopted: bool = False
    problem: Problem | None = None
    """Why it was not sent, or not all of it."""
    what: list[str] = field(default_factory=list)
    entry: SyncEntry | None = None

    @property
    def item(self) -> str:
        return self.row.item

    @property
    def link(self) -> Link:
        row = self.row
        return Link(row.item, row.product, row.variant, row.inventory_item, row.pushed)

    @property
    def is_lost(self) -> bool:
        """Its product or its variant was not there when something was sent to it."""
        return bool(self.row.product and not self.row.variant)

    @property
    def is_as_begun(self) -> bool:
        """What a new product was given is what it should show."""
        return self.target == self.began_with <= INITIAL_QUANTITY

    def base(self, location: str) -> Base | None:
        """What was known of its stock when it was last compared at this location."""
        row = self.row
        if row.quantity is None or row.location != location:
            return None
        return Base(row.quantity, row.sold, row.missing, row.missing_since)


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What a dry run found for an item: what would change, or why it does not go out."""

    item: str
    what: tuple[str, ...] = ()
    problem: Problem | None = None

    @property
    def is_held(self) -> bool:
        return self.problem is not None and self.problem.reason not in NO_HOLD


class Links:
    """The rows of one warehouse in one shop. Without a log, in a dry run, nothing is written, and `planned` is filled."""

    def __init__(self, warehouse: str, shop: str, log: runs.PassLog | None) -> None:
        self.warehouse = warehouse
        self.shop = shop
        self.log = log
        self.rows = ProductLink.objects.filter(warehouse=warehouse, shop=shop)
        self.holds = {key[0]: record for key, record in runs.kept_records(warehouse, [Flow.ITEMS]).items()}
        self.planned: list[PlannedItem] = []

    def new(self, item: str) -> ProductLink:
        return ProductLink(warehouse=self.warehouse, shop=self.shop, item=item)

    def save(self, rows: Iterable[ProductLink]) -> None:
        if self.log is None:
            return
        unique = list({row.item: row for row in rows}.values())
        for row in unique:
            row.changed_at = timezone.now()
        # Row by row in one transaction: four times faster than bulk_update, whose CASE expressions cost more than they save;
        # and a new row is saved again in the same pass, while bulk_create gives it no key on SQL Server.
        with transaction.atomic(using="default"):
            for row in unique:
                row.save(update_fields=None if row.pk is None else SAVED)

    def refuse(self, one: Work, problem: Problem) -> None:
        """Notes on the item why it is not sent, or not brought up to date; what a person must mend is held."""
        one.problem = problem
        if self.log is None:
            self.planned.append(PlannedItem(one.item, problem=problem))
            return
        if problem.reason not in NO_HOLD:
            self.log.hold(Flow.ITEMS, one.item, one.item, [problem])
        else:
            self.release(one.item)
            if problem.reason != "item_not_ticked" and one.row.reason != problem.reason:
                self.log.say(SyncEntry.Outcome.SKIPPED, Flow.ITEMS, one.item, one.item, [problem])
        one.row.reason, one.row.params, one.row.fingerprint = problem.reason, dict(problem.params), one.mark
        self.save([one.row])

    def unexpected(self, one: Work) -> None:
        """In an `except`: a defect of ours holds its item, and no other."""
        error = sys.exception()
        if error and (lost := busy(error)):  # not of this item
            raise lost from error
        log.exception("item %s of warehouse %s", one.item, self.warehouse)
        self.refuse(one, Problem("unexpected", {"details": type(error).__name__}))

    def complete(self, one: Work) -> None:
        """The product is as the card says; the caller saves the row."""
        one.row.fingerprint, one.row.reason, one.row.params = one.mark, "", {}
        if self.log and one.want and one.want.notices:
            self.log.say(SyncEntry.Outcome.NOTICE, Flow.ITEMS, one.item, one.item, one.want.notices)

    def forget(self, row: ProductLink) -> None:
        """The product is not in the shop any more; the caller saves the row."""
        drop(row)
        if self.log:
            problem = Problem("product_gone", {"item": row.item})
            self.log.say(SyncEntry.Outcome.NOTICE, Flow.ITEMS, row.item, row.item, [problem])

    def settle(self, work: Iterable[Work]) -> None:
        """Nothing is held any more of those that went through from end to end."""
        for one in work:
            if one.problem is None and one.row.fingerprint == one.mark and (one.want or one.withdrawn):
                self.release(one.item)

    def release(self, item: str) -> None:
        if self.log and (hold := self.holds.pop(item, None)):
            runs.release(hold)

    def open_entries(self, work: Iterable[Work]) -> None:
        """Before anything is sent for these items, the log has a line for each of them."""
        if self.log is None:
            return
        new = [one for one in work if one.entry is None]
        for one in new:
            one.entry = self.log.entry(Flow.ITEMS, one.row.product or one.item, one.item)
        self.log.pending([one.entry for one in new if one.entry])

    def close_entries(self, work: Sequence[Work]) -> None:
        done, useless = [], []
        for one in work:
            if one.entry is None:
                continue
            if not one.what:
                useless.append(one.entry)
                continue
            entry = one.entry
            entry.outcome, entry.shopify_id = SyncEntry.Outcome.WRITTEN, one.row.product
            entry.reason = "product_created" if one.created else "product_adopted" if one.adopted else "product_changed"
            entry.params = {"columns": ",".join(dict.fromkeys(what.partition(":")[0] for what in one.what))}
            done.append(entry)
            one.entry, one.what = None, []
        if self.log:
            self.log.finish(done)
            self.log.drop(useless)

    def say_stock(self, moves: Iterable[tuple[Work, int, int]]) -> None:
        """The log says what stock was and what it is now."""
        if self.log is None:
            return
        entries = [
            self.log.entry(
                Flow.ITEMS,
                one.row.product,
                one.item,
                kind=SyncEntry.Kind.STOCK,
                outcome=SyncEntry.Outcome.WRITTEN,
                reason="stock_set",
                params={"before": before, "after": after},
            )
            for one, before, after in moves
        ]
        SyncEntry.objects.bulk_create(entries)
        self.log.runs[Flow.ITEMS].written += len(entries)


def note_created(row: ProductLink, payload: object) -> None:
    """Raises KeyError, TypeError or ValueError where Shopify's answer does not say what it made."""
    product = payload["product"]  # type: ignore[index]
    (variant, *_) = product["variants"]["nodes"]
    row.product, row.variant, row.inventory_item = product["id"], variant["id"], variant["inventoryItem"]["id"]
    row.pushed = {}


def note_adopted(one: Work, found: Found) -> None:
    """The merchant's product becomes the item's: what it says now is theirs until something is pushed. So is one that we
    created and did not live to note, but for its tags.

    Where it is the item's already, and only its variant another, what was pushed of the product still holds.
    """
    row = one.row
    if row.product == found.product:
        row.pushed = {name: mark for name, mark in row.pushed.items() if name not in VARIANT_MARKS}
    else:
        status = ACTIVE if found.status == "UNLISTED" else found.status
        ours = {tag.casefold() for tag in one.want.tags} if one.want and found.key == row.item else set()
        row.pushed = {
            "status": status,
            "sku": row.item,
            "tags": [tag for tag in found.tags if tag.casefold() in ours],
            "merchant_tags": [tag for tag in found.tags if tag.casefold() not in ours],
        }
        one.adopted = True
    if row.inventory_item != found.inventory_item:
        uproot(row)
    row.product, row.variant, row.inventory_item = found.product, found.variant, found.inventory_item


def lose(row: ProductLink) -> None:
    """The product, or its variant, was not there: it is looked for before anything else is sent."""
    row.variant = row.fingerprint = ""


def drop(row: ProductLink) -> None:
    """The item has no product."""
    row.product, row.inventory_item, row.pushed = "", "", {}
    lose(row)
    uproot(row)


def uproot(row: ProductLink) -> None:
    """Its stock is kept nowhere now: all that is known of it is what is on its way."""
    if row.quantity is not None:
        rebase(row, Base(row.missing, row.sold, row.missing, row.missing_since), NOWHERE)


def rebase(row: ProductLink, base: Base, location: str) -> None:
    """Notes what is known of the stock at a location."""
    row.location = location
    row.quantity, row.sold, row.missing, row.missing_since = base.quantity, base.sold, base.missing, base.missing_since
