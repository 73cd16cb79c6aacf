"""Rules O1–O5 end to end: the feed, the texts, the amounts, and what is held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from integration.demo.orders import (
    BRITISH_COLUMBIA,
    ONTARIO,
    Buyer,
    Line,
    Tax,
    archive,
    cancel,
    fulfil,
    pay,
    pay_cash,
)
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord, SyncRun, TaxTitle, Watermark
from integration.runs import retry_at_once
from prextra_models import models as prextra
from tests.factories import ItemFactory
from tests.scene import DATABASES, Scene, held_reasons, only, rows, said

pytestmark = pytest.mark.django_db(databases=DATABASES)

UNKNOWN = Line("INCONNU", "Chose", 1, Decimal(10))


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def names() -> list[str]:
    return [order.shopify_name for order in rows(prextra.SalesOrder)]


# O1


def test_o1_archived_and_cancelled_orders_are_in_the_feed(scene: Scene) -> None:
    scene.then(archive, scene.place())
    cancelled = scene.place()
    scene.then(pay, cancelled)
    scene.then(cancel, cancelled)
    scene.sync()

    assert names() == ["#1001", "#1002"]


def test_o1_all_pages_are_read(scene: Scene) -> None:
    for _ in range(251):
        scene.place()
    scene.sync()

    assert len(names()) == 251


def test_o1_each_pass_reads_from_where_the_last_one_ended_less_an_overlap(scene: Scene) -> None:
    order = scene.place()
    scene.sync()
    scene.sync()

    query = [asked.variables["query"] for asked in scene.shop.requests if asked.operation == "OrdersChanged"][-1]
    read_from = datetime.fromisoformat(order["updatedAt"]) - timedelta(minutes=10)
    assert query == f"updated_at:>='{read_from:%Y-%m-%dT%H:%M:%SZ}'"


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_o1_the_watermark_moves_only_after_a_complete_pass(scene: Scene, failing: int) -> None:
    """The pass asks for the shop, the changes and the orders; whichever is refused, nothing counts as read."""
    scene.place()
    scene.shop.faults.next(*["slow"] * (failing - 1), "403")
    report = scene.sync()

    assert report.error is not None
    assert (names(), Watermark.objects.count()) == ([], 0)
    scene.sync()
    assert (names(), Watermark.objects.count()) == (["#1001"], 3)


def test_o1_reading_from_a_later_date_does_not_pass_over_what_was_not_read_yet(scene: Scene) -> None:
    scene.place()
    late = scene.place(placed_at=datetime.now(UTC).replace(microsecond=0))
    scene.sync(since=datetime.fromisoformat(late["updatedAt"]))
    assert names() == ["#1002"]

    scene.sync()
    assert sorted(names()) == ["#1001", "#1002"]


def test_o1_a_held_order_does_not_stop_the_watermark(scene: Scene) -> None:
    order = scene.place(UNKNOWN)
    scene.sync()

    assert {mark.read_until for mark in Watermark.objects.all()} == {datetime.fromisoformat(order["updatedAt"])}


def test_o1_a_held_order_that_shopify_does_not_show_any_more_stays_held_and_says_so(scene: Scene) -> None:
    order = scene.place(UNKNOWN)
    scene.sync()
    scene.shop.store.remove_order(order["id"])
    retry_at_once(HeldRecord.objects.all())
    scene.sync()
    scene.sync()

    assert held_reasons() == [("#1001", "orders", "order_gone")]


# O2


def test_o2_the_buyer_is_on_the_order_and_a_long_text_is_cut_with_a_line_in_the_log(scene: Scene) -> None:
    buyer = Buyer("Marie-Ève", "R" * 60, address1="1, rue du Port", city="Québec", zip="G1R 4P5", email="m@example.com")
    scene.place(buyer=buyer, note="n" * 10_000)
    scene.sync()

    order = only(prextra.SalesOrder)
    assert (order.buyer_name, order.ship_city, order.bill_postal_code) == ("Marie-Ève " + "R" * 30, "Québec", "G1R 4P5")
    assert (len(order.note), order.buyer_email) == (1000, "m@example.com")
    assert said("notice") == [("#1001", "text_cut")]


# O3


@pytest.mark.parametrize(
    ("taxes", "federal", "provincial"),
    [(ONTARIO, "13.00", "0.00"), (BRITISH_COLUMBIA, "5.00", "7.00"), ((Tax("QST", Decimal("0.1")),), "0.00", "10.00")],
)
def test_o3_taxes_are_federal_or_provincial_by_their_title(
    scene: Scene, taxes: tuple[Tax, ...], federal: str, provincial: str
) -> None:
    scene.place(taxes=taxes)
    scene.sync()

    order = only(prextra.SalesOrder)
    assert (order.federal_tax, order.provincial_tax) == (Decimal(federal), Decimal(provincial))


def test_o3_staff_may_add_the_title_of_a_tax_that_held_the_order(scene: Scene) -> None:
    scene.place(taxes=(Tax("Taxe d'accise", Decimal("0.02")),))
    scene.sync()
    assert held_reasons() == [("#1001", "orders", "unknown_tax")]

    TaxTitle.objects.create(title="TAXE D'ACCISE", tax=TaxTitle.Tax.FEDERAL)
    retry_at_once(HeldRecord.objects.all())
    scene.sync()
    assert (only(prextra.SalesOrder).federal_tax, held_reasons()) == (2, [])


# O4


def test_o4_an_order_that_differs_by_a_cent_is_held_and_the_gap_is_named(scene: Scene) -> None:
    order = scene.place()
    order["totalPriceSet"]["shopMoney"]["amount"] = "114.97"
    scene.sync()

    assert held_reasons() == [("#1001", "orders", "total_differs")]
    assert HeldRecord.objects.get().params["gap"] == "-0.01"


def test_o4_cash_rounding_is_visible_and_the_invoice_is_paid_by_what_was_handed_over(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay_cash, order)
    scene.then(fulfil, order)
    scene.sync()

    written, prepayment, invoice = only(prextra.SalesOrder), only(prextra.Prepayment), only(prextra.Invoice)
    assert (written.total, written.cash_rounding, prepayment.amount) == (
        Decimal("114.98"),
        Decimal("0.02"),
        Decimal("115.00"),
    )
    assert (invoice.balance, prepayment.applied) == (0, Decimal("115.00"))


# O5


def test_o5_an_unknown_sku_holds_the_order_and_names_the_line_while_all_others_go_on(scene: Scene) -> None:
    scene.place(UNKNOWN)
    scene.place()
    report = scene.sync()

    held = HeldRecord.objects.get()
    assert (held.reason, held.params) == ("unknown_sku", {"line": "Chose", "sku": "INCONNU"})
    assert "Chose" in held.message
    assert names() == ["#1002"]
    assert (report.held, report.runs["orders"].outcome) == (1, SyncRun.Outcome.HELD)  # type: ignore[index]


def test_o5_a_held_order_is_tried_again_by_itself_later_and_later(scene: Scene) -> None:
    scene.place(UNKNOWN)
    pauses = []
    moment = datetime.now(UTC)
    for _ in range(4):
        with time_machine.travel(moment, tick=False):
            scene.sync()
        held = HeldRecord.objects.get()
        pauses.append(held.next_attempt_at - moment)
        moment = held.next_attempt_at

    assert (held.attempts, pauses) == (4, sorted(set(pauses)))
    ItemFactory(code="INCONNU")
    with time_machine.travel(moment, tick=False):
        scene.sync()
    assert (names(), held_reasons()) == (["#1001"], [])


def test_o5_until_then_it_rests_and_on_request_it_is_tried_at_once(scene: Scene) -> None:
    scene.place(UNKNOWN)
    scene.sync()
    assert scene.sync().examined == 0
    retry_at_once(HeldRecord.objects.all())
    assert scene.sync().examined == 1


def test_o5_what_waits_for_an_item_goes_through_once_the_item_is_there(scene: Scene) -> None:
    scene.place(UNKNOWN)
    scene.sync()
    ItemFactory(code="INCONNU")
    scene.sync()
    assert (names(), held_reasons()) == (["#1001"], [])


def test_o5_a_held_order_that_is_corrected_in_shopify_is_tried_at_once(scene: Scene) -> None:
    order = scene.place(UNKNOWN)
    scene.sync()
    order["lineItems"][0]["sku"] = "SCIE"
    scene.changed(order)
    scene.sync()

    assert (names(), held_reasons()) == (["#1001"], [])
