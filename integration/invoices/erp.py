"""Invoices and the prepayments applied to them: read from Prextra and written to it. To be called within a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from django.db.models import F

from integration.invoices.plan import InvoicesDue
from integration.ledger import ZERO, Amounts, Application, Invoice, InvoiceLine, Ledger, Rules, SalesOrder
from integration.numbering import Kind, Numbers
from prextra_models import models as prextra
from prextra_models.router import PREXTRA


def read_invoices(orders: Collection[SalesOrder]) -> dict[str, tuple[Invoice, ...]]:
    """The invoices of these orders' shipments, whoever made them, by the Shopify id of the order."""
    order_ids = {order.pk: order.shopify_id for order in orders}
    line_ids = {line.pk: line.shopify_id for order in orders for line in order.lines}
    invoices = prextra.Invoice.objects.using(PREXTRA).filter(order__in=list(order_ids)).select_related("shipment")
    rows = list(invoices.order_by("pk"))
    lines: dict[int, dict[str, InvoiceLine]] = defaultdict(dict)
    for line in prextra.InvoiceLine.objects.using(PREXTRA).filter(invoice__order__in=list(order_ids)):
        amounts = Amounts(line.discount, line.subtotal, line.federal_tax, line.provincial_tax)
        lines[line.invoice_id][line_ids[line.order_line_id]] = InvoiceLine(line.quantity, amounts)
    found: dict[str, list[Invoice]] = defaultdict(list)
    for row in rows:
        found[order_ids[row.order_id]].append(
            Invoice(
                shopify_id=row.shipment.shopify_id or "",
                invoice_date=row.invoice_date,
                lines=lines[row.pk],
                cash_rounding=row.cash_rounding,
                applied=row.total + row.cash_rounding - row.balance,
                pk=row.pk,
                number=row.number,
            )
        )
    return {order_id: tuple(invoices) for order_id, invoices in found.items()}


def write(due: InvoicesDue, ledger: Ledger, rules: Rules, numbers: Numbers) -> tuple[Invoice, ...]:
    """Writes the invoices that are due, makes their shipments inactive (rules F1), and applies prepayments (F4)."""
    order = ledger.order
    if order is None or not (due.invoices or due.applications):
        return ()
    shipments = {shipment.shopify_id: shipment for shipment in ledger.shipments}
    written = []
    for invoice in due.invoices:
        row = _invoice_row(invoice, order, rules, numbers)
        row.shipment_id = shipments[invoice.shopify_id].pk
        row.save(using=PREXTRA)
        written.append(replace(invoice, pk=row.pk, number=row.number))
    prextra.InvoiceLine.objects.using(PREXTRA).bulk_create(
        row for invoice in written for row in _line_rows(invoice, order)
    )
    if written:
        invoiced = [shipments[invoice.shopify_id].pk for invoice in written]
        rows = prextra.Shipment.objects.using(PREXTRA).filter(pk__in=invoiced)
        rows.update(status=prextra.Shipment.Status.INACTIVE)
    _apply(due.applications, ledger, written, rules)
    return tuple(written)


def _invoice_row(invoice: Invoice, order: SalesOrder, rules: Rules, numbers: Numbers) -> prextra.Invoice:
    return prextra.Invoice(
        company_id=rules.company,
        number=numbers.take(Kind.INVOICE),
        order_id=order.pk,
        customer_id=rules.customer,
        invoice_date=invoice.invoice_date,
        currency=rules.currency,
        cash_rounding=invoice.cash_rounding,
        balance=invoice.balance,
        shopify_id=invoice.shopify_id,
        **invoice.amounts.as_columns(),
    )


def _line_rows(invoice: Invoice, order: SalesOrder) -> list[prextra.InvoiceLine]:
    by_id = {line.shopify_id: line for line in order.lines}
    return [
        prextra.InvoiceLine(
            invoice_id=invoice.pk,
            order_line_id=by_id[line_id].pk,
            item_id=by_id[line_id].item,
            account_id=line.account,
            quantity=line.quantity,
            unit_price=by_id[line_id].unit_price,
            **line.amounts.as_columns(),
        )
        for line_id, line in invoice.lines.items()
    ]


def _apply(applications: Collection[Application], ledger: Ledger, written: Collection[Invoice], rules: Rules) -> None:
    prepayments = {prepayment.shopify_id: prepayment.pk for prepayment in ledger.prepayments}
    invoices = {invoice.shopify_id: invoice.pk for invoice in (*ledger.invoices, *written)}
    prextra.PrepaymentApplication.objects.using(PREXTRA).bulk_create(
        prextra.PrepaymentApplication(
            prepayment_id=prepayments[one.prepayment],
            invoice_id=invoices[one.invoice],
            applied_on=rules.today,
            amount=one.amount,
        )
        for one in applications
    )
    for prepayment, amount in _sums(applications, "prepayment").items():
        row = prextra.Prepayment.objects.using(PREXTRA).filter(pk=prepayments[prepayment])
        row.update(applied=F("applied") + amount)
    for invoice, amount in _sums(applications, "invoice").items():
        prextra.Invoice.objects.using(PREXTRA).filter(pk=invoices[invoice]).update(balance=F("balance") - amount)


def _sums(applications: Collection[Application], side: str) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for application in applications:
        sums[getattr(application, side)] += application.amount
    return sums
