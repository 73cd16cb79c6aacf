"""One Shopify order → all its documents in Prextra, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

import tenacity
from django.db import Error, IntegrityError, transaction

from integration.errors import RecordError
from integration.invoices import erp as invoices_erp
from integration.invoices.plan import InvoicesDue
from integration.invoices.plan import plan as plan_invoices
from integration.ledger import Ledger, Problem, Rules
from integration.models import Flow
from integration.numbering import Numbers
from integration.orders import erp as orders_erp
from integration.orders.plan import OrdersDue
from integration.orders.plan import plan as plan_orders
from integration.shipments import erp as shipments_erp
from integration.shipments.plan import ShipmentsDue
from integration.shipments.plan import plan as plan_shipments
from integration.shopify.order import ShopOrder
from integration.transient import busy, drop_broken, is_transient
from prextra_models.router import PREXTRA

ATTEMPTS = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is due or written, as the log names it; `number` is Prextra's, once it is written."""

    flow: Flow
    kind: str
    shopify_id: str
    amount: Decimal | None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """All that an order needs in Prextra. `holds` and `notices` are by flow."""

    orders: OrdersDue = field(default_factory=OrdersDue)
    shipments: ShipmentsDue = field(default_factory=ShipmentsDue)
    invoices: InvoicesDue = field(default_factory=InvoicesDue)

    @property
    def writes(self) -> bool:
        return bool(
            self.orders.order
            or self.orders.prepayments
            or self.shipments.shipments
            or self.invoices.invoices
            or self.invoices.applications
        )

    @property
    def documents(self) -> Iterator[Document]:
        if order := self.orders.order:
            yield Document(Flow.ORDERS, "sales_order", order.shopify_id, order.total, order.number)
        for payment in self.orders.prepayments:
            yield Document(Flow.ORDERS, "prepayment", payment.shopify_id, payment.amount, payment.number)
        for shipment in self.shipments.shipments:
            yield Document(Flow.SHIPMENTS, "shipment", shipment.shopify_id, None, shipment.number)
        for invoice in self.invoices.invoices:
            yield Document(Flow.INVOICES, "invoice", invoice.shopify_id, invoice.total, invoice.number)
        for one in self.invoices.applications:
            pair = f"{one.prepayment.rpartition('/')[2]} → {one.invoice.rpartition('/')[2]}"
            yield Document(Flow.INVOICES, "application", pair, one.amount)

    @property
    def holds(self) -> Mapping[Flow, tuple[Problem, ...]]:
        return {
            Flow.ORDERS: self.orders.holds,
            Flow.SHIPMENTS: self.shipments.holds,
            Flow.INVOICES: self.invoices.holds,
        }

    @property
    def notices(self) -> Mapping[Flow, tuple[Problem, ...]]:
        return {Flow.ORDERS: self.orders.notices, Flow.SHIPMENTS: self.shipments.notices}


def plan_order(order: ShopOrder, ledger: Ledger, rules: Rules, flows: Collection[str]) -> Due:
    """The flows' plans, one after the other, each on the ledger as the one before would leave it. Pure."""
    due = Due()
    if Flow.ORDERS in flows:
        due = replace(due, orders=_held_if_refused(lambda: plan_orders(order, ledger, rules), OrdersDue))
        ledger = replace(
            ledger,
            order=ledger.order or due.orders.order,
            prepayments=(*ledger.prepayments, *due.orders.prepayments),
        )
    if Flow.SHIPMENTS in flows:
        due = replace(due, shipments=plan_shipments(order, ledger, rules))
        ledger = replace(ledger, shipments=(*ledger.shipments, *due.shipments.shipments))
    if Flow.INVOICES in flows:
        due = replace(due, invoices=plan_invoices(ledger, rules))
    return due


def read_ledgers(order_ids: Collection[str]) -> dict[str, Ledger]:
    """What Prextra holds for these orders, in the same few statements for one as for a hundred."""
    orders = orders_erp.read_orders(order_ids)
    known = list(orders.values())
    if not known:
        return {order_id: Ledger() for order_id in order_ids}
    prepayments = orders_erp.read_prepayments(known)
    shipments = shipments_erp.read_shipments(known)
    invoices = invoices_erp.read_invoices(known)
    return {
        order_id: Ledger(
            orders.get(order_id),
            prepayments.get(order_id, ()),
            shipments.get(order_id, ()),
            invoices.get(order_id, ()),
        )
        for order_id in order_ids
    }


def write_order(
    order: ShopOrder, rules: Rules, flows: Collection[str], confirm: Callable[[], None] = lambda: None
) -> Due:
    """Plans once more under the company's lock and writes what is due; all of it or nothing. Returns what was written.

    `confirm` is called just before the commit, and may refuse it by raising.

    Raises TransientError `database_busy` after some attempts, RecordError `document_conflict` where a document collides
    with one that is not ours.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, IntegrityError) or is_transient(error)),
        before_sleep=lambda _: drop_broken(),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=3),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    try:
        return retrying(_write_in_one_transaction, order, rules, flows, confirm)
    except IntegrityError as error:
        raise RecordError("document_conflict") from error
    except Error as error:
        if lost := busy(error):
            raise lost from error
        raise


def _write_in_one_transaction(
    order: ShopOrder, rules: Rules, flows: Collection[str], confirm: Callable[[], None]
) -> Due:
    with transaction.atomic(using=PREXTRA):
        numbers = Numbers(rules.company)
        ledger = read_ledgers([order.id])[order.id]
        due = plan_order(order, ledger, rules, flows)
        if due.writes:
            due = _write(due, ledger, rules, numbers)
            numbers.save()
            confirm()
        return due


def _write(due: Due, ledger: Ledger, rules: Rules, numbers: Numbers) -> Due:
    document, prepayments = orders_erp.write(due.orders, ledger.order, rules, numbers)
    ledger = replace(ledger, order=document, prepayments=(*ledger.prepayments, *prepayments))
    shipments = due.shipments.shipments
    if shipments and document:
        shipments = shipments_erp.write(shipments, document, ledger.shipments, rules, numbers)
        ledger = replace(ledger, shipments=(*ledger.shipments, *shipments))
    invoices = invoices_erp.write(due.invoices, ledger, rules, numbers)
    return Due(
        orders=replace(due.orders, order=document if due.orders.order else None, prepayments=prepayments),
        shipments=replace(due.shipments, shipments=shipments),
        invoices=replace(due.invoices, invoices=invoices),
    )


def _held_if_refused(plan: Callable[[], T], due: Callable[..., T]) -> T:
    try:
        return plan()
    except RecordError as error:
        return due(holds=(Problem(error.reason, error.params),))
