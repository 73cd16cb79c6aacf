"""What every test may ask for: a stand-in shop that is serving, and Prextra emptied after tests that really commit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.utils import translation

from integration.demo.shop.shop import StandInShop
from prextra_models.router import PREXTRA
from tests import sqlserver_watch
from tests.passes import empty


def pytest_configure(config: pytest.Config) -> None:
    sqlserver_watch.watch(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that really commit come last: their flush takes away what the migrations wrote, which others rely on.

    pytest-django sees to it, but what is parametrised for a whole session, as the browser is, moves to the front again.
    """
    items.sort(key=commits)


def commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture
def shop() -> StandInShop:
    """A stand-in shop without orders. `with shop.serving() as url:` puts it on the wire."""
    return StandInShop()


@pytest.fixture
def shop_url(shop: StandInShop) -> Iterator[str]:
    with shop.serving() as url:
        yield url


@pytest.fixture(autouse=True)
def empty_prextra(request: pytest.FixtureRequest) -> Iterator[None]:
    """Django's flush passes over unmanaged tables, so a test that commits would leave its rows to the next one."""
    yield
    if commits(request.node):
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock():
            empty(PREXTRA, apps.get_app_config("prextra_models").get_models())


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def english_admin(in_english: None, admin_client: Client) -> None:
    """The superuser's browser asks for English too."""
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
