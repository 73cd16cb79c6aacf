"""« Préalables »: what the page shows is what stops a pass, and each thing leads to the field where it is corrected."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from integration.admin.prerequisites import PER_PAGE
from integration.checks import missing_prerequisites
from integration.models import Flow, ItemSetting, ProductLink, SyncRun
from integration.reasons import describe
from integration.rights import STAFF
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import (
    CompanyFactory,
    ConfigurationValueFactory,
    ItemFactory,
    ProductCategoryFactory,
    WarehouseFactory,
    ready_warehouse,
)
from tests.scene import DATABASES

SHOP_SAID = "What the shop said at the last pass"

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]


def rows(client: Client, warehouse: prextra.Warehouse) -> dict[str, Any]:
    """The rows of the warehouse's page, by title."""
    answer = client.get(reverse("admin:prerequisites_of", args=[warehouse.pk]))
    assert answer.status_code == 200
    return {row.title: row for _group, rows in answer.context["groups"] for row in rows}


def tones(client: Client, warehouse: prextra.Warehouse, *but: str) -> set[str]:
    return {row.tone for title, row in rows(client, warehouse).items() if title not in but}


def wrong(client: Client, warehouse: prextra.Warehouse, tone: str) -> dict[str, str]:
    """What is marked so: the title, and where it is corrected."""
    return {
        title: row.wrong[0].link for title, row in rows(client, warehouse).items() if row.tone == tone and row.wrong
    }


def ready_items(**overrides: Any) -> prextra.Warehouse:
    """A warehouse that sends items too, of which all is in order."""
    warehouse = ready_warehouse(sync_items=True, **overrides)
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="imgbtnweb")
    ItemFactory(code="MARTEAU", default_warehouse=warehouse)
    ItemSetting.objects.create(warehouse=warehouse.pk, locations={"gid://shopify/Location/1": "Montréal"})
    return warehouse


def test_a_warehouse_of_which_all_is_set_is_green_from_top_to_bottom(admin_client: Client) -> None:
    warehouse = ready_items()
    assert tones(admin_client, warehouse, SHOP_SAID, "Webhooks") == {"ok"}

    SyncRun.objects.create(warehouse=warehouse.pk, flow=Flow.ORDERS, outcome=SyncRun.Outcome.DONE)
    assert tones(admin_client, warehouse, "Webhooks") == {"ok"}


def test_before_any_pass_the_shop_s_answer_is_not_green(admin_client: Client) -> None:
    warehouse = ready_items()
    row = rows(admin_client, warehouse)[SHOP_SAID]
    assert (row.tone, str(row.state)) == ("off", "not asked yet")

    SyncRun.objects.create(warehouse=warehouse.pk, flow=Flow.ORDERS, outcome=SyncRun.Outcome.TRANSIENT)
    assert rows(admin_client, warehouse)[SHOP_SAID].tone == "off"


@pytest.mark.parametrize(
    ("reason", "params"),
    [
        ("currency_differs", {"shop_currency": "USD", "company": "DC", "company_currency": "CAD"}),
        ("shopify_refused_token", {"shop": "boutique.myshopify.com"}),
        ("shopify_scope_missing", {"scope": "read_orders"}),
        ("online_store_missing", {}),
        ("location_to_choose", {"names": "Montréal, Québec", "warehouse": "STG"}),
        ("location_missing", {}),
    ],
)
def test_what_stopped_the_last_pass_is_counted_once_and_alike_on_each_page_yet_lets_the_next_one_begin(
    admin_client: Client, reason: str, params: dict[str, Any]
) -> None:
    warehouse = ready_items(code="STG")
    places = {"1": "Montréal", "2": "Québec"}
    chosen = "" if reason.startswith("location_") else "1"
    ItemSetting.objects.update(locations={} if reason == "location_missing" else places, location=chosen)
    for number, flow in enumerate((Flow.ITEMS, Flow.ORDERS, Flow.INVOICES)):
        SyncRun.objects.create(
            warehouse="STG", flow=flow, outcome=SyncRun.Outcome.CONFIGURATION, reason=reason,
            params={**params, "request_id": str(number)},
        )  # fmt: skip
    page = admin_client.get(reverse("admin:prerequisites_of", args=["STG"]))
    (card,) = admin_client.get(reverse("admin:prerequisites")).context["cards"]
    (first,) = admin_client.get(reverse("admin:index")).context["cards"]

    assert (page.context["to_correct"], card["missing"], len(first.missing)) == (1, 1, 1)
    assert len(wrong(admin_client, warehouse, "bad")) == 1
    text = page.content.decode()
    assert text.count(escape(describe(reason, params))) == 1
    assert ("can be synchronised" in text, "Nothing is synchronised until" in text) == (False, False)
    assert "status-bad" in first.pill
    assert missing_prerequisites(warehouse) == []


