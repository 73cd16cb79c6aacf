"""Whether it all came out right: the shops' own records against Prextra's rows, worked out here without the product's plans."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from integration.demo.prextra import STOCK
from integration.demo.shop.store import Record
from integration.demo.storm.world import BUFFER, Place
from integration.models import HeldRecord, ProductLink
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

ZERO = Decimal(0)
SHIPPED = {"item", "gift_card"}
MONEY_IN = {"SALE", "CAPTURE"}
# What keeps a case's order out of Prextra; of an order with the last one, its invoices alone.
HELD = {"unknown SKU": "unknown_sku", "unknown tax": "unknown_tax", "no sale account": "sale_account_missing"}
LEFT_OUT = {"test order", "cancelled, unpaid"}
INVOICE_HELD = "no sale account"


def money(bag: Record) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


class Reckoning:
    """Both sides as they are now. `problems` are sentences, none where all is well."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = list(places)
        with transaction.atomic(using=PREXTRA):  # passes may be under way: all of one moment
            self._read()

    def _read(self) -> None:
        self.orders = _by(prextra.SalesOrder, "shopify_id")
        self.prepayments = _by(prextra.Prepayment, "order_id")
        self.shipments = _by(prextra.Shipment, "order_id")
        self.invoices = _by(prextra.Invoice, "order_id")
        self.order_lines = _by(prextra.SalesOrderLine, "order_id")
        self.shipped = _by(prextra.ShipmentLine, "shipment_id")
        self.held = defaultdict(set)
        for record in HeldRecord.objects.all():
            self.held[record.shopify_id].add(record.reason)

    def problems(self) -> Iterator[str]:
        for place in self.places:
            with place.store.lock:
                for order in place.store.orders.values():
                    for problem in self._order(order, place.cases[order["id"]]):
                        yield f"{place.code} {order['name']} ({place.cases[order['id']]}): {problem}"
            yield from self._stock(place)
            yield from self._products(place)
        yield from self._strangers()
        yield from _ledgers()

    def counts(self) -> dict[str, int]:
        tables = (prextra.SalesOrder, prextra.Prepayment, prextra.Deposit, prextra.Shipment, prextra.Invoice)
        return {str(one._meta.verbose_name_plural): one._default_manager.using(PREXTRA).count() for one in tables}

    def _order(self, order: Record, case: str) -> Iterator[str]:
        rows = self.orders[order["id"]]
        expected = HELD.get(case)
        if held := self.held[order["id"]] - {expected}:
            yield f"held: {', '.join(sorted(held))}"
        if case in LEFT_OUT or (expected and case != INVOICE_HELD):
            if rows:
                yield "is in Prextra"
            if expected and expected not in self.held[order["id"]]:
                yield "is not held"
            return
        if len(rows) != 1:
            yield f"{len(rows)} sales orders"
            return
        (row,) = rows
        if (row.total, row.federal_tax + row.provincial_tax) != (
            money(order["totalPriceSet"]),
            money(order["totalTaxSet"]),
        ):
            yield f"amounts {row.total} and {row.federal_tax + row.provincial_tax} of {order['totalPriceSet']}"
        lines = self.order_lines[row.pk]
        if sum((line.total for line in lines), ZERO) != row.total:
            yield "the lines are not the total"
        yield from self._payments(order, row)
        yield from self._parcels(order, row, case, lines)

    def _payments(self, order: Record, row: Any) -> Iterator[str]:
        received = {
            one["id"]: money(one["amountSet"])
            for one in order["transactions"]
            if one["kind"] in MONEY_IN and one["status"] == "SUCCESS"
        }
        rows = self.prepayments[row.pk]
        if Counter({one.shopify_id: one.amount for one in rows}) != Counter(received) or len(rows) != len(received):
            yield f"prepayments {[(one.shopify_id, one.amount) for one in rows]} of {received}"

    def _parcels(self, order: Record, row: Any, case: str, lines: list[Any]) -> Iterator[str]:
        """One shipment for each parcel with goods in it, one invoice for each shipment; all shipped is all invoiced."""
        sent = {one["id"] for one in order["fulfillments"] if one["status"] == "SUCCESS" and _holds_goods(one)}
        shipments, invoices = self.shipments[row.pk], self.invoices[row.pk]
        if Counter(one.shopify_id for one in shipments) != Counter(sent):
            yield f"{len(shipments)} shipments of {len(sent)} parcels"
        invoiced = {one.shopify_id for one in invoices}
        due = set() if case == INVOICE_HELD else sent
        if invoiced != due or len(invoices) != len(due):
            yield f"{len(invoices)} invoices of {len(due)} shipments"
        left = {line.pk: line.quantity for line in lines if line.kind in SHIPPED}
        for shipment in shipments:
            for line in self.shipped[shipment.pk]:
                left[line.order_line_id] -= line.quantity
        billed = sum((one.total for one in invoices), ZERO)
        if any(units < 0 for units in left.values()):
            yield "more was shipped than ordered"
        if due and not any(left.values()) and billed != row.total:
            yield f"all is shipped, and {billed} of {row.total} invoiced"
        paid = sum((one.amount for one in self.prepayments[row.pk]), ZERO)
        applied = sum((one.applied for one in self.prepayments[row.pk]), ZERO)
        owed = billed + sum((one.cash_rounding for one in invoices), ZERO)
        if applied != min(paid, owed):
            yield f"{applied} applied, where {paid} was paid and {owed} invoiced"
        if sum((one.balance for one in invoices), ZERO) != owed - applied:
            yield "the balances of the invoices are not what is left to pay"

    def _stock(self, place: Place) -> Iterator[str]:
        """Prextra's stock: what there was and what arrived, less what was ordered and what was shipped."""
        ordered, sent = Counter[str](), Counter[str]()
        for order in place.store.orders:
            for row in self.orders[order]:
                if row.status != "cancelled":
                    for line in self._goods(row):
                        ordered[line.item_id] += int(line.quantity)
                shipments = [line for one in self.shipments[row.pk] for line in self.shipped[one.pk]]
                for line in shipments:
                    sent[line.item_id] += int(line.quantity)
        for stock in prextra.ItemStock.objects.using(PREXTRA).filter(warehouse=place.code):
            start, sku = int(STOCK) + place.arrived[stock.item_id], stock.item_id
            figures = (stock.available, stock.on_hand, stock.on_sale)
            if figures != (start - ordered[sku], start - sent[sku], ordered[sku] - sent[sku]):
                yield f"{place.code} {sku}: stock {figures} of {start}, {ordered[sku]} ordered and {sent[sku]} sent"

    def _goods(self, row: Any) -> Iterator[Any]:
        return (line for line in self.order_lines[row.pk] if line.item_id)

    def _products(self, place: Place) -> Iterator[str]:
        """One product for each item, at its price, with what Prextra has less the buffer and what held orders sold."""
        held = Counter[str]()
        for order in place.store.orders.values():
            if self.held[order["id"]] and not self.orders[order["id"]]:
                for line in order["lineItems"]:
                    held[line["sku"]] += line["quantity"]
        available = dict(
            prextra.ItemStock.objects.using(PREXTRA).filter(warehouse=place.code).values_list("item", "available")
        )
        for sku, price in place.prices.items():
            variants = [one for one in place.store.catalogue.variants.values() if one["sku"] == sku]
            if len(variants) != 1:
                yield f"{place.code} {sku}: {len(variants)} products"
                continue
            if Decimal(variants[0]["price"]) != price:
                yield f"{place.code} {sku}: price {variants[0]['price']} of {price}"
            shown, due = place.level_of(sku), max(0, math.floor(available[sku]) - BUFFER - held[sku])
            if shown is None or shown["available"] != due:
                link = ProductLink.objects.filter(warehouse=place.code, item=sku).values().first()
                yield f"{place.code} {sku}: the shop shows {shown and shown['available']} of {due} ({link})"

    def _strangers(self) -> Iterator[str]:
        known = {order for place in self.places for order in place.store.orders}
        if strangers := set(self.orders) - known - {None}:
            yield f"sales orders of nobody: {sorted(strangers)[:5]}"


