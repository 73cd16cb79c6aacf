"""Prextra's documents of years, behind the pages of the admin: orders with all that follows, and full deposits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models

from integration.batches import batched
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

PREPAYMENTS_OF_A_DEPOSIT = 120
LINES = 3
PRICE = Decimal("9.99")


def fill_documents(warehouse: prextra.Warehouse, items: list[str], count: int) -> None:
    """`count` orders of three lines each, paid, shipped and invoiced."""
    for numbers in batched(range(count), PREPAYMENTS_OF_A_DEPOSIT):
        _day(warehouse, items, list(numbers))


def _day(warehouse: prextra.Warehouse, items: list[str], numbers: list[int]) -> None:
    company, customer = warehouse.company, warehouse.shopify_customer
    account = prextra.GLAccount.objects.using(PREXTRA).filter(company=company).order_by("pk")[0]
    method = company.shopify_payment_method
    day = date(2020, 1, 1) + timedelta(days=numbers[0] // PREPAYMENTS_OF_A_DEPOSIT)
    total = PRICE * LINES
    amounts = {"subtotal": total, "total": total}
    deposit = prextra.Deposit.objects.using(PREXTRA).create(
        company=company, number=f"B{numbers[0]}", bank=account, deposit_date=day, total=total * len(numbers)
    )
    orders = _made(
        prextra.SalesOrder(
            company=company, number=f"B{number}", warehouse=warehouse, customer=customer, order_date=day,
            currency=company.currency, buyer_name="Maude Gagnon", shopify_id=f"bench/{number}",
            shopify_name=f"#B{number}", **amounts,
        )
        for number in numbers
    )  # fmt: skip
    lines = _made(
        prextra.SalesOrderLine(
            order=order, line_number=place, item_id=items[place % len(items)], quantity=1, unit_price=PRICE, total=PRICE
        )
        for order in orders
        for place in range(LINES)
    )
    _made(
        prextra.Prepayment(
            company=company, number=order.number, order=order, deposit=deposit, payment_method=method, account=account,
            received_on=day, amount=total, shopify_id=order.shopify_id,
        )
        for order in orders
    )  # fmt: skip
    shipments = _made(
        prextra.Shipment(
            company=company, number=order.number, order=order, warehouse=warehouse, ship_date=day,
            shopify_id=order.shopify_id,
        )
        for order in orders
    )  # fmt: skip
    invoices = _made(
        prextra.Invoice(
            company=company, number=one.number, order_id=one.order_id, shipment=one, customer=customer, invoice_date=day,
            currency=company.currency, shopify_id=one.shopify_id, **amounts,
        )
        for one in shipments
    )  # fmt: skip
    of_order = {order.pk: place for place, order in enumerate(orders)}
    _made(
        prextra.ShipmentLine(
            shipment=shipments[of_order[line.order_id]], order_line=line, item_id=line.item_id, quantity=1
        )
        for line in lines
    )
    _made(
        prextra.InvoiceLine(
            invoice=invoices[of_order[line.order_id]], order_line=line, item_id=line.item_id, account=account,
            quantity=1, unit_price=PRICE, total=PRICE,
        )
        for line in lines
    )  # fmt: skip


def _made(rows: Iterator[Any]) -> list[Any]:
    """Read again, for SQL Server tells no keys of rows that are made together; nobody else makes any here."""
    made: list[models.Model] = list(rows)
    table = type(made[0])._default_manager.using(PREXTRA)
    table.bulk_create(made)
    return list(table.order_by("-pk")[: len(made)])[::-1]


def document_pages() -> dict[type[Any], tuple[Any, tuple[str, ...]]]:
    """One record of each kind, and the searches and filters of its list."""
    models_and_queries: dict[type[Any], tuple[str, ...]] = {
        prextra.SalesOrder: ("q=%23B50", "q=Gagnon", "status__exact=open"),
        prextra.Prepayment: ("q=B50",),
        prextra.Deposit: ("status__exact=open",),
        prextra.Shipment: ("q=B50",),
        prextra.Invoice: ("q=B50",),
    }
    return {
        model: (model._default_manager.using(PREXTRA).filter(number="B0").values_list("pk", flat=True)[0], queries)
        for model, queries in models_and_queries.items()
    }
