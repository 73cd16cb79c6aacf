"""The stand-in's sales ledger: whatever happens to an order, its sales add up to what the order says of itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.demo.orders import (
    NO_TAX,
    ONTARIO,
    QUEBEC,
    Buyer,
    EditRefusedError,
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
    refund_arrives,
    ship_elsewhere,
    take_back,
)
from tests.demo.identity import ledger_disagreements, money
from tests.demo.lives import PLACED, Act, live, lives, placed_orders

LATER = PLACED + timedelta(hours=1)
HAMMERS = Line("MARTEAU", "Marteau", 4, Decimal(25))
SAW = Line("SCIE", "Scie", 1, Decimal(40))


def placed(*lines: Line, paid: bool = False, **choices: Any) -> Record:
    order = build_order(1001, lines=lines or (HAMMERS,), placed_at=PLACED, **{"taxes": NO_TAX, **choices})
    if paid:
        pay(order, LATER)
    return order


def sales(order: Record, which: int = -1) -> list[tuple[Any, ...]]:
    """The sales of one agreement: line type, action, units, money with taxes."""
    rows = order["agreements"][which]["sales"]
    return [(row["lineType"], row["actionType"], row["quantity"], money(row["totalAmount"])) for row in rows]


def test_an_order_is_placed_with_a_sale_for_each_of_its_lines() -> None:
    card = Line(None, "Carte-cadeau", 1, Decimal(50), gift_card=True)
    order = placed(
        HAMMERS,
        card,
        shipping=Decimal(10),
        taxes=QUEBEC,
        discount=Percent(Decimal(10)),
        tip=Decimal(5),
        as_tip_line=True,
        duties=Decimal(7),
        additional_fee=Decimal(1),
    )
    assert sales(order) == [
        ("PRODUCT", "ORDER", 4, Decimal("103.48")),
        ("DUTY", "ORDER", None, 7),
        ("GIFT_CARD", "ORDER", 1, 50),
        ("TIP", "ORDER", 1, 5),
        ("SHIPPING", "ORDER", None, Decimal("11.5")),
        ("ADDITIONAL_FEE", "ORDER", None, Decimal("1.15")),
    ]
    (goods, *_) = order["agreements"][0]["sales"]
    assert money(goods["totalDiscountAmountBeforeTaxes"]) == 10
    assert [(tax["taxLine"]["title"], money(tax["amount"])) for tax in goods["taxes"]] == [
        ("TPS", Decimal("4.5")),
        ("TVQ", Decimal("8.98")),
    ]
    assert ledger_disagreements(order) == []


def test_an_edit_takes_units_away_and_the_line_keeps_those_that_were_ordered() -> None:
    order = placed(paid=True)
    edit(order, LATER, quantities={0: 1})

    (line,) = order["lineItems"]
    assert (line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"]) == (4, 1, 1)
    assert sales(order) == [("PRODUCT", "RETURN", -3, -75)]
    assert [money(order[name]) for name in ("totalPriceSet", "currentTotalPriceSet", "totalOutstandingSet")] == [
        100,
        25,
        -75,
    ]
    assert order["edited"]


def test_an_edit_adds_a_line_and_the_paid_order_owes_again() -> None:
    order = placed(paid=True)
    edit(order, LATER, added=[SAW])

    assert sales(order) == [("PRODUCT", "ORDER", 1, 40)]
    assert (order["displayFinancialStatus"], money(order["totalOutstandingSet"])) == ("PARTIALLY_PAID", 40)
    assert [money(order[name]) for name in ("originalTotalPriceSet", "totalPriceSet")] == [100, 140]


def test_one_edit_changes_units_prices_and_shipping_and_each_is_a_sale() -> None:
    order = placed(HAMMERS, SAW, shipping=Decimal(10))
    edit(
        order,
        LATER,
        quantities={0: 5, 1: 0},
        discounts={0: Decimal(2)},
        shipping=Shipping(Decimal(15), "Express"),
        drop_shipping=True,
    )
    assert sales(order) == [
        ("PRODUCT", "ORDER", 1, 25),
        ("PRODUCT", "RETURN", -1, -40),
        ("PRODUCT", "UPDATE", 0, -10),
        ("SHIPPING", "RETURN", None, -10),
        ("SHIPPING", "ORDER", None, 15),
    ]
    assert money(order["currentTotalPriceSet"]) == 130
    assert ledger_disagreements(order) == []


def test_another_province_is_another_tax_on_the_same_goods() -> None:
    order = placed(taxes=QUEBEC, shipping=Decimal(10))
    ship_elsewhere(order, LATER, Buyer("Léa", "Roy", city="Ottawa", province_code="ON"), ONTARIO)

    goods, shipping = order["agreements"][-1]["sales"]
    assert [(tax["taxLine"]["title"], money(tax["amount"])) for tax in goods["taxes"]] == [
        ("TPS", -5),
        ("TVQ", Decimal("-9.98")),
        ("HST", 13),
    ]
    assert {goods["actionType"], shipping["actionType"]} == {"UPDATE"}
    assert [tax["title"] for tax in order["currentTaxLines"]] == ["HST"]


def test_an_order_that_is_off_or_shipped_is_not_edited() -> None:
    shipped, cancelled = placed(), placed()
    fulfil(shipped, LATER, {0: 3})
    cancel(cancelled, LATER)
    with pytest.raises(EditRefusedError):
        edit(shipped, LATER, quantities={0: 2})
    with pytest.raises(EditRefusedError):
        edit(cancelled, LATER, quantities={0: 2})


def test_units_and_shipping_are_refunded_each_by_itself() -> None:
    order = placed(taxes=QUEBEC, shipping=Decimal(10), paid=True)
    goods = refund(order, LATER, Decimal("28.75"), {0: 1})
    shipping = refund(order, LATER, Decimal("11.50"), shipping=Decimal(10))

    assert (sales(order, 1), goods["orderAdjustments"]) == ([("PRODUCT", "RETURN", -1, Decimal("-28.75"))], [])
    assert sales(order, 2) == [("SHIPPING", "RETURN", None, Decimal("-11.5"))]
    (row,) = shipping["refundShippingLines"]
    assert [money(row[name]) for name in ("subtotalAmountSet", "taxAmountSet")] == [10, Decimal("1.5")]
    assert order["agreements"][-1]["refund"] is shipping
    assert money(order["currentShippingPriceSet"]) == 0


@pytest.mark.parametrize(("given_back", "gap"), [(20, 5), (25, None), (30, -5)])
def test_what_is_given_back_beside_the_worth_of_the_units_is_an_adjustment(given_back: int, gap: int | None) -> None:
    order = placed(paid=True)
    written = refund(order, LATER, Decimal(given_back), {0: 1})

    adjustment = [] if gap is None else [("ADJUSTMENT", "RETURN", None, gap)]
    assert sales(order) == [("PRODUCT", "RETURN", -1, -25), *adjustment]
    assert [money(row["amountSet"]) for row in written["orderAdjustments"]] == ([] if gap is None else [gap])
    assert money(order["currentTotalPriceSet"]) == 100 - given_back == money(order["netPaymentSet"])


def test_what_an_edit_left_owing_to_the_buyer_is_given_back_without_an_adjustment() -> None:
    order = placed(paid=True)
    edit(order, LATER, quantities={0: 1})
    written = refund(order, LATER, Decimal(75))

    assert (written["orderAdjustments"], sales(order)) == ([], [])
    assert (money(order["currentTotalPriceSet"]), money(order["totalOutstandingSet"])) == (25, 0)


def test_units_of_an_unpaid_order_are_taken_off_without_money_or_adjustment() -> None:
    order = placed()
    written = refund(order, LATER, Decimal(0), {0: 1})

    assert (written["orderAdjustments"], written["transactions"]) == ([], [])
    assert money(order["totalOutstandingSet"]) == 75


def test_a_refund_whose_money_is_on_its_way_is_all_discrepancy_until_it_left() -> None:
    order = placed(paid=True)
    written = refund(order, LATER, Decimal(20), {0: 1}, pending=True)
    (pending,) = written["orderAdjustments"]
    assert (pending["reason"], money(pending["amountSet"])) == ("PENDING_REFUND_DISCREPANCY", 25)
    assert (money(order["currentTotalPriceSet"]), money(order["totalRefundedSet"])) == (100, 0)

    refund_arrives(order, LATER, written)
    (left,) = written["orderAdjustments"]
    assert (left["reason"], money(left["amountSet"])) == ("REFUND_DISCREPANCY", 5)
    assert (money(order["currentTotalPriceSet"]), money(order["totalRefundedSet"])) == (80, 20)
    assert ledger_disagreements(order) == []


def test_a_return_takes_units_off_and_its_refund_gives_the_money_less_the_fee() -> None:
    order = placed(paid=True)
    fulfil(order, LATER)
    take_back(order, LATER, {0: 2}, fee=Decimal(8))
    assert sales(order) == [("PRODUCT", "RETURN", -2, -50), ("FEE", "ORDER", None, 8)]
    assert (money(order["totalOutstandingSet"]), order["lineItems"][0]["unfulfilledQuantity"]) == (-42, 0)

    assert refund(order, LATER, Decimal(42))["orderAdjustments"] == []
    assert ledger_disagreements(order) == []


def test_shipped_units_come_back_and_unshipped_ones_are_taken_off() -> None:
    order = placed(paid=True)
    fulfil(order, LATER, {0: 2})
    unshipped = refund(order, LATER, Decimal(25), {0: 1})
    shipped = refund(order, LATER, Decimal(50), {0: 2})
    kept = refund(order, LATER, Decimal(25), {0: 1}, restock=False)

    rows = [written["refundLineItems"][0] for written in (unshipped, shipped, kept)]
    assert [(row["restockType"], row["restocked"]) for row in rows] == [
        ("CANCEL", True),
        ("RETURN", True),
        ("NO_RESTOCK", False),
    ]


def test_a_cancellation_takes_all_off_with_or_without_money() -> None:
    for paid, give_money_back in ((False, False), (True, False), (True, True)):
        order = placed(HAMMERS, shipping=Decimal(10), duties=Decimal(3), tip=Decimal(2), additional_fee=Decimal(1))
        if paid:
            pay(order, LATER)
        cancel(order, LATER, give_money_back=give_money_back)
        (written,) = order["refunds"]
        assert [row["restockType"] for row in written["refundLineItems"]] == ["CANCEL"]
        assert money(written["totalRefundedSet"]) == (116 if give_money_back else 0)
        assert {action for _, action, _, _ in sales(order)} == {"RETURN"}
        assert sum(total for *_, total in sales(order)) == -116
        assert ledger_disagreements(order) == []


def test_a_cancellation_balances_what_was_given_for_goodwill_before() -> None:
    order = placed(paid=True)
    refund(order, LATER, Decimal(15))
    cancel(order, LATER, give_money_back=True)

    (row,) = order["refunds"][-1]["orderAdjustments"]
    assert (row["reason"], money(row["amountSet"])) == ("FULL_RETURN_BALANCING_ADJUSTMENT", 15)
    assert money(order["totalRefundedSet"]) == 100
    assert ledger_disagreements(order) == []


def test_a_cancellation_after_a_return_takes_its_fee_off_too() -> None:
    order = placed(paid=True)
    fulfil(order, LATER, {0: 2})
    take_back(order, LATER, {0: 2}, fee=Decimal(8))
    cancel(order, LATER, give_money_back=True)
    assert sales(order) == [("PRODUCT", "RETURN", -2, -50), ("FEE", "RETURN", None, -8)]
    assert ledger_disagreements(order) == []


def test_money_goes_back_on_the_payments_that_brought_it() -> None:
    order = placed()
    pay(order, LATER, Decimal(30), gateway="gift_card")
    pay(order, LATER)
    written = refund(order, LATER, Decimal(50))

    assert [(row["gateway"], money(row["amountSet"])) for row in written["transactions"]] == [
        ("gift_card", 30),
        ("shopify_payments", 20),
    ]
    assert [row["parentTransaction"] for row in written["transactions"]] == order["transactions"][:2]


@given(order=placed_orders, acts=lives, data=st.data())
def test_whatever_an_order_lives_through_its_ledger_agrees_with_it(order: Record, acts: list[Act], data: Any) -> None:
    assert ledger_disagreements(order) == []
    for act in live(order, acts, data.draw):
        assert ledger_disagreements(order) == [], act.__name__


def test_the_check_would_see_a_sale_that_is_missing_or_counted_twice() -> None:
    order = placed(paid=True)
    refund(order, LATER, Decimal(25), {0: 1})
    (row,) = order["agreements"][-1]["sales"]
    for altered in ([], [row, row]):
        order["agreements"][-1]["sales"] = altered
        assert len(ledger_disagreements(order)) == 2
    order["agreements"][-1]["sales"] = [row]
    assert ledger_disagreements(order) == []
