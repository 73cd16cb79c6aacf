"""A warehouse → the client of its shop; the token of a client credentials grant is kept in `default` for all processes."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integration.checks import shop_of
from integration.models import AccessToken
from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import Token, credentials_for
from prextra_models.models import Warehouse


def connect(warehouse: Warehouse) -> ShopClient:
    """The client of the warehouse's shop. Raises ConfigurationError where its address or its keys cannot be used."""
    shop = shop_of(warehouse)
    cache = DatabaseTokenCache(shop.host, warehouse.shopify_api_key)
    credentials = credentials_for(warehouse.shopify_api_key, warehouse.shopify_access_token, cache)
    limits = Limits(timeout=settings.SHOPIFY_TIMEOUT_SECONDS)
    return ShopClient(shop, credentials, api_version=settings.SHOPIFY_API_VERSION, limits=limits)


class DatabaseTokenCache:
    """The granted token of one shop and app. Whoever renews holds the row: the others wait, then find the new one."""

    def __init__(self, shop: str, client_id: str) -> None:
        self._shop, self._client_id = shop, client_id

    def get(self) -> Token | None:
        return _token(AccessToken.objects.filter(shop=self._shop, client_id=self._client_id).first())

    def renew_once(self, fetch: Callable[[], Token], stale_token: str | None) -> Token:
        # The row must be there before it can be locked: the very first two to come would not wait for each other.
        key = {"shop": self._shop, "client_id": self._client_id}
        AccessToken.objects.get_or_create(**key, defaults={"token": "", "expires_at": timezone.now()})
        with transaction.atomic(using="default"):
            row = AccessToken.objects.select_for_update().get(**key)
            current = _token(row)
            if current and current.value != stale_token:
                return current
            fresh = fetch()
            row.token, row.expires_at = fresh.value, fresh.expires_at
            row.save()
            return fresh


def _token(row: AccessToken | None) -> Token | None:
    return Token(row.token, row.expires_at) if row and row.token else None