def _ledgers() -> Iterator[str]:
    """Deposits are their prepayments, and no document is there twice."""
    for deposit in prextra.Deposit.objects.using(PREXTRA).annotate(sum=Sum("prepayments__amount")):
        if deposit.total != (deposit.sum or 0):
            yield f"deposit {deposit.number}: {deposit.total}, and its prepayments {deposit.sum}"
    for model in (prextra.SalesOrder, prextra.Prepayment, prextra.Shipment, prextra.Invoice):
        rows = list(model._default_manager.using(PREXTRA).values_list("shopify_id", "company", "number"))
        for what in (Counter(row[0] for row in rows), Counter(row[1:] for row in rows)):
            if double := [one for one, count in what.items() if count > 1]:
                yield f"{model.__name__} twice: {double[:5]}"


def _holds_goods(parcel: Record) -> bool:
    """Not a tip alone, which the till of Shopify makes a line of."""
    return any(row["lineItem"]["isGiftCard"] or row["lineItem"]["sku"] for row in parcel["fulfillmentLineItems"])


def _by(model: Any, column: str) -> dict[Any, list[Any]]:
    rows: dict[Any, list[Any]] = defaultdict(list)
    for row in model._default_manager.using(PREXTRA).order_by("pk"):
        rows[getattr(row, column)].append(row)
    return rows
