"""The order builder: its arithmetic is Shopify's, and what happens to an order leaves it in agreement with itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.demo.orders import (
    ALBERTA,
    BRITISH_COLUMBIA,
    NO_TAX,
    ONTARIO,
    QUEBEC,
    Buyer,
    Currencies,
    Fixed,
    FreeShipping,
    Line,
    Percent,
    Shipping,
    Tax,
    Tracking,
    archive,
    authorize,
    build_order,
    cancel,
    cancel_fulfilment,
    capture,
    fail_payment,
    fulfil,
    money_text,
    pay,
    pay_cash,
    pending_payment,
    refund,
    settle_pending,
    void,
)
from integration.demo.orders.money import spread
from tests.demo.identity import disagreements, money

PLACED = datetime(2026, 11, 24, 14, 58, tzinfo=UTC)
LATER = PLACED + timedelta(hours=1)


def order_of(*lines: Line, **choices: Any) -> dict[str, Any]:
    return build_order(
        1001, lines=lines or (Line("BoeF", "Bœuf haché", 3, Decimal("24.99")),), placed_at=PLACED, **choices
    )


def plain(**choices: Any) -> dict[str, Any]:
    """One line of 100.00 without taxes, so that amounts can be read at a glance."""
    return order_of(Line("A", "Marteau", 4, Decimal(25)), taxes=NO_TAX, **choices)


def test_the_worked_sample_of_three_times_24_99_less_ten_per_cent_comes_to_89_07() -> None:
    order = order_of(shipping=Decimal(10), discount=Percent(Decimal(10), "BIENVENUE10"))
    (line,), (shipping,) = order["lineItems"], order["shippingLines"]

    assert money(line["originalTotalSet"]) == Decimal("74.97")
    assert money(line["discountAllocations"][0]["allocatedAmountSet"]) == Decimal("7.50")
    assert [money(tax["priceSet"]) for tax in line["taxLines"]] == [Decimal("3.37"), Decimal("6.73")]
    assert [money(tax["priceSet"]) for tax in shipping["taxLines"]] == [Decimal("0.50"), Decimal("1.00")]
    assert order["totalPriceSet"]["shopMoney"]["amount"] == "89.07"
    assert order["totalTaxSet"]["shopMoney"]["amount"] == "11.6"
    assert [(tax["title"], money(tax["priceSet"])) for tax in order["taxLines"]] == [
        ("TPS", Decimal("3.87")),
        ("TVQ", Decimal("7.73")),
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12", "12.0"), ("12.5", "12.5"), ("12.50", "12.5"), ("0", "0.0"), ("-0.001", "0.0"), ("-2.22", "-2.22")],
)
def test_amounts_are_written_with_at_least_one_decimal_and_no_zero_beyond(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


def test_a_fixed_discount_is_spread_to_the_cent_and_touches_neither_gift_cards_nor_tips() -> None:
    order = order_of(
        *(Line(sku, sku, 1, Decimal("9.99")) for sku in "ABC"),
        Line("CARTE", "Carte-cadeau", 1, Decimal(50), gift_card=True, requires_shipping=False),
        discount=Fixed(Decimal(10)),
        tip=Decimal(2),
        as_tip_line=True,
    )
    shares = [
        sum(money(part["allocatedAmountSet"]) for part in line["discountAllocations"]) for line in order["lineItems"]
    ]

    assert sorted(shares[:3]) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    assert shares[3:] == [0, 0]
    assert order["lineItems"][3]["taxLines"] == []
    assert disagreements(order) == []


def test_a_fixed_discount_never_takes_more_than_the_goods_cost() -> None:
    assert money(plain(discount=Fixed(Decimal(500)))["totalPriceSet"]) == 0


def test_free_shipping_leaves_the_shipping_line_with_its_price_and_nothing_to_pay() -> None:
    order = plain(shipping=Shipping(Decimal(12)), discount=FreeShipping("PORTGRATUIT"))

    assert money(order["totalShippingPriceSet"]) == 12
    assert money(order["shippingLines"][0]["discountedPriceSet"]) == 0
    assert money(order["totalPriceSet"]) == 100


def test_prices_that_include_taxes_make_the_total_and_the_taxes_are_within() -> None:
    order = order_of(Line("A", "Marteau", 1, Decimal("114.98")), taxes_included=True)

    assert money(order["totalPriceSet"]) == Decimal("114.98")
    assert [money(tax["priceSet"]) for tax in order["taxLines"]] == [Decimal("5.00"), Decimal("9.98")]


def test_a_tip_is_in_the_total_once_with_or_without_a_line_of_its_own() -> None:
    for as_line in (True, False):
        order = plain(tip=Decimal(5), as_tip_line=as_line)
        assert money(order["totalPriceSet"]) == 105
        assert money(order["subtotalPriceSet"]) == 100
        assert disagreements(order) == []


def test_an_order_in_american_dollars_keeps_its_books_in_canadian_ones() -> None:
    order = plain(currencies=Currencies("CAD", "USD", Decimal("0.71")))
    pay(order, LATER)

    assert order["totalPriceSet"]["shopMoney"] == {"amount": "100.0", "currencyCode": "CAD"}
    assert order["transactions"][0]["amountSet"]["presentmentMoney"] == {"amount": "71.0", "currencyCode": "USD"}


def test_two_shops_with_the_same_order_number_share_no_id() -> None:
    assert order_of()["id"] != order_of(id_base=5_000_000)["id"]
    assert order_of() == order_of()


def test_a_sale_pays_and_a_second_one_pays_the_rest() -> None:
    order = plain()
    assert (order["displayFinancialStatus"], order["unpaid"]) == ("PENDING", True)
    pay(order, LATER, Decimal(40))
    assert (order["displayFinancialStatus"], money(order["totalOutstandingSet"])) == ("PARTIALLY_PAID", 60)
    pay(order, LATER)
    assert (order["displayFinancialStatus"], money(order["totalReceivedSet"])) == ("PAID", 100)
    assert order["fullyPaid"]
    assert order["updatedAt"] == "2026-11-24T15:58:00Z"


def test_an_authorisation_owes_nothing_and_brings_nothing_until_it_is_captured() -> None:
    order = plain()
    authorize(order, LATER)
    assert order["displayFinancialStatus"] == "AUTHORIZED"
    assert [money(order[f"total{name}Set"]) for name in ("Outstanding", "Received", "Capturable")] == [0, 0, 100]
    capture(order, LATER, Decimal(30))
    assert (order["displayFinancialStatus"], money(order["totalCapturableSet"])) == ("PARTIALLY_PAID", 70)
    capture(order, LATER)
    assert (order["displayFinancialStatus"], order["capturable"]) == ("PAID", False)
    assert order["transactions"][1]["parentTransaction"]["kind"] == "AUTHORIZATION"


def test_a_voided_authorisation_tells_an_amount_of_zero_and_all_is_owed_again() -> None:
    order = plain()
    authorize(order, LATER)
    void(order, LATER)

    assert order["displayFinancialStatus"] == "VOIDED"
    assert money(order["transactions"][1]["amountSet"]) == 0
    assert money(order["totalOutstandingSet"]) == 100


def test_failed_and_pending_payments_bring_no_money() -> None:
    order = plain()
    fail_payment(order, LATER)
    pending_payment(order, LATER)
    assert (order["displayFinancialStatus"], money(order["totalReceivedSet"])) == ("PENDING", 0)
    settle_pending(order, LATER)
    assert (order["displayFinancialStatus"], money(order["totalReceivedSet"])) == ("PAID", 100)


def test_cash_is_rounded_to_five_cents_and_the_order_counts_as_paid() -> None:
    order = order_of(Line("A", "Marteau", 1, Decimal("9.98")), taxes=NO_TAX)
    pay_cash(order, LATER)

    assert money(order["totalPriceSet"]) == Decimal("9.98")
    assert money(order["totalReceivedSet"]) == Decimal("10.00")
    assert money(order["totalCashRoundingAdjustment"]["paymentSet"]) == Decimal("0.02")
    assert (order["displayFinancialStatus"], money(order["totalOutstandingSet"])) == ("PAID", 0)


def test_parcels_leave_one_after_the_other_and_each_has_its_own_name() -> None:
    order = plain()
    first = fulfil(order, LATER, {0: 1}, tracking=Tracking("Purolator", "PIN1"))
    assert (first["name"], order["displayFulfillmentStatus"]) == ("#1001-F1", "PARTIALLY_FULFILLED")
    second = fulfil(order, LATER)
    assert (second["name"], second["totalQuantity"]) == ("#1001-F2", 3)
    assert (order["displayFulfillmentStatus"], order["lineItems"][0]["unfulfilledQuantity"]) == ("FULFILLED", 0)


def test_a_parcel_that_is_called_back_can_be_sent_again() -> None:
    order = plain()
    parcel = fulfil(order, LATER)
    cancel_fulfilment(order, LATER, parcel)

    assert (parcel["status"], parcel["displayStatus"]) == ("CANCELLED", "CANCELED")
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert fulfil(order, LATER)["name"] == "#1001-F2"


def test_an_order_of_nothing_to_ship_needs_no_fulfilment() -> None:
    card = Line("CARTE", "Carte-cadeau", 1, Decimal(50), gift_card=True, requires_shipping=False)
    assert order_of(card)["displayFulfillmentStatus"] == "FULFILLMENT_NOT_REQUIRED"


def test_units_that_are_refunded_one_by_one_take_the_line_and_its_taxes_to_the_cent() -> None:
    order = order_of()
    pay(order, LATER)
    for amount in ("28.73", "28.73", "28.74"):
        refund(order, LATER, Decimal(amount), {0: 1})

    assert order["displayFinancialStatus"] == "REFUNDED"
    assert order["lineItems"][0]["currentQuantity"] == 0
    assert money(order["currentTotalTaxSet"]) == 0
    assert sum(money(row["subtotalSet"]) for part in order["refunds"] for row in part["refundLineItems"]) == Decimal(
        "74.97"
    )


def test_money_given_back_without_a_line_is_told_as_an_adjustment() -> None:
    order = plain()
    pay(order, LATER)
    written = refund(order, LATER, Decimal(15))

    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert [money(row["amountSet"]) for row in written["orderAdjustments"]] == [-15]
    assert [money(order[name]) for name in ("currentTotalPriceSet", "netPaymentSet", "totalOutstandingSet")] == [
        85,
        85,
        0,
    ]


def test_a_cancelled_unpaid_order_is_closed_and_owes_nothing() -> None:
    order = plain()
    cancel(order, LATER)

    assert (order["closed"], order["cancelledAt"], order["closedAt"]) == (True, order["updatedAt"], order["updatedAt"])
    assert [money(order[name]) for name in ("currentTotalPriceSet", "totalOutstandingSet")] == [0, 0]
    assert money(order["totalPriceSet"]) == 100


def test_a_cancelled_order_that_is_refunded_keeps_what_was_received_and_nets_to_zero() -> None:
    order = order_of(shipping=Decimal(10))
    pay(order, LATER)
    cancel(order, LATER, give_money_back=True)

    assert order["displayFinancialStatus"] == "REFUNDED"
    assert money(order["totalReceivedSet"]) == money(order["totalPriceSet"])
    assert money(order["netPaymentSet"]) == 0


def test_an_archived_order_is_closed_and_otherwise_as_it_was() -> None:
    order = plain()
    archive(order, LATER)
    assert (order["closed"], order["cancelledAt"], order["displayFinancialStatus"]) == (True, None, "PENDING")


def test_a_buyer_without_address_has_a_name_and_no_address() -> None:
    order = plain(buyer=Buyer("Julie", "Tremblay", email="julie@example.com"))
    assert order["customer"]["displayName"] == "Julie Tremblay"
    assert (order["shippingAddress"], order["billingAddress"]) == (None, None)


prices = st.decimals(min_value="0.01", max_value="2500", places=2)
lines = st.lists(
    st.builds(
        Line,
        sku=st.just("A"),
        title=st.just("Marteau"),
        quantity=st.integers(1, 40),
        price=prices,
        taxable=st.booleans(),
        taxes=st.sampled_from([None, (Tax("TPS", Decimal("0.05")),)]),
    ),
    min_size=1,
    max_size=6,
)
discounts = st.one_of(
    st.none(),
    st.builds(Percent, st.decimals(min_value=0, max_value=100, places=2)),
    st.builds(Fixed, prices),
    st.just(FreeShipping()),
)


@given(
    lines=lines,
    shipping=st.none() | prices,
    discount=discounts,
    taxes=st.sampled_from([QUEBEC, ONTARIO, ALBERTA, BRITISH_COLUMBIA, NO_TAX]),
    taxes_included=st.booleans(),
    tip=st.sampled_from([Decimal(0), Decimal("3.21")]),
    as_tip_line=st.booleans(),
    additional_fee=st.sampled_from([Decimal(0), Decimal("1.15")]),
    duties=st.sampled_from([Decimal(0), Decimal("7.77")]),
)
def test_whatever_is_bought_the_total_is_goods_and_shipping_and_extras_and_taxes(**choices: Any) -> None:
    assert disagreements(build_order(1001, placed_at=PLACED, **choices)) == []


@given(amount=prices, weights=st.lists(prices, min_size=1, max_size=12))
def test_what_is_spread_is_neither_more_nor_less_than_the_whole(amount: Decimal, weights: list[Decimal]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == amount
    assert min(shares) >= 0
