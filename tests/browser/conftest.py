"""The ground of the browser tests: Chromium, the admin on a port, and somebody logged in. Skipped where Chromium is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from integration.demo.shop.shop import StandInShop
from integration.models import TaxTitle
from integration.rights import PROJECT_MANAGERS, STAFF, grant_rights
from tests.browser.watching import Watched
from tests.sample import hurried_shop, merchant

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}

LogIn = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        for item in items:
            if "tests/browser" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in the thread of the test, the ORM too
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def rights(transactional_db: None) -> None:
    """Tests that commit begin with tables that a flush emptied: here is again what the migrations had written."""
    grant_rights(apps, "default")
    for tax, titles in import_module("integration.migrations.0002_tax_titles").TITLES.items():
        for title in titles:
            TaxTitle.objects.get_or_create(title=title, defaults={"tax": tax})


@pytest.fixture
def log_in(browser: Browser, live_server: Any, rights: None) -> Iterator[LogIn]:
    """`log_in("manager", dark=True, size=PHONE)`: a page of somebody who is logged in, in French unless told otherwise.

    The roles are superuser, manager, staff and nobody (who may log in, and nothing else). At the end of the test no page
    may have complained: no error of a script, nothing that the Content-Security-Policy refused.
    """
    opened: list[tuple[BrowserContext, Watched]] = []

    def open_page(
        role: str = "superuser", *, dark: bool = False, size: dict[str, int] = WIDE, locale: str = "fr-CA", **more: Any
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale=locale,
            timezone_id="America/Toronto",
            color_scheme="dark" if dark else "light",
            viewport=size,  # type: ignore[arg-type]
            **more,
        )
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(role), "url": live_server.url}])
        page = context.new_page()
        opened.append((context, Watched(page)))
        return page

    yield open_page
    complaints = [complaint for _context, watched in opened for complaint in watched.complaints]
    for context, _watched in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def page(log_in: LogIn) -> Page:
    return log_in()


@pytest.fixture
def shop() -> StandInShop:
    return hurried_shop()


@pytest.fixture
def sample(shop: StandInShop, shop_url: str, rights: None) -> StandInShop:
    """The demo's company, warehouse and items in Prextra, and its orders in a shop that is serving. No pass has run yet."""
    merchant(shop, shop_url)
    return shop


def session_of(role: str) -> str:
    """The key of a session of such a user, whom it makes where there is none yet."""
    user, made = User.objects.get_or_create(
        username=role, defaults={"is_staff": True, "is_superuser": role == "superuser", "first_name": role.title()}
    )
    if made and (group := {"manager": PROJECT_MANAGERS, "staff": STAFF}.get(role)):
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value