def test_a_location_that_was_chosen_since_the_last_pass_is_not_asked_for_again(admin_client: Client) -> None:
    warehouse = ready_items()
    ItemSetting.objects.update(locations={"1": "Montréal", "2": "Québec"}, location="2")
    SyncRun.objects.create(
        warehouse=warehouse.pk, flow=Flow.ITEMS, outcome=SyncRun.Outcome.CONFIGURATION, reason="location_to_choose",
        params={"names": "Montréal, Québec", "warehouse": warehouse.pk},
    )  # fmt: skip

    assert wrong(admin_client, warehouse, "bad") == {}


def test_what_another_shop_said_does_not_count_once_the_url_is_another(admin_client: Client) -> None:
    warehouse = ready_warehouse(shopify_url="https://boutique.myshopify.com")
    SyncRun.objects.create(
        warehouse=warehouse.pk, flow=Flow.ORDERS, outcome=SyncRun.Outcome.CONFIGURATION, reason="shopify_not_found",
        shop="faute.myshopify.com",
    )  # fmt: skip

    assert rows(admin_client, warehouse)[SHOP_SAID].tone == "off"


def test_what_is_red_is_exactly_what_stops_a_pass(admin_client: Client) -> None:
    warehouse = ready_warehouse(
        shopify_url="", shopify_api_key="", shopify_access_token="", shopify_customer=None,
        company__active=False, company__shopify_payment_method=None,
    )  # fmt: skip
    prextra.ConfigurationValue.objects.update(value="0")
    ConfigurationValueFactory(name="software", value="isbyproject")
    red = [row for row in rows(admin_client, warehouse).values() if row.tone == "bad"]

    assert len(red) == len(missing_prerequisites(warehouse)) == 8


@pytest.mark.parametrize(
    ("fields", "title", "page", "field"),
    [
        ({"company__active": False}, "Company active", "company", "active"),
        ({"company__shopify_enabled": False}, "« Synchronisation » ticked", "company", "shopify_enabled"),
        ({"company__shopify_payment_method": None}, "Payment method", "company", "shopify_payment_method"),
        ({"shopify_url": ""}, "Shop URL", "warehouse", "shopify_url"),
        ({"shopify_url": "https://example.com"}, "Shop URL", "warehouse", "shopify_url"),
        ({"shopify_api_key": ""}, "API key", "warehouse", "shopify_api_key"),
        ({"shopify_access_token": ""}, "Access token", "warehouse", "access_token"),
        ({"shopify_customer": None}, "Customer", "warehouse", "shopify_customer"),
    ],
)
def test_each_thing_that_is_missing_leads_to_the_very_field(
    admin_client: Client, fields: dict[str, Any], title: str, page: str, field: str
) -> None:
    warehouse = ready_warehouse(**fields)
    key = warehouse.pk if page == "warehouse" else warehouse.company_id
    link = reverse(f"admin:prextra_models_{page}_change", args=[key])

    assert wrong(admin_client, warehouse, "bad") == {title: f"{link}#id_{field}"}
    assert f'id="id_{field}"' in admin_client.get(link).content.decode()


def test_w2_a_shop_that_two_warehouses_share_names_the_other(admin_client: Client) -> None:
    warehouse = ready_warehouse(shopify_url="https://boutique.myshopify.com")
    other = WarehouseFactory(shopify_url="boutique.myshopify.com")
    row = rows(admin_client, warehouse)["A shop of its own"]

    assert (row.tone, other.pk in row.wrong[0].message) == ("bad", True)


