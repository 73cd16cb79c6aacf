"""Prextra's items → cards, and what of them the shop's orders have sold. Reads only: nothing of an item comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal

from django.db.models import Q, Sum

from integration.batches import batched
from integration.items.card import Card
from integration.models import Flow, HeldRecord
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.spelling import as_asked, joined

AT_ONCE = 1000  # SQL Server takes 2,100 parameters


def candidates(warehouse: str, elsewhere: Collection[str]) -> Iterator[str]:
    """The codes to look at: this warehouse's items, and ticked ones that no other warehouse sends."""
    mine = Q(default_warehouse=warehouse)
    nobodys = Q(shopify=True) & (Q(default_warehouse=None) | ~Q(default_warehouse__in=list(elsewhere)))
    items = prextra.Item.objects.using(PREXTRA).filter(Q(shopify=True) & mine | nobodys)
    yield from items.order_by("code").values_list("code", flat=True).iterator(chunk_size=10_000)


def read_cards(codes: Collection[str], warehouse: prextra.Warehouse) -> dict[str, Card]:
    """The cards of these items, by code. One that Prextra does not have any more is not among them."""
    cards: dict[str, Card] = {}
    for some in batched(sorted(codes), AT_ONCE):
        cards |= _read(some, warehouse)
    return cards


def _read(asked: Collection[str], warehouse: prextra.Warehouse) -> dict[str, Card]:
    items = prextra.Item.objects.using(PREXTRA).filter(code__in=asked)
    names = ("code", "shopify", "visible_web", "inactive", "tracking", "publication_date", "barcode", "shopify_buffer")
    cards = list(items.annotate(own=joined("default_warehouse")).values_list(*names, "own__code"))
    codes = [card[0] for card in cards]
    own = as_asked(codes)
    texts: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    rows = prextra.ItemText.objects.using(PREXTRA).filter(item__in=codes)
    for code, name, language, text in rows.values_list("item", "field", "language", "text"):
        if text:
            texts[own(code)][name, language.strip().lower()] = text
    priced = prextra.ItemPrice.objects.using(PREXTRA).filter(item__in=codes, company=warehouse.company_id)
    prices = {own(code): price for code, price in priced.values_list("item", "price")}
    stock = read_available(codes, warehouse.pk)
    return {
        code: Card(
            code=code,
            shopify=bool(shopify),
            visible=bool(visible),
            inactive=bool(inactive),
            serials=tracking not in {"", None, prextra.Item.Tracking.NONE},
            warehouse=default,
            publication_date=day,
            barcode=barcode or "",
            price=prices.get(code),
            available=stock.get(code, Decimal(0)),
            buffer=buffer or Decimal(0),
            texts=texts[code],
        )
        for code, shopify, visible, inactive, tracking, day, barcode, buffer, default in cards
    }


def read_available(codes: Collection[str], warehouse: str) -> dict[str, Decimal]:
    """Prextra's own figure, by item; one without stock there is not in it."""
    own = as_asked(codes)
    available: dict[str, Decimal] = {}
    for some in batched(sorted(codes), AT_ONCE):
        rows = prextra.ItemStock.objects.using(PREXTRA).filter(item__in=some, warehouse=warehouse)
        available |= {own(code): figure for code, figure in rows.values_list("item", "available")}
    return available


def sold_units(warehouse: str, codes: Collection[str] | None = None) -> dict[str, int]:
    """Units on all orders that ever came from the shop, by item: of these items, or of all."""
    lines = prextra.SalesOrderLine.objects.using(PREXTRA).filter(
        order__warehouse=warehouse, order__shopify_id__isnull=False, item__isnull=False
    )
    some = [lines] if codes is None else [lines.filter(item__in=few) for few in batched(sorted(codes), AT_ONCE)]
    named = [few.order_by().annotate(own=joined("item")).values_list("own__code") for few in some]
    return {code: int(units) for few in named for code, units in few.annotate(units=Sum("quantity"))}


def held_units(warehouse: str) -> dict[str, int]:
    """Units on orders that are held and not in Prextra yet, by SKU: they are sold all the same (rules I9)."""
    units: dict[str, int] = defaultdict(int)
    held = HeldRecord.objects.filter(warehouse=warehouse).exclude(flow=Flow.ITEMS)
    for sold in held.values_list("sold", flat=True):
        for sku, quantity in (sold or {}).items():
            units[sku] += int(quantity)
    return units
