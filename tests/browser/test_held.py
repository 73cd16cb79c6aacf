"""The bookkeeper's morning: what is held is found, its cause corrected, and it goes through; what is nobody's is ignored."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integration.cycle import run_pass
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord
from prextra_models.models import SalesOrder, Warehouse
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, LogIn

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

HELD = "/admin/integration/heldrecord/"


def sync() -> None:
    run_pass(Warehouse.objects.using(PREXTRA).get().pk)


def open_held(page: Page, reason: str) -> str:
    """Opens the one record that is held for this reason; returns its name."""
    name = HeldRecord.objects.get(reason=reason).shopify_name
    page.goto(HELD)
    page.get_by_role("link", name=name).click()
    return name


def test_a_tax_that_is_not_known_is_added_from_the_order_it_holds_which_then_goes_through(
    log_in: LogIn, sample: StandInShop
) -> None:
    sync()
    page = log_in("staff")
    name = open_held(page, "unknown_tax")
    page.get_by_role("link", name="Indiquer de quelle taxe il s'agit").click()
    expect(page.get_by_label("Titre dans Shopify")).to_have_value("Taxe d'accueil")
    page.get_by_label("Taxe dans Prextra").select_option("provincial")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("1 élément qui attendait une taxe sera réessayé au prochain passage.")).to_be_visible()
    assert not SalesOrder.objects.using(PREXTRA).filter(shopify_name=name).exists()
    sync()

    assert SalesOrder.objects.using(PREXTRA).filter(shopify_name=name).exists()
    page.goto(HELD)
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_an_order_is_ignored_with_a_remark_by_the_keyboard_alone_and_taken_up_again(
    log_in: LogIn, sample: StandInShop
) -> None:
    sync()
    page = log_in("staff")
    name = open_held(page, "unknown_sku")
    page.get_by_role("button", name="Ignorer…").press("Enter")
    page.get_by_label("Remarque").press_sequentially("Saisie à la main")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 élément est ignoré.")).to_be_visible()
    expect(page.get_by_text("Saisie à la main")).to_be_visible()
    page.goto(HELD)
    expect(page.get_by_role("link", name=name)).to_have_count(0)

    page.get_by_role("link", name="ignorés").click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Ne plus ignorer").press("Enter")
    expect(page.get_by_text("1 élément n'est plus ignoré.")).to_be_visible()


def test_a_whole_reason_is_tried_again_on_a_phone(log_in: LogIn, sample: StandInShop) -> None:
    sync()
    page = log_in("staff", size=PHONE)
    page.goto(f"{HELD}?reason=unknown_sku")
    page.get_by_role("button", name="Réessayer tous ceux-ci").click()

    expect(page.get_by_text("1 élément sera réessayé au prochain passage.")).to_be_visible()
    expect(page.locator(".field-again")).to_contain_text("au prochain passage")


def test_the_log_is_taken_away_as_excel(log_in: LogIn, sample: StandInShop) -> None:
    sync()
    page = log_in("staff")
    page.goto("/admin/integration/syncentry/?outcome__exact=held")
    page.get_by_role("link", name="Exporter (CSV, Excel)").click()
    page.get_by_label("Excel").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Télécharger").click()

    assert waiting.value.suggested_filename.startswith("entrees-du-journal-")
    assert waiting.value.suggested_filename.endswith(".xlsx")


def test_on_a_phone_a_held_order_with_long_words_stays_within_its_card_and_the_page(
    log_in: LogIn, rights: None
) -> None:
    word = "VIS" * 15
    held = HeldRecord.objects.create(
        warehouse="WEB", flow="orders", shopify_id="gid://shopify/Order/1", shopify_name=f"#{word}", reason="unknown_sku",
        params={"line": word, "sku": word}, traceback=f"KeyError: {word}", next_attempt_at=timezone.now(),
        ignored_at=timezone.now(), ignored_by=word, note=word,
    )  # fmt: skip
    page = log_in("staff", size=PHONE)
    page.goto(f"{HELD}{held.pk}/change/")
    wider = page.locator("fieldset .readonly").evaluate_all(
        """all => all.filter(one => {
             const text = document.createRange();
             text.selectNodeContents(one);
             const right = one.closest(".form-row").getBoundingClientRect().right;
             return Math.max(one.getBoundingClientRect().right, text.getBoundingClientRect().right) > right;
           }).map(one => one.textContent)"""
    )

    assert page.locator("fieldset .readonly").count() > 8
    assert wider == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
