"""A project manager sets up a company and its warehouse, without a manual: the connection is tried until it is green."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from integration.cycle import run_pass
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, StandInShop
from integration.models import SyncRun
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, LogIn

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

PREREQUISITES = "/admin/prerequisites/WEB/"


@pytest.fixture
def bare(sample: StandInShop) -> str:
    """The sample with nothing of Shopify set yet; gives the shop's address."""
    url = Warehouse.objects.using(PREXTRA).get().shopify_url
    Company.objects.using(PREXTRA).update(shopify_enabled=False, shopify_payment_method=None)
    flags = dict.fromkeys(("sync_items", "sync_orders", "sync_shipments", "sync_invoices"), False)
    empty = {"shopify_url": "", "shopify_api_key": "", "shopify_access_token": "", "shopify_customer": None}
    Warehouse.objects.using(PREXTRA).update(**empty, **flags)
    return url


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).click()


def row(page: Page, title: str) -> Locator:
    """What is said of one prerequisite, or of one point of the test."""
    return page.locator(".check").filter(has=page.get_by_text(title, exact=True))


def follow(page: Page, title: str) -> None:
    """From the list of prerequisites to the field of the one with this title."""
    page.goto(PREREQUISITES)
    row(page, title).get_by_role("link").click()


def test_from_nothing_to_a_first_pass_each_step_is_shown_by_the_one_before(log_in: LogIn, bare: str) -> None:
    page = log_in("manager")
    follow(page, "« Synchronisation » cochée")
    expect(page.get_by_label("Synchronisation", exact=True)).to_be_focused()
    page.get_by_label("Synchronisation", exact=True).check()
    save(page)
    expect(page.get_by_text("Sélectionnez une méthode de paiement")).to_be_visible()
    page.get_by_label("Méthode de paiement").select_option("Comptant")
    save(page)

    follow(page, "URL Boutique")
    page.get_by_label("URL Boutique").fill(bare)
    page.get_by_label("Clé d'API").fill(CLIENT_ID)
    page.get_by_label("Jeton d'accès").fill("shpss_wrong")
    page.get_by_label("Synchronisation des commandes").check()
    test = page.get_by_role("button", name="Tester la connexion")
    test.click()
    expect(row(page, "Jeton d'accès accepté").get_by_text("à corriger")).to_be_visible()
    expect(row(page, "Client").get_by_text("à corriger")).to_be_visible()
    expect(page.get_by_label("Jeton d'accès")).to_have_value("shpss_wrong")

    page.get_by_label("Jeton d'accès").fill(CLIENT_SECRET)
    page.locator(".field-shopify_customer .select2-selection").click()
    page.locator(".select2-search__field").fill("ligne")
    page.locator(".select2-results__option", has_text="SHOPIFY – Ventes en ligne Shopify").click()
    test.click()
    expect(page.get_by_text("Tout est en règle")).to_be_visible()
    assert Warehouse.objects.using(PREXTRA).get().shopify_url == ""
    save(page)
    page.goto(PREREQUISITES)
    expect(page.locator(".status-bad")).to_have_count(0)

    run_pass("WEB")
    assert {run.outcome for run in SyncRun.objects.all()} <= {SyncRun.Outcome.DONE, SyncRun.Outcome.HELD}
    assert SyncRun.objects.exists()


def test_on_a_phone_nothing_is_cut_off_and_a_refused_address_is_said_at_its_field(
    log_in: LogIn, sample: StandInShop
) -> None:
    page = log_in("manager", size=PHONE)
    page.goto("/admin/prextra_models/warehouse/WEB/change/#id_shopify_url")
    page.get_by_label("URL Boutique").fill("https://example.com")
    save(page)
    expect(page.locator(".field-shopify_url .errorlist")).to_contain_text("n'est pas l'adresse d'une boutique")
    wider = (
        "[...document.querySelectorAll('#content *')].filter(e => e.getBoundingClientRect().right > innerWidth).length"
    )
    assert page.evaluate(wider) == 0
    page.goto(PREREQUISITES)
    assert page.evaluate(wider) == 0


def test_without_a_script_the_page_comes_back_with_the_results(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("manager", java_script_enabled=False)
    page.goto("/admin/prextra_models/warehouse/WEB/change/")
    page.get_by_label(re.compile("Jeton d'accès")).fill(CLIENT_SECRET)
    page.get_by_role("button", name="Tester la connexion").click()

    expect(page.get_by_text("Tout est en règle")).to_be_visible()
    expect(page.get_by_text("saisissez-le de nouveau avant d'enregistrer")).to_be_visible()
    expect(page.get_by_label(re.compile("Jeton d'accès"))).to_have_value("")
