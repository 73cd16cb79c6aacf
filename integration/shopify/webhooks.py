"""Webhooks: which topics there are, whether a delivery is Shopify's, and the subscriptions of one shop."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from integration.errors import ConfigurationError, TransientError
from integration.shopify.batch import outcome_of
from integration.shopify.client import ShopClient, load_document


class Topic(StrEnum):
    """As the header of a delivery names them."""

    ORDERS_CREATE = "orders/create"
    ORDERS_UPDATED = "orders/updated"
    ORDERS_PAID = "orders/paid"
    ORDERS_CANCELLED = "orders/cancelled"
    FULFILLMENTS_CREATE = "fulfillments/create"
    FULFILLMENTS_UPDATE = "fulfillments/update"
    REFUNDS_CREATE = "refunds/create"
    BULK_OPERATIONS_FINISH = "bulk_operations/finish"
    APP_UNINSTALLED = "app/uninstalled"


SCOPES: Final = {Topic.FULFILLMENTS_CREATE: "read_fulfillments", Topic.FULFILLMENTS_UPDATE: "read_fulfillments"}
"""What the app must be allowed for a topic, beyond what its flows need anyway."""

# Deliveries whose content is the same are dropped as doubles: without the time of the change, events would be lost.
FIELDS: Final = ("id", "admin_graphql_api_id", "updated_at")
PAGE: Final = 100

_TAKEN: Final = "has already been taken"
_GONE: Final = "does not exist"


def is_signed(body: bytes, signature: str, keys: Collection[str]) -> bool:
    """Whether one of the keys signed the body, in a time that tells nothing. An empty key signs nothing."""
    given = signature.encode("utf-8", "replace")
    matches = [hmac.compare_digest(sign(body, key).encode(), given) for key in keys if key]
    return any(matches)


def sign(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Subscription:
    """`topic` is Shopify's name for it: others than ours may be there, of this app too."""

    id: str
    topic: str
    uri: str
    is_whole: bool = True  # it brings what we ask for, of every record


def list_subscriptions(client: ShopClient) -> Iterator[Subscription]:
    """Those that this app has in the shop, whoever made them. Raises a SyncError."""
    after = None
    while True:
        page = client.execute(load_document("webhooks"), {"first": PAGE, "after": after}).data
        try:
            connection = page["webhookSubscriptions"]
            found = [_subscription(node) for node in connection["nodes"]]
            info = connection["pageInfo"]
            before, after = after, info["endCursor"] if info["hasNextPage"] else None
        except (KeyError, TypeError):
            raise TransientError("shopify_answer_unreadable") from None
        yield from found
        if after is None:
            return
        if after == before:
            raise TransientError("shopify_answer_unreadable")


def _subscription(node: dict[str, Any]) -> Subscription:
    is_whole = node["format"] == "JSON" and set(FIELDS) <= set(node["includeFields"]) and not node["filter"]
    return Subscription(node["id"], node["topic"], node["uri"], is_whole)


def subscribe(client: ShopClient, topic: Topic, uri: str) -> None:
    """One that is there already will do. Raises a SyncError."""
    variables = {"topic": topic.name, "webhook": _input(uri)}
    _do(client, "webhook_create", "webhookSubscriptionCreate", variables, topic, but=_TAKEN)


def correct(client: ShopClient, subscription: Subscription, topic: Topic, uri: str) -> None:
    variables = {"id": subscription.id, "webhook": {**_input(uri), "filter": ""}}
    _do(client, "webhook_update", "webhookSubscriptionUpdate", variables, topic, but=_GONE)


def unsubscribe(client: ShopClient, subscription: Subscription) -> None:
    _do(
        client,
        "webhook_delete",
        "webhookSubscriptionDelete",
        {"id": subscription.id},
        subscription.topic,
        but=_GONE,
    )


def _input(uri: str) -> dict[str, Any]:
    return {"uri": uri, "format": "JSON", "includeFields": list(FIELDS)}


def _do(client: ShopClient, document: str, field: str, variables: dict[str, Any], topic: str, *, but: str) -> None:
    """`but`: a refusal with these words says that it is done already."""
    answer = client.execute(load_document(document), variables)
    for refusal in outcome_of(answer.data.get(field), answer.errors).refusals:
        if but not in refusal.message:
            told = {"topic": topic, "details": refusal.message, "request_id": answer.request_id}
            raise ConfigurationError("webhook_refused", **told)
