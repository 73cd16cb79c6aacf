"""Rules O1–O10 end to end: orders of a stand-in shop, documents in Prextra."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from integration.demo.orders import (
    BRITISH_COLUMBIA,
    ONTARIO,
    Buyer,
    Line,
    Percent,
    Tax,
    archive,
    cancel,
    capture,
    fail_payment,
    fulfil,
    pay,
    pay_cash,
    pending_payment,
    refund,
    settle_pending,
    void,
)
from integration.demo.orders import authorize as authorise
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord, SyncRun, TaxTitle, Watermark
from integration.runs import retry_at_once
from prextra_models import models as prextra
from tests.factories import AccountsReceivableControlFactory, GLAccountFactory, ItemFactory, ItemStockFactory
from tests.scene import DATABASES, Scene, held_reasons, only, prextra_snapshot, rows, said

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


def test_o1_an_order_deleted_in_shopify_between_the_two_questions_is_said_once(scene: Scene) -> None:
    order = scene.place(UNKNOWN)
    scene.sync()
    scene.shop.store.remove_order(order["id"])
    retry_at_once(scene.warehouse.pk)
    scene.sync()
    scene.sync()

    assert (held_reasons(), [reason for _, reason in said("skipped")]) == ([], ["order_deleted"])


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
    retry_at_once(scene.warehouse.pk)
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
    ItemFactory(code="INCONNU")
    assert scene.sync().examined == 0

    retry_at_once(scene.warehouse.pk)
    scene.sync()
    assert (names(), held_reasons()) == (["#1001"], [])


def test_o5_a_held_order_that_is_corrected_in_shopify_is_tried_at_once(scene: Scene) -> None:
    order = scene.place(UNKNOWN)
    scene.sync()
    order["lineItems"][0]["sku"] = "SCIE"
    scene.changed(order)
    scene.sync()

    assert (names(), held_reasons()) == (["#1001"], [])


# O6


def test_o6_test_orders_are_skipped_and_logged_once(scene: Scene) -> None:
    scene.then(pay, scene.place(test=True))
    scene.sync()
    scene.sync()

    assert (names(), said("skipped"), held_reasons()) == ([], [("#1001", "test_order")], [])


def test_o6_an_order_cancelled_before_it_came_in_is_skipped_if_nothing_was_paid(scene: Scene) -> None:
    order = scene.place()
    scene.then(authorise, order)
    scene.then(cancel, order)
    scene.sync()

    assert (names(), said("skipped")) == ([], [("#1001", "cancelled_unpaid")])


def test_o6_a_paid_one_comes_in_as_cancelled_with_its_money_and_reserves_no_stock(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    scene.then(cancel, order, give_money_back=True)
    scene.sync()

    assert only(prextra.SalesOrder).status == prextra.SalesOrder.Status.CANCELLED
    assert only(prextra.Prepayment).amount == Decimal("114.98")
    assert said("notice") == [("#1001", "cancelled_paid")]
    assert rows(prextra.ItemStock) == []


# O7


def test_o7_only_money_that_came_in_makes_prepayments(scene: Scene) -> None:
    order = scene.place()
    scene.then(fail_payment, order)
    scene.then(authorise, order, Decimal(50))
    scene.then(capture, order, Decimal(20))
    scene.then(void, order)
    scene.then(pending_payment, order)
    scene.sync()
    assert [p.amount for p in rows(prextra.Prepayment)] == [20]

    scene.then(settle_pending, order)
    scene.then(refund, order, Decimal(5))
    scene.sync()
    assert [p.amount for p in rows(prextra.Prepayment)] == [20, Decimal("94.98")]
    assert said("notice") == [("#1001", "refunded")]


# O8


def test_o8_the_deposit_is_that_of_the_processing_day_in_the_company_s_time_zone(scene: Scene) -> None:
    scene.then(pay, scene.place())
    with time_machine.travel(datetime(2026, 11, 25, 4, 59, tzinfo=UTC), tick=False):
        scene.sync(since=datetime(2020, 1, 1, tzinfo=UTC))
    scene.then(pay, scene.place())
    with time_machine.travel(datetime(2026, 11, 25, 5, 0, tzinfo=UTC), tick=False):
        scene.sync(since=datetime(2020, 1, 1, tzinfo=UTC))

    assert [d.deposit_date for d in rows(prextra.Deposit)] == [date(2026, 11, 24), date(2026, 11, 25)]


def test_o8_a_posted_deposit_takes_no_more_and_a_new_one_is_made(scene: Scene) -> None:
    scene.then(pay, scene.place())
    scene.sync()
    prextra.Deposit.objects.update(status=prextra.Deposit.Status.POSTED)
    scene.then(pay, scene.place(Line("SCIE", "Scie", 1, Decimal(30))))
    scene.sync()

    assert [d.total for d in rows(prextra.Deposit)] == [p.amount for p in rows(prextra.Prepayment)]


def test_o8_each_bank_has_its_own_deposit(scene: Scene) -> None:
    scene.then(pay, scene.place())
    scene.sync()
    prextra.AccountsReceivableControl.objects.update(default_bank=GLAccountFactory(code="1099"))
    scene.then(pay, scene.place())
    scene.sync()

    assert [d.bank.code for d in rows(prextra.Deposit)] == ["1010", "1099"]


# O9


@pytest.mark.parametrize(
    ("column", "reason"),
    [("prepayment_account", "prepayment_account_missing"), ("default_bank", "bank_missing")],
)
def test_o9_without_an_account_the_order_still_comes_in_and_its_prepayment_waits(
    scene: Scene, column: str, reason: str
) -> None:
    prextra.AccountsReceivableControl.objects.update(**{column: None})
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    scene.sync()
    assert (names(), rows(prextra.Prepayment), held_reasons()) == (["#1001"], [], [("#1001", "orders", reason)])
    assert only(prextra.Invoice).balance == Decimal("114.98")

    prextra.AccountsReceivableControl.objects.all().delete()
    AccountsReceivableControlFactory()
    retry_at_once(scene.warehouse.pk)
    scene.sync()
    assert (only(prextra.Prepayment).applied, only(prextra.Invoice).balance) == (Decimal("114.98"), 0)
    assert held_reasons() == []


def test_o9_a_configuration_that_names_no_account_of_the_company_holds_the_prepayment(scene: Scene) -> None:
    prextra.ConfigurationValue.objects.create(name="glBankShopify", value="9999")
    scene.then(pay, scene.place())
    scene.sync()

    assert (names(), held_reasons()) == (["#1001"], [("#1001", "orders", "account_unknown")])


# O10


def figures(code: str = "MARTEAU") -> tuple[Decimal, Decimal, Decimal]:
    row = only(prextra.ItemStock, item=code)
    return row.on_hand, row.on_sale, row.available


def test_o10_importing_reserves_and_shipping_takes_from_hand(scene: Scene) -> None:
    ItemStockFactory(item_id="MARTEAU", item=prextra.Item.objects.get(code="MARTEAU"), warehouse=scene.warehouse)
    order = scene.place(discount=Percent(Decimal(10)))
    scene.sync()
    assert figures() == (100, 4, 96)

    scene.then(fulfil, order, {0: 1})
    scene.sync()
    assert figures() == (99, 3, 96)
    scene.then(fulfil, order)
    scene.sync()
    assert figures() == (96, 0, 96)


def test_o10_what_is_shipped_of_a_cancelled_order_is_taken_from_hand_and_from_what_is_available(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order, {0: 1})
    scene.then(cancel, order)
    scene.sync()

    assert figures() == (-1, 0, -1)


# A1


def test_a_second_pass_changes_nothing_in_prextra_and_says_nothing_twice(scene: Scene) -> None:
    order = scene.place(note="n" * 2000)
    scene.then(pay, order)
    scene.then(fulfil, order, {0: 3})
    scene.then(refund, order, Decimal(5))
    scene.sync()
    before, notices = prextra_snapshot(), said("notice")
    report = scene.sync()

    assert report.examined == 1
    assert prextra_snapshot() == before
    assert said("notice") == notices
