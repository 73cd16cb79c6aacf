"""An item's card as a project manager uses it: the buffer that appears, the editor, the globe, by mouse and by keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from integration.cycle import run_pass
from integration.demo.shop.shop import StandInShop
from prextra_models import models as prextra
from tests.browser.conftest import PHONE, LogIn
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

CODE = "MARTEAU-16"


def open_card(page: Page) -> None:
    page.goto(reverse("admin:prextra_models_item_change", args=[CODE]))
    page.get_by_role("tab", name="www://").click()


def texts(field: str) -> dict[str, str]:
    rows = prextra.ItemText.objects.filter(item=CODE, field=field)
    return {row.language: row.text for row in rows}


def test_the_buffer_shows_where_shopify_is_ticked(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    buffer, ticked = page.get_by_label("Buffer Shopify"), page.get_by_label("Shopify", exact=True)

    expect(buffer).to_be_visible()
    ticked.uncheck()
    expect(buffer).to_be_hidden()
    ticked.check()
    expect(buffer).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("role", ["manager", "staff"])
def test_no_tab_of_the_card_has_a_violation_of_accessibility(
    sample: StandInShop, log_in: LogIn, role: str, dark: bool
) -> None:
    run_pass(prextra.Warehouse.objects.get().pk)
    page = log_in(role, dark=dark, bypass_csp=True)  # axe writes styles of its own into the page
    open_card(page)
    for globe in page.locator("details.globe:visible").all():
        globe.locator("summary").click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(one["id"], node["html"]) for one in found for node in one["nodes"]] == []


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_a_description_is_written_in_two_languages(sample: StandInShop, log_in: LogIn, size: Any) -> None:
    page = log_in("manager", **({"size": size} if size else {}))
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    row.get_by_role("textbox", name="Descr. web :", exact=True).click()
    page.keyboard.press("Control+b")
    page.keyboard.type("Solide")
    page.keyboard.press("Control+b")
    page.keyboard.type(" et léger")
    row.get_by_label("Autres langues de « Descr. web »").click()
    row.get_by_role("textbox", name="Descr. web : Anglais").click()
    page.keyboard.type("Sturdy")
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_text(re.compile("a été modifié"))).to_be_visible()
    assert texts("web_description") == {"fr": "<p><strong>Solide</strong> et léger</p>", "en": "<p>Sturdy</p>"}


def test_the_globe_opens_and_is_filled_by_keyboard_alone(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    row = page.locator(".form-row.field-meta_name")
    row.locator("input").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_label("Anglais")).to_be_focused()
    page.keyboard.type("Hammer")
    page.keyboard.press("Enter")

    expect(page.get_by_text(re.compile("a été modifié"))).to_be_visible()
    assert texts("meta_name") == {"en": "Hammer"}


def test_an_error_behind_another_tab_is_brought_to_the_front(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    page.get_by_role("tab", name="Item", exact=True).click()
    page.locator("#id_description_fr").fill("")
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_text("Un item qui va dans Shopify doit avoir une description.")).to_be_visible()


def test_staff_read_the_card_and_find_nothing_to_type_in(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("staff")
    open_card(page)

    expect(page.locator("#item_form input:visible")).to_have_count(0)


def test_the_editor_speaks_the_reader_s_language(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    expect(row.get_by_role("button", name="gras", exact=True).first).to_be_visible()
    named = row.locator(".prose-menubar button").evaluate_all(
        "all => all.map(one => [one.title, one.ariaLabel ?? '', one.textContent])"
    )
    english = re.compile(
        r"\b(bold|italic|link|heading|list|table|row|column|cells?|undo|redo|edit|toggle|strike)\b", re.I
    )
    assert [name for title, label, _shown in named for name in (title, label) if english.search(name)] == []

    row.get_by_role("textbox", name="Descr. web :", exact=True).click()
    page.keyboard.type("Solide")
    page.keyboard.press("Control+a")
    row.get_by_role("button", name="insérer un lien").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Modifier le lien")).to_be_visible()
    expect(dialog.get_by_role("button", name="Mettre à jour")).to_be_visible()
    expect(dialog.get_by_role("button", name="Annuler")).to_be_visible()


def test_the_editor_speaks_english_to_those_who_read_it(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager", locale="en-CA")
    open_card(page)

    expect(page.get_by_role("button", name="bold", exact=True).first).to_be_visible()