def test_a_secret_that_no_key_opens_is_said_and_takes_no_page_with_it(admin_client: Client) -> None:
    warehouse = ready_warehouse()
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute("UPDATE \"Warehouse\" SET shopify_access_token = 'enc1:of-another-key'")

    assert list(wrong(admin_client, warehouse, "bad")) == ["Access token"]
    assert "1 thing to correct" in admin_client.get(reverse("admin:prerequisites")).content.decode()


def test_o9_without_accounts_it_is_amber_since_orders_come_in_all_the_same(admin_client: Client) -> None:
    warehouse = ready_warehouse()
    prextra.AccountsReceivableControl.objects.using(PREXTRA).update(prepayment_account=None, default_bank=None)
    ConfigurationValueFactory(name="glShippingShopify", value="9999")
    found = wrong(admin_client, warehouse, "warn")

    assert set(found) == {"Account of prepayments", "Bank of deposits", "Accounts of carriage and other charges"}
    assert found["Bank of deposits"].endswith("?q=glBankShopify")
    assert missing_prerequisites(warehouse) == []


def test_f2_categories_of_ticked_items_without_a_sale_account_are_named(admin_client: Client) -> None:
    warehouse = ready_items()
    ItemFactory(default_warehouse=warehouse, category=ProductCategoryFactory(code="PEINTURE"))
    ItemFactory(default_warehouse=warehouse, category=ProductCategoryFactory(code="JARDIN"), shopify=False)
    row = rows(admin_client, warehouse)["Sale accounts of product categories"]

    assert "1 (PEINTURE)" in row.wrong[0].message


def test_c5_a_company_by_sector_wants_one(admin_client: Client) -> None:
    warehouse = ready_warehouse(company__managed_by_sector=True)

    assert list(wrong(admin_client, warehouse, "warn")) == ["Sector"]


def test_items_that_cannot_go_out_are_counted_by_reason_and_linked(admin_client: Client) -> None:
    warehouse = ready_items()
    for number in range(3):
        ProductLink.objects.create(warehouse=warehouse.pk, shop="s", item=f"I{number}", reason="item_without_price")
    row = rows(admin_client, warehouse)["Items that go out"]

    assert row.wrong[0].message == "Items: 3. Item has no price."
    assert row.wrong[0].advice == "Give it a price."
    listed = admin_client.get(row.wrong[0].link)
    assert listed.context["cl"].result_count == 3


def test_before_any_pass_it_is_known_which_items_are_managed_by_serial_numbers(admin_client: Client) -> None:
    warehouse = ready_items()
    ItemFactory(default_warehouse=warehouse, tracking=prextra.Item.Tracking.SERIAL_UNIQUE)

    assert "serial numbers" in rows(admin_client, warehouse)["Items that go out"].wrong[0].message


def test_what_only_items_need_is_grey_where_they_are_not_ticked(admin_client: Client) -> None:
    found = rows(admin_client, ready_warehouse())

    assert {found[title].tone for title in ("Location in Shopify", "Section « www:// » of items")} == {"off"}


def test_several_locations_are_to_choose_from_on_the_warehouse_s_page(admin_client: Client) -> None:
    warehouse = ready_items()
    ItemSetting.objects.update(locations={"1": "Montréal", "2": "Québec"})

    assert wrong(admin_client, warehouse, "warn")["Location in Shopify"].endswith(
        f"/{warehouse.pk}/change/#id_location"
    )


