"""An order's sales ledger: read from Shopify's JSON, added up by line, and refused where it does not come to the order."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.demo.orders import (
    NO_TAX,
    QUEBEC,
    Line,
    Percent,
    Record,
    Shipping,
    build_order,
    cancel,
    edit,
    fulfil,
    pay,
    refund,
    take_back,
)
from integration.demo.shop.engine import Engine
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle
from integration.errors import RecordError
from integration.shopify.documents import load_document
from integration.shopify.order import TaxLine
from integration.shopify.parse import parse_order
from integration.shopify.parse_sales import parse_sales
from integration.shopify.sales import CurrentLine, SalesLedger, check_quantities, check_sums, current_lines
from tests.demo.lives import Act, live, lives, placed_orders

PLACED = datetime(2026, 11, 24, 14, 58, tzinfo=UTC)
LATER = PLACED + timedelta(hours=1)
HAMMERS = Line("MARTEAU", "Marteau", 4, Decimal(25))
SAW = Line("SCIE", "Scie", 1, Decimal(40))


def placed(*lines: Line, **choices: Any) -> Record:
    order = build_order(1001, lines=lines or (HAMMERS,), placed_at=PLACED, **{"taxes": NO_TAX, **choices})
    pay(order, LATER)
    return order


def asked(order: Record, name: str, **variables: Any) -> Any:
    """The order's node as the shop answers the app's own document."""
    store = Store(clock=lambda: LATER)
    store.add_order(order)
    answer = Engine(store, Throttle()).answer(load_document(name).text, {"ids": [order["id"]], **variables})
    assert "errors" not in answer.body, answer.body["errors"]
    return copy.deepcopy(answer.body["data"]["nodes"][0])


def node_of(order: Record) -> Any:
    return asked(order, "order_agreements", agreements=100, sales=100)


def ledger_of(order: Record) -> SalesLedger:
    node = node_of(order)
    return parse_sales(node, node["agreements"]["nodes"])


def lines_of(ledger: SalesLedger) -> dict[str, CurrentLine]:
    """By line type: these orders have one line of each."""
    return {line.line_type: line for line in current_lines(ledger.agreements)}


def test_a_ledger_holds_what_happened_in_its_order() -> None:
    order = placed(taxes=QUEBEC, discount=Percent(Decimal(10)), shipping=Decimal(10))
    edit(order, LATER + timedelta(hours=1), quantities={0: 3})
    refund(order, LATER + timedelta(hours=2), Decimal(5))
    ledger = ledger_of(order)

    assert [(one.kind, one.happened_at.hour) for one in ledger.agreements] == [
        ("ORDER", 14), ("ORDER_EDIT", 16), ("REFUND", 17)
    ]  # fmt: skip
    goods, shipping = ledger.agreements[0].sales
    assert (goods.line_type, goods.action, goods.quantity, goods.discount) == ("PRODUCT", "ORDER", 4, 10)
    assert (goods.line_id, goods.total) == (order["lineItems"][0]["id"], Decimal("103.48"))
    assert goods.taxes == (TaxLine("TPS", Decimal("4.5")), TaxLine("TVQ", Decimal("8.98")))
    assert (shipping.line_id, shipping.quantity) == (order["shippingLines"][0]["id"], 0)
    assert ledger.agreements[2].sales == ()  # the edit had taken that off already
    assert ledger.agreements[2].refund_id == ledger.refunds[0].id
    assert ledger.total == ledger.current_total == Decimal("89.1")


def test_what_was_sold_stands_beside_what_is_left_after_refunds() -> None:
    order = placed(taxes=QUEBEC, shipping=Decimal(10))
    edit(order, LATER, quantities={0: 3})
    refund(order, LATER, Decimal(40), {0: 1}, shipping=Decimal(10))
    lines = lines_of(ledger_of(order))

    goods = lines["PRODUCT"]
    assert (goods.sold.quantity, goods.current.quantity) == (3, 2)
    assert (goods.sold.total, goods.current.total) == (Decimal("86.23"), Decimal("57.49"))
    assert goods.current.taxes == (TaxLine("TPS", Decimal("2.5")), TaxLine("TVQ", Decimal("4.99")))
    assert (lines["SHIPPING"].sold.total, lines["SHIPPING"].current.total) == (Decimal("11.5"), 0)
    assert (lines["ADJUSTMENT"].sold.total, lines["ADJUSTMENT"].current.total) == (0, Decimal("0.24"))


def test_a_line_that_is_gone_is_still_told_and_one_that_was_added_too() -> None:
    order = placed()
    edit(order, LATER, quantities={0: 0}, added=[SAW])
    hammers, saw = current_lines(ledger_of(order).agreements)

    assert (hammers.sold.quantity, hammers.sold.total) == (0, 0)
    assert (saw.line_id, saw.sold.quantity, saw.sold.total) == (order["lineItems"][1]["id"], 1, 40)


def test_all_shipping_is_one_line_for_what_is_taken_back_names_none() -> None:
    order = placed(shipping=Decimal(10))
    edit(order, LATER, shipping=Shipping(Decimal(15), "Express"), drop_shipping=True)
    ledger = ledger_of(order)

    assert [sale.line_id for sale in ledger.agreements[1].sales] == ["", order["shippingLines"][1]["id"]]
    assert lines_of(ledger)["SHIPPING"].sold.total == 15


def test_a_return_is_no_refund_and_its_fee_a_line_of_its_own() -> None:
    order = placed()
    fulfil(order, LATER)
    take_back(order, LATER, {0: 1}, fee=Decimal(3))
    lines = lines_of(ledger_of(order))

    assert (lines["PRODUCT"].sold.quantity, lines["PRODUCT"].current.quantity) == (4, 3)
    assert (lines["FEE"].sold.total, lines["FEE"].current.total) == (0, 3)


def test_every_kind_of_line_names_what_it_is_about() -> None:
    card = Line(None, "Carte-cadeau", 1, Decimal(50), gift_card=True)
    extras = {"duties": Decimal(7), "additional_fee": Decimal(1), "tip": Decimal(5), "as_tip_line": True}
    order = placed(HAMMERS, card, **extras)
    kinds = {sale.line_type: sale.line_id.split("/")[3] for sale in ledger_of(order).agreements[0].sales}

    assert kinds == {
        "PRODUCT": "LineItem",
        "GIFT_CARD": "LineItem",
        "TIP": "LineItem",
        "DUTY": "Duty",
        "ADDITIONAL_FEE": "SaleAdditionalFee",
    }


def test_a_refund_says_what_came_back_and_on_which_payment_the_money_went() -> None:
    order = placed(taxes=QUEBEC, shipping=Decimal(10))
    refund(order, LATER, Decimal("35.25"), {0: 1}, shipping=Decimal(10))
    (given,) = ledger_of(order).refunds

    (line,), (shipping,), (gap,), (payment,) = given.lines, given.shipping, given.adjustments, given.payments
    assert (line.line_id, line.quantity, line.subtotal, line.tax) == (
        order["lineItems"][0]["id"],
        1,
        25,
        Decimal("3.75"),
    )
    assert (line.restock_type, line.restocked) == ("CANCEL", True)
    assert (shipping.line_id, shipping.subtotal, shipping.tax) == (order["shippingLines"][0]["id"], 10, Decimal("1.5"))
    assert (gap.reason, gap.amount) == ("REFUND_DISCREPANCY", 5)
    assert (payment.payment_id, payment.gateway) == (order["transactions"][0]["id"], "shopify_payments")
    assert given.money == given.total == Decimal("35.25")


def test_money_on_its_way_is_not_given_back_yet() -> None:
    order = placed()
    refund(order, LATER, Decimal(25), {0: 1}, pending=True)
    (given,) = ledger_of(order).refunds
    assert [(row.status, row.amount) for row in given.payments] == [("PENDING", 25)]
    assert given.money == 0


def test_a_cancellation_gives_duties_back_too() -> None:
    order = placed(duties=Decimal(7))
    cancel(order, LATER, give_money_back=True)
    ledger = ledger_of(order)
    assert [(duty.line_id, duty.subtotal) for duty in ledger.refunds[0].duties] == [
        (order["lineItems"][0]["duties"][0]["id"], 7)
    ]
    assert {line.current.total for line in current_lines(ledger.agreements)} == {0}
    assert ledger.current_total == 0
    check_sums(ledger)


def test_sales_that_do_not_come_to_the_order_name_the_gap() -> None:
    order = placed(taxes=QUEBEC)
    check_sums(ledger_of(order))
    order["currentTotalPriceSet"]["shopMoney"]["amount"] = "115.0"
    with pytest.raises(RecordError) as caught:
        check_sums(ledger_of(order))
    assert (caught.value.reason, caught.value.params) == (
        "total_differs", {"computed": "114.98", "total": "115.00", "gap": "0.02"}
    )  # fmt: skip


def test_taxes_by_title_that_do_not_come_to_the_tax_of_their_sale_are_refused() -> None:
    order = placed(taxes=QUEBEC)
    order["agreements"][0]["sales"][0]["totalTaxAmount"]["shopMoney"]["amount"] = "15.0"
    with pytest.raises(RecordError, match="taxes_differ"):
        check_sums(ledger_of(order))


def test_units_that_are_not_those_of_the_order_are_refused() -> None:
    order = placed(HAMMERS, SAW)
    edit(order, LATER, quantities={0: 3})
    before = parse_order(asked(order, "orders_by_id", lines=100))
    check_quantities(ledger_of(order), before.lines)
    edit(order, LATER, quantities={1: 0})
    with pytest.raises(RecordError, match="currentQuantity"):
        check_quantities(ledger_of(order), before.lines)


@given(order=placed_orders, acts=lives, data=st.data())
def test_whatever_an_order_lives_through_its_sales_come_to_what_shopify_says_of_it(
    order: Record, acts: list[Act], data: Any
) -> None:
    """As the app reads it: the total, the units of each line, what was sold, and the money given back."""
    for _ in live(order, acts, data.draw):
        pass
    ledger, told = ledger_of(order), parse_order(asked(order, "orders_by_id", lines=100))
    check_sums(ledger)
    check_quantities(ledger, told.lines)
    lines = current_lines(ledger.agreements)
    assert sum(line.current.total for line in lines) == told.current_total == ledger.current_total
    assert all(line.current.tax == sum(tax.amount for tax in line.current.taxes) for line in lines)
    assert sum(refund.money for refund in ledger.refunds) == told.refunded == ledger.refunded
    unreturned = [agreement.total for agreement in ledger.agreements if agreement.kind in ("ORDER", "ORDER_EDIT")]
    assert sum(line.sold.total for line in lines) == sum(unreturned)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


def spoilt(node: Any, path: tuple[Any, ...], spoil: Callable[[Any, Any], None]) -> Any:
    changed = json.loads(json.dumps(node))
    place = changed
    for step in path[:-1]:
        place = place[step]
    spoil(place, path[-1])
    return changed


def missing(place: Any, key: Any) -> None:
    del place[key]


def of_another_kind(place: Any, key: Any) -> None:
    place[key] = 12.5 if not isinstance(place[key], list) else [None]


def refusal(node: Any) -> RecordError | None:
    try:
        parse_sales(node, node["agreements"]["nodes"])
    except RecordError as error:
        return error
    return None


@pytest.mark.parametrize("spoil", [missing, of_another_kind])
def test_whatever_is_missing_or_of_another_kind_is_named_or_not_needed(spoil: Callable[[Any, Any], None]) -> None:
    """No field, however deep, is the cause of anything but a RecordError."""
    order = placed(taxes=QUEBEC, shipping=Decimal(10), duties=Decimal(7))
    refund(order, LATER, Decimal(40), {0: 1}, shipping=Decimal(10))
    cancel(order, LATER, give_money_back=True)
    node, named = node_of(order), set[str]()
    for path in paths(node):
        # That these are lists of objects is looked at before, where their pages are read.
        if (path[0] == "agreements" and len(path) <= 3) or "pageInfo" in path:
            continue
        if error := refusal(spoilt(node, path, spoil)):
            assert error.reason == "answer_malformed"
            named.add(str(error.params["field"]))
    assert named >= {
        "totalAmount", "taxes", "title", "lineType", "actionType", "happenedAt", "reason", "sales", "lineItem", "refunds",
        "restockType", "subtotalSet", "amount", "transactions", "orderAdjustments", "refundShippingLines", "kind", "amountSet",
    }  # fmt: skip


@pytest.mark.parametrize("amount", ["NaN", "1e999999", "", None, 12])
def test_an_amount_that_is_none_is_named(amount: Any) -> None:
    order = placed()
    node = node_of(order)
    node["agreements"]["nodes"][0]["sales"]["nodes"][0]["totalAmount"] = {"shopMoney": {"amount": amount}}
    with pytest.raises(RecordError, match="answer_malformed"):
        parse_sales(node, node["agreements"]["nodes"])
