"""Edits, refunds and a cancellation recorded in real shops, lived through again by an order of the stand-in shop.

No sales ledger was ever recorded; what these show is how an order tells of itself afterwards. Skipped where the recordings
are not at hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration.demo.orders import (
    NO_TAX,
    Line,
    Record,
    RefundRefusedError,
    build_order,
    cancel,
    edit,
    pay,
    refund,
)
from tests.demo.identity import ledger_disagreements
from tests.demo.recordings import FOLDER

PLACED = datetime(2026, 6, 22, 15, tzinfo=UTC)
LATER = PLACED + timedelta(hours=1)


def recorded(name: str) -> Any:
    if not FOLDER.exists():
        pytest.skip("The recorded exchanges are not at hand")
    (path,) = FOLDER.glob(f"fixtures/conformance/harry-test-heelo.myshopify.com/*/orders/{name}.json")
    return json.loads(path.read_text())


def order_of(*lines: Line, **choices: Any) -> Record:
    return build_order(1496, lines=lines, placed_at=PLACED, taxes=NO_TAX, **choices)


def differences(told: Any, ours: Any, ignored: Iterable[str] = (), path: str = "") -> list[str]:
    """Where the recording says something else; what it does not show counts not, nor do ids and texts of its own."""
    if isinstance(told, dict):
        told = told.get("nodes", told)
    if isinstance(told, list):
        if len(told) != len(ours):
            return [f"{path}: {len(told)} of them, not {len(ours)}"]
        return [
            gap for place, one in enumerate(told) for gap in differences(one, ours[place], ignored, f"{path}[{place}]")
        ]
    if isinstance(told, dict):
        keys = [key for key in told if key not in {"id", "name", "note", *ignored}]
        return [gap for key in keys for gap in differences(told[key], ours[key], ignored, f"{path}.{key}")]
    return [] if told == ours else [f"{path}: {told}, not {ours}"]


def test_an_edit_that_takes_units_away_and_adds_a_line() -> None:
    told = recorded("order-edit-commit-history-and-fulfillment-orders")
    shown = told["downstreamRead"]["response"]["payload"]["data"]["order"]
    titles = [line["title"] for line in shown["lineItems"]["nodes"]]
    skus = [line["sku"] for line in shown["lineItems"]["nodes"]]
    order = order_of(Line(skus[0], titles[0], 3, Decimal(10)))
    edit(order, LATER, quantities={0: 1}, added=[Line(skus[1], titles[1], 2, Decimal("949.95"))])

    # The shop's own: the moment, the products behind the lines, what we keep no record of.
    ignored = ("updatedAt", "variant", "events", "fulfillmentOrders")
    assert differences(shown, order, ignored) == []
    assert ledger_disagreements(order) == []


def test_a_refund_of_all_goods_and_their_shipping() -> None:
    told = recorded("refund-create-full-parity")
    order = order_of(Line(None, "Hermes refundable full item", 1, Decimal(10)), shipping=Decimal(5))
    pay(order, PLACED, gateway="manual")
    written = refund(order, LATER, Decimal(15), {0: 1}, shipping=Decimal(5), restock=False)

    answer = told["mutation"]["response"]["data"]["refundCreate"]
    # Shopify said that the line was worth nothing; the money, all of it, is in the transaction.
    assert differences(answer["refund"], written, ("createdAt", "updatedAt", "subtotalSet")) == []
    assert differences(answer["order"], order) == []
    assert differences(told["downstreamRead"]["response"]["data"]["order"], order, ("returns",)) == []
    assert ledger_disagreements(order) == []


def test_more_money_than_was_received_is_refused_in_shopify_s_words() -> None:
    told = recorded("refund-create-over-refund-user-errors")
    order = order_of(Line(None, "Hermes refundable over-refund item", 1, Decimal(10)), shipping=Decimal(5))
    pay(order, PLACED, gateway="manual")
    (error,) = told["mutation"]["response"]["data"]["refundCreate"]["userErrors"]
    with pytest.raises(RefundRefusedError) as refused:
        refund(order, LATER, Decimal(25), {0: 1}, shipping=Decimal(5))

    assert str(refused.value) == error["message"]
    assert differences(told["downstreamRead"]["response"]["data"]["order"], order, ("returns",)) == []


def test_an_unpaid_order_that_is_cancelled() -> None:
    told = recorded("orderCancel-parity")["downstreamRead"]["response"]["data"]["order"]
    order = order_of(Line(None, "Item", 1, Decimal(14)))
    cancel(order, LATER, reason="OTHER", restock=False)

    # An order that the API made and that has no transaction has no financial status; ours come from a checkout.
    ignored = ("displayFinancialStatus", "closedAt", "cancelledAt", "currencyCode")
    assert differences(told, order, ignored) == []
    assert told["closedAt"] == told["cancelledAt"]
    assert order["closedAt"] == order["cancelledAt"]
    assert ledger_disagreements(order) == []


def test_a_difference_would_be_seen() -> None:
    told = recorded("orderCancel-parity")["downstreamRead"]["response"]["data"]["order"]
    assert differences(told, order_of(Line(None, "Item", 1, Decimal(14))), ("displayFinancialStatus",))
