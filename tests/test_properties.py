"""What holds for every order: generated ones go through the feed, the plans and the writers of the product."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.demo.orders import read_amount
from integration.demo.shop.shop import StandInShop
from integration.models import Flow
from prextra_models import models as prextra
from tests.demo.identity import disagreements
from tests.factories import ConfigurationValueFactory, GLAccountFactory
from tests.scene import (
    DATABASES,
    InProcess,
    Record,
    Scene,
    held_reasons,
    only,
    prextra_snapshot,
    rows,
    undone_afterwards,
)
from tests.strategies import SKUS, Sale, finish, happenings, sales, start

pytestmark = pytest.mark.django_db(databases=DATABASES)

AMOUNTS = ("subtotal", "federal_tax", "provincial_tax", "total")
generated = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Shop(Scene):
    """A scene without a socket."""

    def __init__(self) -> None:
        shop = StandInShop()
        self.connect = InProcess(shop)
        super().__init__(shop, "http://127.0.0.1:8000", SKUS)
        GLAccountFactory(code="2300", name="Cartes-cadeaux")
        ConfigurationValueFactory(name="glGiftCardShopify", value="2300")

    def sync(self, **options: Any) -> Any:
        report = super().sync(connect=self.connect, **options)
        assert (report.error, held_reasons()) == (None, [])
        return report


def shop_money(order: Record, field: str) -> Decimal:
    return read_amount(order[field]).shop


def check_money(order: Record) -> None:
    """What must be true after every pass, whatever has happened to the order so far."""
    written = only(prextra.SalesOrder)
    prepayments, invoices = rows(prextra.Prepayment), rows(prextra.Invoice)
    assert written.total == shop_money(order, "totalPriceSet")
    assert written.federal_tax + written.provincial_tax == shop_money(order, "totalTaxSet")
    for amount in AMOUNTS:
        assert sum(getattr(line, amount) for line in written.lines.all()) == getattr(written, amount)
        for invoice in invoices:
            assert sum(getattr(line, amount) for line in invoice.lines.all()) == getattr(invoice, amount)
    assert sum(p.amount for p in prepayments) == shop_money(order, "totalReceivedSet")
    for deposit in rows(prextra.Deposit):
        assert deposit.total == sum(p.amount for p in prepayments if p.deposit_id == deposit.pk)
    check_applications(prepayments, invoices)


def check_applications(prepayments: list[prextra.Prepayment], invoices: list[prextra.Invoice]) -> None:
    of_prepayment: dict[int, Decimal] = defaultdict(Decimal)
    of_invoice: dict[int, Decimal] = defaultdict(Decimal)
    for application in rows(prextra.PrepaymentApplication):
        assert application.amount > 0
        of_prepayment[application.prepayment_id] += application.amount
        of_invoice[application.invoice_id] += application.amount
    for prepayment in prepayments:
        assert of_prepayment[prepayment.pk] == prepayment.applied <= prepayment.amount
    for invoice in invoices:
        assert invoice.total + invoice.cash_rounding - of_invoice[invoice.pk] == invoice.balance >= 0
    due = sum(invoice.total + invoice.cash_rounding for invoice in invoices)
    assert sum(of_invoice.values()) == min(due, sum(p.amount for p in prepayments))


def check_all_invoiced() -> None:
    written, invoices = only(prextra.SalesOrder), rows(prextra.Invoice)
    assert written.status == prextra.SalesOrder.Status.SHIPPED
    for amount in AMOUNTS:
        assert sum(getattr(invoice, amount) for invoice in invoices) == getattr(written, amount)
    for line in written.lines.all():
        billed = rows(prextra.InvoiceLine, order_line=line)
        for amount in ("quantity", "discount", *AMOUNTS):
            assert sum(getattr(one, amount) for one in billed) == getattr(line, amount)
    for row in rows(prextra.ItemStock):
        assert (row.on_sale, row.on_hand) == (0, row.available)


@generated
@given(sales)
def test_the_documents_of_an_order_agree_with_shopify_to_the_cent_after_every_pass(sale: Sale) -> None:
    with undone_afterwards():
        shop = Shop()
        order = start(shop, sale)
        assert disagreements(order) == []
        shop.sync()
        check_money(order)
        for happen in happenings(sale):
            happen(shop, order)
            shop.sync()
            check_money(order)
        finish(shop, order)
        shop.sync()
        check_money(order)
        check_all_invoiced()


@generated
@given(sales)
def test_running_the_sync_again_changes_nothing(sale: Sale) -> None:
    with undone_afterwards():
        shop = Shop()
        order = start(shop, sale)
        for happen in happenings(sale):
            happen(shop, order)
        shop.sync()
        before = prextra_snapshot()
        report = shop.sync()

        assert report.examined == 1
        assert prextra_snapshot() == before


passes = st.lists(st.sets(st.sampled_from([Flow.ORDERS, Flow.SHIPMENTS, Flow.INVOICES])), max_size=8)


@generated
@given(sales, passes, st.randoms(use_true_random=False))
def test_any_interleaving_of_events_flows_and_passes_ends_with_the_same_money(
    sale: Sale, passes: list[set[Flow]], dice: Any
) -> None:
    events = happenings(sale)
    with undone_afterwards():
        straight = Shop()
        order = start(straight, sale)
        for happen in events:
            happen(straight, order)
        finish(straight, order)
        straight.sync()
        expected = money_by_document()
    with undone_afterwards():
        crooked = Shop()
        order = start(crooked, sale)
        steps = [*events, *passes]
        dice.shuffle(steps)
        for step in in_their_order(steps, events):
            if isinstance(step, set):
                crooked.tick_boxes(*step)
                run_anyhow(crooked)
            else:
                step(crooked, order)
        finish(crooked, order)
        crooked.tick_boxes("orders", "shipments", "invoices")
        crooked.sync()
        check_money(order)
        check_all_invoiced()
        assert money_by_document() == expected


def in_their_order(steps: list[Any], events: list[Any]) -> list[Any]:
    """The events keep their own order among the passes: they are the same life of the order."""
    following = iter(events)
    return [step if isinstance(step, set) else next(following) for step in steps]


def run_anyhow(shop: Shop) -> None:
    """A pass, or the refusal to make one where no flow is ticked."""
    if any(getattr(prextra.Warehouse.objects.get(), f"sync_{flow}") for flow in ("orders", "shipments", "invoices")):
        shop.sync()


def money_by_document() -> dict[str, Any]:
    """The amounts of all documents by their Shopify identifier; numbers, dates and keys may differ."""
    return {
        "orders": sorted(prextra.SalesOrder.objects.values_list("shopify_id", "status", *AMOUNTS)),
        "prepayments": sorted(prextra.Prepayment.objects.values_list("shopify_id", "amount")),
        "invoices": sorted(prextra.Invoice.objects.values_list("shopify_id", *AMOUNTS)),
        "applied": sum(application.amount for application in rows(prextra.PrepaymentApplication)),
        "deposits": sum(deposit.total for deposit in rows(prextra.Deposit)),
        "stock": sorted(prextra.ItemStock.objects.values_list("item_id", "on_hand", "on_sale", "available")),
    }
