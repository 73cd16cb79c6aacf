"""« Test the connection » of a warehouse's page, against a shop in each state."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from integration.connection import PATIENCE, try_connection
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop
from integration.models import AccessToken, ItemSetting
from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.scene import DATABASES, snapshot
from tests.warehouse_admin.page import (
    MAIN,
    SECOND,
    TYPED,
    post,
    store,
)

pytestmark = pytest.mark.django_db(databases=DATABASES)


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
    assert "est again in a moment" in rows["Shop reached"].wrong[0].advice


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
