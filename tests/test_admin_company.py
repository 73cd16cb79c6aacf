"""The company's page: what Prextra says of it, and its section « Shopify » (rules C1, C2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from integration.admin.company import SHOPIFY
from integration.rights import STAFF
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import CompanyFactory, ConfigurationValueFactory, PaymentMethodFactory
from tests.scene import DATABASES

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]


@pytest.fixture
def company() -> prextra.Company:
    return CompanyFactory(shopify_enabled=False, shopify_payment_method=None)


def address(company: prextra.Company) -> str:
    return reverse("admin:prextra_models_company_change", args=[company.pk])


def fields(client: Client, company: prextra.Company) -> tuple[str, ...]:
    return tuple(client.get(address(company)).context["adminform"].form.fields)


def again(company: prextra.Company) -> prextra.Company:
    return prextra.Company.objects.using(PREXTRA).get(pk=company.pk)


def test_c1_the_section_shows_only_where_shopify_integration_is_on_for_the_company(
    admin_client: Client, company: prextra.Company
) -> None:
    other = CompanyFactory(code="XX")
    ConfigurationValueFactory(company=company)

    assert (fields(admin_client, company), fields(admin_client, other)) == (SHOPIFY, ())
    assert "« ShopifyIntegration »" in admin_client.get(address(other)).content.decode()


def test_c1_what_is_not_shown_cannot_be_changed_by_a_forged_form(
    admin_client: Client, company: prextra.Company
) -> None:
    admin_client.post(address(company), {"shopify_enabled": "on", "shopify_payment_method": PaymentMethodFactory().pk})

    assert again(company).shopify_enabled is False


def test_c4_the_company_s_own_configuration_wins(admin_client: Client, company: prextra.Company) -> None:
    ConfigurationValueFactory()
    ConfigurationValueFactory(company=company, value="0")

    assert fields(admin_client, company) == ()


def test_c1_the_payment_method_is_required_where_synchronisation_is_ticked(
    admin_client: Client, company: prextra.Company
) -> None:
    ConfigurationValueFactory()
    method = PaymentMethodFactory().pk
    refused = admin_client.post(address(company), {"shopify_enabled": "on", "shopify_payment_method": ""})
    assert list(refused.context["adminform"].form.errors) == ["shopify_payment_method"]

    assert admin_client.post(address(company), {"shopify_payment_method": ""}).status_code == 302
    admin_client.post(address(company), {"shopify_enabled": "on", "shopify_payment_method": method})
    assert (again(company).shopify_enabled, again(company).shopify_payment_method_id) == (True, method)


def test_c2_a_company_that_works_by_project_is_warned_of(admin_client: Client, company: prextra.Company) -> None:
    def warnings() -> list[str]:
        return [str(message) for message in admin_client.get(address(company)).context["messages"]]

    assert warnings() == []
    ConfigurationValueFactory(name="software", value="erp;IsByProject")
    (warning,) = warnings()
    assert "works by project" in warning


def test_who_changed_what_is_in_the_history_and_the_rest_stays_as_prextra_writes_it(
    admin_client: Client, company: prextra.Company
) -> None:
    ConfigurationValueFactory()
    typed: dict[str, Any] = {"shopify_multilingual": "on", "shopify_payment_method": "", "name": "forged"}
    admin_client.post(address(company), typed)
    entry = LogEntry.objects.get()

    assert (entry.user.username, entry.get_change_message()) == ("admin", "Changed Multi-language.")
    assert again(company).name == company.name


def test_nobody_adds_or_deletes_a_company_and_staff_only_look(
    admin_client: Client, client: Client, company: prextra.Company
) -> None:
    delete = reverse("admin:prextra_models_company_delete", args=[company.pk])
    assert admin_client.get(reverse("admin:prextra_models_company_add")).status_code == 403
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403

    user = User.objects.create_user("marie", is_staff=True)
    user.groups.set(Group.objects.filter(name=STAFF))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address(company)).status_code == 200
    assert client.post(address(company), {"shopify_multilingual": "on"}).status_code == 403


def test_configurations_and_accounts_of_categories_are_only_looked_up(admin_client: Client) -> None:
    row = ConfigurationValueFactory()
    for name in ("configurationvalue", "productcategoryaccount"):
        assert admin_client.get(reverse(f"admin:prextra_models_{name}_changelist")).status_code == 200
    change = reverse("admin:prextra_models_configurationvalue_change", args=[row.pk])
    assert admin_client.post(change, {"value": "0"}).status_code == 403


def test_only_the_configurations_of_the_sync_are_shown(admin_client: Client) -> None:
    ConfigurationValueFactory(name="SHOPIFYINTEGRATION")
    row = ConfigurationValueFactory(name="smtpPassword", value="not-for-everybody")
    page = admin_client.get(reverse("admin:prextra_models_configurationvalue_changelist"))

    assert [one.name for one in page.context["cl"].result_list] == ["SHOPIFYINTEGRATION"]
    change = reverse("admin:prextra_models_configurationvalue_change", args=[row.pk])
    assert admin_client.get(change).status_code == 302


@pytest.mark.parametrize("code", ["DC", "DC_2", "D/C"])
def test_c2_a_company_by_project_is_warned_of_whatever_signs_its_code_has(admin_client: Client, code: str) -> None:
    ConfigurationValueFactory(company=CompanyFactory(code=code), name="software", value="isbyproject")
    page = admin_client.get(reverse("admin:prextra_models_company_change", args=[quote(code)]))

    assert "isbyproject" in " ".join(str(message) for message in page.context["messages"])


def test_somebody_without_rights_is_told_nothing_of_a_company(client: Client, company: prextra.Company) -> None:
    ConfigurationValueFactory(company=company, name="software", value="isbyproject")
    client.force_login(
        User.objects.create_user("nobody", is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.get(address(company), headers={"accept-language": "en"})

    assert answer.status_code == 403
    assert b"isbyproject" not in answer.content
