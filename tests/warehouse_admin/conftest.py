"""The warehouse whose page is looked at, of a stand-in shop that is serving."""

from __future__ import annotations

import pytest

from integration.demo.shop.shop import STATIC_TOKEN
from prextra_models import models as prextra
from tests.factories import ready_warehouse


@pytest.fixture(autouse=True)
def speaking_english(english_admin: None) -> None:
    """All of this folder."""


@pytest.fixture
def warehouse(shop_url: str) -> prextra.Warehouse:
    return ready_warehouse(code="STG", shopify_url=shop_url, shopify_access_token=STATIC_TOKEN)
