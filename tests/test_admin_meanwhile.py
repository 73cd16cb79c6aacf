"""The pages of a warehouse and of a company that stood open while others wrote: only what this person changed is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from integration.models import ItemSetting
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests import forms
from tests.factories import (
    CompanyFactory,
    ConfigurationValueFactory,
    CustomerFactory,
    PaymentMethodFactory,
    ready_warehouse,
)
from tests.scene import DATABASES, only

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]

MAIN, SECOND, ELSEWHERE = (f"gid://shopify/Location/{number}" for number in (1, 2, 3))
TYPED = "shpat_typed_just_now"


@pytest.fixture
def warehouse() -> prextra.Warehouse:
    return ready_warehouse(code="STG", shopify_url="boutique.myshopify.com")


@pytest.fixture
def company() -> prextra.Company:
    ConfigurationValueFactory()
    return CompanyFactory()


def address(row: Any) -> str:
    return reverse(f"admin:prextra_models_{row._meta.model_name}_change", args=[row.pk])


def opened(client: Client, row: Any) -> dict[str, Any]:
    return forms.opened(client, address(row))


def send(client: Client, row: Any, posted: dict[str, Any], **changes: Any) -> Any:
    values = {**posted, **changes}
    return client.post(address(row), {name: value for name, value in values.items() if value is not None})


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def update(model: Any, **values: Any) -> None:
    assert model.objects.using(PREXTRA).update(**values)


# A warehouse


def test_a_flow_that_was_unticked_meanwhile_stays_so(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    posted = opened(admin_client, warehouse)
    update(prextra.Warehouse, sync_invoices=False, shopify_customer=CustomerFactory(number="C77"))
    assert send(admin_client, warehouse, posted, shopify_api_key="other").status_code == 302

    row = only(prextra.Warehouse)
    assert (row.shopify_api_key, row.sync_invoices, row.shopify_customer_id) == ("other", False, "C77")
    assert LogEntry.objects.get().get_change_message() == "Changed API key."


@pytest.mark.parametrize(
    ("column", "meanwhile", "typed", "sentence"),
    [
        ("shopify_api_key", "theirs", "mine", "It is now: « theirs »."),
        ("shopify_url", "https://autre.myshopify.com", "encore", "It is now: « https://autre.myshopify.com »."),
    ],
)
def test_a_field_of_a_warehouse_that_two_people_changed_is_refused_once(
    admin_client: Client, warehouse: prextra.Warehouse, column: str, meanwhile: Any, typed: Any, sentence: str
) -> None:
    posted = opened(admin_client, warehouse)
    update(prextra.Warehouse, **{column: meanwhile})
    answer = send(admin_client, warehouse, posted, **{column: typed})

    assert sentence in errors(answer)[column][0]
    assert getattr(only(prextra.Warehouse), column) == meanwhile
    assert send(admin_client, warehouse, forms.fields_of(answer.content.decode())).status_code == 302
    assert getattr(only(prextra.Warehouse), column) != meanwhile


def test_what_a_flow_requires_is_asked_of_what_will_be_stored(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    posted = opened(admin_client, warehouse)
    update(prextra.Warehouse, shopify_customer=None)
    assert list(errors(send(admin_client, warehouse, posted, shopify_api_key="other"))) == ["shopify_customer"]


def test_a_shop_that_a_colleague_chose_meanwhile_keeps_its_locations(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    ItemSetting.objects.create(warehouse="STG", location="", locations={MAIN: "Montréal", SECOND: "Québec"})
    posted = opened(admin_client, warehouse)
    update(prextra.Warehouse, shopify_url="https://autre.myshopify.com")
    ItemSetting.objects.update(location="", locations={ELSEWHERE: "Laval"})
    assert send(admin_client, warehouse, posted, shopify_api_key="other").status_code == 302

    assert only(prextra.Warehouse).shopify_url == "https://autre.myshopify.com"
    assert ItemSetting.objects.get().locations == {ELSEWHERE: "Laval"}


def test_a_location_that_two_people_chose_is_refused_by_its_name(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    ItemSetting.objects.create(warehouse="STG", location="", locations={MAIN: "Montréal", SECOND: "Québec"})
    posted = opened(admin_client, warehouse)
    ItemSetting.objects.update(location=SECOND)
    assert "It is now: « Québec »." in errors(send(admin_client, warehouse, posted, location=MAIN))["location"][0]
    assert ItemSetting.objects.get().location == SECOND


def test_no_secret_is_carried_by_the_page(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    names = set(opened(admin_client, warehouse))
    refused = send(admin_client, warehouse, opened(admin_client, warehouse), access_token=TYPED, shopify_api_key="")

    assert "initial-shopify_api_key" in names
    assert not [name for name in names if name.startswith("initial-") and ("token" in name or "secret" in name)]
    assert TYPED not in refused.content.decode()


# A company


def test_a_payment_method_that_was_changed_meanwhile_stays(admin_client: Client, company: prextra.Company) -> None:
    posted = opened(admin_client, company)
    update(prextra.Company, shopify_payment_method=PaymentMethodFactory(code="VISA", name="Visa"))
    assert send(admin_client, company, posted, shopify_multilingual="on").status_code == 302

    row = only(prextra.Company)
    assert (row.shopify_payment_method_id, row.shopify_multilingual) == ("VISA", True)


def test_a_payment_method_that_two_people_changed_is_refused_by_its_name(
    admin_client: Client, company: prextra.Company
) -> None:
    posted = opened(admin_client, company)
    update(prextra.Company, shopify_payment_method=PaymentMethodFactory(code="VISA", name="Visa"))
    mine = PaymentMethodFactory(code="AMEX", name="Amex").pk
    refused = send(admin_client, company, posted, shopify_payment_method=mine)

    (sentence,) = errors(refused)["shopify_payment_method"]
    assert "Visa" in sentence
    assert only(prextra.Company).shopify_payment_method_id == "VISA"


def test_synchronisation_that_was_ticked_meanwhile_requires_its_payment_method(admin_client: Client) -> None:
    ConfigurationValueFactory()
    company = CompanyFactory(shopify_enabled=False)
    posted = opened(admin_client, company)
    update(prextra.Company, shopify_enabled=True)

    assert list(errors(send(admin_client, company, posted, shopify_payment_method=""))) == ["shopify_payment_method"]
