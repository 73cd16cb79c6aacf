"""The admin without a mouse: everything is reached, seen while it has the focus, and done."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord
from integration.rights import STAFF
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, LogIn
from tests.sample import first_pass

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

MOST_STOPS = 120
UNSEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const isSeen = style.outlineStyle !== "none" || style.boxShadow !== "none" || one.matches(".skip-to-content-link");
  return isSeen && box.width > 0 && box.height > 0 ? null : one.outerHTML.slice(0, 200);
}"""


def tab_to(page: Page, wanted: str) -> None:
    """Presses Tab until what matches this selector has the focus."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", wanted):
            return
    raise AssertionError(f"{wanted} is not reached with Tab on {page.url}")


def test_somebody_logs_in_opens_what_is_held_and_tries_it_again(log_in: LogIn, sample: StandInShop) -> None:
    first_pass()
    julie = User.objects.create_user("julie", password="a-long-password", is_staff=True)
    julie.groups.add(Group.objects.get(name=STAFF))
    held = HeldRecord.objects.order_by("pk")[0]
    page = log_in("nobody")
    page.context.clear_cookies()
    page.goto("/admin/")
    page.keyboard.type("julie")
    page.keyboard.press("Tab")
    page.keyboard.type("a-long-password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    tab_to(page, "#menu a[href$='/heldrecord/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="À traiter")).to_be_visible()
    tab_to(page, f"#result_list a[href*='/heldrecord/{held.pk}/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/heldrecord/{held.pk}/change/**")
    tab_to(page, "button[value='retry']")
    page.keyboard.press("Enter")
    expect(page.locator("ul.messagelist li.success")).to_be_visible()


def test_the_first_tab_stop_leads_past_the_menu(page: Page) -> None:
    page.goto("/admin/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Passer au contenu principal")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content-start"


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/integration/heldrecord/",
        "/admin/prextra_models/warehouse/WEB/change/",
        "/admin/prerequisites/WEB/",
    ],
)
def test_whatever_has_the_focus_is_seen_and_none_is_a_trap(log_in: LogIn, sample: StandInShop, address: str) -> None:
    first_pass()
    page = log_in("manager")
    page.goto(address)
    unseen, stops = [], 0
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement === document.body") and stops < MOST_STOPS:
        if complaint := page.evaluate(UNSEEN):
            unseen.append(complaint)
        page.keyboard.press("Tab")
        stops += 1
    assert unseen == []
    assert 5 < stops < MOST_STOPS, "the way leads through the page and out of it"


def test_tabs_follow_the_arrows_and_the_address_keeps_the_open_one(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("manager")
    page.goto("/admin/prextra_models/warehouse/WEB/change/")
    first, second = page.get_by_role("tab").all()
    expect(first).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("URL Boutique")).to_be_hidden()
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(page.get_by_label("URL Boutique")).to_be_visible()
    page.reload()
    expect(page.get_by_label("URL Boutique")).to_be_visible()
    second.focus()
    page.keyboard.press("ArrowRight")
    expect(first).to_be_focused()


def test_an_error_opens_the_tab_it_is_on(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("manager")
    page.goto("/admin/prextra_models/warehouse/WEB/change/#tab-2")
    page.get_by_label("URL Boutique").fill("https://example.com")
    page.get_by_role("tab").first.click()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".errorlist").first).to_be_visible()
    expect(page.get_by_role("tab", name="Shopify")).to_have_attribute("aria-selected", "true")


def test_without_a_script_all_tabs_stand_below_one_another(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("manager", java_script_enabled=False)
    page.goto("/admin/prextra_models/warehouse/WEB/change/")
    expect(page.get_by_role("heading", name="Entrepôts")).to_be_visible()
    expect(page.get_by_label("URL Boutique")).to_be_visible()


def test_on_a_phone_the_menu_opens_over_the_page_and_escape_closes_it(log_in: LogIn) -> None:
    page = log_in("manager", size=PHONE)
    page.goto("/admin/")
    menu = page.get_by_role("navigation", name="Menu")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    expect(menu.get_by_role("link", name="Items", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Items", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Items")).to_be_visible()


def test_the_switch_between_light_and_dark_wins_over_the_system_and_is_kept(log_in: LogIn) -> None:
    page = log_in("manager", dark=True)
    page.goto("/admin/")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    switch = page.locator(".theme-toggle")
    switch.click()
    assert page.evaluate(ground) != dark
    page.goto("/admin/integration/heldrecord/")
    assert page.evaluate(ground) != dark
