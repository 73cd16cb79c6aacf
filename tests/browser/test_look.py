"""Every page of the admin, light and dark, wide and on a phone: nothing refused, nothing inaccessible, nothing cut off."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from integration.demo.shop.shop import StandInShop
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, WIDE, LogIn
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
