"""Value types with ready values, so that a plan's test says only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integration.ledger import (
    Account,
    Amounts,
    Invoice,
    InvoiceLine,
    ItemFacts,
    Ledger,
    LineKind,
    OrderLine,
    Prepayment,
    Rules,
    SalesOrder,
    Shipment,
)
from integration.shopify.order import Fulfilment, ShopOrder, TaxLine, Transaction
from integration.shopify.order import OrderLine as ShopLine

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # noon in Québec
TODAY = date(2026, 11, 24)
SALES, PREPAID, BANK = 40, 20, 10

RULES = Rules(
    company="DC",
    currency="CAD",
    warehouse="STG",
    customer="SHOPIFY",
    today=TODAY,
    time_zone="America/Toronto",
    taxes={"tps": "federal", "gst": "federal", "hst": "federal", "tvq": "provincial", "pst": "provincial"},
    payment_method="COMPTANT",
    prepayment_account=Account(PREPAID),
    bank=Account(BANK),
    items={code: ItemFacts(code, "OUTILS", SALES) for code in ("MARTEAU", "SCIE")},
)


def rules(**changes: Any) -> Rules:
    return replace(RULES, **changes)


def tax(title: str, amount: str) -> TaxLine:
    return TaxLine(title, Decimal(amount))


def shop_line(price: str = "100.00", quantity: int = 1, **changes: Any) -> ShopLine:
    """A line of Shopify's: by default one hammer at 100.00 without taxes."""
    values: dict[str, Any] = {
        "id": "L1",
        "name": "Marteau",
        "sku": "MARTEAU",
        "quantity": quantity,
        "current_quantity": quantity,
        "unit_price": Decimal(price),
        "gross": Decimal(price) * quantity,
    }
    return ShopLine(**(values | changes))


def shop_order(*lines: ShopLine, total: str = "100.00", **changes: Any) -> ShopOrder:
    """An order of Shopify's: by default one hammer, unpaid and unshipped."""
    values: dict[str, Any] = {
        "id": "O1",
        "name": "#1001",
        "processed_at": NOON,
        "updated_at": NOON,
        "currency": "CAD",
        "total": Decimal(total),
        "current_total": Decimal(total),
        "total_tax": Decimal(0),
        "lines": lines or (shop_line(),),
    }
    return ShopOrder(**(values | changes))


def payment(id: str = "T1", amount: str = "100.00", **changes: Any) -> Transaction:
    values = {"id": id, "kind": "SALE", "status": "SUCCESS", "amount": Decimal(amount), "processed_at": NOON}
    return Transaction(**(values | changes | {"amount": Decimal(changes.get("amount", amount))}))


def parcel(id: str = "F1", *lines: tuple[str, int], **changes: Any) -> Fulfilment:
    values = {"id": id, "name": id, "status": "SUCCESS", "created_at": NOON, "lines": lines or (("L1", 1),)}
    return Fulfilment(**(values | changes))


def line(id: str = "L1", quantity: int = 1, amounts: Amounts | None = None, **changes: Any) -> OrderLine:
    """A line of Prextra's: by default one hammer at 100.00 without taxes."""
    values: dict[str, Any] = {
        "shopify_id": id,
        "kind": LineKind.ITEM,
        "description": "Marteau",
        "quantity": Decimal(quantity),
        "unit_price": Decimal(100),
        "amounts": amounts or Amounts(subtotal=Decimal(100)),
        "item": "MARTEAU",
    }
    return OrderLine(**(values | changes))


def sales_order(*lines: OrderLine, **changes: Any) -> SalesOrder:
    values: dict[str, Any] = {"shopify_id": "O1", "shopify_name": "#1001", "order_date": TODAY, "pk": 1}
    return SalesOrder(**(values | {"lines": lines or (line(),)} | changes))


def shipment(id: str = "F1", units: Mapping[str, int] | None = None, pk: int = 1, **changes: Any) -> Shipment:
    lines = {line_id: Decimal(quantity) for line_id, quantity in (units or {"L1": 1}).items()}
    return replace(Shipment(id, TODAY, lines, pk=pk), **changes)


def invoice(id: str = "F1", subtotal: str = "100.00", quantity: int = 1, **changes: Any) -> Invoice:
    lines = {"L1": InvoiceLine(Decimal(quantity), Amounts(subtotal=Decimal(subtotal)))}
    return replace(Invoice(id, TODAY, lines, pk=1), **changes)


def prepaid(id: str = "T1", amount: str = "100.00", applied: str = "0", pk: int = 1) -> Prepayment:
    return Prepayment(id, Decimal(amount), TODAY, Decimal(applied), pk=pk)


def ledger(**holds: Any) -> Ledger:
    return Ledger(**holds)
