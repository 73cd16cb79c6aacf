"""A merchant's catalogue for the tests: items in Prextra, a shop that sells them, and passes between the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from integration.cycle import PassReport, run_pass
from integration.demo.shop import StandInShop, Throttle
from integration.demo.shop.catalogue import ONLINE_STORE
from integration.demo.shop.store import Record, Store
from integration.models import ProductLink
from prextra_models.models import Item, ItemPrice, ItemStock, ItemText, Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory, ItemPriceFactory, ItemStockFactory, ItemTextFactory, ready_warehouse
from tests.scene import InProcess

__all__ = ["ONLINE_STORE", "ItemsScene"]

FIELDS = ("name", "web_description", "meta_name", "meta_keywords", "meta_description", "description")


class ItemsScene:
    """A warehouse whose items alone are ticked; `en` is the shop's second language, and the company sends both."""

    def __init__(self, *, multilingual: bool = True, **warehouse: Any) -> None:
        self.store = Store()
        self.store.locales.append({"locale": "en", "name": "English", "primary": False, "published": True})
        self.shop = StandInShop(self.store, throttle=Throttle(maximum=1e9))
        ticked = {"sync_items": True, "sync_orders": False, "sync_shipments": False, "sync_invoices": False}
        self.warehouse: Warehouse = ready_warehouse(
            **{"code": "WEB", "shopify_url": "https://boutique-erable.myshopify.com", **ticked, **warehouse}
        )
        company = self.warehouse.company
        company.shopify_multilingual = multilingual
        company.save(using=PREXTRA)
        self.connect = InProcess(self.shop)

    def item(
        self,
        code: str,
        *,
        available: Any = 10,
        price: Any = "24.99",
        texts: dict[tuple[str, str], str] | None = None,
        **fields: Any,
    ) -> Item:
        """An item that is ready to go out unless told otherwise."""
        fields = {"default_warehouse": self.warehouse, **fields}
        item: Item = ItemFactory(code=code, **fields)
        ItemStockFactory(item=item, warehouse=self.warehouse, available=Decimal(str(available)))
        if price is not None:
            ItemPriceFactory(item=item, company=self.warehouse.company, price=Decimal(str(price)))
        texts = {("description", "fr"): f"Article {code}", ("description", "en"): f"Item {code}"} | (texts or {})
        for (field, language), text in texts.items():
            if text:
                ItemTextFactory(item=item, field=field, language=language, text=text)
        return item

    def change(self, code: str, **fields: Any) -> None:
        """The item's card, its stock or its price is changed in Prextra."""
        if "available" in fields:
            ItemStock.objects.using(PREXTRA).filter(item=code).update(available=Decimal(str(fields.pop("available"))))
        if "price" in fields:
            ItemPrice.objects.using(PREXTRA).filter(item=code).update(price=Decimal(str(fields.pop("price"))))
        if fields:
            Item.objects.using(PREXTRA).filter(pk=code).update(**fields)

    def say(self, code: str, field: str, language: str, text: str) -> None:
        """A text of the item is typed, or emptied."""
        rows = ItemText.objects.using(PREXTRA).filter(item=code, field=field, language=language)
        if rows.exists():
            rows.update(text=text)
        else:
            ItemTextFactory(item_id=code, item=None, field=field, language=language, text=text)

    def sync(self, **options: Any) -> PassReport:
        return run_pass(self.warehouse.pk, connect=self.connect, **options)

    def link(self, code: str) -> ProductLink:
        return ProductLink.objects.get(item=code)

    def product(self, code: str) -> Record:
        """The one product with this SKU."""
        (product,) = self.products(code)
        return product

    def products(self, code: str) -> list[Record]:
        return [
            product
            for product in self.store.products.values()
            if any(variant["sku"] == code for variant in product["variants"])
        ]

    def quantity(self, code: str) -> int:
        (variant,) = [one for one in self.product(code)["variants"] if one["sku"] == code]
        return sum(int(level["available"]) for level in variant["inventoryItem"]["levels"].values())

    def delete(self, code: str) -> None:
        """The merchant deletes the product in Shopify."""
        product = self.product(code)
        self.store.catalogue.forget(product)
        del self.store.products[product["id"]]

    @contextmanager
    def requests(self) -> Iterator[list[str]]:
        """The operations that are asked for within."""
        before, names = len(self.shop.requests), []  # type: int, list[str]
        yield names
        names += [asked.operation or "" for asked in self.shop.requests[before:]]


WRITES_NOTHING = {
    "ShopInfo",
    "ItemsSetup",
    "VariantsBySku",
    "DigestsByIds",
    "LevelsByItem",
    "BulkStatus",
    "BulkRecent",
    "ExistingIds",
}


def writes(names: list[str]) -> list[str]:
    return [name for name in names if name not in WRITES_NOTHING]


def days_ahead(count: int) -> date:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.localdate() + timedelta(days=count)
