"""« Préalables » of a company: what can be told of it before it has a warehouse, and what comes next."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import (
    AccountsReceivableControlFactory,
    CompanyFactory,
    ConfigurationValueFactory,
    WarehouseFactory,
    ready_warehouse,
)
from tests.scene import DATABASES

WAREHOUSES = reverse("admin:prextra_models_warehouse_changelist")

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]


def address(company: prextra.Company) -> str:
    return reverse("admin:prerequisites_of_company", args=[company.pk])


def rows(client: Client, company: prextra.Company) -> dict[str, Any]:
    """The rows of the company's page, by title."""
    answer = client.get(address(company))
    assert answer.status_code == 200
    return {row.title: row for _group, rows in answer.context["groups"] for row in rows}


def listed(client: Client) -> dict[str, int]:
    """The companies that the first page lists, and how much is to be corrected of each."""
    found = client.get(reverse("admin:prerequisites")).context["companies"]
    return {row["company"].pk: row["missing"] for row in found}


def ready_company(**fields: Any) -> prextra.Company:
    """A company of which all is set, without a warehouse."""
    company: prextra.Company = CompanyFactory(**fields)
    AccountsReceivableControlFactory(company=company)
    for name, value in (("ShopifyIntegration", "1"), ("ItemMaintenanceShowFields", "imgbtnweb")):
        ConfigurationValueFactory(name=name, value=value, company=company)
    return company


def test_a_ready_company_without_a_warehouse_is_green_and_told_to_give_it_one(admin_client: Client) -> None:
    company = ready_company()
    text = admin_client.get(address(company)).content.decode()

    assert {row.tone for row in rows(admin_client, company).values()} == {"ok"}
    assert "No warehouse belongs to this company." in text
    assert f'href="{WAREHOUSES}"' in text.partition("No warehouse belongs")[2]


@pytest.mark.parametrize(
    ("fields", "title", "field"),
    [
        ({"active": False}, "Company active", "active"),
        ({"shopify_enabled": False}, "« Synchronisation » ticked", "shopify_enabled"),
        ({"shopify_payment_method": None}, "Payment method", "shopify_payment_method"),
        ({"managed_by_sector": True}, "Sector", "managed_by_sector"),
    ],
)
def test_what_is_missing_leads_to_the_very_field_of_the_company(
    admin_client: Client, fields: dict[str, Any], title: str, field: str
) -> None:
    company = ready_company(**fields)
    found = {name: row for name, row in rows(admin_client, company).items() if row.tone != "ok"}
    page = reverse("admin:prextra_models_company_change", args=[company.pk])

    assert list(found) == [title]
    (wrong,) = found[title].wrong
    assert (wrong.link, bool(wrong.advice), str(wrong.link_text)) == (f"{page}#id_{field}", True, "Go to the field")
    assert f'id="id_{field}"' in admin_client.get(page).content.decode()


def test_accounts_and_the_section_of_items_are_told_too(admin_client: Client) -> None:
    company = CompanyFactory()
    ConfigurationValueFactory()
    found = rows(admin_client, company)

    amber = {title for title, row in found.items() if row.tone == "warn"}
    assert amber == {"Account of prepayments", "Bank of deposits", "Section « www:// » of items"}


def test_what_only_a_warehouse_tells_is_not_on_the_company_s_page(admin_client: Client) -> None:
    assert not {"Shop URL", "Flows to synchronise", "Items that go out"} & set(rows(admin_client, ready_company()))


def test_until_one_of_its_warehouses_is_begun_it_is_to_be_chosen(admin_client: Client) -> None:
    company = ready_company()
    WarehouseFactory(code="OTHER", company=CompanyFactory(code="XX"))
    prextra.Warehouse.objects.using(PREXTRA).create(code="VIDE", company=company)
    choose = f'href="{WAREHOUSES}?company__code__exact=DC"'
    page = admin_client.get(address(company))
    text = page.content.decode()

    assert [one.pk for one in page.context["warehouses"]] == ["VIDE"]
    assert f'href="{reverse("admin:prerequisites_of", args=["VIDE"])}"' in text
    assert (choose in text, "No warehouse belongs" in text) == (True, False)
    assert list(admin_client.get(f"{WAREHOUSES}?company__code__exact=DC").context["cl"].result_list) == list(
        page.context["warehouses"]
    )

    WarehouseFactory(code="STG", company=company)
    text = admin_client.get(address(company)).content.decode()
    assert f'href="{reverse("admin:prerequisites_of", args=["STG"])}"' in text
    assert choose not in text


def test_the_first_page_lists_companies_that_are_enabled_or_have_no_warehouse_begun(admin_client: Client) -> None:
    ConfigurationValueFactory()
    WarehouseFactory(company=CompanyFactory(code="ON"))
    WarehouseFactory(company=CompanyFactory(code="OFF", shopify_enabled=False))
    CompanyFactory(code="NEW", shopify_enabled=False)
    prextra.Warehouse.objects.using(PREXTRA).create(code="VIDE", company=CompanyFactory(code="BARE", active=False))

    assert listed(admin_client) == {"BARE": 1, "ON": 0, "NEW": 1}


def test_the_first_page_counts_what_stops_the_company_as_its_own_page_does(admin_client: Client) -> None:
    company = CompanyFactory(active=False, shopify_payment_method=None, managed_by_sector=True)
    page = admin_client.get(address(company))

    assert listed(admin_client) == {"DC": 3}
    assert page.context["to_correct"] == 3
    assert "3 things to correct" in page.content.decode()


def test_a_hundred_companies_take_no_more_statements_than_one(admin_client: Client) -> None:
    def statements() -> int:
        with (
            CaptureQueriesContext(connections["default"]) as own,
            CaptureQueriesContext(connections[PREXTRA]) as theirs,
        ):
            listed(admin_client)
        return len(own) + len(theirs)

    CompanyFactory()
    before = statements()
    for number in range(120):
        CompanyFactory(code=f"C{number}")

    assert statements() == before
    assert len(listed(admin_client)) == 100


def test_the_company_s_own_page_leads_there_and_an_unknown_company_has_none(admin_client: Client) -> None:
    company = ready_company(code="A/B")
    own = admin_client.get(reverse("admin:prextra_models_company_change", args=["A_2FB"])).content.decode()
    link = reverse("admin:prerequisites_of_company", args=["A_2FB"])

    assert f'href="{link}"' in own
    assert admin_client.get(link).context["company"] == company
    assert admin_client.get(reverse("admin:prerequisites_of_company", args=["NONE"])).status_code == 404


def test_who_may_see_one_kind_alone_sees_nothing_of_the_other(client: Client) -> None:
    warehouse = ready_warehouse()
    company = address(warehouse.company)
    user = User.objects.create_user("marie", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(company).status_code == 403

    user.user_permissions.set([Permission.objects.get(codename="view_company")])
    page = client.get(company)
    assert (page.status_code, list(page.context["warehouses"])) == (200, [])
    assert reverse("admin:prerequisites_of", args=[warehouse.pk]) not in page.content.decode()

    user.user_permissions.set([Permission.objects.get(codename="view_warehouse")])
    assert (client.get(company).status_code, listed(client)) == (403, {})
