"""Rules E1 and E2 on value types: fulfilments of Shopify's in, shipments that Prextra lacks out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.ledger import Ledger, LineKind
from integration.shipments.plan import CARRIER_LENGTH, TRACKING_LENGTH, ShipmentsDue, plan
from integration.shopify.order import Fulfilment
from prextra_models.models import Shipment as ShipmentRow
from tests.values import NOON, RULES, line, parcel, sales_order, shipment, shop_order


def due(*parcels: Fulfilment, held: Ledger | None = None) -> ShipmentsDue:
    """What is due for an order of five hammers and a gift card."""
    ordered = sales_order(
        line(quantity=5), line("G1", kind=LineKind.GIFT_CARD, item=None), line("S1", kind=LineKind.SHIPPING)
    )
    return plan(shop_order(fulfilments=parcels), held or Ledger(ordered), RULES)


def reasons(found: ShipmentsDue) -> list[str]:
    return [hold.reason for hold in found.holds]


def test_e1_a_successful_fulfilment_is_a_shipment_with_its_lines_date_carrier_and_tracking_number() -> None:
    evening = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    found = due(parcel("F1", ("L1", 2), ("G1", 1), created_at=evening, carrier="Purolator", tracking_number="329"))

    (made,) = found.shipments
    assert (made.shopify_id, made.carrier, made.tracking_number) == ("F1", "Purolator", "329")
    assert made.ship_date == date(2026, 11, 24)
    assert made.lines == {"L1": 2, "G1": 1}


def test_e1_part_fulfilments_are_several_shipments_oldest_first() -> None:
    later = NOON.replace(hour=20)
    found = due(parcel("F2", ("L1", 3), created_at=later), parcel("F1", ("L1", 2)))

    assert [(s.shopify_id, s.lines) for s in found.shipments] == [("F1", {"L1": 2}), ("F2", {"L1": 3})]


@pytest.mark.parametrize("status", ["CANCELLED", "ERROR", "FAILURE", "OPEN", "PENDING"])
def test_e1_a_fulfilment_that_did_not_succeed_is_no_shipment(status: str) -> None:
    assert due(parcel(status=status)) == ShipmentsDue()


def test_e1_a_fulfilment_that_has_its_shipment_makes_no_other() -> None:
    held = Ledger(sales_order(line(quantity=5)), shipments=(shipment("F1", {"L1": 2}),))

    assert [s.shopify_id for s in due(parcel("F1", ("L1", 2)), parcel("F2", ("L1", 3)), held=held).shipments] == ["F2"]


def test_e1_a_fulfilment_that_shopify_tells_twice_is_one_shipment() -> None:
    assert len(due(parcel("F1", ("L1", 2)), parcel("F1", ("L1", 2))).shipments) == 1


def test_e1_a_line_that_comes_twice_in_a_fulfilment_is_shipped_with_both_quantities() -> None:
    (made,) = due(parcel("F1", ("L1", 2), ("L1", 3))).shipments

    assert made.lines == {"L1": Decimal(5)}


def test_e1_without_its_sales_order_nothing_is_shipped_and_nothing_is_held() -> None:
    assert plan(shop_order(fulfilments=(parcel(),)), Ledger(), RULES) == ShipmentsDue()


def test_e1_more_than_was_ordered_is_held_and_the_other_fulfilments_go_on() -> None:
    found = due(parcel("F1", ("L1", 6)), parcel("F2", ("L1", 5)))

    assert reasons(found) == ["shipped_more_than_ordered"]
    assert [s.shopify_id for s in found.shipments] == ["F2"]


def test_e1_a_line_that_the_order_does_not_have_is_held() -> None:
    assert reasons(due(parcel("F1", ("L9", 1)))) == ["fulfilment_line_unknown"]


def test_e1_a_charge_that_lies_in_a_parcel_such_as_a_tip_is_nothing_to_ship() -> None:
    found = due(parcel("F1", ("L1", 1), ("S1", 1)), parcel("F2", ("S1", 1)))

    assert [set(shipment.lines) for shipment in found.shipments] == [{"L1"}]
    assert reasons(found) == []


def test_e1_a_negative_quantity_is_held_and_nothing_of_nothing_is_no_shipment() -> None:
    found = due(parcel("F1", ("L1", -1)), parcel("F2", ("L1", 0)), parcel("F3", ("L1", 0), ("G1", 1)))

    assert reasons(found) == ["quantity_refused"]
    assert [(s.shopify_id, s.lines) for s in found.shipments] == [("F3", {"G1": 1})]


@pytest.mark.parametrize(("text", "column"), [("x" * 101, "carrier,tracking_number"), ("x" * 51, "carrier")])
def test_e1_a_carrier_or_tracking_number_that_is_too_long_is_cut_and_said(text: str, column: str) -> None:
    found = due(parcel(carrier=text, tracking_number=text))

    assert [(n.reason, n.params) for n in found.notices] == [("text_cut", {"columns": column})]
    assert found.shipments[0].carrier == "x" * 50


def test_the_lengths_are_those_of_the_columns() -> None:
    fields: Any = ShipmentRow._meta
    assert fields.get_field("carrier").max_length == CARRIER_LENGTH
    assert fields.get_field("tracking_number").max_length == TRACKING_LENGTH


def test_e2_what_a_prextra_user_shipped_himself_is_not_shipped_again() -> None:
    held = Ledger(sales_order(line(quantity=5)), shipments=(shipment("", {"L1": 4}),))

    assert reasons(due(parcel("F1", ("L1", 2)), held=held)) == ["shipped_more_than_ordered"]
    assert [s.lines for s in due(parcel("F1", ("L1", 1)), held=held).shipments] == [{"L1": 1}]


def test_a1_a_fulfilment_cancelled_after_its_shipment_was_made_is_to_be_looked_at() -> None:
    held = Ledger(sales_order(line(quantity=5)), shipments=(shipment("F1"),))
    found = due(parcel("F1", status="CANCELLED"), held=held)

    assert (found.shipments, [n.reason for n in found.notices]) == ((), ["fulfilment_cancelled"])
