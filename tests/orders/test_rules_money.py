"""Rules O6–O10 end to end: which orders come in, their prepayments, deposits and stock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from integration.demo.orders import (
    Line,
    Percent,
    cancel,
    capture,
    fail_payment,
    fulfil,
    pay,
    pending_payment,
    refund,
    settle_pending,
    void,
)
from integration.demo.orders import authorize as authorise
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord
from integration.runs import retry_at_once
from prextra_models import models as prextra
from tests.factories import AccountsReceivableControlFactory, GLAccountFactory, ItemStockFactory
from tests.scene import DATABASES, Scene, held_reasons, only, prextra_snapshot, rows, said

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def names() -> list[str]:
    return [order.shopify_name for order in rows(prextra.SalesOrder)]


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
    retry_at_once(HeldRecord.objects.all())
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
