"""From the log to the two sides: the page in Shopify, that of the document or item in Prextra; and back to the log."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.contrib.admin.utils import quote as as_key
from django.urls import reverse
from django.utils.html import format_html

from integration.models import ProductLink, SyncEntry

ITEM_KINDS = frozenset({SyncEntry.Kind.PRODUCT, SyncEntry.Kind.STOCK})


def shopify_link(shop: str, record_id: str, name: str) -> str:
    """The order's or the product's name, linked to its page in the shop's admin; a stand-in shop has no such page."""
    named = re.fullmatch(r"gid://shopify/(Order|Product)/(\d+)", record_id)
    if not shop.endswith(".myshopify.com") or not named:
        return name
    kind, number = named.groups()
    return format_html('<a href="https://{}/admin/{}s/{}">{}</a>', shop, kind.lower(), number, name)


def shop_settings(shop: str, page: str) -> str:
    """The address of a page of the shop's settings; empty for a stand-in shop, which has none."""
    return f"https://{shop}/admin/settings/{page}" if shop.endswith(".myshopify.com") else ""


def product_link(link: ProductLink) -> str:
    """The product's number in the shop, linked to its page there; empty where there is none."""
    return shopify_link(link.shop, link.product, link.product.rpartition("/")[2])


def prextra_link(entry: SyncEntry) -> str:
    """The document's number, or the item's code, linked to it."""
    if entry.kind in ITEM_KINDS:
        return item_link(entry.shopify_name)
    if not entry.prextra_number or entry.kind in {SyncEntry.Kind.ORDER, SyncEntry.Kind.APPLICATION}:
        return entry.prextra_number
    page = reverse(f"admin:prextra_models_{entry.kind.replace('_', '')}_changelist")
    return format_html('<a href="{}?number={}">{}</a>', page, quote(entry.prextra_number), entry.prextra_number)


def item_link(code: str) -> str:
    """The item's code, linked to its card."""
    return format_html('<a href="{}">{}</a>', reverse("admin:prextra_models_item_change", args=[as_key(code)]), code)


def log_link(order_name: str) -> str:
    """An order's name in Shopify, or an item's code, linked to all that the log says of it."""
    page = reverse("admin:integration_syncentry_changelist")
    return format_html('<a href="{}?q={}">{}</a>', page, quote(order_name), order_name)
