"""The ledgers of a page of orders, read from a stand-in shop: whole, however long they are, and at what price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration.demo.orders import Line, Record, build_order, edit, pay, refund
from integration.demo.shop.shop import StandInShop
from integration.demo.shop.throttle import Throttle
from integration.errors import ConfigurationError, TransientError
from integration.shopify import sales_feed
from integration.shopify.client import ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.sales import check_sums
from integration.shopify.sales_feed import FetchedSales, SalesFeed
from integration.shopify.shop import ShopAddress
from tests.scene import STATIC_TOKEN
from tests.shopify.internet import ClientOf

PLACED = datetime(2026, 11, 24, 14, 58, tzinfo=UTC)
Open = Callable[..., tuple[StandInShop, SalesFeed]]


def order_of(number: int, lines: int = 1) -> Record:
    goods = [Line("MARTEAU", "Marteau", 4, Decimal(25)) for _ in range(lines)]
    order = build_order(number, lines=goods, placed_at=PLACED)
    pay(order, PLACED)
    return order


@pytest.fixture
def open_shop(client_of: ClientOf, request: pytest.FixtureRequest) -> Open:
    def open_shop(*orders: Record, **throttle: Any) -> tuple[StandInShop, SalesFeed]:
        shop = StandInShop(throttle=Throttle(**throttle))
        shop.store._clock = lambda: PLACED + timedelta(days=1)
        for order in orders:
            shop.store.add_order(order)
        serving = shop.serving()
        url = serving.__enter__()
        request.addfinalizer(lambda: serving.__exit__(None, None, None))
        client: ShopClient = client_of(ShopAddress.parse(url, allow_loopback=True), StaticToken(STATIC_TOKEN))
        return shop, SalesFeed(client)

    return open_shop


def read(feed: SalesFeed, orders: Sequence[Record]) -> list[FetchedSales]:
    return [one for page in feed.fetch([order["id"] for order in orders]) for one in page]


def operations(shop: StandInShop) -> list[str | None]:
    return [asked.operation for asked in shop.requests]


def test_a_hundred_ledgers_are_one_request_that_costs_what_one_does(open_shop: Open) -> None:
    orders = [order_of(number) for number in range(1, 101)]
    refund(orders[7], PLACED, Decimal(5))
    shop, feed = open_shop(*orders)
    found = read(feed, orders)

    assert operations(shop) == ["OrderAgreements"]
    assert shop.requests[0].requested is not None
    assert shop.requests[0].requested < 250
    assert [one.id for one in found] == [order["id"] for order in orders]
    for one in found:
        assert one.ledger is not None
        check_sums(one.ledger)


def test_a_ledger_that_does_not_fit_is_read_on_to_its_last_sale(
    open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sales_feed, "SALES", 5)
    monkeypatch.setattr(sales_feed, "AGREEMENTS", 2)
    monkeypatch.setattr(sales_feed, "FULL_PAGE", 3)
    orders = [order_of(1, lines=8), order_of(2)]
    for hours in range(4):
        edit(orders[0], PLACED + timedelta(hours=hours), quantities={hours: 3})
    refund(orders[0], PLACED + timedelta(hours=5), Decimal(100), dict.fromkeys(range(8), 1))
    shop, feed = open_shop(*orders)
    long, short = read(feed, orders)

    assert long.ledger is not None
    assert short.ledger is not None
    assert [len(agreement.sales) for agreement in long.ledger.agreements] == [8, 1, 1, 1, 1, 9]
    assert len({sale.id for agreement in long.ledger.agreements for sale in agreement.sales}) == 21
    assert len(long.ledger.refunds[0].lines) == 8
    check_sums(long.ledger)
    assert operations(shop).count("RefundLines") == 1
    # Six agreements, two of which take three pages of three sales.
    assert operations(shop).count("OrderAgreementsOn") == 6 + 2 + 2


def test_an_order_that_is_gone_is_neither_a_ledger_nor_an_error(open_shop: Open) -> None:
    _, feed = open_shop(order_of(1))
    (gone,) = read(feed, [order_of(2)])
    assert (gone.ledger, gone.error) == (None, None)


def test_a_page_that_costs_too_much_is_asked_for_in_halves(open_shop: Open) -> None:
    orders = [order_of(number) for number in range(1, 5)]
    _, feed = open_shop(*orders, max_query_cost=100)
    assert all(one.ledger for one in read(feed, orders))


def test_a_shop_that_finds_everything_too_costly_is_said_to(open_shop: Open) -> None:
    _, feed = open_shop(order_of(1), max_query_cost=10)
    with pytest.raises(ConfigurationError, match="shopify_request_too_costly"):
        read(feed, [order_of(1)])


def test_lists_of_a_refund_that_are_longer_than_anyone_s_are_not_taken_in_part(open_shop: Open) -> None:
    order = order_of(1)
    written = refund(order, PLACED, Decimal(5))
    (row,) = written["orderAdjustments"]
    written["orderAdjustments"] = [{**row, "id": f"{row['id']}{place}"} for place in range(30)]
    _, feed = open_shop(order)
    (found,) = read(feed, [order])
    assert found.error is not None
    assert found.error.reason == "incomplete_answer"


class Scripted:
    """A shop that gives these answers, whatever it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def execute(self, *_: Any) -> Any:
        return type("Answer", (), {"data": self.answers.pop(0), "errors": (), "search_warnings": ()})


