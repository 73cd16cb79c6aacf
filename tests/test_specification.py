"""The specification's sections 3, 4 and 5 (orders, shipments, invoices), one test for each of its sentences, end to end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from integration.demo.orders import Line, archive, capture, fulfil, pay
from integration.demo.orders import authorize as authorise
from integration.demo.shop.shop import StandInShop
from prextra_models import models as prextra
from tests.factories import (
    BANK,
    PREPAYMENTS,
    ConfigurationValueFactory,
    GLAccountFactory,
    PaymentMethodFactory,
    SectorFactory,
)
from tests.scene import DATABASES, Scene, only, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

READS_ONLY = {"ShopInfo", "OrdersChanged", "OrdersById", "OrderLines", "FulfilmentLines"}


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


# Section 1.2 and 1.3, as far as they say what becomes of an order.


def test_an_order_paid_in_shopify_makes_a_prepayment_with_the_payment_method_of_the_company(scene: Scene) -> None:
    """« si celle-ci est payée dans Shopify, un payé d'avance sera automatiquement créé dans Prextra »"""
    method = PaymentMethodFactory(code="WEB", name="Ventes web")
    prextra.Company.objects.update(shopify_payment_method=method)
    scene.then(pay, scene.place())
    scene.sync()

    assert only(prextra.Prepayment).payment_method_id == "WEB"


def test_the_customer_of_the_warehouse_is_the_one_whose_orders_are_synchronised(scene: Scene) -> None:
    """« Sélectionnez le client dans lequel vous désirez synchroniser vos commandes de Shopify à Prextra. »"""
    scene.place()
    scene.sync()

    assert only(prextra.SalesOrder).customer_id == scene.warehouse.shopify_customer_id


def test_a_company_managed_by_sector_uses_the_sector_of_this_customer(scene: Scene) -> None:
    """« le secteur utilisé lors de la synchronisation sera par défaut le secteur attribué à ce client »"""
    SectorFactory(code="PREMIER")
    prextra.Customer.objects.update(sector=SectorFactory(code="WEB"))
    prextra.Company.objects.update(managed_by_sector=True)
    scene.place()
    scene.sync()

    assert only(prextra.SalesOrder).sector.code == "WEB"


def test_without_a_sector_on_the_customer_the_first_one_created_is_used(scene: Scene) -> None:
    """« Si le client n'a pas un secteur d'attribuer, la synchronisation utilisera le premier secteur créé »"""
    SectorFactory(code="ZZ")
    SectorFactory(code="AA")
    prextra.Company.objects.update(managed_by_sector=True)
    scene.place()
    scene.sync()

    assert only(prextra.SalesOrder).sector.code == "ZZ"


def test_a_company_not_managed_by_sector_gives_its_orders_none(scene: Scene) -> None:
    prextra.Customer.objects.update(sector=SectorFactory())
    scene.place()
    scene.sync()

    assert only(prextra.SalesOrder).sector is None


@pytest.mark.parametrize(
    ("ticked", "documents"),
    [
        (("orders",), (1, 1, 0, 0)),
        (("orders", "shipments"), (1, 1, 1, 0)),
        (("orders", "invoices"), (1, 1, 0, 0)),
        (("shipments", "invoices"), (0, 0, 0, 0)),
        (("orders", "shipments", "invoices"), (1, 1, 1, 1)),
    ],
)
def test_each_of_the_boxes_of_the_warehouse_synchronises_its_own_documents(
    scene: Scene, ticked: tuple[str, ...], documents: tuple[int, ...]
) -> None:
    """« Cochez cette case afin de synchroniser les commandes / expéditions / factures de cet entrepôt »"""
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    scene.tick_boxes(*ticked)
    scene.sync()

    made = [prextra.SalesOrder, prextra.Prepayment, prextra.Shipment, prextra.Invoice]
    assert tuple(len(rows(model)) for model in made) == documents


# Section 3: orders.


def test_orders_go_from_shopify_to_prextra_only(scene: Scene) -> None:
    """« La synchronisation des commandes s'effectue de Shopify à Prextra seulement. »"""
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    scene.sync()

    assert {asked.operation for asked in scene.shop.requests} <= READS_ONLY


