"""Random lives of an order: paid, shipped, edited, moved, refunded, returned and cancelled, in any order that Shopify allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integration.demo.orders import (
    CAD,
    NO_TAX,
    ONTARIO,
    QUEBEC,
    Buyer,
    Currencies,
    FreeShipping,
    Line,
    Percent,
    Record,
    Shipping,
    authorize,
    build_order,
    cancel,
    capture,
    edit,
    fulfil,
    pay,
    refund,
    refund_arrives,
    ship_elsewhere,
    take_back,
)
from tests.demo.identity import money

PLACED = datetime(2026, 11, 24, 14, 58, tzinfo=UTC)
SAW = Line("SCIE", "Scie", 1, Decimal(40))

Act = Callable[[Record, datetime, Any], None]


def _units(draw: Any, order: Record, count: str) -> dict[int, int]:
    """Some units of the lines that have any."""
    found = {index: line[count] for index, line in enumerate(order["lineItems"]) if line[count]}
    return {index: draw(st.integers(1, units)) for index, units in found.items() if draw(st.booleans())}


def _cents(draw: Any, most: Decimal) -> Decimal:
    return Decimal(draw(st.integers(0, int(most * 100)))) / 100


def _pay(order: Record, at: datetime, draw: Any) -> None:
    due = money(order["totalOutstandingSet"])
    if due > 0 and not order["capturable"]:
        pay(order, at, max(Decimal("0.01"), _cents(draw, due)))


def _authorize(order: Record, at: datetime, _draw: Any) -> None:
    if not order["transactions"] and money(order["totalOutstandingSet"]) > 0:
        authorize(order, at)


def _capture(order: Record, at: datetime, draw: Any) -> None:
    if order["capturable"]:
        capture(order, at, max(Decimal("0.01"), _cents(draw, money(order["totalCapturableSet"]))))


def _ship(order: Record, at: datetime, draw: Any) -> None:
    if parcel := _units(draw, order, "unfulfilledQuantity"):
        fulfil(order, at, parcel)


def _edit(order: Record, at: datetime, draw: Any) -> None:
    open_units = _units(draw, order, "unfulfilledQuantity")
    lines = order["lineItems"]
    fewer = {index: lines[index]["currentQuantity"] - units for index, units in open_units.items()}
    prices = {index: money(line["discountedUnitPriceAfterAllDiscountsSet"]) for index, line in enumerate(lines)}
    off = {index: _cents(draw, price / 2) for index, price in prices.items() if price > 1 and draw(st.booleans())}
    edit(
        order,
        at,
        quantities=fewer if draw(st.booleans()) else {0: lines[0]["currentQuantity"] + draw(st.integers(0, 3))},
        added=draw(st.lists(st.just(SAW), max_size=1)),
        discounts={index: amount for index, amount in off.items() if amount},
        shipping=draw(st.none() | st.just(Shipping(Decimal("7.77"), "Express"))),
        drop_shipping=draw(st.booleans()),
    )


def _move(order: Record, at: datetime, draw: Any) -> None:
    ship_elsewhere(order, at, Buyer("Léa", city="Ottawa"), draw(st.sampled_from([ONTARIO, QUEBEC, NO_TAX])))


def _refund(order: Record, at: datetime, draw: Any) -> None:
    net = money(order["netPaymentSet"])
    amount = net if draw(st.booleans()) else _cents(draw, max(net, Decimal(0)))
    over = draw(st.sampled_from([0, 0, 0, 5])) if net > 0 else 0
    shipping = _cents(draw, money(order["currentShippingPriceSet"]))
    written = refund(
        order,
        at,
        max(amount, Decimal(0)) + over,
        _units(draw, order, "currentQuantity"),
        shipping=shipping if draw(st.booleans()) else Decimal(0),
        restock=draw(st.booleans()),
        pending=(pending := draw(st.booleans())),
        allow_over=True,
    )
    if pending and draw(st.booleans()):
        refund_arrives(order, at, written)


def _take_back(order: Record, at: datetime, draw: Any) -> None:
    gone = {
        index: line["currentQuantity"] - line["unfulfilledQuantity"] for index, line in enumerate(order["lineItems"])
    }
    if units := {index: draw(st.integers(1, most)) for index, most in gone.items() if most > 0}:
        take_back(order, at, units, fee=draw(st.sampled_from([Decimal(0), Decimal("4.25")])))


def _cancel(order: Record, at: datetime, draw: Any) -> None:
    if not order["fulfillments"]:
        cancel(order, at, give_money_back=draw(st.booleans()), restock=draw(st.booleans()))


ACTS: list[Act] = [_pay, _authorize, _capture, _ship, _edit, _edit, _move, _refund, _refund, _take_back, _cancel]


def live(order: Record, acts: Sequence[Act], draw: Any) -> Iterator[Act]:
    """One act after the other, each an hour later, until the order is off; an act that Shopify would not do now does nothing."""
    for hours, act in enumerate(acts, start=1):
        if order["cancelledAt"]:
            return
        act(order, PLACED + timedelta(hours=hours), draw)
        yield act


prices = st.integers(0, 300_00).map(lambda number: Decimal(number) / 100)
lines = st.lists(
    st.builds(Line, st.just("A"), st.just("Marteau"), st.integers(1, 7), prices, taxable=st.booleans()),
    min_size=1,
    max_size=3,
)
choices = st.fixed_dictionaries(
    {
        "shipping": st.none() | st.builds(Shipping, prices, taxable=st.booleans()),
        "taxes": st.sampled_from([QUEBEC, ONTARIO, NO_TAX]),
        "discount": st.sampled_from([None, Percent(Decimal("12.5")), FreeShipping()]),
        "taxes_included": st.booleans(),
        "tip": st.sampled_from([Decimal(0), Decimal("3.21")]),
        "as_tip_line": st.booleans(),
        "additional_fee": st.sampled_from([Decimal(0), Decimal("1.15")]),
        "duties": st.sampled_from([Decimal(0), Decimal("7.77")]),
        "currencies": st.sampled_from([CAD, Currencies("CAD", "USD", Decimal("0.7134"))]),
    }
)
placed_orders = st.builds(
    lambda lines, choices: build_order(1001, lines=lines, placed_at=PLACED, **choices), lines, choices
)
lives = st.lists(st.sampled_from(ACTS), max_size=8)
