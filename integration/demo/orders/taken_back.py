"""What left an order after it was placed: units by edits, refunds and returns, shipping, and amounts on no line."""

from __future__ import annotations

from integration.demo.orders.money import Amount, read_amount, total_of
from integration.demo.shop.store import Record


def kept_units(order: Record, line: Record) -> int:
    """The units that were neither removed by an edit nor taken back."""
    if order["cancelledAt"]:
        return 0
    taken = refunded_quantity(order, line) + agreed_back(order, line, "ORDER_EDIT") + agreed_back(order, line, "RETURN")
    units: int = line["quantity"] - taken
    return units


def agreed_back(order: Record, line: Record, reason: str) -> int:
    """The units that agreements of this kind took off a line: only the ledger holds them."""
    rows = (row for agreement in order["agreements"] if agreement["reason"] == reason for row in agreement["sales"])
    units = (int(row["quantity"]) for row in rows if (row.get("lineItem") or {}).get("id") == line["id"])
    return -sum(number for number in units if number < 0)


def refunded_quantity(order: Record, line: Record) -> int:
    rows = (row for refund in order["refunds"] for row in refund["refundLineItems"])
    return sum(row["quantity"] for row in rows if row["lineItem"]["id"] == line["id"])


def returned_quantity(order: Record, line: Record) -> int:
    """The units that had been shipped and came back."""
    rows = (row for refund in order["refunds"] for row in refund["refundLineItems"] if row["restockType"] == "RETURN")
    units = sum(int(row["quantity"]) for row in rows if row["lineItem"]["id"] == line["id"])
    return units + agreed_back(order, line, "RETURN")


def refunded_shipping(order: Record, line: Record) -> Amount:
    rows = (row for refund in order["refunds"] for row in refund["refundShippingLines"])
    return total_of(row["subtotalAmountSet"] for row in rows if row["shippingLine"]["id"] == line["id"])


def fulfilled_quantity(order: Record, line: Record) -> int:
    done = (parcel for parcel in order["fulfillments"] if parcel["status"] == "SUCCESS")
    rows = (row for parcel in done for row in parcel["fulfillmentLineItems"])
    return sum(row["quantity"] for row in rows if row["lineItem"]["id"] == line["id"])


def return_fees(order: Record) -> list[Amount]:
    """What was kept for taking goods back: only the ledger holds it."""
    sales = (sale for agreement in order["agreements"] for sale in agreement["sales"])
    return [read_amount(sale["totalAmount"]) for sale in sales if sale["lineType"] == "FEE"]


def adjustments_of(order: Record) -> Amount:
    rows = [row for refund in order["refunds"] for row in refund["orderAdjustments"]]
    return total_of(row["amountSet"] for row in rows) + total_of(row["taxAmountSet"] for row in rows)
