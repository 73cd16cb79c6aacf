"""The client under test, its clock moved by sleeping alone: on a scripted internet, or wherever a test puts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import Credentials
from integration.shopify.shop import ShopAddress
from tests.shopify.internet import BOUTIQUE, TOKEN, ClientOf, Connect, Internet, Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def client_of(time: Time) -> Iterator[ClientOf]:
    with ExitStack() as clients:

        def client_of(
            shop: ShopAddress, credentials: Credentials, transport: httpx.BaseTransport | None = None, **limits: Any
        ) -> ShopClient:
            client = ShopClient(
                shop,
                credentials,
                api_version="2026-10",
                limits=Limits(**limits),
                transport=transport,
                clock=time.clock,
                sleep=time.sleep,
            )
            return clients.enter_context(client)

        yield client_of


@pytest.fixture
def connect(client_of: ClientOf) -> Connect:
    def connect(
        internet: Internet, credentials: Credentials = TOKEN, shop: ShopAddress = BOUTIQUE, **limits: Any
    ) -> ShopClient:
        return client_of(shop, credentials, internet, **limits)

    return connect
