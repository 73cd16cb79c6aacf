"""The sales ledgers and refunds of orders, read by id a page at a time: what an order has come to since it was placed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integration.errors import ConfigurationError, RecordError, TransientError
from integration.shopify.client import ShopClient, TooMuchAtOnceError, load_document
from integration.shopify.fields import Json, clean, nodes, rows
from integration.shopify.pages import is_broken, is_page, next_cursor, read_pages
from integration.shopify.parse_sales import parse_sales, require_whole
from integration.shopify.sales import SalesLedger

PAGE_SIZE = 100
AGREEMENTS = 10
SALES = 50
FULL_PAGE = 250


@dataclass(frozen=True, slots=True)
class FetchedSales:
    """`ledger` as it is now; or `error`, why it cannot be read; or neither: the order no longer exists."""

    id: str
    name: str = ""
    ledger: SalesLedger | None = None
    error: RecordError | None = None


class SalesFeed:
    """Reads the ledgers of one shop's orders; its page size halves where Shopify finds a page too costly, and stays so."""

    def __init__(self, client: ShopClient) -> None:
        self._client = client
        self._page_size = PAGE_SIZE
        self._agreements = AGREEMENTS
        self._sales = SALES

    def fetch(self, ids: Sequence[str]) -> Iterator[Sequence[FetchedSales]]:
        """The ledgers, a page at a time, in the order of the ids."""
        rest = list(ids)
        while rest:
            try:
                yield self._page(rest[: self._page_size])
            except TooMuchAtOnceError:
                self._ask_for_less()
            else:
                rest = rest[self._page_size :]

    def _page(self, ids: Sequence[str]) -> list[FetchedSales]:
        variables = {"ids": list(ids), "agreements": self._agreements, "sales": self._sales}
        answer = self._client.execute(load_document("order_agreements"), variables)
        found = answer.data.get("nodes")
        if not isinstance(found, list) or len(found) != len(ids):
            raise TransientError("shopify_answer_unreadable")
        return [
            self._read(id, node, is_broken(answer, place))
            for place, (id, node) in enumerate(zip(ids, found, strict=True))
        ]

    def _read(self, id: str, node: Any, broken: bool) -> FetchedSales:
        if node is None:
            return FetchedSales(id, error=RecordError("incomplete_answer") if broken else None)
        if not isinstance(node, Mapping):
            return FetchedSales(id, error=RecordError("answer_malformed", field="nodes"))
        name = clean(node["name"]) if isinstance(node.get("name"), str) else ""
        try:
            if node.get("id") != id:
                raise RecordError("answer_malformed", field="id")
            self._complete_refunds(node)
            return FetchedSales(id, name, parse_sales(node, self._agreements_of(node)))
        except RecordError as error:
            return FetchedSales(id, name, error=error)

    def _agreements_of(self, node: Json) -> Sequence[Json]:
        """All agreements with all their sales; where they do not fit on the page, the ledger is read again from its start."""
        try:
            require_whole(node, "agreements")
            found = nodes(node, "agreements")
            for agreement in found:
                require_whole(agreement, "sales")
        except RecordError as error:
            if error.reason != "incomplete_answer":
                raise
            return list(self._one_by_one(node["id"]))
        return found

    def _one_by_one(self, id: str) -> Iterator[Json]:
        """The agreements, each by itself. They cannot be asked for by id: each is the one after the one before."""
        after: dict[str, Any] = {"id": id, "first": FULL_PAGE, "agreement": None, "sale": None}
        while True:
            page = self._agreement_after(after)
            for agreement in page["nodes"]:
                self._read_on(agreement, after)
                yield agreement
            if not page["pageInfo"].get("hasNextPage"):
                return
            after = {**after, "agreement": next_cursor(page, after["agreement"])}

    def _read_on(self, agreement: dict[str, Any], after: dict[str, Any]) -> None:
        """The sales that did not fit. TransientError where another agreement came in between."""
        sales = agreement["sales"]
        while sales["pageInfo"].get("hasNextPage"):
            after = {**after, "sale": next_cursor(sales, after["sale"])}
            found = self._agreement_after(after)["nodes"]
            if [one.get("id") for one in found] != [agreement.get("id")]:
                raise TransientError("shopify_answer_unreadable")
            sales = found[0]["sales"]
            agreement["sales"]["nodes"] += sales["nodes"]

    def _agreement_after(self, after: dict[str, Any]) -> dict[str, Any]:
        order = self._client.execute(load_document("order_agreements_on"), after).data.get("order")
        page: Any = order.get("agreements") if isinstance(order, dict) else None
        if not is_page(page) or not all(isinstance(one, dict) and is_page(one.get("sales")) for one in page["nodes"]):
            raise TransientError("shopify_answer_unreadable")
        return dict(page)

    def _complete_refunds(self, node: Json) -> None:
        for refund in rows(node, "refunds"):
            require_whole(refund, "refundShippingLines", "orderAdjustments", "transactions")
            lines: Any = refund.get("refundLineItems")
            if not is_page(lines):
                raise RecordError("answer_malformed", field="refundLineItems")
            if lines["pageInfo"].get("hasNextPage"):
                variables = {"id": refund["id"], "first": FULL_PAGE, "after": lines["pageInfo"].get("endCursor")}
                for page in read_pages(self._client, "refund_lines", variables, ("refund", "refundLineItems")):
                    lines["nodes"] += page["nodes"]

    def _ask_for_less(self) -> None:
        if self._page_size == 1 and self._sales < 10:
            raise ConfigurationError("shopify_request_too_costly")
        self._page_size = max(1, self._page_size // 2)
        self._agreements = max(2, self._agreements // 2)
        self._sales = max(5, self._sales // 2)
