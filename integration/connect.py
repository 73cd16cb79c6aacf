"""A warehouse → the client of its shop; the token of a client credentials grant is kept in `default` for all processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration.checks import shop_of
from integration.errors import StoppedError
from integration.models import AccessToken
from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import Token, credentials_for
from integration.stopping import is_asked_to_stop
from prextra_models.models import Warehouse


def connect(warehouse: Warehouse) -> ShopClient:
    """The client of the warehouse's shop. Raises ConfigurationError where its address or its keys cannot be used."""
    shop = shop_of(warehouse)
    cache = DatabaseTokenCache(shop.host, warehouse.shopify_api_key)
    credentials = credentials_for(warehouse.shopify_api_key, warehouse.shopify_access_token, cache)
    limits = Limits(timeout=settings.SHOPIFY_TIMEOUT_SECONDS)
    return ShopClient(shop, credentials, api_version=settings.SHOPIFY_API_VERSION, limits=limits)


class DatabaseTokenCache:
    """The granted token of one shop and app, for all processes: one at a time renews it, the others wait for that.

    Who renews says so in the row for a minute, and holds no lock while Shopify takes its time to answer.
    """

    RENEWAL = timedelta(minutes=1)

    def __init__(self, shop: str, client_id: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._rows = AccessToken.objects.filter(shop=shop, client_id=client_id)
        self._key = (shop, client_id)
        self._sleep = sleep

    def get(self) -> Token | None:
        try:
            row = self._rows.first()
        except ImproperlyConfigured:  # kept under a key that is not there any more: as good as none
            return None
        return Token(row.token, row.expires_at) if row and row.token else None

    def renew_once(self, fetch: Callable[[], Token], stale_token: str | None) -> Token:
        self._make_row()
        while True:
            current = self.get()
            if current and current.value != stale_token:
                return current
            now = timezone.now()
            claim = now + self.RENEWAL
            # One that ends much later was claimed by a clock that was ahead.
            free = Q(renewing_until__lte=now) | Q(renewing_until__gt=now + 2 * self.RENEWAL)
            if self._rows.filter(free).update(renewing_until=claim):
                return self._renew(fetch, stale_token, self._rows.filter(renewing_until=claim))
            if is_asked_to_stop():
                raise StoppedError("stopping")
            self._sleep(0.25)

    def _renew(self, fetch: Callable[[], Token], stale_token: str | None, ours: QuerySet[AccessToken]) -> Token:
        """`ours` is the row while it bears our claim; one that took longer than a claim lasts may be another's by now."""
        try:
            current = self.get()  # another may have renewed it between our look and our claim
            if current and current.value != stale_token:
                ours.update(renewing_until=timezone.now())
                return current
            fresh = fetch()
        except BaseException:
            ours.update(renewing_until=timezone.now())
            raise
        ours.update(token=fresh.value, expires_at=fresh.expires_at, renewing_until=timezone.now())
        return fresh

    def _make_row(self) -> None:
        if not self._rows.exists():
            now = timezone.now()
            with suppress(IntegrityError), transaction.atomic(using="default"):  # another made it meanwhile
                shop, client_id = self._key
                AccessToken.objects.create(shop=shop, client_id=client_id, token="", expires_at=now, renewing_until=now)
