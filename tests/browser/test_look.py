"""Every page of the admin, light and dark, wide and on a phone: nothing refused, nothing inaccessible, nothing cut off."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from integration.demo.shop.shop import StandInShop
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, WIDE, LogIn, session_of
from tests.sample import first_pass
from tests.walk import pages_of

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)


def violations_of(page: Page) -> list[str]:
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['target']} {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_has_a_violation_of_accessibility(log_in: LogIn, sample: StandInShop, dark: bool) -> None:
    first_pass()
    page = log_in("superuser", dark=dark, bypass_csp=True)  # axe writes styles of its own into the page
    found: list[str] = []
    for address in pages_of("superuser"):
        page.goto(address)
        found += violations_of(page)
    assert found == []


def test_no_page_has_an_error_of_a_script_or_anything_the_content_security_policy_refuses(
    log_in: LogIn, sample: StandInShop
) -> None:
    first_pass()
    page = log_in("superuser")  # what it complains of fails the test at its end
    visited = [page.goto(address) for address in pages_of("superuser")]
    assert len(visited) > 30
    assert all(answer and answer.headers["content-security-policy"] for answer in visited)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("role", ["manager", "staff"])
def test_no_page_is_wider_than_the_screen(log_in: LogIn, sample: StandInShop, role: str, size: dict[str, int]) -> None:
    first_pass()
    page = log_in(role, size=size)
    too_wide = []
    for address in pages_of(role):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            too_wide.append((address, width))
    assert too_wide == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_neither_has_the_door_nor_what_says_that_something_is_refused(
    browser: Browser, live_server: Any, rights: None, settings: Any, dark: bool
) -> None:
    settings.AXES_ENABLED = True
    context = browser.new_context(
        base_url=live_server.url, locale="fr-CA", color_scheme="dark" if dark else "light", bypass_csp=True
    )
    page, found = context.new_page(), []
    for attempt in range(settings.AXES_FAILURE_LIMIT):
        page.goto("/admin/")
        if attempt < 2:  # the form, and the form with its error
            found += violations_of(page)
        page.get_by_label("Nom d’utilisateur").fill("julie")
        page.get_by_label("Mot de passe").fill("wrong")
        page.get_by_role("button", name="Connexion").click()
    expect(page.get_by_role("heading", name="Trop de mots de passe erronés")).to_be_visible()
    found += violations_of(page)
    context.add_cookies([{"name": "sessionid", "value": session_of("nobody"), "url": live_server.url}])
    page.goto("/admin/auth/user/")
    expect(page.get_by_role("heading", name="Vous n'avez pas ce droit")).to_be_visible()
    found += violations_of(page)
    page.goto("/nothing-here/")
    expect(page.get_by_role("heading", name="Page introuvable")).to_be_visible()
    found += violations_of(page)
    context.close()
    assert found == []
