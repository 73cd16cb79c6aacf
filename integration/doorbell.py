"""The doorbell of a warehouse: how its shop rings when something changes there, and that it goes on doing so.

A bell makes a pass due and brings nothing else, so what is lost, doubled or out of order does no harm. Without a public
address nobody rings, and each pass finds out by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.crypto import salted_hmac

from integration.errors import ConfigurationError, StoppedError, SyncError
from integration.flows import enabled_flows
from integration.models import Doorbell, Flow
from integration.shopify.client import ShopClient
from integration.shopify.credentials import is_static
from integration.shopify.webhooks import (
    SCOPES,
    Subscription,
    Topic,
    correct,
    list_subscriptions,
    subscribe,
    unsubscribe,
)
from prextra_models.models import Warehouse

log = logging.getLogger("integration.doorbell")

PATH = "/shopify/webhooks/"
EVERY = timedelta(days=1)  # Shopify deletes a subscription whose deliveries fail
OLD_KEY_LASTS = timedelta(hours=1)

OF_ORDERS = frozenset(topic for topic in Topic if topic.partition("/")[0] in {"orders", "fulfillments", "refunds"})
TOPICS = {
    Flow.ORDERS: OF_ORDERS,
    Flow.SHIPMENTS: OF_ORDERS,
    Flow.INVOICES: OF_ORDERS,
    Flow.ITEMS: frozenset({Topic.BULK_OPERATIONS_FINISH}),
}


def bell_of(warehouse: str) -> Doorbell:
    """The warehouse's bell, made where it has none yet. Its secrets are opened where they are asked for."""
    return Doorbell.objects.defer("secret", "previous_secret").get_or_create(warehouse=warehouse)[0]


def signing_key(warehouse: Warehouse, bell: Doorbell) -> str:
    """What its shop signs with: the client's secret; with a token that has no end, what was typed for that; else nothing."""
    secret = (warehouse.shopify_access_token or "").strip()
    return str(bell.secret or "") if is_static(secret) else secret


def keys_of(warehouse: Warehouse, bell: Doorbell) -> list[str]:
    """All that count now: the former one too, for a while after it was replaced, where it can still be opened."""
    keys = [signing_key(warehouse, bell)]
    if bell.previous_until and bell.previous_until > timezone.now():
        with suppress(ImproperlyConfigured):
            keys.append(str(bell.previous_secret or ""))
    return [key for key in keys if key]


def current_key(warehouse: Warehouse) -> str:
    """What its shop signs with; empty where there is no such key, or none that can be opened any more."""
    try:
        return signing_key(warehouse, bell_of(warehouse.pk))
    except ImproperlyConfigured:
        return ""


def keep_key(warehouse: Warehouse, key: str) -> None:
    """What signs for an app whose token has no end; the one before it need not be readable any more."""
    Doorbell.objects.filter(pk=bell_of(warehouse.pk).pk).update(secret=key)


def note_former_key(warehouse: Warehouse, former: str) -> None:
    """Once the warehouse has another key: Shopify goes on signing with the former one for a while."""
    if former and former != current_key(warehouse):
        bell = bell_of(warehouse.pk)
        bell.previous_secret, bell.previous_until = former, timezone.now() + OLD_KEY_LASTS
        bell.save(update_fields=["previous_secret", "previous_until"])


def address_of(bell: Doorbell) -> str:
    return f"{settings.PUBLIC_URL}{PATH}{bell.path}"


def keep_subscribed(client: ShopClient, warehouse: Warehouse, scopes: Collection[str] | None) -> None:
    """Once a day, and at once where something is different: what is missing is subscribed, what is not needed any more is not.

    What fails is noted and tried at the next pass: it never stops one.
    """
    if not settings.PUBLIC_URL:
        return
    try:
        _Keeper(client, warehouse, scopes).run()
    except StoppedError:
        raise
    except Exception as error:  # whatever it is, a pass does without
        log.warning("the webhooks of warehouse %s: %s", warehouse.pk, type(error).__name__)


class _Keeper:
    def __init__(self, client: ShopClient, warehouse: Warehouse, scopes: Collection[str] | None) -> None:
        self.client = client
        self.warehouse = warehouse
        self.bell = bell_of(warehouse.pk)
        self.address = address_of(self.bell)
        needed = {topic for definition in enabled_flows(warehouse) for topic in TOPICS[definition.flow]}
        held = {"", *(scopes or ()), *(scope.replace("write_", "read_", 1) for scope in scopes or ())}
        self.forbidden = {topic for topic in needed if SCOPES.get(topic, "") not in held}
        self.topics = {*needed, Topic.APP_UNINSTALLED} - self.forbidden
        self.key = signing_key(warehouse, self.bell)

    def run(self) -> None:
        state = self._state()
        bell, now = self.bell, timezone.now()
        if bell.state == state and bell.checked_at and now - bell.checked_at < EVERY:
            return
        error = self._missing_right()
        try:
            self._subscribe()
            bell.topics, bell.shop, bell.state, bell.checked_at = sorted(self.topics), self.client.shop.host, state, now
        except StoppedError:
            raise
        except SyncError as failed:
            error = failed
            bell.state, bell.checked_at = "", now
        if error and error.reason != bell.reason:
            log.warning("the webhooks of warehouse %s: %s", self.warehouse.pk, error)
        bell.reason, bell.params = (error.reason, error.params) if error else ("", {})
        bell.save(update_fields=["topics", "shop", "state", "checked_at", "reason", "params"])

    def _state(self) -> str:
        parts = (self.client.shop.host, self.warehouse.shopify_api_key, self.key, self.address, *sorted(self.topics))
        return salted_hmac("doorbell", "\n".join(map(str, parts)), algorithm="sha256").hexdigest()

    def _missing_right(self) -> SyncError | None:
        scopes = sorted({SCOPES[topic] for topic in self.forbidden})
        return ConfigurationError("webhook_scope_missing", scope=scopes[0]) if scopes else None

    def _subscribe(self) -> None:
        if not self.key:
            self.bell.topics = []
            raise ConfigurationError("webhook_secret_missing", warehouse=self.warehouse.pk)
        missing = set(self.topics)
        others = {*Doorbell.objects.exclude(pk=self.bell.pk).values_list("path", flat=True)}
        ours = [one for one in list_subscriptions(self.client) if self._is_ours(one, others)]
        for one in sorted(ours, key=lambda one: one.uri != self.address):
            topic = next((topic for topic in missing if topic.name == one.topic), None)
            if topic is None:
                unsubscribe(self.client, one)
                continue
            missing.discard(topic)
            if one.uri != self.address or not one.is_whole:
                correct(self.client, one, topic, self.address)
        for topic in sorted(missing):
            subscribe(self.client, topic, self.address)

    def _is_ours(self, one: Subscription, others: Collection[str]) -> bool:
        """Made by this installation, and for this warehouse: another one may have other flows with the same shop."""
        start, found, path = one.uri.rpartition(PATH)
        return bool(found) and path not in others and (start == settings.PUBLIC_URL or path == self.bell.path)
