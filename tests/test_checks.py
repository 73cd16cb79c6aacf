"""Rules C1, C2, C6, W1, W2, W4 and W5: what stops a warehouse, and that the log says why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from integration.checks import missing_in_shop, missing_prerequisites
from integration.demo.orders import pay
from integration.demo.shop.shop import STATIC_TOKEN, StandInShop
from integration.flows import enabled_flows
from integration.models import SyncRun
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import ConfigurationValueFactory, WarehouseFactory, ready_warehouse
from tests.scene import DATABASES, Scene, prextra_snapshot, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def missing(warehouse: prextra.Warehouse) -> list[str]:
    return [error.reason for error in missing_prerequisites(warehouse)]


def test_a_ready_warehouse_lacks_nothing() -> None:
    assert missing(ready_warehouse()) == []


def test_c1_without_shopify_integration_nothing_runs() -> None:
    warehouse = ready_warehouse()
    prextra.ConfigurationValue.objects.update(value="0")

    assert missing(warehouse) == ["integration_off"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"company__shopify_enabled": False}, "company_not_enabled"),
        ({"company__shopify_payment_method": None}, "payment_method_missing"),
        ({"company__active": False}, "company_inactive"),
    ],
)
def test_c1_what_the_company_lacks_is_named(fields: dict[str, Any], reason: str) -> None:
    assert missing(ready_warehouse(**fields)) == [reason]


@pytest.mark.parametrize("value", ["isbyproject", "IsByProject", "erp; isbyproject"])
def test_c2_software_isbyproject_stops_every_flow_of_the_company_and_the_log_says_why(scene: Scene, value: str) -> None:
    ConfigurationValueFactory(name="software", value=value)
    scene.then(pay, scene.place())
    report = scene.sync()

    assert report.error is not None
    assert report.error.reason == "company_by_project"
    assert rows(prextra.SalesOrder) == []
    runs = SyncRun.objects.values_list("flow", "outcome", "reason")
    assert set(runs) == {(flow, "configuration", "company_by_project") for flow in ("orders", "shipments", "invoices")}
    assert scene.shop.requests == []


def test_c6_a_shop_in_another_currency_stops_the_warehouse_naming_both(scene: Scene) -> None:
    scene.shop.store.shop["currencyCode"] = "USD"
    scene.place()
    report = scene.sync()

    assert report.error is not None
    assert (report.error.reason, report.error.params) == (
        "currency_differs",
        {"shop_currency": "USD", "company": "DC", "company_currency": "CAD"},
    )
    assert rows(prextra.SalesOrder) == []


@pytest.mark.parametrize(
    ("field", "empty"),
    [("shopify_url", ""), ("shopify_api_key", ""), ("shopify_access_token", ""), ("shopify_customer", None)],
)
def test_w1_each_field_of_the_tab_is_required(field: str, empty: Any) -> None:
    (error,) = missing_prerequisites(ready_warehouse(**{field: empty}))

    assert (error.reason, error.params["columns"]) == ("warehouse_field_missing", field)


def test_w2_two_warehouses_may_not_share_a_shop_with_the_same_flow_ticked() -> None:
    warehouse = ready_warehouse(shopify_url="https://boutique.myshopify.com")
    other = WarehouseFactory(shopify_url="BOUTIQUE.myshopify.com/admin", sync_shipments=False, sync_invoices=False)

    (error,) = missing_prerequisites(warehouse)
    assert (error.reason, error.params["other"]) == ("warehouse_shop_shared", other.pk)


def test_w2_they_may_share_it_for_different_flows_and_a_company_may_have_several_shops() -> None:
    warehouse = ready_warehouse(shopify_url="https://boutique.myshopify.com", sync_orders=False)
    WarehouseFactory(shopify_url="boutique.myshopify.com", sync_shipments=False, sync_invoices=False)
    WarehouseFactory(shopify_url="autre.myshopify.com")

    assert missing(warehouse) == []


def test_w4_the_secret_is_encrypted_at_rest_and_shown_by_nothing(scene: Scene) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('SELECT shopify_access_token FROM "Warehouse"')
        (stored,) = cursor.fetchone()

    assert STATIC_TOKEN not in stored
    assert STATIC_TOKEN not in repr(prextra.Warehouse.objects.get().shopify_access_token)


def test_w4_a_plain_secret_found_in_the_column_works_and_is_encrypted_at_the_next_save(scene: Scene) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('UPDATE "Warehouse" SET shopify_access_token = %s', [STATIC_TOKEN])
    scene.place()
    assert scene.sync().error is None

    prextra.Warehouse.objects.get().save(using=PREXTRA)
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('SELECT shopify_access_token FROM "Warehouse"')
        assert STATIC_TOKEN not in cursor.fetchone()[0]


def test_w4_the_secret_is_saved_with_the_rest_and_what_was_changed_stays_changed(scene: Scene) -> None:
    warehouse = prextra.Warehouse.objects.get()
    warehouse.name = "Entrepôt de Québec"
    assert warehouse.shopify_access_token == STATIC_TOKEN
    warehouse.save(using=PREXTRA)

    assert prextra.Warehouse.objects.get().name == "Entrepôt de Québec"


def test_w4_a_refused_secret_is_never_in_the_log(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    prextra.Warehouse.objects.update(shopify_access_token="shpat_wrong_one")
    with caplog.at_level("DEBUG"):
        report = scene.sync()

    assert report.error is not None
    assert report.error.reason == "shopify_refused_token"
    assert "shpat_wrong_one" not in caplog.text + repr(SyncRun.objects.values_list())


@pytest.mark.parametrize(
    "url", ["https://example.com", "javascript:alert(1)", "http://10.0.0.1", "https://myshopify.com.evil.com"]
)
def test_w5_any_other_address_is_refused(url: str) -> None:
    assert missing(ready_warehouse(shopify_url=url)) == ["shop_url_refused"]


def test_a_right_that_the_token_lacks_is_named_and_the_right_to_write_holds_that_to_read() -> None:
    warehouse = ready_warehouse()

    flows = enabled_flows(warehouse)
    lacking = missing_in_shop(warehouse, flows, "CAD", ["read_products"])
    assert [(error.reason, error.params["scope"]) for error in lacking] == [("shopify_scope_missing", "read_orders")]
    assert missing_in_shop(warehouse, flows, "CAD", ["write_orders"]) == []


def test_the_items_flow_needs_rights_to_write_only_where_it_is_ticked() -> None:
    warehouse = ready_warehouse(sync_items=True)
    lacking = missing_in_shop(warehouse, enabled_flows(warehouse), "CAD", ["read_orders", "write_products"])
    assert {error.params["scope"] for error in lacking} == {
        "write_inventory",
        "read_locations",
        "write_publications",
        "write_translations",
        "read_locales",
    }


def test_all_that_is_missing_is_said_at_once_and_nothing_is_written(scene: Scene) -> None:
    prextra.Company.objects.update(shopify_payment_method=None, active=False)
    before = prextra_snapshot()
    report = scene.sync()

    assert {error.reason for error in report.problems} == {"company_inactive", "payment_method_missing"}
    assert prextra_snapshot() == before
