"""Rules E1 and E2 end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integration.demo.orders import Line, Tracking, cancel_fulfilment, fulfil
from integration.demo.shop.shop import StandInShop
from prextra_models import models as prextra
from tests.scene import DATABASES, HAMMER, Scene, held_reasons, only, rows, said

pytestmark = pytest.mark.django_db(databases=DATABASES)

SAW = Line("SCIE", "Scie", 2, HAMMER.price)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def contents(shipment: prextra.Shipment) -> dict[str, int]:
    return {line.item_id: int(line.quantity) for line in shipment.lines.all()}


def test_e1_part_fulfilments_are_several_shipments_with_carrier_and_tracking_number(scene: Scene) -> None:
    order = scene.place(HAMMER, SAW)
    scene.then(fulfil, order, {0: 3}, tracking=Tracking("Purolator", "329014521622"))
    scene.sync()
    scene.then(fulfil, order)
    scene.sync()

    first, second = rows(prextra.Shipment)
    assert (first.carrier, first.tracking_number, contents(first)) == ("Purolator", "329014521622", {"MARTEAU": 3})
    assert contents(second) == {"MARTEAU": 1, "SCIE": 2}


def test_e1_the_order_is_shipped_once_all_of_it_is(scene: Scene) -> None:
    order = scene.place()
    scene.then(fulfil, order, {0: 3})
    scene.sync()
    assert only(prextra.SalesOrder).status == prextra.SalesOrder.Status.OPEN

    scene.then(fulfil, order)
    scene.sync()
    assert only(prextra.SalesOrder).status == prextra.SalesOrder.Status.SHIPPED


def test_e1_a_flow_that_is_ticked_later_catches_up(scene: Scene) -> None:
    order = scene.place()
    fulfil(order, scene.tick())
    scene.shop.store.add_order(order)
    scene.tick_boxes("orders")
    scene.sync()
    scene.place(placed_at=datetime.now(UTC))
    scene.sync()
    assert rows(prextra.Shipment) == []

    scene.tick_boxes("orders", "shipments", "invoices")
    scene.sync()
    assert only(prextra.Shipment).order.shopify_id == order["id"]
    assert only(prextra.Invoice).order.shopify_id == order["id"]


def test_e1_a_flow_that_was_unticked_for_a_while_reads_from_where_it_stood(scene: Scene) -> None:
    scene.place()
    scene.sync()
    scene.tick_boxes("orders")
    order = scene.place(placed_at=scene.tick() + timedelta(hours=1))
    parcel = fulfil(order, scene.tick() + timedelta(hours=1))
    scene.shop.store.add_order(order)
    scene.place(placed_at=datetime.now(UTC))
    scene.sync()
    assert rows(prextra.Shipment) == []

    scene.tick_boxes("orders", "shipments", "invoices")
    scene.sync()
    assert only(prextra.Shipment).shopify_id == parcel["id"]


def test_e1_a_cancelled_fulfilment_makes_no_shipment_and_after_its_shipment_it_is_said(scene: Scene) -> None:
    order = scene.place()
    early = scene.then(fulfil, order, {0: 1})
    scene.then(cancel_fulfilment, order, early)
    sent = scene.then(fulfil, order, {0: 2})
    scene.sync()
    scene.then(cancel_fulfilment, order, sent)
    scene.sync()

    assert only(prextra.Shipment).shopify_id == sent["id"]
    assert said("notice") == [("#1001", "fulfilment_cancelled")]


def test_e1_a_fulfilment_of_a_line_added_later_is_held_and_the_next_one_goes_on(scene: Scene) -> None:
    order, other = scene.place(HAMMER), scene.place(SAW)
    scene.sync()
    order["lineItems"].append({**other["lineItems"][0], "id": "gid://shopify/LineItem/99"})
    scene.then(fulfil, order, {1: 1})
    scene.then(fulfil, order, {0: 4})
    scene.sync()

    assert held_reasons() == [("#1001", "shipments", "fulfilment_line_unknown")]
    assert contents(only(prextra.Shipment)) == {"MARTEAU": 4}


def test_e2_a_user_s_own_shipment_is_left_alone_and_the_same_goods_do_not_leave_twice(scene: Scene) -> None:
    order = scene.place()
    scene.sync()
    written = only(prextra.SalesOrder)
    own = prextra.Shipment.objects.create(
        company_id=written.company_id, number="M-1", order=written, warehouse=written.warehouse, ship_date="2026-11-24"
    )
    prextra.ShipmentLine.objects.create(shipment=own, order_line=written.lines.get(), item_id="MARTEAU", quantity=3)
    scene.then(fulfil, order, {0: 1})
    scene.then(fulfil, order)
    scene.sync()

    own.refresh_from_db(using="prextra")
    assert (own.shopify_id, own.status, contents(own)) == (None, "active", {"MARTEAU": 3})
    assert [contents(s) for s in rows(prextra.Shipment)] == [{"MARTEAU": 3}, {"MARTEAU": 1}]
    assert held_reasons() == [("#1001", "shipments", "shipped_more_than_ordered")]
    assert [i.shipment_id for i in rows(prextra.Invoice)] == [rows(prextra.Shipment)[1].pk]
