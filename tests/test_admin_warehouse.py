"""The warehouse's page: its tab « Shopify » (rules W), and « Test the connection » against a shop in each state."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from integration.connection import PATIENCE, try_connection
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop
from integration.models import AccessToken, ItemSetting
from integration.rights import PROJECT_MANAGERS, STAFF
from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import CustomerFactory, WarehouseFactory, ready_warehouse
from tests.scene import DATABASES, snapshot

pytestmark = pytest.mark.django_db(databases=DATABASES)

MAIN, SECOND = "gid://shopify/Location/1", "gid://shopify/Location/2"
TYPED = "shpat_typed_just_now"
FLOWS = ("sync_items", "sync_orders", "sync_shipments", "sync_invoices")


@pytest.fixture(autouse=True)
def in_english(admin_client: Client) -> Iterator[None]:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def warehouse(shop_url: str) -> prextra.Warehouse:
    return ready_warehouse(code="STG", shopify_url=shop_url, shopify_access_token=STATIC_TOKEN)


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
        cursor.execute("SELECT shopify_access_token FROM Warehouse WHERE code = %s", [warehouse.pk])
        return str(cursor.fetchone()[0])


def store(warehouse: prextra.Warehouse, secret: str) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute("UPDATE Warehouse SET shopify_access_token = %s WHERE code = %s", [secret, warehouse.pk])


def again(warehouse: prextra.Warehouse) -> prextra.Warehouse:
    return prextra.Warehouse.objects.using(PREXTRA).get(pk=warehouse.pk)


# The form


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
    assert AccessToken.objects.count() == 1

    post(admin_client, warehouse, access_token=TYPED)
    assert AccessToken.objects.count() == 0


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


# « Test the connection »


def tried(client: Client, warehouse: prextra.Warehouse, **typed: Any) -> dict[str, Any]:
    """The rows that the page shows, by title."""
    answer = post(client, warehouse, _test="1", **typed)
    assert answer.status_code == 200
    return {row.title: row for row in answer.context["trial"]}


def bad(rows: dict[str, Any], tone: str = "bad") -> dict[str, str]:
    return {title: row.wrong[0].message for title, row in rows.items() if row.tone == tone and row.wrong}


def test_a_connection_that_works_is_green_and_names_what_was_found(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    rows = tried(admin_client, warehouse, sync_items="on")

    assert {row.tone for row in rows.values()} == {"ok"}
    assert rows["Currency"].note == "CAD"
    assert rows["Right « write_products »"].note == "items"
    assert rows["Right « read_orders »"].note == "orders, shipments, invoices"
    assert {"Shop reached", "Access token accepted", "Version of the API", "Online Store"} <= set(rows)


def test_it_tries_what_is_typed_and_saves_nothing_but_the_locations_to_choose_from(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    before = snapshot("prextra_models")
    rows = tried(admin_client, warehouse, access_token="shpat_wrong", sync_items="on")
    assert list(bad(rows)) == ["Access token accepted"]

    answer = post(admin_client, warehouse, _test="1", sync_items="on")
    assert snapshot("prextra_models") == before
    assert LogEntry.objects.count() == 0
    (setting,) = ItemSetting.objects.all()
    assert setting.locations
    offered = answer.context["adminform"].form.fields["location"].choices
    assert set(setting.locations) <= {key for key, _name in offered}


def test_the_locations_of_a_shop_that_was_only_typed_are_offered_and_not_saved(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    prextra.Warehouse.objects.using(PREXTRA).update(shopify_url="https://boutique.myshopify.com")
    ItemSetting.objects.create(warehouse="STG", location=SECOND, locations={SECOND: "Québec"})
    answer = post(admin_client, warehouse, _test="1", sync_items="on", location=SECOND)

    assert {row.title for row in answer.context["trial"] if row.tone == "bad"} == set()
    assert [key for key, _name in answer.context["adminform"].form.fields["location"].choices] == ["", MAIN]
    assert ItemSetting.objects.get().locations == {SECOND: "Québec"}


def test_a_blank_secret_is_the_stored_one_and_one_that_was_typed_is_to_be_typed_again(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    tried(admin_client, warehouse)
    assert {asked.token for asked in shop.requests} == {STATIC_TOKEN}
    assert "type it once more" in post(admin_client, warehouse, access_token=TYPED, _test="1").content.decode()


def test_w3_client_credentials_are_tried_anew_whatever_token_is_kept(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    host = warehouse.shopify_url.removeprefix("http://")
    AccessToken.objects.create(shop=host, client_id=CLIENT_ID, token=STATIC_TOKEN, expires_at=timezone.now())
    right = tried(admin_client, warehouse, shopify_api_key=CLIENT_ID, access_token=CLIENT_SECRET)
    wrong = tried(admin_client, warehouse, shopify_api_key=CLIENT_ID, access_token="shpss_wrong")

    assert (bad(right), list(bad(wrong))) == ({}, ["Access token accepted"])


def test_an_address_that_is_none_is_said_with_the_field_it_is_in(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    rows = tried(admin_client, warehouse, shopify_url="https://example.com")

    assert list(bad(rows)) == ["Shop URL"]
    assert rows["Shop URL"].wrong[0].link.endswith("#id_shopify_url")
    assert rows["Rights, currency and the rest"].tone == "off"


@pytest.mark.parametrize(
    ("fault", "title", "says"),
    [
        ("404", "Shop reached", "There is no such shop"),
        ("html", "Shop reached", "web page instead of data"),
        ("402", "Shop reached", "frozen"),
        ("423", "Shop reached", "locked"),
        ("401", "Access token accepted", "refuses the access token"),
    ],
)
def test_each_refusal_is_said_in_plain_words(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse, fault: str, title: str, says: str
) -> None:
    shop.faults.next(fault, fault)
    found = bad(tried(admin_client, warehouse))

    assert list(found) == [title]
    assert says in found[title]


def test_an_empty_url_is_said_alone_and_so_is_a_token_that_is_missing(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    assert list(bad(tried(admin_client, warehouse, shopify_url=""))) == ["Shop URL"]

    store(warehouse, "")
    assert list(bad(tried(admin_client, warehouse))) == ["Access token"]


def test_causes_are_told_in_words_and_not_in_codes(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    nobody = bad(tried(admin_client, warehouse, shopify_url="http://127.0.0.1:9"))["Shop reached"]
    assert nobody == "Shopify could not be reached (nothing answers at this address)."

    wrong = tried(admin_client, warehouse, shopify_api_key=CLIENT_ID, access_token="shpss_wrong")
    assert "(one of the two is wrong)" in bad(wrong)["Access token accepted"]
    assert wrong["Shop reached"].tone == "ok"

    shop.faults.next("403", "403")
    assert bad(tried(admin_client, warehouse)) == {"Shop reached": "The shop's address forbids access."}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("secret", [STATIC_TOKEN, "shpss_secret"])
def test_a_server_that_refuses_and_is_not_shopify_is_no_shop_that_was_reached(
    warehouse: prextra.Warehouse, status: int, secret: str
) -> None:
    class Firewall(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(status)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Firewall) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        warehouse.shopify_url = f"http://127.0.0.1:{server.server_port}"
        warehouse.shopify_access_token = secret
        trial = try_connection(warehouse)
        server.shutdown()

    assert "Shop reached" not in [str(one.title) for one in trial.results if not one.errors]
    assert [one for one in trial.results if one.errors]


def test_a_shop_out_of_order_is_to_be_tried_again_in_a_moment(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    shop.faults.next("503", "503", "503")
    rows = tried(admin_client, warehouse)

    assert "out of order" in bad(rows)["Shop reached"]
    assert "test again in a moment" in rows["Shop reached"].wrong[0].advice


def test_a_shop_that_is_not_there_is_said_within_a_moment(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    rows = tried(admin_client, warehouse, shopify_url="http://127.0.0.1:9")

    assert "could not be reached" in bad(rows)["Shop reached"]


def test_a_shop_that_does_not_answer_in_time_is_said(shop: StandInShop, warehouse: prextra.Warehouse) -> None:
    shop.faults.next("slow", "slow", seconds=3.0)
    hurry = Limits(timeout=0.2, connect_timeout=0.2, deadline=0.3, attempts=2)

    def connect(tested: prextra.Warehouse) -> ShopClient:
        shop_address = ShopAddress.parse(tested.shopify_url, allow_loopback=True)
        return ShopClient(shop_address, StaticToken(STATIC_TOKEN), api_version="2026-10", limits=hurry)

    trial = try_connection(warehouse, connect)
    assert [error.reason for result in trial.results for error in result.errors] == ["shopify_timeout"]
    assert 2 * PATIENCE.deadline <= 16


def test_each_right_that_is_missing_has_a_line_of_its_own(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    shop.store.granted_scopes -= {"write_inventory", "read_locales", "write_translations", "read_translations"}
    rows = tried(admin_client, warehouse, sync_items="on")

    assert set(bad(rows)) == {
        f"Right « {scope} »" for scope in ("write_inventory", "read_locales", "write_translations")
    }
    assert rows["Locations, sales channels and languages"].tone == "off"
    assert bad(tried(admin_client, warehouse)) == {}


def test_c6_another_currency_is_said_with_both(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    prextra.Company.objects.using(PREXTRA).update(currency="USD")
    message = bad(tried(admin_client, warehouse))["Currency"]

    assert ("CAD" in message, "USD" in message) == (True, True)


def test_a_shop_without_a_location_or_with_several_says_so(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    (location,) = shop.store.locations
    shop.store.locations.append({**location, "id": SECOND, "name": "Québec"})
    assert "Québec" in bad(tried(admin_client, warehouse, sync_items="on"))["Location in Shopify"]

    assert tried(admin_client, warehouse, sync_items="on", location=SECOND)["Location in Shopify"].note == "Québec"

    assert ItemSetting.objects.get().location == ""

    shop.store.locations.clear()
    found = bad(tried(admin_client, warehouse, sync_items="on"))
    assert found == {"Location in Shopify": "The shop has no active location."}


def test_a_shop_without_an_online_store_says_so_and_still_shows_its_locations(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    shop.store.publications.clear()
    rows = tried(admin_client, warehouse, sync_items="on")

    assert list(bad(rows)) == ["Online Store"]
    assert rows["Location in Shopify"].tone == "ok"


def test_i7_with_multi_language_the_languages_are_said(
    admin_client: Client, shop: StandInShop, warehouse: prextra.Warehouse
) -> None:
    prextra.Company.objects.using(PREXTRA).update(shopify_multilingual=True)
    assert "no other language than fr" in bad(tried(admin_client, warehouse, sync_items="on"), "warn")["Languages"]

    shop.store.locales.append({"locale": "en", "name": "English", "primary": False, "published": True})
    assert tried(admin_client, warehouse, sync_items="on")["Languages"].note == "fr, en"


def test_a_version_that_is_no_longer_served_is_said(shop: StandInShop, admin_client: Client, warehouse: Any) -> None:
    shop.served_version = "2027-01"

    assert "2027-01" in bad(tried(admin_client, warehouse), "warn")["Version of the API"]


def test_what_prextra_lacks_is_said_beside_it(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    prextra.Company.objects.using(PREXTRA).update(shopify_payment_method=None)
    rows = tried(admin_client, warehouse, shopify_customer="")

    assert set(bad(rows)) == {"Payment method", "Customer"}
    assert rows["Shop reached"].tone == "ok"


def test_a_secret_that_no_key_opens_is_said_by_the_test_too(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    store(warehouse, "enc1:of-another-key")

    assert list(bad(tried(admin_client, warehouse))) == ["Access token"]
