"""What the stand-in shop sells: product records by their ids, handles and keys, quick among twenty thousand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .variant_index import VariantIndex

if TYPE_CHECKING:
    from .store import Record, Store

DEFAULT_OPTION, DEFAULT_VALUE = "Title", "Default Title"
ONLINE_STORE, POINT_OF_SALE = "gid://shopify/Publication/1", "gid://shopify/Publication/2"
MAX_TAGS = 250
MAX_TEXT = 255


@dataclass(slots=True)
class Catalogue:
    """Products hold their variants, and these their inventory items; the other dicts find what lies inside."""

    products: dict[str, Record] = field(default_factory=dict)
    variants: dict[str, Record] = field(default_factory=dict)
    items: dict[str, Record] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # of a variant its product, of an item its variant
    handles: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, str, str], str] = field(default_factory=dict)  # metafields of type `id`
    definitions: list[Record] = field(default_factory=list)
    index: VariantIndex = field(default_factory=VariantIndex)
    last_number: int = 1000

    def gid(self, kind: str) -> str:
        self.last_number += 1
        return f"gid://shopify/{kind}/{self.last_number}"

    def find(self, gid: str) -> Record | None:
        return self.products.get(gid) or self.variants.get(gid) or self.items.get(gid)

    def product_of(self, gid: str) -> Record:
        """The product of a variant or an inventory item."""
        while gid not in self.products:
            gid = self.owners[gid]
        return self.products[gid]

    def variant_of(self, item: str) -> Record:
        return self.variants[self.owners[item]]

    def note(self, product: Record) -> None:
        """The product is new, or its variants, handle or metafields changed."""
        gid = product["id"]
        self.products[gid] = product
        self.handles[product["handle"]] = gid
        for metafield in product["metafields"]:
            if metafield["type"] == "id":
                self.keys[metafield["namespace"], metafield["key"], metafield["value"]] = gid
        for variant in product["variants"]:
            item = variant["inventoryItem"]
            self.variants[variant["id"]], self.items[item["id"]] = variant, item
            self.owners[variant["id"]], self.owners[item["id"]] = gid, variant["id"]

    def forget(self, product: Record) -> None:
        """What `note` noted; the product itself stays where it is listed."""
        self.handles.pop(product["handle"], None)
        for metafield in product["metafields"]:
            self.keys.pop((metafield["namespace"], metafield["key"], metafield["value"]), None)
        for variant in product["variants"]:
            item = variant["inventoryItem"]
            for gid, known in ((variant["id"], self.variants), (item["id"], self.items)):
                known.pop(gid, None)
                self.owners.pop(gid, None)

    def free_handle(self, title: str) -> str:
        """From the title; where it is taken, its last number counts up."""
        handle = slug(title) or "product"
        stem, number = _split_number(handle)
        while handle in self.handles:
            number += 1
            handle = f"{stem}{number}"
        return handle


def _split_number(handle: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*?)(\d+)", handle)
    return (match[1], int(match[2])) if match else (f"{handle}-", 0)


def slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:MAX_TEXT]


def money(value: Any) -> str:
    return str(Decimal(str(value)).quantize(Decimal("0.01")))


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Cut at commas, trimmed, the first spelling of each, in order of the alphabet."""
    parts = (part.strip() for tag in tags for part in tag.split(","))
    kept: dict[str, str] = {}
    for part in parts:
        if part:
            kept.setdefault(part.casefold(), part)
    return sorted(kept.values(), key=str.casefold)


def new_product(store: Store, title: str) -> Record:
    """A product with Shopify's defaults, not yet listed and without a variant."""
    catalogue = store.catalogue
    return {
        "id": catalogue.gid("Product"), "title": title, "handle": catalogue.free_handle(title), "descriptionHtml": "",
        "vendor": store.shop["name"], "productType": "", "status": "ACTIVE", "tags": [],
        "seo": {"title": None, "description": None}, "options": default_options(catalogue), "variants": [],
        "metafields": [], "media": [], "collections": [], "publications": {}, "translations": {},
        "createdAt": store.stamp(), "updatedAt": store.stamp(),
    }  # fmt: skip


def default_options(catalogue: Catalogue) -> list[Record]:
    return [new_option(catalogue, DEFAULT_OPTION, [DEFAULT_VALUE], 1)]


