"""Three companies, their warehouses, a shop for each: the ground on which the storm takes place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction

from integration.demo.catalogue import CATEGORIES, GOODS, PRODUCTS
from integration.demo.prextra import STOCK, sample_prextra
from integration.demo.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop, Store, Throttle
from integration.demo.shop.store import Record
from prextra_models.models import (
    AccountsReceivableControl,
    Company,
    ConfigurationValue,
    GLAccount,
    Item,
    ItemPrice,
    ItemStock,
    ProductCategoryAccount,
    Warehouse,
)
from prextra_models.router import PREXTRA

COMPANIES = ("DC", "DD", "DE")
ONE_IN = 3  # one warehouse in so many sends its items too
NUMBERS_OF_A_SHOP = 100_000  # so that no two shops have an order of the same identifier
INDEX_LAG = 1.5  # seconds
BUFFER = 2


@dataclass
class Place:
    """One warehouse and its shop. `cases` says of an order what kind it is, `arrived` what came into Prextra's stock."""

    number: int
    code: str
    shop: StandInShop
    rng: Random
    sends_items: bool
    url: str = ""
    cases: dict[str, str] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)
    prices: dict[str, Decimal] = field(default_factory=dict)

    @property
    def company(self) -> str:
        return COMPANIES[self.number % len(COMPANIES)]

    @property
    def store(self) -> Store:
        return self.shop.store

    @property
    def next_number(self) -> int:
        return 1001 + self.number * NUMBERS_OF_A_SHOP + len(self.store.orders)

    def level_of(self, sku: str) -> Record | None:
        """The stock of an item in the shop, where it has a product there."""
        store = self.store
        items = (variant["inventoryItem"] for variant in store.catalogue.variants.values() if variant["sku"] == sku)
        levels = [item["levels"].get(store.locations[0]["id"]) for item in items]
        return next((level for level in levels if level), None)


def build_places(count: int, seed: int) -> list[Place]:
    """The shops, not serving yet."""
    places = []
    for number in range(count):
        code = "WEB" if number == 0 else f"WEB{number}"
        shop = StandInShop(Store(index_lag=INDEX_LAG), throttle=Throttle(maximum=4000, restore_rate=1000))
        shop.store.webhooks.dice.seed(f"{seed} {code}")
        # The last ones rather than the first, so that with few warehouses there is one that does and one that does not.
        sends_items = number % ONE_IN == ONE_IN - 1
        places.append(Place(number, code, shop, Random(f"{seed} {code}"), sends_items))  # noqa: S311
    return places


@transaction.atomic(using=PREXTRA)
def build_prextra(places: list[Place]) -> None:
    """The demo's company, others like it, and the warehouses among them; each second one with a token that expires."""
    sample_prextra(places[0].url, CLIENT_ID, STATIC_TOKEN)
    for code in COMPANIES[1:]:
        _company_like("DC", code)
    model = Warehouse.objects.using(PREXTRA).defer(None).get(pk="WEB")
    for place in places:
        model.pk, model.company_id = place.code, place.company
        model.shopify_url, model.sync_items = place.url, place.sends_items
        model.shopify_access_token = CLIENT_SECRET if place.number % 2 else STATIC_TOKEN
        model.save(using=PREXTRA, force_insert=place.number > 0)
        if place.number:
            rows = [ItemStock(item_id=one.sku, warehouse=model, on_hand=STOCK, available=STOCK) for one in PRODUCTS]
            ItemStock.objects.using(PREXTRA).bulk_create(rows)
    _share_out_items([place for place in places if place.sends_items])


def _share_out_items(senders: list[Place]) -> None:
    """Each item goes to the shop of one warehouse; without any that sends items, to none."""
    Item.objects.using(PREXTRA).update(shopify=bool(senders))
    for index, product in enumerate(GOODS if senders else ()):
        place = senders[index % len(senders)]
        place.prices[product.sku] = product.price
        Item.objects.using(PREXTRA).filter(pk=product.sku).update(default_warehouse=place.code)
    Item.objects.using(PREXTRA).exclude(pk__in=[product.sku for product in GOODS]).update(shopify=False)


def _company_like(model: str, code: str) -> None:
    """Another company with the same settings, accounts and prices."""
    company = Company.objects.using(PREXTRA).defer(None).get(pk=model)
    company.pk = code
    company.save(using=PREXTRA, force_insert=True)
    accounts = {account.code: _copy(account, company) for account in _rows(GLAccount, model)}
    for value in _rows(ConfigurationValue, model):
        _copy(value, company)
    AccountsReceivableControl.objects.using(PREXTRA).create(
        company=company, prepayment_account=accounts["2050"], default_bank=accounts["1010"]
    )
    for row in CATEGORIES:
        if row.account:
            ProductCategoryAccount.objects.using(PREXTRA).create(
                category_id=row.code,
                company=company,
                transaction=ProductCategoryAccount.Transaction.SALE,
                account=accounts[row.account],
            )
    for price in _rows(ItemPrice, model):
        _copy(price, company)


def _rows(model: Any, company: str) -> list[Any]:
    return list(model.objects.using(PREXTRA).filter(company=company))


def _copy(row: Any, company: Company) -> Any:
    row.pk, row.company = None, company
    row.save(using=PREXTRA, force_insert=True)
    return row
