"""Sales whose orders have not come in yet: whatever else happens to orders, they are not sold again (rules I9)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from integration.demo.orders import Line, build_order, cancel, fulfil, pay, refund
from integration.demo.shop.catalogue import add_level
from integration.demo.shop.inventory import item_of_sku, move, sell
from integration.models import HeldRecord, ItemSetting, ProductLink
from prextra_models.models import SalesOrder, SalesOrderLine, Shipment, ShipmentLine, Warehouse
from prextra_models.router import PREXTRA
from tests.items.day import SECOND, Day
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_an_order_cancelled_and_put_back_hides_no_sale_on_its_way(day: Day) -> None:
    order = day.sold(2)
    pay(order, day.store.now())
    cancel(order, day.store.now())
    day.restock(2)
    late = day.sold(2)
    day.arrive(order)
    day.sync()
    assert day.prextra() == 10  # nothing is reserved for it
    assert day.quantity("A") == 8, "the sale on its way was given back"
    day.arrive(late)
    day.settle()
    assert (day.prextra(), day.quantity("A")) == (8, 8)


def test_an_order_cancelled_and_put_back_leaves_the_shop_at_prextras_figure(day: Day) -> None:
    order = day.sold(2)
    pay(order, day.store.now())
    cancel(order, day.store.now())
    day.restock(2)
    late = day.sold(2)
    day.arrive(order)
    day.sync()
    day.arrive(late)
    day.settle()
    assert (day.prextra(), day.quantity("A")) == (8, 8)


def test_units_that_were_put_back_in_the_shop_are_seen_within_a_day(day: Day) -> None:
    order = day.sold(2)
    pay(order, day.store.now())
    day.arrive(order)
    day.sync()
    refund(order, day.store.now(), Decimal("22.99"), {0: 2})
    day.store.touch(order)
    day.restock(2)
    ItemSetting.objects.update(catalogue_read_at=None)
    day.settle()
    assert day.quantity("A") == day.prextra()


def test_a_refund_that_puts_units_back_hides_no_sale_on_its_way(day: Day) -> None:
    order = day.sold(2)
    pay(order, day.store.now())
    day.arrive(order)
    day.sync()
    refund(order, day.store.now(), Decimal("22.99"), {0: 2})
    day.store.touch(order)
    day.restock(2)
    late = day.sold(2)
    day.change("A", available=9)  # one is received
    day.sync()
    given_back = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given_back, day.quantity("A"), day.prextra()) == (7, 7, 7)


def test_a_sale_at_another_location_lowers_the_one_that_is_kept_in_step(day: Day) -> None:
    day.store.locations.append({**day.store.locations[0], "id": SECOND, "name": "Comptoir"})
    ItemSetting.objects.update(location=day.first)
    add_level(item_of_sku(day.store, "A"), SECOND, 5)
    day.buy(2, SECOND)
    day.settle()
    assert day.prextra() == 8
    assert day.level()["available"] == 8


def test_a_sale_at_another_location_hides_none_here(day: Day) -> None:
    day.store.locations.append({**day.store.locations[0], "id": SECOND, "name": "Comptoir"})
    ItemSetting.objects.update(location=day.first)
    add_level(item_of_sku(day.store, "A"), SECOND, 5)
    day.buy(2, SECOND)
    late = day.sold(2)
    day.change("A", available=11)
    day.sync()
    given = day.level()["available"]
    day.arrive(late)
    day.settle()
    assert (day.prextra(), given, day.level()["available"]) == (7, 7, 7)


def test_orders_that_are_ticked_after_items_lower_the_stock() -> None:
    day = Day(sync_orders=False)
    day.item("A", available=10)
    order = day.order(3)
    pay(order, day.store.now())
    fulfil(order, day.store.now())
    day.arrive(order)
    day.sync()
    Warehouse.objects.using(PREXTRA).update(sync_orders=True, sync_shipments=True)
    day.settle()
    assert day.quantity("A") == day.prextra()


def test_a_product_made_anew_leaves_out_a_sale_that_is_on_its_way(day: Day) -> None:
    late = day.sold(2)
    day.change("A", available=11)
    day.sync()
    assert (day.quantity("A"), day.link("A").missing) == (9, 2)
    day.delete("A")
    day.change("A", price="25.99")
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (day.prextra(), given, day.quantity("A")) == (9, 9, 9)


def test_a_product_made_anew_ends_at_prextras_quantity(day: Day) -> None:
    late = day.sold(2)
    day.delete("A")
    day.change("A", price="25.99")
    day.sync()
    day.arrive(late)
    day.settle()
    assert (day.prextra(), day.quantity("A")) == (8, 8)


def test_where_shipments_are_not_ticked_a_late_order_is_not_given_back(day: Day) -> None:
    order = day.buy(2)
    day.sync()
    fulfil(order, day.store.now())
    day.store.touch(order)
    move(day.level(), 0, -2)
    day.sync()
    late = day.sold(2)
    day.change("A", available=9)
    day.sync()
    assert day.quantity("A") == 7
    day.wait()
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given, day.quantity("A"), day.prextra()) == (7, 7, 7)


def test_a_cancelled_order_hides_no_late_one(day: Day) -> None:
    order = day.sold(2)
    pay(order, day.store.now())
    day.arrive(order)
    day.sync()
    cancel(order, day.store.now())
    day.store.touch(order)
    day.restock(2)
    day.change("A", available=10)  # a user puts them back, in Prextra's way
    day.sync()
    assert day.quantity("A") == 10
    late = day.sold(2)
    day.change("A", available=11)
    day.sync()
    assert day.quantity("A") == 9
    day.wait()
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given, day.quantity("A"), day.prextra()) == (9, 9, 9)


def test_a_held_order_that_was_cancelled_is_sold_no_more(day: Day) -> None:
    lines = [Line("A", "Article", 2, Decimal(10)), Line("INCONNU", "?", 1, Decimal(1))]
    order = build_order(1500, lines=lines, placed_at=day.store.now())
    pay(order, day.store.now())
    sell(day.store, "A", 2)
    day.arrive(order)
    day.sync()
    assert HeldRecord.objects.count() == 1
    cancel(order, day.store.now())
    day.store.touch(order)
    day.restock(2)
    day.change("A", available=11)
    day.settle()
    assert day.quantity("A") == 11


def test_a_users_own_shipment_then_a_count_in_the_shop_is_set_right_after_a_while(day: Day) -> None:
    day.buy(2)
    day.sync()
    order = SalesOrder.objects.using(PREXTRA).get()
    line = SalesOrderLine.objects.using(PREXTRA).get(order=order, item="A")
    shipment = Shipment.objects.using(PREXTRA).create(
        company_id=order.company_id,
        number="9001",
        order=order,
        warehouse_id=day.warehouse.pk,
        ship_date=timezone.localdate(),
    )
    ShipmentLine.objects.using(PREXTRA).create(shipment=shipment, order_line=line, item_id="A", quantity=2)
    move(day.level(), -3)  # someone counts less in the shop
    day.change("A", available=9)
    day.settle()
    day.settle()
    assert day.quantity("A") == 9


@pytest.mark.parametrize("units", [2])
def test_orders_that_are_shipped_by_hand_leave_the_shop_at_prextras_figure(day: Day, units: int) -> None:

    day.buy(units)
    day.sync()
    order = SalesOrder.objects.using(PREXTRA).get()
    line = SalesOrderLine.objects.using(PREXTRA).get(order=order, item="A")
    shipment = Shipment.objects.using(PREXTRA).create(
        company_id=order.company_id,
        number="9001",
        order=order,
        warehouse_id=day.warehouse.pk,
        ship_date=timezone.localdate(),
    )
    ShipmentLine.objects.using(PREXTRA).create(shipment=shipment, order_line=line, item_id="A", quantity=2)
    ProductLink.objects.all().delete()
    day.settle()
    day.settle()
    assert day.quantity("A") == day.prextra()


def test_where_items_alone_are_ticked_an_order_typed_in_prextra_is_taken_off_once() -> None:
    day = Day(sync_orders=False)
    day.item("A", available=10)
    day.sync()
    day.sold(2)
    day.change("A", available=8)
    day.settle()
    day.settle()
    assert day.quantity("A") == 8


def test_a_test_order_is_not_taken_off_for_ever(day: Day) -> None:
    order = day.sold(2)
    order["test"] = True
    day.arrive(order)
    day.change("A", available=11)
    day.settle()
    day.settle()
    assert day.quantity("A") == 11


def test_an_order_reduced_after_it_came_in_hides_no_sale_on_its_way(day: Day) -> None:
    order = day.buy(3)
    day.sync()
    (line,) = order["lineItems"]
    line["currentQuantity"] = line["unfulfilledQuantity"] = 1
    order["edited"] = True
    day.store.touch(order)
    day.restock(2)
    late = day.sold(2)
    day.change("A", available=8)  # one is received
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given, day.quantity("A"), day.prextra()) == (6, 6, 6)


def test_unticked_while_a_sale_is_on_its_way_and_ticked_again_gives_none_back(day: Day) -> None:
    late = day.sold(2)
    day.change("A", shopify=False)
    day.sync()
    day.wait()
    day.sync()
    day.change("A", shopify=True)
    day.sync()
    given = day.quantity("A")
    day.arrive(late)
    day.settle()
    assert (given, day.quantity("A"), day.prextra()) == (8, 8, 8)
