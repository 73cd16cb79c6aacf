"""The warehouse whose page is looked at, of a stand-in shop that is serving."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from integration.demo.shop.shop import STATIC_TOKEN
from prextra_models import models as prextra
from tests.factories import ready_warehouse


@pytest.fixture(autouse=True)
def in_english(admin_client: Client) -> Iterator[None]:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def warehouse(shop_url: str) -> prextra.Warehouse:
    return ready_warehouse(code="STG", shopify_url=shop_url, shopify_access_token=STATIC_TOKEN)
