"""The client under test, on a scripted internet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import Credentials
from integration.shopify.shop import ShopAddress
from tests.shopify.internet import (
    BOUTIQUE,
    TOKEN,
    Internet,
    Time,
)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def connect(time: Time) -> Iterator[Callable[..., ShopClient]]:
    clients: list[ShopClient] = []

    def connect(
        internet: Internet, credentials: Credentials = TOKEN, shop: ShopAddress = BOUTIQUE, **limits: Any
    ) -> ShopClient:
        client = ShopClient(
            shop,
            credentials,
            api_version="2026-10",
            limits=Limits(**limits),
            transport=internet,
            clock=time.clock,
            sleep=time.sleep,
        )
        clients.append(client)
        return client

    yield connect
    for client in clients:
        client.close()
