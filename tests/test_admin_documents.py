"""Prextra's documents in the admin: figures as a person writes them, and pages that cost the same however long they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory, ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

DAY = date(2026, 11, 24)
MOST_QUERIES = 30
NB = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def in_french(admin_client: Client) -> Iterator[None]:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    with translation.override("fr"):
        yield


@pytest.fixture
def warehouse() -> prextra.Warehouse:
    return ready_warehouse(code="STG")


@pytest.fixture
def deposit(warehouse: prextra.Warehouse) -> prextra.Deposit:
    account = prextra.GLAccount.objects.using(PREXTRA).order_by("pk")[0]
    return prextra.Deposit.objects.using(PREXTRA).create(
        number="E1", company=warehouse.company, bank=account, deposit_date=DAY, total=Decimal("28421.52")
    )


def order(warehouse: prextra.Warehouse, number: int, **values: object) -> prextra.SalesOrder:
    return prextra.SalesOrder.objects.using(PREXTRA).create(
        number=str(number), company=warehouse.company, warehouse=warehouse, customer=warehouse.shopify_customer,
        order_date=DAY, currency="CAD", shopify_id=f"gid://shopify/Order/{number}", shopify_name=f"#{number}", **values,
    )  # fmt: skip


def fill(deposit: prextra.Deposit, warehouse: prextra.Warehouse, count: int) -> None:
    for number in range(count):
        prextra.Prepayment.objects.using(PREXTRA).create(
            number=f"P{number}", company=warehouse.company, order=order(warehouse, number), deposit=deposit,
            account=deposit.bank, payment_method=warehouse.company.shopify_payment_method, received_on=DAY,
            amount=Decimal("1234.5"), shopify_id=f"gid://shopify/OrderTransaction/{number}",
        )  # fmt: skip


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"admin:prextra_models_{name}", args=args)).content.decode()


def queries(client: Client, name: str, *args: object) -> int:
    with CaptureQueriesContext(connections["default"]) as ours, CaptureQueriesContext(connections[PREXTRA]) as theirs:
        page(client, name, *args)
    return len(ours) + len(theirs)


def cells(html: str) -> list[str]:
    """The figures of tables, without their tags."""
    found = re.findall(r'<t[dh][^>]*class="(?:amount|field-amount_\w+)"[^>]*>(.*?)</t[dh]>', html, re.DOTALL)
    unlabelled = (re.sub(r'<span class="cell-label">.*?</span>', "", cell) for cell in found)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in unlabelled]


def test_money_has_its_thousands_apart_and_its_currency_in_lists_and_on_pages(
    admin_client: Client, deposit: prextra.Deposit, warehouse: prextra.Warehouse
) -> None:
    fill(deposit, warehouse, 1)

    assert cells(page(admin_client, "deposit_changelist")) == [f"28{NB}421,52{NB}CAD"]
    assert cells(page(admin_client, "prepayment_changelist")) == [f"1{NB}234,50{NB}CAD", f"0,00{NB}CAD"]
    of_deposit = page(admin_client, "deposit_change", deposit.pk)
    assert f"28{NB}421,52{NB}CAD" in of_deposit
    assert f"1{NB}234,50{NB}CAD" in cells(of_deposit)


def test_quantities_end_with_no_idle_zeros_and_prices_have_the_companys_decimals(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    prextra.Company.objects.using(PREXTRA).update(sale_price_decimals=3)
    one = order(warehouse, 1)
    for number, quantity in enumerate((Decimal(1200), Decimal("2.5"))):
        prextra.SalesOrderLine.objects.using(PREXTRA).create(
            order=one, line_number=number, item=ItemFactory(), quantity=quantity, unit_price=Decimal("9.99")
        )
    found = cells(page(admin_client, "salesorder_change", one.pk))

    assert [cell for cell in found if cell in {f"1{NB}200", "2,5", "9,990"}] == [f"1{NB}200", "9,990", "2,5", "9,990"]


def test_a_days_deposit_shows_its_first_prepayments_and_leads_to_all_of_them(
    admin_client: Client, deposit: prextra.Deposit, warehouse: prextra.Warehouse
) -> None:
    fill(deposit, warehouse, 53)
    html = page(admin_client, "deposit_change", deposit.pk)
    everything = re.search(r'href="([^"]+deposit__id__exact=\d+)"', html)

    assert len(re.findall(r'aria-label="[^"]* – P\d+"', html)) == 50
    assert "autres : 3" in re.sub(r"\s+", " ", html.replace(NB, " "))
    assert everything
    assert admin_client.get(everything[1]).context["cl"].result_count == 53


def test_a_page_costs_the_same_however_many_rows_it_has(
    admin_client: Client, deposit: prextra.Deposit, warehouse: prextra.Warehouse
) -> None:
    fill(deposit, warehouse, 60)
    one = order(warehouse, 1000)
    for number in range(40):
        prextra.SalesOrderLine.objects.using(PREXTRA).create(
            order=one, line_number=number, item=ItemFactory(), quantity=1, unit_price=1
        )

    assert queries(admin_client, "deposit_change", deposit.pk) <= MOST_QUERIES
    assert queries(admin_client, "salesorder_change", one.pk) <= MOST_QUERIES
