"""What is looked up by a code is found however a foreign key writes it, and a SKU is an item's by exactly its code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from integration import stock
from integration.admin.item_actions import those_to_send, those_to_tick
from integration.admin.item_form import doubts
from integration.admin.prerequisites import missing_of
from integration.configuration import read_configurations, read_items, read_rules
from integration.demo import orders
from integration.items import erp
from integration.ledger import Account
from integration.models import HeldRecord, Lease, SyncRun
from integration.numbering import Kind, Numbers
from prextra_models.models import DocumentNumber, Invoice, Item, ItemStock
from tests.factories import (
    CompanyFactory,
    ConfigurationValueFactory,
    GLAccountFactory,
    ItemFactory,
    ItemStockFactory,
    ready_warehouse,
)
from tests.items.scene import ItemsScene
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse
from tests.scene import DATABASES
from tests.spelling import compare_as_sql_server, respell

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def like_sql_server(db: None) -> None:
    compare_as_sql_server()


@pytest.fixture
def scene(like_sql_server: None) -> ItemsScene:
    scene = ItemsScene()
    scene.item("BoeF", available=7)
    assert respell() > 6
    return scene


# Items


def test_an_item_goes_out_with_the_price_the_stock_and_the_texts_that_others_write_its_code_on(
    scene: ItemsScene,
) -> None:
    report = scene.sync()
    assert (report.error, report.held) == (None, 0)

    product = scene.product("BoeF")
    assert (product["title"], product["variants"][0]["price"], scene.quantity("BoeF")) == ("Article BoeF", "24.99", 7)

    scene.change("BoeF", available=3)
    scene.sync()
    assert (scene.quantity("BoeF"), len(scene.store.products)) == (3, 1)


def test_the_list_of_items_and_their_cards_show_what_hangs_on_them(
    scene: ItemsScene, english_admin: None, admin_client: Client
) -> None:
    scene.sync()
    (item,) = admin_client.get(reverse("admin:prextra_models_item_changelist")).context["cl"].result_list

    assert (item.title, item.available) == ("Article BoeF", Decimal(7))
    assert doubts(Item.objects.get(code="BoeF")) == []


def test_items_are_ticked_and_sent_whose_warehouse_and_texts_write_their_codes_otherwise(scene: ItemsScene) -> None:
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="imgbtnweb", company=scene.warehouse.company)
    respell()
    assert those_to_send(Item.objects.all()) == ({"WEB": ["BoeF"]}, {})

    Item.objects.update(shopify=False)
    assert those_to_tick(Item.objects.all()) == (["BoeF"], {})


def test_two_items_that_differ_in_their_capitals_are_two_where_the_database_says_so() -> None:
    warehouse = ready_warehouse()
    for code, figure in (("ABC", 1), ("abc", 2)):
        ItemStockFactory(item=ItemFactory(code=code), warehouse=warehouse, available=Decimal(figure))

    assert erp.read_available(["ABC", "abc"], warehouse.pk) == {"ABC": Decimal(1), "abc": Decimal(2)}
    assert erp.read_available(["abc"], warehouse.pk) == {"abc": Decimal(2)}


def test_a_sku_is_an_item_s_only_where_it_is_exactly_its_code(like_sql_server: None) -> None:
    warehouse = ready_warehouse()
    ItemFactory(code="BOEF")
    assert set(read_items({"boef", "BOEF"}, warehouse.company_id)) == {"BOEF"}


# Orders


def test_an_order_becomes_its_documents_and_what_it_sold_is_known(like_sql_server: None) -> None:
    warehouse, shop = stocked_warehouse(2), boundless_shop()
    at = hours_ago(5)
    order = order_of(1001, 2, at)
    orders.pay(order, at)
    respell()
    pass_over(warehouse, _with(shop, order))
    respell()
    orders.fulfil(order, at)
    order["updatedAt"] = hours_ago(4).isoformat()
    report = pass_over(warehouse, shop, since=hours_ago(9))

    assert report.error is None
    assert not list(HeldRecord.objects.values_list("reason", "params"))
    assert Invoice.objects.count() == 1
    assert erp.sold_units(warehouse.pk) == {"A-0": 2, "A-1": 2} == erp.sold_units(warehouse.pk, ["A-0", "A-1"])
    figures = ItemStock.objects.order_by("item").values_list("on_hand", "on_sale", "available")
    assert list(figures) == [(Decimal(-2), Decimal(0), Decimal(-2))] * 2


def _with(shop: Any, order: Any) -> Any:
    shop.store.add_order(order)
    return shop


def test_a_stock_row_whose_code_is_written_otherwise_is_moved_and_not_made_a_second_time(like_sql_server: None) -> None:
    warehouse, item = ready_warehouse(), ItemFactory(code="BOEF")
    ItemStock.objects.create(item_id="boef", warehouse=warehouse, available=Decimal(5))
    stock.reserve(warehouse.pk, {item.code: Decimal(2)})
    assert list(ItemStock.objects.values_list("available", "on_sale")) == [(Decimal(3), Decimal(2))]


def test_the_number_of_a_kind_that_is_written_otherwise_is_taken_and_not_begun_anew(like_sql_server: None) -> None:
    company = CompanyFactory()
    DocumentNumber.objects.create(company=company, kind="Invoice ", next_number=41)
    numbers = Numbers(company.pk)
    taken = numbers.take(Kind.INVOICE)
    numbers.save()

    assert (taken, list(DocumentNumber.objects.values_list("next_number", flat=True))) == ("41", [42])


# What is configured


def test_the_accounts_and_configurations_of_a_company_hold_however_its_code_is_written(like_sql_server: None) -> None:
    warehouse = ready_warehouse()
    company = warehouse.company
    bank = GLAccountFactory(company=company, code="BanQ ")
    ConfigurationValueFactory(name="glBankShopify", value="banq", company=company)
    respell()
    warehouse.refresh_from_db()

    assert read_rules(warehouse).bank == Account(bank.pk)
    assert read_configurations([company.pk])[company.pk].get("glBankShopify") == "banq"
    assert missing_of([warehouse]) == {warehouse.pk: []}


def test_an_account_is_the_one_that_is_exactly_meant_where_two_differ_in_their_capitals() -> None:
    warehouse = ready_warehouse()
    accounts = {code: GLAccountFactory(company=warehouse.company, code=code).pk for code in ("bq", "BQ", "bQ")}
    ConfigurationValueFactory(name="glBankShopify", value="BQ")

    assert read_rules(warehouse).bank == Account(accounts["BQ"])


def test_a_pass_that_is_asked_for_in_other_letters_is_one_over_the_warehouse_itself(like_sql_server: None) -> None:
    ready_warehouse(code="WEB", shopify_url="")  # so that nothing is asked of a shop
    with pytest.raises(SystemExit):
        call_command("sync", "--warehouse", "web")

    assert set(SyncRun.objects.values_list("warehouse", flat=True)) == {"WEB"}
    assert set(Lease.objects.values_list("warehouse", flat=True)) == {"WEB"}


@pytest.mark.parametrize(("page", "field"), [("company", "shopify_payment_method"), ("warehouse", "shopify_customer")])
def test_a_form_shows_as_chosen_what_a_foreign_key_writes_otherwise(
    like_sql_server: None, english_admin: None, admin_client: Client, page: str, field: str
) -> None:
    warehouse = ready_warehouse()
    row = {"company": warehouse.company, "warehouse": warehouse}[page]
    chosen = getattr(row, field).pk
    respell()
    answer = admin_client.get(reverse(f"admin:prextra_models_{page}_change", args=[row.pk]))
    shown = answer.context["adminform"].form[field]

    assert f'<option value="{chosen}" selected' in str(shown.as_widget())
    assert f'value="{chosen}"' in str(shown.as_hidden(only_initial=True))
