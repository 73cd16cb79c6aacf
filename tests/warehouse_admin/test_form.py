"""The tab « Shopify » of a warehouse's page (rules W): what is required, what is kept secret, what is saved."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from integration.demo.shop.shop import STATIC_TOKEN, StandInShop
from integration.models import AccessToken, ItemSetting
from integration.rights import PROJECT_MANAGERS, STAFF
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import CustomerFactory, WarehouseFactory
from tests.scene import DATABASES
from tests.warehouse_admin.page import (
    FLOWS,
    MAIN,
    SECOND,
    TYPED,
    address,
    again,
    errors,
    post,
    store,
    stored_secret,
)

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.mark.parametrize("field", ["shopify_url", "shopify_api_key", "shopify_customer"])
def test_w1_each_field_is_required_once_a_flow_is_ticked(
    admin_client: Client, warehouse: prextra.Warehouse, field: str
) -> None:
    assert list(errors(post(admin_client, warehouse, **{field: ""}))) == [field]
    assert post(admin_client, warehouse, **{field: ""}, **dict.fromkeys(FLOWS)).status_code == 302


def test_w1_the_token_is_required_where_none_is_stored(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    store(warehouse, "")
    assert list(errors(post(admin_client, warehouse))) == ["access_token"]
    assert post(admin_client, warehouse, access_token=TYPED).status_code == 302


def test_w4_a_secret_that_is_typed_replaces_the_stored_one_and_is_encrypted(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    assert post(admin_client, warehouse, access_token=f" {TYPED} ").status_code == 302

    assert TYPED not in stored_secret(warehouse)
    assert again(warehouse).shopify_access_token == TYPED


def test_w4_a_blank_one_keeps_what_is_stored(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    before = stored_secret(warehouse)
    assert post(admin_client, warehouse, shopify_api_key="another").status_code == 302

    assert (stored_secret(warehouse), again(warehouse).shopify_api_key) == (before, "another")


def test_w4_one_that_stands_there_in_plain_is_encrypted_at_the_next_save(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    store(warehouse, STATIC_TOKEN)
    assert "not encrypted yet" in admin_client.get(address(warehouse)).content.decode()
    assert post(admin_client, warehouse).status_code == 302

    assert STATIC_TOKEN not in stored_secret(warehouse)
    assert again(warehouse).shopify_access_token == STATIC_TOKEN


def test_w4_a_secret_that_no_key_opens_breaks_no_page_and_is_said(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    with override_settings(SECRET_ENCRYPTION_KEYS=[Fernet.generate_key().decode()]):
        page = admin_client.get(address(warehouse))
        assert "encrypted with a key that is not there any more" in page.content.decode()
        assert list(errors(post(admin_client, warehouse))) == ["access_token"]
        assert post(admin_client, warehouse, shopify_api_key="other", **dict.fromkeys(FLOWS)).status_code == 302
        assert post(admin_client, warehouse, access_token=TYPED).status_code == 302
        assert again(warehouse).shopify_access_token == TYPED


def test_w4_no_page_and_no_history_shows_a_secret(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    refused = post(admin_client, warehouse, access_token=TYPED, shopify_api_key="").content.decode()
    tried = post(admin_client, warehouse, access_token=TYPED, _test="1").content.decode()
    assert post(admin_client, warehouse, access_token=TYPED).status_code == 302
    pages = [admin_client.get(address(warehouse) + tail).content.decode() for tail in ("", "../history/")]
    pages.append(admin_client.get(reverse("admin:prextra_models_warehouse_changelist")).content.decode())

    text = "".join([refused, tried, *pages, repr(list(LogEntry.objects.values_list()))])
    assert (TYPED in text, STATIC_TOKEN in text, "enc1:" in text) == (False, False, False)


def test_the_history_says_who_changed_the_access_token(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    post(admin_client, warehouse, access_token=TYPED, sync_items="on")
    entry = LogEntry.objects.get()

    assert entry.user.username == "admin"
    assert "access token" in entry.get_change_message().lower()


@pytest.mark.parametrize(
    "typed", ["boutique", "https://admin.shopify.com/store/boutique", "BOUTIQUE.myshopify.com/admin"]
)
def test_w5_the_url_is_normalised(admin_client: Client, warehouse: prextra.Warehouse, typed: str) -> None:
    assert post(admin_client, warehouse, shopify_url=typed).status_code == 302
    assert again(warehouse).shopify_url == "https://boutique.myshopify.com"


@pytest.mark.parametrize("typed", ["https://example.com", "javascript:alert(1)", "http://10.0.0.1", "<b>x</b>"])
def test_w5_any_other_is_refused_at_the_field_with_its_reason(
    admin_client: Client, warehouse: prextra.Warehouse, typed: str
) -> None:
    answer = post(admin_client, warehouse, shopify_url=typed)

    assert "is not the address of a Shopify shop" in errors(answer)["shopify_url"][0]
    assert "<b>x</b>" not in answer.content.decode()


def test_w2_a_second_warehouse_on_the_same_shop_is_refused_and_the_other_is_named(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    other = WarehouseFactory(code="MTL", shopify_url="boutique.myshopify.com", sync_orders=False)
    assert "MTL" in errors(post(admin_client, warehouse, shopify_url="boutique"))["shopify_url"][0]

    alone = {"sync_shipments": None, "sync_invoices": None}
    assert post(admin_client, warehouse, shopify_url="boutique", **alone).status_code == 302
    assert again(other).shopify_url == "boutique.myshopify.com"


def test_the_customer_is_found_by_search(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    CustomerFactory(number="C77", name="Ventes du Web")
    found = admin_client.get(
        reverse("admin:autocomplete"),
        {"term": "web", "app_label": "prextra_models", "model_name": "warehouse", "field_name": "shopify_customer"},
    )

    assert [one["id"] for one in found.json()["results"]] == ["C77"]


def test_the_location_is_chosen_by_name_among_those_of_the_shop(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    ItemSetting.objects.create(warehouse="STG", location=MAIN, locations={SECOND: "Québec"})
    choices = admin_client.get(address(warehouse)).context["adminform"].form.fields["location"].choices
    assert choices == [("", "the shop's only active one"), (SECOND, "Québec"), (MAIN, "not active any more: 1")]

    assert list(errors(post(admin_client, warehouse, location="elsewhere"))) == ["location"]
    assert post(admin_client, warehouse, location=SECOND).status_code == 302
    assert ItemSetting.objects.get().location == SECOND


def test_a_new_url_forgets_the_locations_of_the_former_shop(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    ItemSetting.objects.create(warehouse="STG", location=MAIN, locations={MAIN: "Montréal", SECOND: "Québec"})
    assert post(admin_client, warehouse, shopify_url=f"{warehouse.shopify_url}/admin", location=MAIN).status_code == 302
    assert ItemSetting.objects.get().location == MAIN

    assert post(admin_client, warehouse, shopify_url="boutique", location=SECOND).status_code == 302
    setting = ItemSetting.objects.get()
    assert (setting.location, setting.locations) == ("", {})


def test_a_location_that_was_chosen_for_the_new_shop_is_saved_with_its_url(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    ItemSetting.objects.create(warehouse="STG", location=MAIN, locations={MAIN: "Montréal"})
    assert list(errors(post(admin_client, warehouse, shopify_url="boutique", location="<b>"))) == ["location"]

    assert post(admin_client, warehouse, shopify_url="boutique", location=SECOND).status_code == 302
    setting = ItemSetting.objects.get()
    assert (setting.location, setting.locations) == (SECOND, {})


def test_a_new_secret_drops_the_token_that_was_granted_for_the_old_one(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    host = warehouse.shopify_url.removeprefix("http://")
    AccessToken.objects.create(shop=host, client_id="api-key", token="granted", expires_at=timezone.now())
    post(admin_client, warehouse, sync_items="on")
    assert AccessToken.objects.get().token == "granted"

    post(admin_client, warehouse, access_token=TYPED)
    assert AccessToken.objects.get().token == ""


def test_what_prextra_wrote_meanwhile_stays(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    prextra.Warehouse.objects.using(PREXTRA).update(name="Nouveau nom")
    post(admin_client, warehouse, sync_items="on", name="forged", code="FORGED", company="XX")

    assert (again(warehouse).name, again(warehouse).company_id, again(warehouse).sync_items) == (
        "Nouveau nom", warehouse.company_id, True,
    )  # fmt: skip


def test_nobody_adds_or_deletes_a_warehouse(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    delete = reverse("admin:prextra_models_warehouse_delete", args=[warehouse.pk])

    assert admin_client.get(reverse("admin:prextra_models_warehouse_add")).status_code == 403
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_managers_configure_and_staff_only_look(
    client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    user = User.objects.create_user("marie", is_staff=True)
    user.groups.set(Group.objects.filter(name=STAFF))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(address(warehouse)).content.decode()

    assert ("One is stored, and is never shown." in text, 'name="_test"' in text) == (True, False)
    assert [post(client, warehouse, **typed).status_code for typed in ({}, {"_test": "1"})] == [403, 403]
    assert shop.requests == []
    user.groups.set(Group.objects.filter(name=PROJECT_MANAGERS))
    assert post(client, warehouse, sync_items="on").status_code == 302
