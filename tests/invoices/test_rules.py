"""Rules F1–F4 end to end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from integration.demo.orders import Fixed, Line, capture, fulfil, pay
from integration.demo.orders import authorize as authorise
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord
from integration.runs import retry_at_once
from prextra_models import models as prextra
from tests.factories import ConfigurationValueFactory, GLAccountFactory, ProductCategoryFactory
from tests.scene import DATABASES, HAMMER, Scene, held_reasons, only, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

AMOUNTS = ("subtotal", "federal_tax", "provincial_tax", "total")
ODD = Line("MARTEAU", "Marteau", 3, Decimal("33.33"))


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def test_f1_each_shipment_is_invoiced_once_and_becomes_inactive(scene: Scene) -> None:
    order = scene.place()
    for units in (1, 3):
        scene.then(fulfil, order, {0: units})
        scene.sync()
    scene.sync()

    assert [i.shipment_id for i in rows(prextra.Invoice)] == [s.pk for s in rows(prextra.Shipment)]
    assert {s.status for s in rows(prextra.Shipment)} == {prextra.Shipment.Status.INACTIVE}


def test_f2_the_accounts_of_the_lines_are_those_of_their_categories(scene: Scene) -> None:
    scene.then(fulfil, scene.place(shipping=Decimal(10)))
    scene.sync()

    assert [line.account.code for line in only(prextra.Invoice).lines.all()] == ["4010", "4010"]


def test_f2_gl_shipping_shopify_gives_shipping_an_account_of_its_own(scene: Scene) -> None:
    GLAccountFactory(code="4900")
    ConfigurationValueFactory(name="glShippingShopify", value="4900")
    scene.then(fulfil, scene.place(shipping=Decimal(10)))
    scene.sync()

    assert [line.account.code for line in only(prextra.Invoice).lines.all()] == ["4010", "4900"]


def test_f2_without_a_sale_account_the_invoice_is_held_and_the_shipment_stays_active(scene: Scene) -> None:
    prextra.Item.objects.filter(code="SCIE").update(category=ProductCategoryFactory(code="SANS"))
    order = scene.place(HAMMER, Line("SCIE", "Scie", 1, Decimal(30)), shipping=Decimal(10))
    scene.then(fulfil, order, {1: 1})
    scene.then(fulfil, order)
    scene.sync()

    assert held_reasons() == [("#1001", "invoices", "sale_account_missing")]
    assert HeldRecord.objects.get().params == {"item": "SCIE", "category": "SANS"}
    assert [s.status for s in rows(prextra.Shipment)] == ["active", "inactive"]

    prextra.Item.objects.filter(code="SCIE").update(category="OUTILS")
    retry_at_once(HeldRecord.objects.all())
    scene.sync()
    assert sum(i.total for i in rows(prextra.Invoice)) == only(prextra.SalesOrder).total
    assert held_reasons() == []


def test_f3_over_all_its_shipments_the_invoices_are_the_order_to_the_cent(scene: Scene) -> None:
    order = scene.place(ODD, HAMMER, shipping=Decimal("7.77"), tip=Decimal("1.23"), discount=Fixed(Decimal("10.01")))
    for parcel in ({0: 1}, {0: 1, 1: 1}, None):
        scene.then(fulfil, order, parcel)
        scene.sync()

    written, invoices = only(prextra.SalesOrder), rows(prextra.Invoice)
    for amount in AMOUNTS:
        assert sum(getattr(i, amount) for i in invoices) == getattr(written, amount)
    assert [i.lines.filter(order_line__kind__in=["shipping", "tip"]).count() for i in invoices] == [2, 0, 0]
    assert sum(line.discount for i in invoices for line in i.lines.all()) == Decimal("10.01")


def test_f4_prepayments_are_applied_to_invoices_oldest_first_never_beyond_either(scene: Scene) -> None:
    order = scene.place(taxes=())
    scene.then(authorise, order)
    scene.then(capture, order, Decimal(40))
    scene.then(fulfil, order, {0: 1})
    scene.sync()
    scene.then(fulfil, order)
    scene.sync()
    assert [(p.amount, p.applied) for p in rows(prextra.Prepayment)] == [(40, 40)]
    assert [i.balance for i in rows(prextra.Invoice)] == [0, 60]

    scene.then(capture, order)
    scene.sync()
    applications = [(a.prepayment.amount, a.invoice.total, a.amount) for a in rows(prextra.PrepaymentApplication)]
    assert applications == [(40, 25, 25), (40, 75, 15), (60, 75, 60)]
    assert [i.balance for i in rows(prextra.Invoice)] == [0, 0]


def test_f4_what_was_paid_too_much_stays_open_on_the_prepayment(scene: Scene) -> None:
    order = scene.place(taxes=())
    scene.then(pay, order, Decimal(150))
    scene.then(fulfil, order)
    scene.sync()

    assert (only(prextra.Prepayment).applied, only(prextra.Invoice).balance) == (100, 0)


def test_f4_what_a_prextra_user_settled_himself_is_not_settled_again(scene: Scene) -> None:
    order = scene.place()
    scene.then(fulfil, order)
    scene.sync()
    prextra.Invoice.objects.update(balance=0)
    scene.then(pay, order)
    scene.sync()

    assert (only(prextra.Prepayment).applied, rows(prextra.PrepaymentApplication)) == (0, [])
