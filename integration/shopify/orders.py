"""The orders feed: which orders changed, and each of them whole (rules O1).

Two questions: a scan of the search index for ids, at 13 points for 250 orders, then the orders themselves by id, straight
from the database. The second one serves as well for an order that is held, or that someone asks for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integration.errors import ConfigurationError, RecordError
from integration.shopify.client import Answer, ShopClient, TooMuchAtOnceError, load_document
from integration.shopify.order import ShopOrder
from integration.shopify.parse import clean, parse_order, parse_time

log = logging.getLogger("integration.shopify")

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

    def changed_since(self, moment: datetime) -> Iterator[Changed]:
        """The orders updated since, oldest change first, archived and cancelled ones too. An order may come twice."""
        # Quoted, or Shopify would split the time at its colons and read the hour in the shop's time zone.
        query = f"updated_at:>='{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"
        variables: dict[str, Any] = {"query": query, "first": SCAN_SIZE, "after": None}
        while True:
            answer = self._client.execute(load_document("orders_changed"), variables)
            if answer.search_warnings:
                log.warning("Shopify left out part of the search %s: %s", query, "; ".join(answer.search_warnings))
            page = answer.data["orders"]
            for node in page["nodes"]:
                yield Changed(node["id"], parse_time(node["updatedAt"]))
            if not page["pageInfo"]["hasNextPage"]:
                return
            variables["after"] = page["pageInfo"]["endCursor"]

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
        nodes: list[dict[str, Any] | None] = answer.data["nodes"]
        return [
            self._read(id, node, _is_broken(answer, place))
            for place, (id, node) in enumerate(zip(ids, nodes, strict=True))
        ]

    def _read(self, id: str, node: dict[str, Any] | None, broken: bool) -> Fetched:
        if not node:
            return Fetched(id, error=RecordError("incomplete_answer") if broken else None)
        name = clean(str(node.get("name") or ""))
        try:
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
        info = connection["pageInfo"]
        while info["hasNextPage"]:
            variables = {"id": id, "first": self._lines, "after": info["endCursor"]}
            owner = self._client.execute(load_document(document), variables).data[path[0]]
            if owner is None:
                raise RecordError("incomplete_answer")
            connection["nodes"] += owner[path[1]]["nodes"]
            info = owner[path[1]]["pageInfo"]

    def _ask_for_less(self) -> None:
        if self._page_size == 1 and self._lines < 10:
            raise ConfigurationError("shopify_request_too_costly")
        self._page_size = max(1, self._page_size // 2)
        self._lines = max(5, self._lines // 2)


def _is_broken(answer: Answer, place: int) -> bool:
    """Whether Shopify says of the node in this place that it could not be read, rather than that there is none."""
    return any(error.path[:2] == ("nodes", place) for error in answer.errors)
