"""Who looks at items in the admin, and the item they look at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from integration.rights import PROJECT_MANAGERS, STAFF
from prextra_models import models as prextra
from tests.factories import (
    ConfigurationValueFactory,
    ItemFactory,
    ItemPriceFactory,
    ItemStockFactory,
    ItemTextFactory,
    ready_warehouse,
)


@pytest.fixture(autouse=True)
def speaking_english(in_english: None) -> None:
    """All of this folder."""


@pytest.fixture
def item() -> prextra.Item:
    """A hammer of a warehouse whose company shows the section « www:// » and speaks French only."""
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="autre; IMGbtnweb")
    hammer: prextra.Item = ItemFactory(code="MARTEAU", default_warehouse=ready_warehouse(code="WEB", sync_items=True))
    ItemTextFactory(item=hammer, text="Marteau")
    ItemPriceFactory(item=hammer)
    ItemStockFactory(item=hammer, warehouse=hammer.default_warehouse, available=Decimal("1362.5"))
    return hammer


@pytest.fixture
def multilingual(item: prextra.Item) -> prextra.Item:
    prextra.Company.objects.update(shopify_multilingual=True)
    return item


def member(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return member(PROJECT_MANAGERS)


@pytest.fixture
def staff() -> Client:
    return member(STAFF)