def new_option(catalogue: Catalogue, name: str, values: Iterable[str], position: int) -> Record:
    rows = [{"id": catalogue.gid("ProductOptionValue"), "name": value} for value in values]
    return {"id": catalogue.gid("ProductOption"), "name": name, "position": position, "optionValues": rows}


def new_variant(store: Store, title: str = DEFAULT_VALUE, **fields: Any) -> Record:
    """A variant that is stocked, with nothing, at the primary location."""
    item = {"id": store.catalogue.gid("InventoryItem"), "tracked": False, "requiresShipping": True, "levels": {}}
    if store.locations:
        add_level(item, store.locations[0]["id"], 0)
    return {
        "id": store.catalogue.gid("ProductVariant"), "title": title, "sku": None, "barcode": None, "price": "0.00",
        "taxable": True, "inventoryPolicy": "DENY", "inventoryItem": item, **fields,
    }  # fmt: skip


def add_level(item: Record, location: str, available: int) -> Record:
    """The item is stocked at a location from now on."""
    place, number = location.rpartition("/")[2], item["id"].rpartition("/")[2]
    gid = f"gid://shopify/InventoryLevel/{place}?inventory_item_id={number}"
    level = {"id": gid, "isActive": True, "available": available, "committed": 0, "on_hand": available}
    item["levels"][location] = level
    return level


def has_only_default_variant(product: Record) -> bool:
    return [variant["title"] for variant in product["variants"]] == [DEFAULT_VALUE]


def searched(product: Record) -> Iterator[tuple[str, str]]:
    """What the search index takes of a product's variants."""
    return ((variant["id"], variant["sku"] or "") for variant in product["variants"])


def add_product(
    store: Store,
    title: str = "Sirop d'érable",
    sku: str | None = None,
    price: str = "0.00",
    status: str = "ACTIVE",
    tags: Iterable[str] = (),
    quantity: int = 0,
    variants: Iterable[dict[str, Any]] | None = None,
    **fields: Any,
) -> Record:
    """A product that the merchant made. `variants` are dicts of title, sku, price, quantity, for more than one."""
    product = {**new_product(store, title), "status": status, "tags": clean_tags(tags), **fields}
    rows = list(variants or [{"title": DEFAULT_VALUE, "sku": sku, "price": price, "quantity": quantity}])
    product["variants"] = [_merchants_variant(store, **{"price": price, **row}) for row in rows]
    if not has_only_default_variant(product):
        titles = [variant["title"] for variant in product["variants"]]
        product["options"] = [new_option(store.catalogue, DEFAULT_OPTION, titles, 1)]
    return save(store, product)


def _merchants_variant(store: Store, price: str, quantity: int = 0, **fields: Any) -> Record:
    variant = new_variant(store, price=money(price), **fields)
    item = variant["inventoryItem"]
    item["tracked"] = True
    for location in item["levels"]:
        add_level(item, location, quantity)
    return variant


def save(store: Store, product: Record) -> Record:
    """The product is new or changed: it is found from now on, by a search after the index's lag."""
    with store.lock:
        store.catalogue.note(product)
        store.touch(product)
    return product


def remove_product(store: Store, gid: str) -> None:
    """A deleted product is gone at once."""
    with store.lock:
        product = store.products.pop(gid)
        store.catalogue.forget(product)
        for variant in product["variants"]:
            store.catalogue.index.remove(variant["id"])


def index_later(store: Store, product: Record, moment: datetime | None) -> None:
    index = store.catalogue.index
    for gid, sku in searched(product):
        index.put(gid, sku) if moment is None else index.put_later(moment, gid, sku)


def sample_publications() -> list[Record]:
    """Where products can be shown. Only an online store can be told to show one later."""
    rows = ((ONLINE_STORE, "online_store", "Online Store"), (POINT_OF_SALE, "pos", "Point of Sale"))
    return [_publication(gid, handle, name) for gid, handle, name in rows]


def _publication(gid: str, handle: str, name: str) -> Record:
    future = handle == "online_store"
    channel = {"id": gid.replace("Publication", "Channel"), "handle": handle, "name": name,
               "supportsFuturePublishing": future}  # fmt: skip
    return {"id": gid, "autoPublish": False, "supportsFuturePublishing": future, "channels": [channel]}
