"""A warehouse's page as a browser sends it, and what stands in Prextra after it."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.test import Client
from django.urls import reverse

from prextra_models import models as prextra
from prextra_models.router import PREXTRA

MAIN, SECOND = "gid://shopify/Location/1", "gid://shopify/Location/2"
TYPED = "shpat_typed_just_now"
FLOWS = ("sync_items", "sync_orders", "sync_shipments", "sync_invoices")


def address(warehouse: prextra.Warehouse) -> str:
    return reverse("admin:prextra_models_warehouse_change", args=[warehouse.pk])


def form_of(warehouse: prextra.Warehouse, **typed: Any) -> dict[str, Any]:
    """What the browser sends of the page as it stands, with what somebody typed into it."""
    values = {
        "shopify_url": warehouse.shopify_url,
        "shopify_api_key": warehouse.shopify_api_key,
        "shopify_customer": warehouse.shopify_customer_id or "",
        **{flow: "on" for flow in FLOWS if getattr(warehouse, flow)},
        "location": "",
        "access_token": "",
        **typed,
    }
    return {name: value for name, value in values.items() if value is not None}


def post(client: Client, warehouse: prextra.Warehouse, **typed: Any) -> Any:
    return client.post(address(warehouse), form_of(warehouse, **typed))


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def stored_secret(warehouse: prextra.Warehouse) -> str:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('SELECT shopify_access_token FROM "Warehouse" WHERE code = %s', [warehouse.pk])
        return str(cursor.fetchone()[0])


def store(warehouse: prextra.Warehouse, secret: str) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('UPDATE "Warehouse" SET shopify_access_token = %s WHERE code = %s', [secret, warehouse.pk])


def again(warehouse: prextra.Warehouse) -> prextra.Warehouse:
    return prextra.Warehouse.objects.using(PREXTRA).get(pk=warehouse.pk)
