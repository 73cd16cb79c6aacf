"""The stand-in shop rings: webhooks that are delivered over HTTP, signed, from a thread of their own, and not always well.

Only to this very machine: nothing that a test does may reach anybody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import random
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

Record = dict[str, Any]

LOOPBACK = {"127.0.0.1", "localhost"}
PATIENCE = 5.0  # seconds, as Shopify has
FAILURES = 8  # in a row: then the subscription is deleted
TIMES = {"dropped": 0, "delivered": 1, "doubled": 2}


@dataclass(slots=True)
class Webhooks:
    """The subscriptions, and the deliveries to come.

    `mischief` is the share of deliveries that go wrong: dropped, doubled, or put off behind the next one.
    """

    secret: str = ""
    shop: str = ""  # as who it rings
    mischief: float = 0.0
    subscriptions: dict[str, Record] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    delivered: list[tuple[str, int]] = field(default_factory=list)  # topic, and the status that came back: 0 for none
    fates: Counter[str] = field(default_factory=Counter)
    failures: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, Record] = field(default_factory=dict)
    _queue: queue.Queue[tuple[Record, bytes]] = field(default_factory=queue.Queue)
    _thread: threading.Thread | None = None
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - to be the same each time

    def order_changed(self, order: Record) -> None:
        """An order was made or touched: the topics of what happened to it since it was last seen."""
        before, after = self._seen.get(order["id"]), _looks(order)
        self._seen[order["id"]] = after
        for topic in _topics(before, after):
            self.ring(topic, order)

    def ring(self, topic: str, record: Record) -> None:
        """Puts a delivery on its way to each subscription of the topic."""
        payload = {
            "id": int(record["id"].rpartition("/")[2]),
            "admin_graphql_api_id": record["id"],
            "updated_at": record.get("updatedAt"),
            "note": record.get("note"),
        }
        for subscription in [one for one in self.subscriptions.values() if one["topic"] == topic]:
            fields = subscription["includeFields"] or payload
            body = json.dumps({name: value for name, value in payload.items() if name in fields}).encode()
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver_all, name="webhooks", daemon=True)
                self._thread.start()
            self._queue.put((subscription, body))

    def wait(self) -> None:
        """Until all that is on its way has arrived, or was lost."""
        self._queue.join()

    def _deliver_all(self) -> None:
        put_off: list[tuple[Record, bytes]] = []
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            while True:
                one = self._queue.get()
                fate = self.dice.choice(("dropped", "doubled", "late")) if self._goes_wrong() else "delivered"
                self.fates[fate] += 1
                try:
                    if fate == "late" and not self._queue.empty():
                        put_off.append(one)
                        continue
                    for delivery in [*[one] * TIMES.get(fate, 1), *put_off]:
                        self._deliver(client, *delivery)
                    put_off.clear()
                finally:
                    self._queue.task_done()

    def _goes_wrong(self) -> bool:
        return self.mischief > 0 and self.dice.random() < self.mischief

    def _deliver(self, client: httpx.Client, subscription: Record, body: bytes) -> None:
        id, (group, _, event) = subscription["id"], subscription["topic"].lower().rpartition("_")
        if id not in self.subscriptions or urlsplit(subscription["uri"]).hostname not in LOOPBACK:
            return
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": f"{group}/{event}",
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": self.shop,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": str(uuid.uuid4()),
        }
        try:
            status = client.post(subscription["uri"], content=body, headers=headers).status_code
        except httpx.HTTPError:
            status = 0
        self.delivered.append((f"{group}/{event}", status))
        self.failures[id] = 0 if 200 <= status < 300 else self.failures.get(id, 0) + 1
        if self.failures[id] >= FAILURES:
            self.subscriptions.pop(id, None)


def _looks(order: Record) -> Record:
    return {
        "is paid": order.get("displayFinancialStatus") == "PAID",
        "is cancelled": order.get("cancelledAt") is not None,
        "parcels": {parcel.get("id"): parcel.get("updatedAt") for parcel in order.get("fulfillments") or []},
        "refunds": len(order.get("refunds") or []),
    }


def _topics(before: Record | None, after: Record) -> Iterator[str]:
    if before is None:
        yield "ORDERS_CREATE"
        before = {"is paid": False, "is cancelled": False, "parcels": {}, "refunds": 0}
    else:
        yield "ORDERS_UPDATED"
    if after["is paid"] and not before["is paid"]:
        yield "ORDERS_PAID"
    if after["is cancelled"] and not before["is cancelled"]:
        yield "ORDERS_CANCELLED"
    for id, changed_at in after["parcels"].items():
        if id not in before["parcels"]:
            yield "FULFILLMENTS_CREATE"
        elif changed_at != before["parcels"][id]:
            yield "FULFILLMENTS_UPDATE"
    if after["refunds"] > before["refunds"]:
        yield "REFUNDS_CREATE"
