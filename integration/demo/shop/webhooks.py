"""Webhooks of the stand-in shop: who subscribed to what, and how they are refused (`couriers.py` delivers them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .connections import page_of_list, window_of
from .errors import AccessDeniedError, refusal
from .store import Record, Store

if TYPE_CHECKING:
    from .resolvers import Info, Resolver

LOOPBACK = {"127.0.0.1", "localhost"}
SCOPES = {"ORDERS": "read_orders", "REFUNDS": "read_orders", "FULFILLMENTS": "read_fulfillments"}
UNKNOWN = "Webhook subscription does not exist"
ADDRESS = ["webhookSubscription", "callbackUrl"]  # what the refusals call the field, whichever was sent


def create(_root: object, info: Info, topic: str, webhookSubscription: Record) -> Record:  # noqa: N803
    store = info.context.store
    scope = SCOPES.get(topic.partition("_")[0])
    if scope and scope not in info.context.scopes:
        raise AccessDeniedError("webhookSubscriptionCreate", f"`{scope}` access scope.")
    given = webhookSubscription
    if problem := _problem(store, given.get("uri"), topic):
        return {"webhookSubscription": None, "userErrors": [problem]}
    now = store.stamp()
    subscription = {
        "id": f"gid://shopify/WebhookSubscription/{len(store.webhooks.made) + 1}",
        "topic": topic,
        "apiVersion": {"handle": "2026-10", "displayName": "2026-10", "supported": True},
        "format": "JSON",
        "includeFields": [],
        "metafieldNamespaces": [],
        "filter": "",
        "name": None,
        "createdAt": now,
        "updatedAt": now,
        **given,
    }
    store.webhooks.made.append(subscription["id"])
    store.webhooks.subscriptions[subscription["id"]] = subscription
    return {"webhookSubscription": subscription, "userErrors": []}


def update(_root: object, info: Info, id: str, webhookSubscription: Record) -> Record:  # noqa: N803
    store, given = info.context.store, webhookSubscription
    subscription = store.webhooks.subscriptions.get(id)
    if subscription is None:
        return {"webhookSubscription": None, "userErrors": [refusal(["id"], UNKNOWN)]}
    uri = given.get("uri", subscription["uri"])
    if problem := _problem(store, uri, subscription["topic"], but=id):
        return {"webhookSubscription": None, "userErrors": [problem]}
    subscription.update(given, updatedAt=store.stamp())
    return {"webhookSubscription": subscription, "userErrors": []}


def delete(_root: object, info: Info, id: str) -> Record:
    if info.context.store.webhooks.subscriptions.pop(id, None) is None:
        return {"deletedWebhookSubscriptionId": None, "userErrors": [refusal(["id"], UNKNOWN)]}
    return {"deletedWebhookSubscriptionId": id, "userErrors": []}


def _problem(store: Store, uri: str | None, topic: str, but: str = "") -> Record | None:
    if not uri:
        return refusal(ADDRESS, "Address can't be blank")
    scheme, host = urlsplit(uri).scheme, urlsplit(uri).hostname or ""
    if not host:
        return refusal(ADDRESS, "Address is invalid")
    # A shop on this machine rings on this machine, where nobody has a certificate.
    if scheme != "https" and not (scheme == "http" and host in LOOPBACK):
        return refusal(ADDRESS, f"Address protocol {scheme}:// is not supported")
    if host.endswith((".myshopify.com", ".shopify.com")):
        return refusal(ADDRESS, "Address cannot be a Shopify or an internal domain")
    others = store.webhooks.subscriptions.values()
    if any(one["uri"] == uri and one["topic"] == topic and one["id"] != but for one in others):
        return refusal(ADDRESS, "Address for this topic has already been taken")
    return None


def resolve_one(_root: object, info: Info, id: str) -> Record | None:
    return info.context.store.webhooks.subscriptions.get(id)


def resolve_list(_root: object, info: Info, **arguments: Any) -> Record:
    rows = [
        row
        for row in info.context.store.webhooks.subscriptions.values()
        if arguments.get("uri") in (None, row["uri"])
        and (arguments.get("topics") is None or row["topic"] in arguments["topics"])
    ]
    return page_of_list(rows, window_of(arguments))


QUERIES: dict[str, Resolver] = {"webhookSubscription": resolve_one, "webhookSubscriptions": resolve_list}
MUTATIONS: dict[str, Resolver] = {
    "webhookSubscriptionCreate": create,
    "webhookSubscriptionUpdate": update,
    "webhookSubscriptionDelete": delete,
}