def node(**fields: Any) -> Any:
    return {"id": "1", "name": "#1", "refunds": [], **fields}


@pytest.mark.parametrize(
    "broken",
    [
        "text",
        {"id": "2"},
        node(agreements=None),
        node(agreements={"nodes": []}),
        node(agreements={"nodes": [None], "pageInfo": {"hasNextPage": False}}),
        node(agreements={"nodes": [{"sales": []}], "pageInfo": {"hasNextPage": False}}),
        node(refunds=[None]),
        node(refunds=[{}]),
        node(refunds=None),
    ],
)
def test_a_node_that_is_no_order_holds_that_one_alone(broken: Any) -> None:
    feed = SalesFeed(Scripted({"nodes": [broken, None]}))  # type: ignore[arg-type]
    ((first, second),) = feed.fetch(["1", "2"])
    assert first.error is not None
    assert first.error.reason == "answer_malformed"
    assert (second.ledger, second.error) == (None, None)


def agreement(id: str, more: bool, cursor: str | None = "c") -> Any:
    return {"id": id, "sales": {"nodes": [], "pageInfo": {"hasNextPage": more, "endCursor": cursor}}}


def answer(*agreements: Any, more: bool = False, cursor: str | None = None) -> Any:
    return {
        "order": {"agreements": {"nodes": list(agreements), "pageInfo": {"hasNextPage": more, "endCursor": cursor}}}
    }


@pytest.mark.parametrize(
    "answers",
    [
        [{"order": None}],
        [{"order": {"agreements": {"nodes": [{"id": "a"}], "pageInfo": {"hasNextPage": False}}}}],
        [answer(agreement("a", more=True)), answer(agreement("b", more=False))],
        [answer(agreement("a", more=True)), answer()],
        [answer(agreement("a", more=True)), answer(agreement("a", more=True))],
        [answer(agreement("a", more=True, cursor=None))],
        [answer(agreement("a", more=False), more=True)],
        [
            answer(agreement("a", more=False), more=True, cursor="x"),
            answer(agreement("b", more=False), more=True, cursor="x"),
        ],
    ],
)
def test_pages_that_lead_nowhere_or_elsewhere_are_tried_again_later(answers: list[Any]) -> None:
    page = {"nodes": [node(agreements={"nodes": [], "pageInfo": {"hasNextPage": True}})]}
    feed = SalesFeed(Scripted(page, *answers))  # type: ignore[arg-type]
    with pytest.raises(TransientError, match="shopify_answer_unreadable"):
        list(feed.fetch(["1"]))