def test_an_order_created_in_shopify_is_synchronised_in_prextra(scene: Scene) -> None:
    """« lorsqu'une commande est créée dans Shopify, celle-ci sera synchronisée dans Prextra »"""
    scene.place(Line("MARTEAU", "Marteau", 3, Decimal("24.99")), shipping=Decimal(10))
    scene.sync()

    order = only(prextra.SalesOrder)
    lines = [(line.kind, line.item_id, line.quantity, line.unit_price, line.total) for line in order.lines.all()]
    assert (order.shopify_name, order.total) == ("#1001", Decimal("97.70"))
    assert lines == [
        ("item", "MARTEAU", 3, Decimal("24.99"), Decimal("86.20")),
        ("shipping", None, 1, Decimal(10), Decimal("11.50")),
    ]


def test_the_prepayment_of_a_paid_order_is_linked_to_the_order(scene: Scene) -> None:
    """« un payé d'avance sera automatiquement créé dans Prextra et sera relié à la commande »"""
    scene.then(pay, scene.place())
    scene.sync()

    prepayment = only(prextra.Prepayment)
    assert prepayment.order == only(prextra.SalesOrder)
    assert prepayment.amount == prepayment.order.total


def test_an_unpaid_order_makes_no_prepayment_and_no_deposit(scene: Scene) -> None:
    scene.place()
    scene.sync()

    assert (len(rows(prextra.SalesOrder)), rows(prextra.Prepayment), rows(prextra.Deposit)) == (1, [], [])


def test_a_payment_that_comes_later_makes_its_prepayment_then(scene: Scene) -> None:
    order = scene.place()
    scene.then(authorise, order)
    scene.sync()
    assert rows(prextra.Prepayment) == []

    scene.then(capture, order, Decimal(30))
    scene.sync()
    scene.then(capture, order)
    scene.sync()

    assert [p.amount for p in rows(prextra.Prepayment)] == [Decimal(30), Decimal("84.98")]
    assert only(prextra.Deposit).total == only(prextra.SalesOrder).total


def test_the_first_prepayment_of_the_day_makes_the_deposit_and_the_next_ones_join_it(scene: Scene) -> None:
    """« Si aucun encaissement n'était encore créé pour la date du jour, un nouvel encaissement sera créé »"""
    scene.then(pay, scene.place())
    scene.sync()
    scene.then(pay, scene.place())
    scene.sync()

    deposit = only(prextra.Deposit)
    assert [p.deposit for p in rows(prextra.Prepayment)] == [deposit, deposit]
    assert deposit.total == sum(p.amount for p in rows(prextra.Prepayment))


def test_the_account_of_the_prepayment_is_the_one_of_the_receivables_control(scene: Scene) -> None:
    """« celui relié au champ « Payé d'avance » du contrôle des comptes à recevoir »"""
    scene.then(pay, scene.place())
    scene.sync()

    assert only(prextra.Prepayment).account.code == PREPAYMENTS


def test_gl_cashadvance_shopify_names_another_account_for_the_prepayment(scene: Scene) -> None:
    """« en saisissant le compte de Grand Livre désiré dans la valeur de la configuration « glCashadvanceShopify » »"""
    GLAccountFactory(code="2099")
    ConfigurationValueFactory(name="glCashadvanceShopify", value="2099")
    scene.then(pay, scene.place())
    scene.sync()

    assert only(prextra.Prepayment).account.code == "2099"


def test_the_bank_of_the_deposit_is_the_default_one_of_the_receivables_control(scene: Scene) -> None:
    """« celle reliée au champ « Banque par défaut » du contrôle des comptes à recevoir »"""
    scene.then(pay, scene.place())
    scene.sync()

    assert only(prextra.Deposit).bank.code == BANK


def test_gl_bank_shopify_names_another_bank_for_the_deposit(scene: Scene) -> None:
    """« en saisissant le code de Grand Livre dans la valeur de la configuration « glBankShopify » »"""
    GLAccountFactory(code="1020")
    ConfigurationValueFactory(name="glBankShopify", value="1020")
    scene.then(pay, scene.place())
    scene.sync()

    assert only(prextra.Deposit).bank.code == "1020"


