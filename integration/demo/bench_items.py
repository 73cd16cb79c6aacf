"""What the items flow costs, measured: a first push, a change of stock, of price, and a catalogue in which nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integration.batches import batched
from integration.cycle import run_pass
from integration.demo.meter import Cost, TimedTransport, client_of, metered
from integration.demo.shop import STATIC_TOKEN, StandInShop, Store
from integration.items.card import ItemRules, fingerprint, quantity_of
from integration.items.erp import candidates, read_cards
from integration.items.links import Links
from integration.items.shop import read_setup
from integration.items.sync import ItemsPass
from integration.models import ItemSetting, ProductLink
from integration.shopify.client import Usage
from prextra_models.models import Company, Item, ItemPrice, ItemStock, ItemText, Warehouse
from prextra_models.router import PREXTRA

SIZES = (100, 1_000, 10_000)
UNCHANGED = 100_000
# Requests that a pass may take at most, by size.
LIMITS = {("first push", 1_000): 30, ("first push", 10_000): 60, ("stock", 1_000): 12, ("unchanged", UNCHANGED): 2}


class Step(models.TextChoices):
    FIRST = "first push", _("first push")
    UNCHANGED = "unchanged", _("nothing changed")
    STOCK = "stock", _("stock of all")
    PRICE = "price", _("price of all")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsMeasure(Cost):
    """One step over a catalogue of `size` items; `writes` are the mutations among the requests."""

    size: int
    step: Step
    writes: int

    @property
    def limit(self) -> int | None:
        return LIMITS.get((self.step.value, self.size))

    @property
    def is_within(self) -> bool:
        return self.limit is None or self.requests <= self.limit

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "limit": self.limit}


class ItemsBench:
    """A catalogue of each size for a warehouse and a shop of its own, in two languages."""

    def __init__(self, company: Company) -> None:
        self.company = company
        Company.objects.using(PREXTRA).filter(pk=company.pk).update(shopify_multilingual=True)
        self._count = 0

    def measure(self, size: int) -> Iterator[ItemsMeasure]:
        with self._catalogue(size) as (shop, warehouse):
            yield self._pass(Step.FIRST, size, shop, warehouse)
            yield self._pass(Step.UNCHANGED, size, shop, warehouse)
            ItemStock.objects.using(PREXTRA).filter(warehouse=warehouse).update(available=F("available") + 1)
            yield self._pass(Step.STOCK, size, shop, warehouse)
            ItemPrice.objects.using(PREXTRA).filter(item__default_warehouse=warehouse).update(price=F("price") + 1)
            yield self._pass(Step.PRICE, size, shop, warehouse)

    def unchanged(self, size: int) -> Iterator[ItemsMeasure]:
        """Against links as a first push leaves them: the shop itself is not asked for its products here."""
        with self._catalogue(size) as (shop, warehouse):
            with client_of(warehouse, TimedTransport()) as client:
                read_setup(client)  # the first pass makes the key under which products are created
                items = ItemsPass(client, warehouse, None)
                rules = items.read_rules()
                ItemSetting.objects.create(warehouse=warehouse.pk, catalogue_read_at=timezone.now())
                pretend_pushed(warehouse, items.links, rules)
            yield self._pass(Step.UNCHANGED, size, shop, warehouse)

    @contextmanager
    def _catalogue(self, size: int) -> Iterator[tuple[StandInShop, Warehouse]]:
        self._count += 1
        store = Store()
        store.locales.append({"locale": "en", "name": "English", "primary": False, "published": True})
        shop = StandInShop(store)
        with shop.serving() as url:
            warehouse = Warehouse.objects.using(PREXTRA).defer(None).get(pk="WEB")
            warehouse.pk, warehouse.shopify_url = f"ITEMS{self._count}", url
            warehouse.shopify_access_token = STATIC_TOKEN
            warehouse.sync_orders = warehouse.sync_shipments = warehouse.sync_invoices = False
            warehouse.sync_items = True
            warehouse.save(using=PREXTRA, force_insert=True)
            fill(self.company, warehouse, size, f"I{self._count}")
            yield shop, warehouse
            ItemSetting.objects.filter(warehouse=warehouse.pk).delete()

    def _pass(self, step: Step, size: int, shop: StandInShop, warehouse: Warehouse) -> ItemsMeasure:
        before = len(shop.requests)

        def one_pass(transport: TimedTransport) -> tuple[int, Usage]:
            report = run_pass(warehouse.pk, connect=lambda _warehouse: client_of(warehouse, transport))
            if report.error or report.held:
                raise RuntimeError(f"all items of the bench should go through: {report.error}, {report.held} held")
            return sum(asked.operation not in QUERIES for asked in shop.requests[before:]), report.usage

        writes, cost = metered(one_pass)
        return ItemsMeasure(size=size, step=step, writes=writes, **cost)


QUERIES = frozenset(
    {"ShopInfo", "ItemsSetup", "VariantsBySku", "DigestsByIds", "LevelsByItem", "BulkStatus", "BulkRecent"}
)


def pretend_pushed(warehouse: Warehouse, links: Links, rules: ItemRules) -> None:
    for some in batched(list(candidates(warehouse.pk, ())), 1000):
        rows = []
        for code, card in read_cards(some, warehouse).items():
            row = links.new(code)
            row.product = row.variant = row.inventory_item = f"gid://shopify/Product/{code}"
            row.fingerprint, row.quantity, row.location = fingerprint(card, rules), quantity_of(card), rules.location
            row.pushed = {"title": row.fingerprint, "html": row.fingerprint, "tags": ["quincaillerie", "outil"]}
            rows.append(row)
        ProductLink.objects.bulk_create(rows)


def fill(company: Company, warehouse: Warehouse, size: int, prefix: str) -> None:
    rows: dict[type[models.Model], Callable[[str], list[models.Model]]] = {
        Item: lambda code: [Item(code=code, default_warehouse=warehouse, visible_web=True, shopify=True)],
        ItemStock: lambda code: [ItemStock(item_id=code, warehouse=warehouse, on_hand=20, available=Decimal(20))],
        ItemPrice: lambda code: [ItemPrice(item_id=code, company=company, price=Decimal("9.99"))],
        ItemText: lambda code: [
            ItemText(item_id=code, field=name, language=language, text=f"{text} {code}")
            for language, name, text in TEXTS
        ],
    }
    for numbers in batched(range(size), 1000):
        for model, make in rows.items():
            made = [row for number in numbers for row in make(f"{prefix}-{number:06}")]
            model._default_manager.using(PREXTRA).bulk_create(made)


TEXTS = (
    ("fr", ItemText.Field.DESCRIPTION, "Article"),
    ("en", ItemText.Field.DESCRIPTION, "Item"),
    ("fr", ItemText.Field.WEB_DESCRIPTION, "<p>Un article de <strong>quincaillerie</strong>.</p>"),
    ("en", ItemText.Field.WEB_DESCRIPTION, "<p>A piece of <strong>hardware</strong>.</p>"),
    ("fr", ItemText.Field.META_KEYWORDS, "quincaillerie, outil"),
)
