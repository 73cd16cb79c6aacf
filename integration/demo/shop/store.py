"""What the stand-in shop holds: plain dicts named and shaped as Shopify's GraphQL fields, so that they resolve themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from . import catalogue
from .couriers import Webhooks
from .operations import Operations
from .uploads import Files

Record = dict[str, Any]

# What the app asks a merchant for. No scope writes orders.
DEFAULT_SCOPES = (
    "write_products,write_inventory,read_locations,write_publications,write_translations,read_locales,"
    "read_orders,read_all_orders,read_customers,read_fulfillments"
)

SEARCHED = (
    "id", "name", "email", "tags", "test", "closed", "cancelledAt", "createdAt", "updatedAt", "processedAt",
    "displayFinancialStatus", "displayFulfillmentStatus", "confirmationNumber", "poNumber", "sourceName",
)  # fmt: skip


def stamp(moment: datetime) -> str:
    """Shopify's only way of writing a moment: whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class Store:
    """One shop's records. Hold `lock` while changing a record, and `touch` it afterwards."""

    def __init__(self, clock: Callable[[], datetime] | None = None, index_lag: float = 0.0) -> None:
        self.lock = threading.RLock()
        self.index_lag = index_lag
        self.shop: Record = sample_shop_record()
        self.locations: list[Record] = [sample_location_record()]
        self.locales: list[Record] = [{"locale": "fr", "name": "French", "primary": True, "published": True}]
        self.orders: dict[str, Record] = {}
        self.catalogue = catalogue.Catalogue()
        self.products: dict[str, Record] = self.catalogue.products
        self.publications: list[Record] = catalogue.sample_publications()
        self.files = Files()
        self.operations = Operations()
        self.webhooks = Webhooks()
        self.attempts: dict[tuple[str, str], Any] = {}  # of mutations that must not be done twice
        # Called with the name and the arguments of each mutation just before it runs: the place for a sale in between.
        # What it returns, unless it is None, is the mutation's payload, and nothing is done.
        self.before_write: Callable[[str, dict[str, Any]], Record | None] | None = None
        self.granted_scopes: set[str] = set(DEFAULT_SCOPES.split(","))
        self._clock = clock or (lambda: datetime.now(UTC))
        self._index: dict[str, Record] = {}
        self._due: list[tuple[datetime, str, Record]] = []

    def now(self) -> datetime:
        return self._clock()

    def add_order(self, order: Record) -> Record:
        with self.lock:
            self.orders[order["id"]] = order
            self._index_later(order)
            self.webhooks.order_changed(order)
        return order

    def stamp(self) -> str:
        """Now, as Shopify writes it."""
        return stamp(self.now())

    def touch(self, record: Record) -> None:
        """An order or a product changed: `updatedAt` moves, never backwards, and its search index follows after its lag."""
        with self.lock:
            record["updatedAt"] = max(self.stamp(), record.get("updatedAt") or "")
            if record["id"] in self.products:
                due = self.now() + timedelta(seconds=self.index_lag) if self.index_lag else None
                catalogue.index_later(self, record, due)
            else:
                self._index_later(record)
                self.webhooks.order_changed(record)

    def remove_order(self, gid: str) -> None:
        """A deleted order is gone from lists and counts at once."""
        with self.lock:
            self.orders.pop(gid, None)
            self._index.pop(gid, None)
            self._due = [entry for entry in self._due if entry[1] != gid]

    def indexed_orders(self) -> Iterable[Record]:
        """The orders as the search index knows them now: copies of the fields it searches."""
        with self.lock:
            now = self.now()
            for _, gid, copy in (entry for entry in self._due if entry[0] <= now):
                self._index[gid] = copy
            self._due = [entry for entry in self._due if entry[0] > now]
            return list(self._index.values())

    def find(self, gid: str) -> Record | None:
        """Any record by its global id, however deep it lies in an order."""
        with self.lock:
            if "/BulkOperation/" in gid:
                return self.operations.look(gid, self.now())
            known = self.orders.get(gid) or self.catalogue.find(gid)
            if known is not None:
                return known
            kind = gid.split("/")[-2]
            return next((record for record in self._records(kind) if record.get("id") == gid), None)

    def order_of(self, part: Record) -> Record | None:
        """The order that a fulfilment belongs to."""
        return next((order for order in self.orders.values() if part in order.get("fulfillments", [])), None)

    def _records(self, kind: str) -> Iterator[Record]:
        top: dict[str, list[Record]] = {
            "Shop": [self.shop],
            "Location": self.locations,
            "Publication": self.publications,
            "MetafieldDefinition": self.catalogue.definitions,
        }
        yield from top.get(kind, [])
        parts = {
            "LineItem": "lineItems", "OrderTransaction": "transactions", "Fulfillment": "fulfillments",
            "Refund": "refunds", "ShippingLine": "shippingLines",
        }  # fmt: skip
        if kind in parts:
            for order in self.orders.values():
                yield from order.get(parts[kind]) or []

    def _index_later(self, order: Record) -> None:
        copy = {field: order.get(field) for field in SEARCHED}
        if self.index_lag:
            self._due.append((self.now() + timedelta(seconds=self.index_lag), order["id"], copy))
        else:
            self._index[order["id"]] = copy


def sample_shop_record() -> Record:
    """A Québec merchant's shop."""
    domain = "boutique-erable.myshopify.com"
    return {
        "id": "gid://shopify/Shop/1",
        "name": "Boutique Érable",
        "email": "bonjour@example.com",
        "contactEmail": "bonjour@example.com",
        "myshopifyDomain": domain,
        "url": f"https://{domain}",
        "primaryDomain": {
            "id": "gid://shopify/Domain/1", "host": domain, "url": f"https://{domain}", "sslEnabled": True,
        },
        "currencyCode": "CAD",
        "enabledPresentmentCurrencies": ["CAD"],
        "ianaTimezone": "America/Toronto",
        "timezoneAbbreviation": "EST",
        "timezoneOffset": "-0500",
        "timezoneOffsetMinutes": -300,
        "taxesIncluded": False,
        "taxShipping": True,
        "unitSystem": "METRIC_SYSTEM",
        "weightUnit": "KILOGRAMS",
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "plan": {"partnerDevelopment": True, "publicDisplayName": "Development", "shopifyPlus": False},
        "resourceLimits": {
            "locationLimit": 10, "maxProductOptions": 3, "maxProductVariants": 2048, "redirectLimitReached": False,
        },
    }  # fmt: skip


def sample_location_record() -> Record:
    return {
        "id": "gid://shopify/Location/1",
        "legacyResourceId": "1",
        "name": "Entrepôt",
        "isActive": True,
        "activatable": False,
        "deactivatable": False,
        "deactivatedAt": None,
        "deletable": False,
        "addressVerified": False,
        "isFulfillmentService": False,
        "fulfillmentService": None,
        "fulfillsOnlineOrders": True,
        "shipsInventory": True,
        "hasActiveInventory": True,
        "hasUnfulfilledOrders": False,
        "suggestedAddresses": [],
        "createdAt": "2026-01-05T14:00:00Z",
        "updatedAt": "2026-01-05T14:00:00Z",
        "address": {"city": "Québec", "province": "Quebec", "provinceCode": "QC", "country": "Canada",
                    "countryCode": "CA", "zip": "G1R 4P5", "formatted": ["Québec QC G1R 4P5", "Canada"]},
    }  # fmt: skip
