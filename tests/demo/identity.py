"""Shopify's own arithmetic, worked out again from an order's parts (fact: taxes are within, or on top)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Record = dict[str, Any]


def money(bag: Record) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


def _sum(bags: Iterable[Record]) -> Decimal:
    return sum((money(bag) for bag in bags), Decimal(0))


def disagreements(order: Record) -> list[str]:
    """Where an order's parts and its totals do not agree to the cent; empty for a good one."""
    lines, shipping, fees = order["lineItems"], order["shippingLines"], order["additionalFees"]
    duties = [duty for line in lines for duty in line["duties"]]
    taxes = _sum(tax["priceSet"] for part in [*lines, *shipping, *fees, *duties] for tax in part["taxLines"])
    goods = _sum(line["originalTotalSet"] for line in lines)
    discounts = _sum(share["allocatedAmountSet"] for line in lines for share in line["discountAllocations"])
    total = goods - discounts + _sum(line["discountedPriceSet"] for line in shipping)
    total += _sum(part["price"] for part in [*fees, *duties]) + (0 if order["taxesIncluded"] else taxes)
    if not any(line["title"] == "Tip" for line in lines):
        total += money(order["totalTipReceivedSet"])
    received = _money_in(order)
    checks = {
        "total": (total, money(order["totalPriceSet"])),
        "taxes": (taxes, money(order["totalTaxSet"])),
        "taxes by title": (_sum(tax["priceSet"] for tax in order["taxLines"]), money(order["totalTaxSet"])),
        "received": (received, money(order["totalReceivedSet"])),
        "net": (received - money(order["totalRefundedSet"]), money(order["netPaymentSet"])),
    }
    return [f"{order['name']}: {what} is {told}, not {due}" for what, (due, told) in checks.items() if due != told]


def _money_in(order: Record) -> Decimal:
    rows = (row for row in order["transactions"] if row["status"] == "SUCCESS" and row["kind"] in ("SALE", "CAPTURE"))
    return _sum(row["amountSet"] for row in rows)


def ledger_disagreements(order: Record) -> list[str]:
    """Where an order and its sales ledger do not agree: money, units of each line, taxes of each sale, money given back."""
    rows = [row for agreement in order["agreements"] for row in agreement["sales"]]
    checks = {
        "total": (_sum(row["totalAmount"] for row in rows), money(order["currentTotalPriceSet"])),
        "refunded": (
            _sum(refund["totalRefundedSet"] for refund in order["refunds"]),
            money(order["totalRefundedSet"]),
        ),
    }
    for line in order["lineItems"]:
        units = [row["quantity"] for row in rows if (row.get("lineItem") or {}).get("id") == line["id"]]
        checks[line["id"]] = Decimal(sum(units)), Decimal(line["currentQuantity"])
    for row in rows:
        checks[row["id"]] = _sum(tax["amount"] for tax in row["taxes"]), money(row["totalTaxAmount"])
    if order["cancelledAt"] is None:
        taxes = _sum(row["totalTaxAmount"] for row in rows)
        checks["taxes"] = taxes, money(order["currentTotalTaxSet"])
        owed = money(order["currentTotalPriceSet"]) + money(order["totalCashRoundingAdjustment"]["paymentSet"])
        owed -= money(order["netPaymentSet"])
        checks["owed"] = owed, money(order["totalOutstandingSet"]) + money(order["totalCapturableSet"])
    return [f"{order['name']}: {what} is {told}, not {due}" for what, (due, told) in checks.items() if due != told]
