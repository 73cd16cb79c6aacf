"""What the app does with each table is what its login is granted: all of it, and no more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.urls import reverse

from integration.demo.items import sample_items, sample_products, sell_while_writing
from integration.demo.prextra import sample_prextra
from integration.demo.sample import advance, sample_shop
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET
from prextra_models import models as prextra
from prextra_models.fields import CIPHERTEXT_PREFIX
from prextra_models.router import PREXTRA
from prextra_models.schema.rights import WRITES, updated_columns, writes_of
from tests.factories import CustomerFactory
from tests.item_admin import cards
from tests.passes import boundless_shop, pass_over
from tests.scene import DATABASES
from tests.warehouse_admin import page

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]

INSERT = re.compile(r'INSERT INTO ["[]?(\w+)')
UPDATE = re.compile(r'UPDATE ["[]?(\w+)["\]]? SET (.+?)(?: WHERE (?!.* SET ).*)?$', re.DOTALL)
ASSIGNED = re.compile(r'(?:^|, )["[](\w+)["\]] = ')


class Watch:
    """Notes what is written to Prextra, from the statements themselves."""

    def __init__(self) -> None:
        self.inserted: set[str] = set()
        self.updated: dict[str, set[str]] = defaultdict(set)
        self.other: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if match := INSERT.search(sql):
            self.inserted.add(match[1])
        elif match := UPDATE.search(sql):
            self.updated[match[1]] |= set(ASSIGNED.findall(match[2]))
        elif sql.split()[0] not in {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SAVE"}:
            self.other.add(sql)
        return execute(sql, params, many, context)


@pytest.fixture
def warehouse() -> prextra.Warehouse:
    sample_prextra("https://boutique-erable.myshopify.com", CLIENT_ID, CLIENT_SECRET)
    warehouse = prextra.Warehouse.objects.get()
    sample_items(warehouse, date(2026, 11, 24))
    some = prextra.ItemStock.objects.order_by("pk").values_list("pk", flat=True)[::2]
    prextra.ItemStock.objects.filter(pk__in=list(some)).delete()  # items that were never in this warehouse are sold too
    return warehouse


def two_passes(warehouse: prextra.Warehouse) -> None:
    """All flows; the orders grow up meanwhile."""
    shop = boundless_shop()
    sample_shop(shop.store, count=30)
    sample_products(shop.store)
    assert pass_over(warehouse, shop).error is None
    advance(shop.store)
    sell_while_writing(shop.store)
    assert pass_over(warehouse, shop).error is None


def everything_in_the_admin(client: Client, warehouse: prextra.Warehouse) -> None:
    """Each field that a page lets one change is changed."""
    company = reverse("admin:prextra_models_company_change", args=[warehouse.company_id])
    typed = {"shopify_enabled": "on", "shopify_payment_method": "AUTRE"}
    assert client.post(company, typed).status_code == 302
    item = prextra.Item.objects.filter(shopify=True, texts__field="name").order_by("pk").first()
    assert item is not None
    changes = {"visible_web": None, "shopify": None, "shopify_buffer": "7", "publication_date": "2026-12-24"}
    cards.save(client, item, name_fr="Autre nom", meta_keywords_fr="neuf", **changes)
    flows = {flow: None if getattr(warehouse, flow) else "on" for flow in page.FLOWS}
    texts = {"shopify_url": "https://autre.myshopify.com", "shopify_api_key": "autre", "access_token": page.TYPED}
    answer = page.post(client, warehouse, shopify_customer="AUTRE", **texts, **flows)
    assert answer.status_code == 302


def test_the_app_writes_what_its_login_is_granted_and_nothing_else(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    watch = Watch()
    with connections[PREXTRA].execute_wrapper(watch):
        two_passes(warehouse)
    CustomerFactory(number="AUTRE")
    prextra.PaymentMethod.objects.create(code="AUTRE", name="Autre")
    prextra.Company.objects.update(shopify_enabled=False, shopify_multilingual=True)
    with connections[PREXTRA].execute_wrapper(watch):
        everything_in_the_admin(admin_client, page.again(warehouse))
    models = {model._meta.db_table: model for model in apps.get_app_config("prextra_models").get_models()}
    assert watch.other == set()
    assert watch.inserted == {table for table, model in models.items() if writes_of(model).inserts}
    assert dict(watch.updated) == {
        table: set(updated_columns(model)) for table, model in models.items() if writes_of(model).updates
    }


def test_a_secret_that_is_encrypted_anew_is_all_that_rotating_keys_writes(warehouse: prextra.Warehouse) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute("UPDATE \"Warehouse\" SET shopify_access_token = 'in plain'")
    watch = Watch()
    with connections[PREXTRA].execute_wrapper(watch), pytest.raises(SystemExit, match="0"):
        call_command("rotate_keys")
    assert page.stored_secret(warehouse).startswith(CIPHERTEXT_PREFIX)
    assert dict(watch.updated) == {"Warehouse": {"shopify_access_token"}}
    assert (watch.inserted, watch.other) == (set(), set())


def test_the_table_of_writes_names_models_and_fields_that_there_are() -> None:
    models = {model.__name__: model for model in apps.get_app_config("prextra_models").get_models()}
    assert set(WRITES) <= set(models)
    for name in WRITES:
        updated_columns(models[name])
