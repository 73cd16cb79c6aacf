"""What a page writes of Prextra's own rows: where a trigger falsifies how many an UPDATE met, and where the row is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connections
from django.http import QueryDict
from django.test import Client

from integration.admin.company import CompanyAdmin
from integration.admin.item_texts import save_texts
from prextra_models import models as prextra
from prextra_models.fields import CIPHERTEXT_PREFIX
from prextra_models.router import PREXTRA
from tests.factories import (
    CompanyFactory,
    ConfigurationValueFactory,
    ItemFactory,
    ItemTextFactory,
    PaymentMethodFactory,
    ready_warehouse,
)
from tests.item_admin import cards
from tests.passes import is_sqlite
from tests.scene import DATABASES, only
from tests.test_admin_company import address
from tests.warehouse_admin import page

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]


@pytest.fixture
def falsified() -> Iterator[None]:
    """Each UPDATE of Prextra's is followed by a statement of its own, as by a trigger's, whose count takes its place."""
    if not is_sqlite(PREXTRA):
        pytest.skip("falsifies the count of an UPDATE by way of SQLite's cursor")

    def update(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            context["cursor"].cursor.execute("SELECT 1")
        return result

    with connections[PREXTRA].execute_wrapper(update):
        yield


@pytest.mark.usefixtures("falsified")
def test_a_company_is_saved_whatever_its_triggers_say_of_the_count(admin_client: Client) -> None:
    ConfigurationValueFactory()
    company = CompanyFactory(shopify_enabled=False)
    method = PaymentMethodFactory(code="VISA", name="Visa").pk
    typed = {"shopify_enabled": "on", "shopify_payment_method": method}
    assert admin_client.post(address(company), typed).status_code == 302

    row = only(prextra.Company)
    assert (row.shopify_enabled, row.shopify_payment_method_id) == (True, "VISA")
    assert LogEntry.objects.get().object_id == company.pk


@pytest.mark.usefixtures("falsified")
def test_a_warehouse_is_saved_and_its_secret_encrypted(admin_client: Client) -> None:
    warehouse = ready_warehouse(code="STG")
    assert page.post(admin_client, warehouse, shopify_api_key="neuf", access_token=page.TYPED).status_code == 302

    row = page.again(warehouse)
    assert (row.shopify_api_key, row.shopify_access_token) == ("neuf", page.TYPED)
    assert page.stored_secret(warehouse).startswith(CIPHERTEXT_PREFIX)


@pytest.mark.usefixtures("falsified")
def test_a_text_is_written_in_its_row_and_no_second_one_is_made() -> None:
    text = ItemTextFactory(field="name", language="fr", text="Marteau")
    save_texts(text.item_id, {"name": {"fr": "Maillet", "en": "Mallet", "es": ""}})

    rows = prextra.ItemText.objects.order_by("language").values_list("language", "text")
    assert list(rows) == [("en", "Mallet"), ("fr", "Maillet")]


@pytest.mark.usefixtures("falsified")
def test_an_item_is_saved_with_its_texts(admin_client: Client) -> None:
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="imgbtnweb")
    item = ItemFactory(shopify=False, default_warehouse=ready_warehouse(code="WEB"))
    ItemTextFactory(item=item)
    cards.save(admin_client, item, shopify_buffer="7", description_fr="Maillet")

    assert only(prextra.Item).shopify_buffer == 7
    assert cards.texts(item) == {("description", "fr"): "Maillet"}


def test_a_row_that_was_deleted_while_it_was_saved_is_said_to_be_so_and_is_not_made_again(admin_client: Client) -> None:
    company = CompanyFactory(shopify_enabled=False)

    class Slow(CompanyAdmin):
        def save_model(self, *args: Any, **kwargs: Any) -> None:
            prextra.Company.objects.using(PREXTRA).filter(pk=company.pk).delete()
            super().save_model(*args, **kwargs)

    request = admin_client.get(address(company)).wsgi_request
    request.method, request.POST = "POST", QueryDict("shopify_multilingual=on")  # type: ignore[misc]
    request._dont_enforce_csrf_checks = True
    answer = Slow(prextra.Company, admin.site).change_view(request, company.pk)

    assert answer.status_code == 302
    (sentence,) = get_messages(request)
    assert "Perhaps it was deleted?" in str(sentence)
    assert not LogEntry.objects.exists()