def test_what_is_done_in_prextra_to_an_order_is_not_synchronised_to_shopify(scene: Scene) -> None:
    """« Si une action est effectuée dans Prextra pour une commande provenant de Shopify, aucune action... »"""
    order = scene.place()
    scene.sync()
    told = dict(order)
    prextra.SalesOrder.objects.update(status=prextra.SalesOrder.Status.CANCELLED, note="Annulée au téléphone")
    scene.sync()

    assert order == told
    assert {asked.operation for asked in scene.shop.requests} <= READS_ONLY
    assert only(prextra.SalesOrder).note == "Annulée au téléphone"


# Section 4: shipments.


def ship_by_hand(units: int) -> prextra.Shipment:
    """A Prextra user ships some of the order himself."""
    order = only(prextra.SalesOrder)
    line = order.lines.get(kind="item")
    shipment = prextra.Shipment.objects.create(
        company_id=order.company_id, number="M-1", order=order, warehouse=order.warehouse, ship_date=order.order_date
    )
    prextra.ShipmentLine.objects.create(shipment=shipment, order_line=line, item_id=line.item_id, quantity=units)
    return shipment


def test_a_shipment_made_by_a_prextra_user_is_not_told_to_shopify(scene: Scene) -> None:
    """« Si un utilisateur de Prextra effectue l'expédition d'une commande [...] celle-ci ne sera pas mise à jour »"""
    order = scene.place()
    scene.sync()
    own = ship_by_hand(4)
    scene.shop.store.touch(order)
    scene.sync()

    assert order["fulfillments"] == []
    assert {asked.operation for asked in scene.shop.requests} <= READS_ONLY
    assert only(prextra.Shipment) == own
    assert rows(prextra.Invoice) == []


def test_only_when_the_order_is_treated_in_shopify_is_its_shipment_made(scene: Scene) -> None:
    """« Seulement lorsque l'administrateur de Shopify traite les commandes [...] que les expéditions seront générées »"""
    order = scene.place()
    scene.then(pay, order)
    scene.sync()
    assert rows(prextra.Shipment) == []

    scene.then(fulfil, order)
    scene.sync()
    assert only(prextra.Shipment).order == only(prextra.SalesOrder)


def test_an_order_that_shopify_archived_when_it_was_treated_still_gets_its_shipment(scene: Scene) -> None:
    """« Lorsqu'une commande est traitée dans Shopify, elle sera archivée dans Shopify. »"""
    order = scene.place()
    scene.then(fulfil, order)
    scene.then(archive, order)
    scene.sync()

    assert len(rows(prextra.Shipment)) == 1


def test_with_invoices_the_status_of_the_shipment_is_inactive_without_them_it_stays_active(scene: Scene) -> None:
    """« Si vous synchronisez les factures, le statut de l'expédition sera « Inactive » »"""
    scene.tick_boxes("orders", "shipments")
    scene.then(fulfil, scene.place())
    scene.sync()
    assert only(prextra.Shipment).status == prextra.Shipment.Status.ACTIVE

    scene.tick_boxes("orders", "shipments", "invoices")
    scene.sync()
    assert only(prextra.Shipment).status == prextra.Shipment.Status.INACTIVE


# Section 5: invoices.


def test_what_is_shipped_in_prextra_is_invoiced_by_itself(scene: Scene) -> None:
    """« Lorsqu'une commande sera traitée dans Shopify et donc expédiée dans Prextra, celle-ci sera [...] facturée »"""
    scene.then(fulfil, scene.place(shipping=Decimal(10)))
    scene.sync()

    invoice, order = only(prextra.Invoice), only(prextra.SalesOrder)
    assert invoice.shipment == only(prextra.Shipment)
    assert (invoice.subtotal, invoice.federal_tax, invoice.provincial_tax, invoice.total) == (
        order.subtotal,
        order.federal_tax,
        order.provincial_tax,
        order.total,
    )


def test_what_is_not_shipped_is_not_invoiced(scene: Scene) -> None:
    scene.then(pay, scene.place())
    scene.sync()

    assert rows(prextra.Invoice) == []


def test_invoices_are_never_told_to_shopify(scene: Scene) -> None:
    """« La synchronisation des factures s'effectue de Shopify à Prextra seulement. »"""
    scene.then(fulfil, scene.place())
    scene.sync()

    assert len(rows(prextra.Invoice)) == 1
    assert {asked.operation for asked in scene.shop.requests} <= READS_ONLY
