"""From the log to the two sides: the order's page in Shopify, the document's in Prextra; and back to the log."""

from __future__ import annotations

from urllib.parse import quote

from django.urls import reverse
from django.utils.html import format_html

from integration.models import SyncEntry


def shopify_link(shop: str, order_id: str, name: str) -> str:
    """The order's name, linked to its page in the shop's admin; a stand-in shop has no such page."""
    if not shop.endswith(".myshopify.com") or not order_id:
        return name
    return format_html('<a href="https://{}/admin/orders/{}">{}</a>', shop, order_id.rpartition("/")[2], name)


def prextra_link(entry: SyncEntry) -> str:
    """The document's number, linked to it."""
    if not entry.prextra_number or entry.kind in {SyncEntry.Kind.ORDER, SyncEntry.Kind.APPLICATION}:
        return entry.prextra_number
    page = reverse(f"admin:prextra_models_{entry.kind.replace('_', '')}_changelist")
    return format_html('<a href="{}?number={}">{}</a>', page, quote(entry.prextra_number), entry.prextra_number)


def log_link(order_name: str) -> str:
    """An order's name in Shopify, linked to all that the log says of it."""
    page = reverse("admin:integration_syncentry_changelist")
    return format_html('<a href="{}?q={}">{}</a>', page, quote(order_name), order_name)
