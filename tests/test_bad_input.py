"""What Shopify should never say, and says: it holds that record or cuts that text, and all the others go on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from integration.demo.orders import Buyer, Currencies, Line, fulfil, pay
from integration.demo.shop.shop import StandInShop
from integration.errors import RecordError
from integration.models import HeldRecord
from integration.reasons import REASONS
from integration.shopify.client import load_document
from integration.shopify.orders import OrdersFeed
from integration.shopify.parse import parse_order
from prextra_models import models as prextra
from tests.scene import DATABASES, InProcess, Record, Scene, held_reasons, only, prextra_snapshot, rows, said

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def bag(amount: str) -> Record:
    money = {"amount": amount, "currencyCode": "CAD"}
    return {"shopMoney": money, "presentmentMoney": money}


def names() -> list[str]:
    return [order.shopify_name for order in rows(prextra.SalesOrder)]


# What comes in all the same.


@pytest.mark.parametrize(
    "text", ["🎁" * 300, "<script>alert('x')</script>" * 9, "é" * 300, "\u202e\u0007\x00 nul", "' OR 1=1 --"]
)
def test_any_text_comes_in_as_it_is_or_cut(scene: Scene, text: str) -> None:
    buyer = Buyer(text, text, text, text, text, text, text, text, "CA", text, text)
    scene.place(Line("MARTEAU", text, 1, Decimal(5)), buyer=buyer, note=text, po_number=text)
    scene.sync()

    order = only(prextra.SalesOrder)
    for field in prextra.SalesOrder._meta.get_fields():
        if value := getattr(order, field.name, None):
            assert not isinstance(value, str) or len(value.encode("utf-16-le")) // 2 <= (field.max_length or 1000)
    assert order.note == text.replace("\x00", "").strip()[: 500 if "🎁" in text else 1000]
    assert held_reasons() == []


def test_a_note_of_ten_thousand_characters_is_cut_and_said(scene: Scene) -> None:
    scene.place(note="n" * 10_000)
    scene.sync()

    assert (len(only(prextra.SalesOrder).note), said("notice")) == (1000, [("#1001", "text_cut")])


def test_an_order_without_customer_addresses_or_texts_comes_in(scene: Scene) -> None:
    order = scene.place()
    scene.changed(order, customer=None, shippingAddress=None, billingAddress=None, email=None, phone=None, note=None)
    scene.sync()

    assert only(prextra.SalesOrder).buyer_name == ""


def test_a_deleted_product_whose_line_still_has_its_sku_comes_in(scene: Scene) -> None:
    order = scene.place()
    order["lineItems"][0].update(variant=None, product=None)
    scene.sync()

    assert names() == ["#1001"]


def test_an_order_of_260_lines_comes_in_with_all_of_them_and_ships_whole(scene: Scene) -> None:
    order = scene.place(*[Line("MARTEAU", f"Marteau {n}", 1, Decimal(1)) for n in range(260)])
    scene.then(pay, order)
    scene.then(fulfil, order)
    scene.sync()

    assert only(prextra.SalesOrder).lines.count() == 260
    assert only(prextra.Shipment).lines.count() == 260
    assert only(prextra.Invoice).balance == 0


def test_a_buyer_who_paid_in_another_currency_is_booked_in_the_shop_s(scene: Scene) -> None:
    order = scene.place(currencies=Currencies("CAD", "EUR", Decimal("0.67")))
    scene.then(pay, order)
    scene.sync()

    assert (only(prextra.SalesOrder).total, only(prextra.Prepayment).amount) == (Decimal("114.98"), Decimal("114.98"))


def test_a_shipping_line_without_an_identifier_is_invoiced_like_any_other(scene: Scene) -> None:
    order = scene.place(shipping=Decimal(10))
    order["shippingLines"][0]["id"] = None
    order["shippingLines"].append({**order["shippingLines"][0], "title": "Gratuit", "taxLines": []})
    order["shippingLines"][1].update(originalPriceSet=bag("0.0"), discountedPriceSet=bag("0.0"))
    scene.then(fulfil, order, {0: 1})
    scene.sync()
    scene.then(fulfil, order)
    scene.sync()

    assert held_reasons() == []
    assert sum(i.total for i in rows(prextra.Invoice)) == only(prextra.SalesOrder).total


def test_a_payment_that_shopify_tells_twice_is_one_prepayment(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    order["transactions"].append(dict(order["transactions"][0]))
    scene.sync()

    assert only(prextra.Prepayment).amount == Decimal("114.98")


# What is held.


def spoil(path: str, value: Any) -> Callable[[Record], None]:
    """Puts the value at a dotted path of the order."""

    def change(order: Record) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = order
        for step in way:
            place = place[step]
        place[last] = value

    return change


def told_twice(order: Record) -> None:
    order["lineItems"].append(dict(order["lineItems"][0]))
    order.update(totalPriceSet=bag("229.96"), totalTaxSet=bag("29.96"))


def too_much_together(order: Record) -> None:
    line = order["lineItems"][0]
    line.update(taxLines=[], originalTotalSet=bag("99999999999.00"), originalUnitPriceSet=bag("99999999999.00"))
    order["lineItems"] = [{**line, "id": f"gid://shopify/LineItem/{n}"} for n in range(60)]
    order.update(totalPriceSet=bag(f"{99999999999 * 60}.00"), totalTaxSet=bag("0.0"))


HELD = {
    "a price with fractions of a cent": (
        spoil("lineItems.0.originalUnitPriceSet", bag("25.001")),
        "amount_not_in_cents",
    ),
    "a price beyond any column": (spoil("lineItems.0.originalTotalSet", bag("9" * 30)), "amount_too_large"),
    "a price in powers of ten": (spoil("lineItems.0.originalTotalSet", bag("1E+999999999")), "answer_malformed"),
    "a price that is none": (spoil("lineItems.0.originalTotalSet", bag("NaN")), "answer_malformed"),
    "a price in words": (spoil("lineItems.0.originalTotalSet", bag("cent dollars")), "answer_malformed"),
    "a total that is infinite": (spoil("totalPriceSet", bag("Infinity")), "answer_malformed"),
    "lines that are too much together": (too_much_together, "amount_too_large"),
    "a quantity of nothing": (spoil("lineItems.0.quantity", 0), "quantity_refused"),
    "a negative quantity": (spoil("lineItems.0.quantity", -4), "quantity_refused"),
    "a line that comes twice": (told_twice, "answer_malformed"),
    "a foreign currency": (spoil("currencyCode", "XXX"), "currency_unknown"),
    "a deleted product without its SKU": (spoil("lineItems.0.sku", None), "line_without_sku"),
    "a SKU of spaces": (spoil("lineItems.0.sku", "   "), "line_without_sku"),
    "no line at all": (spoil("lineItems", []), "total_differs"),
    "a payment with fractions of a cent": (spoil("transactions.0.amountSet", bag("0.001")), "amount_not_in_cents"),
    "a payment beyond any column": (spoil("transactions.0.amountSet", bag("9" * 20)), "amount_too_large"),
    "a tax nobody knows": (spoil("lineItems.0.taxLines.0.title", "☃"), "unknown_tax"),
    "a tax without a title": (spoil("lineItems.0.taxLines.0.title", ""), "unknown_tax"),
}


@pytest.mark.parametrize(("spoiling", "reason"), HELD.values(), ids=HELD.keys())
def test_an_order_with_this_is_held_with_its_reason_and_the_others_go_on(
    scene: Scene, spoiling: Callable[[Record], None], reason: str
) -> None:
    order = scene.place()
    scene.then(pay, order)
    spoiling(order)
    scene.place()
    report = scene.sync(connect=InProcess(scene.shop))

    assert report.error is None
    assert held_reasons() == [("#1001", "orders", reason)]
    assert names() == ["#1002"]
    held = HeldRecord.objects.get()
    assert held.traceback == ""
    assert "{" not in held.message
    assert len(held.message) < 300


def test_an_order_that_cannot_be_read_rests_like_any_other_that_is_held(scene: Scene) -> None:
    order = scene.place()
    spoil("totalPriceSet", bag("NaN"))(order)
    assert scene.sync(connect=InProcess(scene.shop), dry_run=True).held == 1
    scene.sync()
    assert scene.sync().examined == 0

    spoil("totalPriceSet", bag("114.98"))(order)
    scene.shop.store.touch(order)
    scene.sync()
    assert (names(), held_reasons()) == (["#1001"], [])


@pytest.mark.parametrize("quantity", [-1, 5, 10**12])
def test_a_fulfilment_of_an_impossible_quantity_is_held_and_the_order_comes_in(scene: Scene, quantity: int) -> None:
    order = scene.place()
    scene.then(fulfil, order, {0: 1})
    order["fulfillments"][0]["fulfillmentLineItems"][0]["quantity"] = quantity if quantity < 2**31 else 2**31 - 1
    scene.sync()

    assert names() == ["#1001"]
    assert [(name, flow) for name, flow, _ in held_reasons()] == [("#1001", "shipments")]
    assert (rows(prextra.Shipment), rows(prextra.Invoice)) == ([], [])


def test_something_unexpected_holds_the_record_with_the_traceback_for_the_technician_alone(scene: Scene) -> None:
    order = scene.place()
    scene.sync()
    scene.then(fulfil, order)
    scene.tick_boxes("orders", "shipments")
    scene.sync()
    prextra.SalesOrderLine.objects.filter(line_number=1).update(kind="???")  # a row that nothing here understands
    scene.tick_boxes("orders", "shipments", "invoices")
    scene.place()
    report = scene.sync()

    held = HeldRecord.objects.get()
    assert (report.error, held.shopify_name, held.reason) == (None, "#1001", "unexpected")
    assert "Traceback" in held.traceback
    assert "Traceback" not in held.message
    assert names() == ["#1001", "#1002"]


# Answers that are none.


@pytest.mark.parametrize("fault", ["malformed", "html", "403", "access_denied"])
@pytest.mark.parametrize("request_number", [1, 2, 3])
def test_an_answer_that_is_none_stops_the_pass_with_a_sentence_and_the_next_pass_takes_all(
    scene: Scene, fault: str, request_number: int
) -> None:
    scene.place()
    before = prextra_snapshot()
    scene.shop.faults.next(*["slow"] * (request_number - 1), *[fault] * 8, scope="read_orders")
    report = scene.sync(connect=InProcess(scene.shop))
    scene.shop.faults.clear()

    if report.error is not None:
        assert report.error.reason in REASONS
        assert prextra_snapshot() == before
    report = scene.sync()
    assert (report.error, names()) == (None, ["#1001"])


# The parser alone.


def node_of(scene: Scene) -> dict[str, Any]:
    """An order as the feed reads it."""
    order = scene.place(shipping=Decimal(10), additional_fee=Decimal(1), duties=Decimal(1), buyer=Buyer("A", city="B"))
    scene.then(pay, order)
    scene.then(fulfil, order)
    with InProcess(scene.shop)(scene.warehouse) as client:
        data = client.execute(load_document("orders_by_id"), {"ids": [order["id"]], "lines": 100}).data
    return data["nodes"][0]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, child in children for deeper in paths(child, (*path, key)))]


@pytest.mark.parametrize("junk", [None, 0, -1.5, "", "junk", [], {}, [None], {"nodes": None}, True])
def test_whatever_stands_in_whichever_field_is_read_or_held_and_never_a_defect(scene: Scene, junk: Any) -> None:
    node = node_of(scene)
    for path in paths(node)[1:]:
        spoilt = copy.deepcopy(node)
        place: Any = spoilt
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = junk
        with suppress(RecordError):
            parse_order(spoilt)


def test_half_an_emoji_which_json_allows_and_no_database_takes_is_replaced(scene: Scene) -> None:
    half = "Oh \ud83c"
    node = node_of(scene)
    node.update(name=half, note=half)
    node["lineItems"]["nodes"][0]["name"] = half
    node["shippingAddress"]["city"] = half
    order = parse_order(node)

    assert {order.name, order.note, order.lines[0].name, order.ship_to.city} == {"Oh ?"}


def test_a_page_with_such_a_node_still_gives_the_others() -> None:
    class Client:
        def execute(self, *_: Any) -> Any:
            return type("Answer", (), {"data": {"nodes": [{"id": "1", "name": "#1"}, None]}, "errors": ()})

    (page,) = OrdersFeed(Client()).fetch(["1", "2"])  # type: ignore[arg-type]
    assert [(one.id, one.error and one.error.reason) for one in page] == [("1", "answer_malformed"), ("2", None)]
