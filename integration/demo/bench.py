"""What a pass costs, measured: the orders of a shop come in, nothing happens, then payments and parcels arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from django.db import models
from django.utils.translation import gettext_lazy as _

from integration.configuration import read_items, read_rules
from integration.cycle import run_pass
from integration.demo import orders
from integration.demo.catalogue import CATEGORIES, PRODUCTS
from integration.demo.meter import Cost, TimedTransport, client_of, metered
from integration.demo.prextra import sample_prextra
from integration.demo.shop import STATIC_TOKEN, StandInShop, Store
from integration.ledger import Rules
from integration.models import Flow
from integration.order_sync import plan_order, read_ledgers, write_order
from integration.shopify.client import Usage
from integration.shopify.order import ShopOrder
from integration.shopify.orders import OrdersFeed
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

LINES = 3
SPAN = timedelta(days=30)  # a shop's orders are spread over it
IDS_OF_A_SHOP = 100_000
FLOWS = (Flow.ORDERS, Flow.SHIPMENTS, Flow.INVOICES)
DOCUMENTS = (prextra.SalesOrder, prextra.Prepayment, prextra.Shipment, prextra.Invoice)


class Step(models.TextChoices):
    FIRST = "first pass", _("first pass")
    IDLE = "idle pass", _("idle pass")
    LATER = "payments and parcels", _("payments and parcels")
    ALONE = "plan and write alone", _("plan and write alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Cost):
    """One step over a shop of `size` orders, of which `examined` were looked at."""

    size: int
    step: Step
    examined: int
    documents: int

    @property
    def orders_a_second(self) -> float:
        return round(self.examined / self.own_seconds, 1)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "orders_a_second": self.orders_a_second}


class Bench:
    """The demo's company in an empty Prextra, with a warehouse and a shop of its own for each size."""

    def __init__(self) -> None:
        sample_prextra("https://no-shop.myshopify.com", "bench", STATIC_TOKEN)
        self._shops = 0

    def measure(self, size: int) -> Iterator[Measure]:
        with self._shop(size) as (shop, warehouse):
            yield self._pass(Step.FIRST, shop, warehouse)
            yield self._pass(Step.IDLE, shop, warehouse)
            advance(shop.store)
            yield self._pass(Step.LATER, shop, warehouse)
        with self._shop(size) as (shop, warehouse):
            advance(shop.store)
            pages = fetch(shop, warehouse)
            yield measured(Step.ALONE, size, lambda _transport: write_pages(pages, read_rules(warehouse)))

    @contextmanager
    def _shop(self, size: int) -> Iterator[tuple[StandInShop, prextra.Warehouse]]:
        self._shops += 1
        shop = StandInShop(store_of(size, self._shops * IDS_OF_A_SHOP))
        with shop.serving() as url:
            warehouse = prextra.Warehouse.objects.using(PREXTRA).defer(None).get(pk="WEB")
            warehouse.pk, warehouse.shopify_url = f"BENCH{self._shops}", url
            warehouse.save(using=PREXTRA, force_insert=True)
            yield shop, warehouse

    def _pass(self, step: Step, shop: StandInShop, warehouse: prextra.Warehouse) -> Measure:
        def one_pass(transport: TimedTransport) -> tuple[int, Usage]:
            report = run_pass(warehouse.pk, connect=lambda _warehouse: client_of(warehouse, transport))
            if report.error or report.held:
                raise RuntimeError(f"all orders of the bench should go through: {report.error}, {report.held} held")
            return report.examined, report.usage

        return measured(step, len(shop.store.orders), one_pass)


def measured(step: Step, size: int, work: Callable[[TimedTransport], tuple[int, Usage]]) -> Measure:
    documents = count_documents()
    examined, cost = metered(work)
    return Measure(size=size, step=step, examined=examined, documents=count_documents() - documents, **cost)


def store_of(size: int, id_base: int) -> Store:
    """Orders of the last days: one half is paid and sent, the other waits for both."""
    store = Store()
    now = datetime.now(UTC)
    accounted = {category.code for category in CATEGORIES if category.account}
    products = [product for product in PRODUCTS if product.category in accounted]
    buyer = orders.Buyer("Maude", "Gagnon", address1="12, rue du Pont", city="Lévis", zip="G6V 1A1")
    for number in range(size):
        at = now - SPAN + SPAN * number / size
        some = [products[(number + place) % len(products)] for place in range(LINES)]
        lines = [orders.Line(one.sku, one.french, 1 + place, one.price) for place, one in enumerate(some)]
        shipping = Decimal("9.95")
        order = orders.build_order(
            1001 + number, lines=lines, placed_at=at, shipping=shipping, buyer=buyer, id_base=id_base
        )
        if number % 2:
            orders.pay(order, at)
            orders.fulfil(order, at)
        store.add_order(order)
    return store


def advance(store: Store) -> None:
    """The other half is paid and sent too."""
    for order in store.orders.values():
        if not order["transactions"]:
            orders.pay(order, store.now())
            orders.fulfil(order, store.now())
            store.touch(order)


def fetch(shop: StandInShop, warehouse: prextra.Warehouse) -> list[list[ShopOrder]]:
    with client_of(warehouse, httpx.HTTPTransport()) as client:
        pages = list(OrdersFeed(client).fetch(list(shop.store.orders)))
    return [[fetched.order for fetched in page if fetched.order] for page in pages]


def write_pages(pages: Sequence[Sequence[ShopOrder]], rules: Rules) -> tuple[int, Usage]:
    """What a pass does with its pages, without the shop and without the log."""
    for page in pages:
        ledgers = read_ledgers([order.id for order in page])
        codes = {line.sku for order in page for line in order.lines if line.sku}
        rules = replace(rules, items=read_items(codes, rules.company))
        for order in page:
            if plan_order(order, ledgers[order.id], rules, FLOWS).writes:
                write_order(order, rules, FLOWS)
    return sum(map(len, pages)), Usage()


def count_documents() -> int:
    return sum(model._default_manager.using(PREXTRA).count() for model in DOCUMENTS)
