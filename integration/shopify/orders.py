"""The orders feed: which orders changed, and each of them whole (rules O1).

Two questions: a scan of the search index for ids, at 13 points for 250 orders, then the orders themselves by id, straight
from the database. The second one serves as well for an order that is held, or that someone asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integration.errors import ConfigurationError, RecordError, TransientError
from integration.shopify.client import ShopClient, TooMuchAtOnceError, load_document
from integration.shopify.fields import clean, parse_time
from integration.shopify.order import ShopOrder
from integration.shopify.pages import is_broken, read_pages
from integration.shopify.parse import parse_order

SCAN_SIZE = 250
PAGE_SIZE = 100
LINES = 100


@dataclass(frozen=True, slots=True)
class Changed:
    id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """`order` as it is now; or `error`, why it cannot be read; or neither: it no longer exists."""

    id: str
    name: str = ""
    order: ShopOrder | None = None
    error: RecordError | None = None


class OrdersFeed:
    """Reads the orders of one shop; its page size halves where Shopify finds a page too costly, and stays so."""

    def __init__(self, client: ShopClient) -> None:
        self._client = client
        self._page_size = PAGE_SIZE
        self._lines = LINES
        self.left_out = False
        """Whether the scan met an order that it could not read: what was read is not all that changed."""

    def changed_since(self, moment: datetime) -> Iterator[Changed]:
        """The orders updated since, oldest change first, archived and cancelled ones too. An order may come twice."""
        # Quoted, or Shopify would split the time at its colons and read the hour in the shop's time zone.
        query = f"updated_at:>='{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        variables = {"query": query, "first": SCAN_SIZE, "after": None}
        for page in read_pages(self._client, "orders_changed", variables, ("orders",)):
            for node in page["nodes"]:
                try:
                    yield _changed(node)
                except (KeyError, TypeError, ValueError):
                    self.left_out = True

    def fetch(self, ids: Sequence[str]) -> Iterator[Sequence[Fetched]]:
        """The orders, a page at a time, in the order of the ids."""
        rest = list(ids)
        while rest:
            try:
                yield self._page(rest[: self._page_size])
            except TooMuchAtOnceError:
                self._ask_for_less()
            else:
                rest = rest[self._page_size :]

    def _page(self, ids: Sequence[str]) -> list[Fetched]:
        answer = self._client.execute(load_document("orders_by_id"), {"ids": list(ids), "lines": self._lines})
        nodes = answer.data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise TransientError("shopify_answer_unreadable")
        return [
            self._read(id, node, is_broken(answer, place))
            for place, (id, node) in enumerate(zip(ids, nodes, strict=True))
        ]

    def _read(self, id: str, node: Any, broken: bool) -> Fetched:
        if node is None:
            return Fetched(id, error=RecordError("incomplete_answer") if broken else None)
        if not isinstance(node, dict):
            return Fetched(id, error=RecordError("answer_malformed", field="nodes"))
        name = node.get("name")
        name = clean(name) if isinstance(name, str) else ""
        try:
            if node.get("id") != id:
                raise RecordError("answer_malformed", field="id")
            self._complete(node)
            return Fetched(id, name, parse_order(node))
        except RecordError as error:
            return Fetched(id, name, error=error)
        except (KeyError, TypeError, AttributeError):
            return Fetched(id, name, error=RecordError("answer_malformed", field="pageInfo"))

    def _complete(self, node: dict[str, Any]) -> None:
        """Reads on where a list did not fit on its first page; an order is never taken with half its lines."""
        self._read_on(node["lineItems"], "order_lines", node["id"], ("order", "lineItems"))
        for fulfilment in node["fulfillments"]:
            lines = fulfilment["fulfillmentLineItems"]
            self._read_on(lines, "fulfilment_lines", fulfilment["id"], ("fulfillment", "fulfillmentLineItems"))
        if node["shippingLines"]["pageInfo"]["hasNextPage"]:
            raise RecordError("incomplete_answer")

    def _read_on(self, connection: dict[str, Any], document: str, id: str, path: tuple[str, str]) -> None:
        if connection["pageInfo"]["hasNextPage"]:
            variables = {"id": id, "first": self._lines, "after": connection["pageInfo"]["endCursor"]}
            for page in read_pages(self._client, document, variables, path):
                connection["nodes"] += page["nodes"]

    def _ask_for_less(self) -> None:
        if self._page_size == 1 and self._lines < 10:
            raise ConfigurationError("shopify_request_too_costly")
        self._page_size = max(1, self._page_size // 2)
        self._lines = max(5, self._lines // 2)


def _changed(node: Any) -> Changed:
    """Raises KeyError, TypeError or ValueError where the scan's node is none."""
    if not str(node["id"]).startswith("gid://shopify/Order/"):
        raise ValueError(node["id"])
    return Changed(node["id"], parse_time(node["updatedAt"]))


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """`scopes` are what the token may do; None where the shop does not say."""

    currency: str
    scopes: tuple[str, ...] | None


def read_shop(client: ShopClient) -> ShopFacts:
    """What a pass must know of the shop before it begins. TransientError where the answer does not say."""
    data = client.execute(load_document("shop_info")).data
    currency = data["shop"].get("currencyCode") if isinstance(data.get("shop"), dict) else None
    if not isinstance(currency, str):
        raise TransientError("shopify_answer_unreadable")
    installation = data.get("currentAppInstallation")
    if not isinstance(installation, dict) or not isinstance(installation.get("accessScopes"), list):
        return ShopFacts(currency, None)
    return ShopFacts(currency, tuple(str(scope["handle"]) for scope in installation["accessScopes"]))
