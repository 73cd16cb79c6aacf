"""The company's page shows Prextra's screen (specification §1.2); what no rule needs is read for that page alone."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.urls import reverse

from integration.demo.shop.shop import StandInShop
from integration.rights import STAFF
from prextra_models import models as prextra
from prextra_models.models.system import ONLY_SHOWN
from prextra_models.router import PREXTRA
from prextra_models.sandbox import create_missing_tables
from tests.factories import CompanyFactory, ConfigurationValueFactory
from tests.passes import is_sqlite
from tests.scene import DATABASES, Scene

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]

LABELS = [
    "Code", "Active", "Single currency", "Name", "Currency", "Address 1", "Language", "Address 2",
    "Decimals of sale prices", "City", "Cost method (made)", "Province", "Cost method (bought)", "Country",
    "Inventory tracked by location", "Postal code", "Non-taxable products allowed", "Transports Québec number",
    "International payments", "Federal tax number", "Tracking of G/L accounts by product", "Provincial tax number",
    "Number of levels", "Phone", "Logo for reports", "Fax", "Toll-free number", "Email", "Website", "RBQ licence",
]  # fmt: skip
"""The fields of the screen, line by line."""


def page(client: Client, company: prextra.Company) -> str:
    return client.get(reverse("admin:prextra_models_company_change", args=[company.pk])).content.decode()


def drop_what_is_only_shown() -> None:
    if not is_sqlite(PREXTRA):
        pytest.skip("drops columns of the sandbox, which is made on SQLite alone")
    with connections[PREXTRA].cursor() as cursor:
        for column in ONLY_SHOWN:
            cursor.execute(f"ALTER TABLE Company DROP COLUMN {column}")


def test_each_field_of_the_screen_is_shown_in_its_order(admin_client: Client) -> None:
    text = page(admin_client, CompanyFactory())
    labels = re.findall(r"<label(?: class=\"inline\")?>([^<]+):</label>", text)

    assert labels[: len(LABELS)] == LABELS


def test_what_prextra_holds_is_shown_and_nothing_of_it_can_be_typed(admin_client: Client) -> None:
    held = {
        "manufactured_cost_method": "Premier entré", "product_account_tracking": "Aucun", "fax": "418 227-3755",
        "email": "info@cdid.com", "report_logo": r"C:\logos\dc.png",
    }  # fmt: skip
    text = page(admin_client, CompanyFactory(**held))

    for value in held.values():
        assert f">{value}</span>" in text
    assert [name for name in ONLY_SHOWN if f'name="{name}"' in text] == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("fr", "Français"), ("EN ", "English"), ("fr-ca", "Français"), ("xx", "xx"), ("Franç", "Franç"), ("", "-")],
)
def test_a_language_has_its_own_name(admin_client: Client, stored: str, shown: str) -> None:
    assert f'<span id="id_language" tabindex="-1">{shown}</span>' in page(admin_client, CompanyFactory(language=stored))


def test_each_field_has_an_address_for_who_may_only_look_too(client: Client) -> None:
    ConfigurationValueFactory()
    user = User.objects.create_user("marie", is_staff=True)
    user.groups.set(Group.objects.filter(name=STAFF))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = page(client, CompanyFactory())

    for field in prextra.Company._meta.concrete_fields:
        assert text.count(f'id="id_{field.name}"') == 1
    assert "Comptant</span>" in text


def test_a_database_without_what_is_only_shown_is_synchronised_and_looked_after_all_the_same(
    admin_client: Client, shop: StandInShop, shop_url: str
) -> None:
    scene = Scene(shop, shop_url, sync_items=True)
    scene.place()
    drop_what_is_only_shown()

    assert scene.sync().error is None
    assert prextra.SalesOrder.objects.using(PREXTRA).count() == 1
    key = scene.warehouse.pk
    for address in (
        reverse("admin:index"),
        reverse("admin:prerequisites_of", args=[key]),
        reverse("admin:prextra_models_warehouse_change", args=[key]),
    ):
        assert admin_client.get(address).status_code == 200


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_a_sandbox_of_an_earlier_version_gets_the_columns_that_it_lacks_and_keeps_its_rows() -> None:
    company = CompanyFactory(fax="418 227-3755")
    drop_what_is_only_shown()

    assert create_missing_tables() == []
    again = prextra.Company.objects.using(PREXTRA).defer(None).get()
    assert (again.name, again.fax, again.level_count, again.single_currency) == (company.name, "", 0, False)
