"""Sales orders, prepayments and deposits: read from Prextra and written to it. To be called within a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from django.db.models import F

from integration import stock
from integration.columns import cut
from integration.ledger import ZERO, Amounts, LineKind, OrderLine, Prepayment, Rules, SalesOrder
from integration.numbering import Kind, Numbers
from integration.orders.plan import OrdersDue
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.spelling import joined


def read_orders(order_ids: Collection[str]) -> dict[str, SalesOrder]:
    """The sales orders made from these Shopify orders, with their lines."""
    rows = list(prextra.SalesOrder.objects.using(PREXTRA).filter(shopify_id__in=order_ids))
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    line_rows = prextra.SalesOrderLine.objects.using(PREXTRA).filter(order__in=[row.pk for row in rows])
    line_rows = line_rows.annotate(own=joined("item"), item_code=F("own__code"))
    for row in line_rows.order_by("order_id", "line_number"):
        lines[row.order_id].append(_line(row, row.item_code or row.item_id))
    return {row.shopify_id: _order(row, tuple(lines[row.pk])) for row in rows if row.shopify_id}


def read_prepayments(orders: Collection[SalesOrder]) -> dict[str, tuple[Prepayment, ...]]:
    """The prepayments made from Shopify, by the Shopify id of their order."""
    ids = {order.pk: order.shopify_id for order in orders}
    found: dict[str, list[Prepayment]] = defaultdict(list)
    rows = prextra.Prepayment.objects.using(PREXTRA).filter(order__in=list(ids), shopify_id__isnull=False)
    for row in rows.order_by("pk"):
        found[ids[row.order_id]].append(
            Prepayment(
                shopify_id=row.shopify_id or "",
                amount=row.amount,
                received_on=row.received_on,
                applied=row.applied,
                pk=row.pk,
                number=row.number,
            )
        )
    return {order_id: tuple(prepayments) for order_id, prepayments in found.items()}


def write(
    due: OrdersDue, order: SalesOrder | None, rules: Rules, numbers: Numbers
) -> tuple[SalesOrder | None, tuple[Prepayment, ...]]:
    """Writes what is due; returns the order, the one that was there or the new one, and the new prepayments."""
    if due.order is None and order is None:
        return None, ()
    # Locked before the stock of a new order, as the locks' order wants it.
    deposit = _todays_deposit(rules, numbers) if due.prepayments else None
    if due.order is not None:
        order = _write_order(due.order, rules, numbers)
    if order is None or deposit is None:
        return order, ()
    return order, _write_prepayments(due.prepayments, order, deposit, rules, numbers)


def _write_order(order: SalesOrder, rules: Rules, numbers: Numbers) -> SalesOrder:
    status = prextra.SalesOrder.Status.CANCELLED if order.cancelled else prextra.SalesOrder.Status.OPEN
    row = prextra.SalesOrder(
        company_id=rules.company,
        number=numbers.take(Kind.SALES_ORDER),
        warehouse_id=rules.warehouse,
        customer_id=rules.customer,
        sector_id=rules.sector,
        status=status,
        order_date=order.order_date,
        currency=rules.currency,
        prices_include_taxes=order.prices_include_taxes,
        cash_rounding=order.cash_rounding,
        shopify_id=order.shopify_id,
        shopify_name=cut(order.shopify_name, 50),
        **order.amounts.as_columns(),
        **order.texts,
    )
    row.save(using=PREXTRA)
    prextra.SalesOrderLine.objects.using(PREXTRA).bulk_create(
        _line_row(row.pk, position, line) for position, line in enumerate(order.lines, start=1)
    )
    if not order.cancelled:
        stock.reserve(rules.warehouse, _item_quantities(order))
    return read_orders([order.shopify_id])[
        order.shopify_id
    ]  # with the keys of its lines, which bulk_create may not give


def _item_quantities(order: SalesOrder) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    for line in order.lines:
        if line.item:
            quantities[line.item] = quantities.get(line.item, ZERO) + line.quantity
    return quantities


def _write_prepayments(
    prepayments: tuple[Prepayment, ...], order: SalesOrder, deposit: int, rules: Rules, numbers: Numbers
) -> tuple[Prepayment, ...]:
    written = []
    for prepayment in prepayments:
        row = prextra.Prepayment(
            company_id=rules.company,
            number=numbers.take(Kind.PREPAYMENT),
            order_id=order.pk,
            deposit_id=deposit,
            payment_method_id=rules.payment_method,
            account_id=rules.prepayment_account.pk,
            received_on=prepayment.received_on,
            amount=prepayment.amount,
            shopify_id=prepayment.shopify_id,
        )
        row.save(using=PREXTRA)
        written.append(replace(prepayment, pk=row.pk, number=row.number))
    total = sum((prepayment.amount for prepayment in prepayments), ZERO)
    prextra.Deposit.objects.using(PREXTRA).filter(pk=deposit).update(total=F("total") + total)
    return tuple(written)


def _todays_deposit(rules: Rules, numbers: Numbers) -> int:
    """The key of the open deposit of the company, bank and day, made where there is none (rules O8).

    The numbers' lock lets one writer at a time look for it, and its unique index forbids a second one.
    """
    deposits = prextra.Deposit.objects.using(PREXTRA).select_for_update()
    key = {"company_id": rules.company, "bank_id": rules.bank.pk, "deposit_date": rules.today}
    row = deposits.filter(status=prextra.Deposit.Status.OPEN, **key).first()
    if row is None:
        row = prextra.Deposit(number=numbers.take(Kind.DEPOSIT), **key)
        row.save(using=PREXTRA)
    return row.pk


def _line_row(order: int, position: int, line: OrderLine) -> prextra.SalesOrderLine:
    return prextra.SalesOrderLine(
        order_id=order,
        line_number=position,
        kind=line.kind,
        item_id=line.item,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        shopify_id=line.shopify_id,
        **line.amounts.as_columns(),
    )


def _line(row: prextra.SalesOrderLine, item: str | None) -> OrderLine:
    return OrderLine(
        shopify_id=row.shopify_id or f"own line {row.pk}",
        kind=LineKind(row.kind),
        description=row.description,
        quantity=row.quantity,
        unit_price=row.unit_price,
        amounts=Amounts(row.discount, row.subtotal, row.federal_tax, row.provincial_tax),
        item=item,
        pk=row.pk,
    )


def _order(row: prextra.SalesOrder, lines: tuple[OrderLine, ...]) -> SalesOrder:
    return SalesOrder(
        shopify_id=row.shopify_id or "",
        shopify_name=row.shopify_name,
        order_date=row.order_date,
        lines=lines,
        cash_rounding=row.cash_rounding,
        prices_include_taxes=row.prices_include_taxes,
        cancelled=row.status == prextra.SalesOrder.Status.CANCELLED,
        warehouse=row.warehouse_id,
        pk=row.pk,
        number=row.number,
    )
