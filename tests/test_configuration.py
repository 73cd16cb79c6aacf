"""Rules C3–C5 and the settings of a pass: Prextra's configuration values, accounts and sectors → `Rules`."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from integration.configuration import Configuration, read_items, read_rules
from integration.ledger import Account, ItemFacts, LineKind
from prextra_models import models as prextra
from tests.factories import (
    CompanyFactory,
    ConfigurationValueFactory,
    GLAccountFactory,
    ItemFactory,
    ProductCategoryFactory,
    SectorFactory,
    ready_warehouse,
)
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_c4_the_company_s_own_row_wins_over_the_one_for_all() -> None:
    company, other = CompanyFactory(), CompanyFactory(code="AUTRE")
    ConfigurationValueFactory(name="glBankShopify", value="own", company=company)
    ConfigurationValueFactory(name="glBankShopify", value="all")

    assert Configuration(company.pk).get("glBankShopify") == "own"
    assert Configuration(other.pk).get("glBankShopify") == "all"


def test_c4_a_row_of_another_company_says_nothing() -> None:
    ConfigurationValueFactory(name="software", value="isbyproject", company=CompanyFactory(code="AUTRE"))

    assert Configuration(CompanyFactory().pk).get("software") == ""


def test_c4_names_compare_without_regard_to_case_or_spaces() -> None:
    ConfigurationValueFactory(name=" GLBANKSHOPIFY ", value=" 1010 ")

    assert Configuration(CompanyFactory().pk).get("glBankShopify") == "1010"


def test_c4_an_empty_row_of_the_company_empties_the_one_for_all() -> None:
    company = CompanyFactory()
    ConfigurationValueFactory(name="glBankShopify", value="1010")
    ConfigurationValueFactory(name="glBankShopify", value="", company=company)

    assert Configuration(company.pk).get("glBankShopify") == ""


@pytest.mark.parametrize(
    ("value", "on"),
    [
        ("1", True),
        ("true", True),
        ("oui", True),
        ("Y", True),
        ("", False),
        ("0", False),
        ("False", False),
        ("non", False),
    ],
)
def test_c1_any_value_activates_but_those_that_say_no(value: str, on: bool) -> None:
    ConfigurationValueFactory(name="ShopifyIntegration", value=value)

    assert Configuration(CompanyFactory().pk).is_on("shopifyintegration") is on


@pytest.mark.parametrize("value", ["imgbtnweb", "a;IMGBTNWEB", "a, imgbtnweb ,b", "a;b,ImgBtnWeb"])
def test_c3_a_setting_may_list_several_values_by_commas_or_semicolons(value: str) -> None:
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value=value)
    configuration = Configuration(CompanyFactory().pk)

    assert configuration.has("ItemMaintenanceShowFields", "imgbtnweb")
    assert not configuration.has("ItemMaintenanceShowFields", "imgbtn")


def test_c5_the_sector_is_the_customer_s_else_the_first_one_created_else_none() -> None:
    warehouse = ready_warehouse(company__managed_by_sector=True)
    assert read_rules(warehouse).sector is None

    first, second = SectorFactory(code="Z"), SectorFactory(code="A")
    assert read_rules(warehouse).sector == first.pk
    warehouse.shopify_customer.sector = second
    assert read_rules(warehouse).sector == second.pk
    warehouse.company.managed_by_sector = False
    assert read_rules(warehouse).sector is None


def test_o8_today_is_the_day_in_the_company_s_time_zone() -> None:
    evening = datetime(2026, 11, 25, 4, 59, tzinfo=UTC)

    assert read_rules(ready_warehouse(), evening).today == date(2026, 11, 24)


def test_o9_accounts_are_the_configured_ones_else_the_control_s() -> None:
    warehouse = ready_warehouse()
    control = prextra.AccountsReceivableControl.objects.get()
    rules = read_rules(warehouse)
    assert (rules.prepayment_account, rules.bank) == (
        Account(control.prepayment_account_id),
        Account(control.default_bank_id),
    )

    other = GLAccountFactory(code="0042")
    ConfigurationValueFactory(name="glbankshopify", value="0042")
    assert read_rules(warehouse).bank == Account(other.pk)


def test_o9_an_account_of_another_company_is_unknown() -> None:
    warehouse = ready_warehouse()
    GLAccountFactory(code="7777", company=CompanyFactory(code="AUTRE"))
    ConfigurationValueFactory(name="glCashadvanceShopify", value="7777")

    assert read_rules(warehouse).prepayment_account.reason == "account_unknown"


def test_o9_without_a_control_there_is_no_account_and_no_failure() -> None:
    warehouse = ready_warehouse()
    prextra.AccountsReceivableControl.objects.all().delete()
    rules = read_rules(warehouse)

    assert (rules.prepayment_account.reason, rules.bank.reason) == ("prepayment_account_missing", "bank_missing")


def test_f2_only_charges_that_are_configured_have_accounts_of_their_own() -> None:
    warehouse = ready_warehouse()
    tips = GLAccountFactory(code="4700")
    ConfigurationValueFactory(name="glTipShopify", value="4700")
    ConfigurationValueFactory(name="glDutyShopify", value="none")

    accounts = read_rules(warehouse).charge_accounts
    assert accounts[LineKind.TIP] == Account(tips.pk)
    assert accounts[LineKind.DUTY].reason == "account_unknown"
    assert LineKind.SHIPPING not in accounts


def test_f2_the_facts_of_an_item_are_its_category_and_that_one_s_sale_account_in_this_company() -> None:
    warehouse = ready_warehouse()
    ItemFactory(code="A")
    ItemFactory(code="B", category=ProductCategoryFactory(code="SANS"))
    ItemFactory(code="C", category=None)
    sales = prextra.GLAccount.objects.get(code="4010").pk

    assert read_items({"A", "B", "C", "a", "D"}, warehouse.company_id) == {
        "A": ItemFacts("A", "OUTILS", sales),
        "B": ItemFacts("B", "SANS"),
        "C": ItemFacts("C"),
    }
    assert read_items({"A"}, "AUTRE") == {"A": ItemFacts("A", "OUTILS")}