def test_c6_a_currency_that_the_last_pass_found_is_still_shown(admin_client: Client) -> None:
    warehouse = ready_warehouse()
    params = {"shop_currency": "USD", "company": "DC", "company_currency": "CAD"}
    SyncRun.objects.create(
        warehouse=warehouse.pk, flow=Flow.ORDERS, outcome=SyncRun.Outcome.CONFIGURATION,
        reason="currency_differs", params=params,
    )  # fmt: skip
    (found,) = rows(admin_client, warehouse)[SHOP_SAID].wrong
    page = reverse("admin:prextra_models_company_change", args=[warehouse.company_id])
    assert ("USD" in found.message, found.link) == (True, f"{page}#id_currency")
    assert 'id="id_currency"' in admin_client.get(page).content.decode()

    SyncRun.objects.create(warehouse=warehouse.pk, flow=Flow.ORDERS, outcome=SyncRun.Outcome.DONE)
    assert tones(admin_client, warehouse) == {"ok", "off"}


STOPPED_BY_SHOP = [
    ("shopify_scope_missing", {"scope": "read_orders"}, SHOP_SAID, "apps"),
    ("online_store_missing", {}, SHOP_SAID, "apps"),
    ("item_key_refused", {}, SHOP_SAID, "custom_data/product/metafields"),
    ("location_missing", {}, "Location in Shopify", "locations"),
]


@pytest.mark.parametrize(("reason", "params", "title", "page"), STOPPED_BY_SHOP)
def test_what_is_corrected_in_the_shop_leads_to_its_settings(
    admin_client: Client, settings: Any, reason: str, params: dict[str, Any], title: str, page: str
) -> None:
    settings.SHOPIFY_ALLOW_LOOPBACK = True
    warehouse = ready_items(shopify_url="https://boutique.myshopify.com/admin")
    ItemSetting.objects.update(locations={} if reason == "location_missing" else {"1": "Montréal"})
    SyncRun.objects.create(
        warehouse=warehouse.pk, flow=Flow.ITEMS, outcome=SyncRun.Outcome.CONFIGURATION, reason=reason, params=params
    )
    (found,) = rows(admin_client, warehouse)[title].wrong
    expected = f"https://boutique.myshopify.com/admin/settings/{page}"
    assert (found.link, str(found.link_text)) == (expected, "Open the shop's settings")

    prextra.Warehouse.objects.using(PREXTRA).update(shopify_url="http://127.0.0.1:8001")
    (found,) = rows(admin_client, warehouse)[title].wrong
    assert found.link == ""


def test_the_first_page_lists_each_warehouse_that_was_begun_and_few_statements_do(admin_client: Client) -> None:
    for number in range(PER_PAGE + 2):
        WarehouseFactory(company=CompanyFactory(code=f"C{number:02}"))
    prextra.Warehouse.objects.using(PREXTRA).create(code="VIDE", company_id="C00")
    with (
        CaptureQueriesContext(connections["default"]) as own,
        CaptureQueriesContext(connections[PREXTRA]) as prextras,
    ):
        answer = admin_client.get(reverse("admin:prerequisites"))

    assert len(answer.context["cards"]) == PER_PAGE
    assert [warehouse.pk for warehouse in answer.context["others"]] == ["VIDE"]
    assert len(own) + len(prextras) <= 30


def test_one_page_takes_few_statements(admin_client: Client) -> None:
    warehouse = ready_items()
    with (
        CaptureQueriesContext(connections["default"]) as own,
        CaptureQueriesContext(connections[PREXTRA]) as prextras,
    ):
        rows(admin_client, warehouse)

    assert len(own) + len(prextras) <= 30


def test_without_any_warehouse_the_page_says_where_to_begin(admin_client: Client) -> None:
    text = admin_client.get(reverse("admin:prerequisites")).content.decode()

    assert reverse("admin:prextra_models_warehouse_changelist") in text
    assert admin_client.get(reverse("admin:prerequisites_of", args=["NONE"])).status_code == 404


def test_staff_may_look_and_who_has_no_right_may_not(client: Client) -> None:
    warehouse = ready_warehouse()
    pages = [reverse("admin:prerequisites"), reverse("admin:prerequisites_of", args=[warehouse.pk])]
    assert [client.get(page).status_code for page in pages] == [302, 302]

    user = User.objects.create_user("marie", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert [client.get(page).status_code for page in pages] == [403, 403]

    user.groups.add(Group.objects.get(name=STAFF))
    assert [client.get(page).status_code for page in pages] == [200, 200]
