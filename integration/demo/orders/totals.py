"""What follows from an order's parts: its totals as placed, and its totals and statuses as it is now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from integration.demo.orders.money import ZERO, Amount, Currencies, read_amount, total_of
from integration.demo.orders.statuses import financial_status, fulfilment_status
from integration.demo.orders.taken_back import (
    adjustments_of,
    fulfilled_quantity,
    kept_units,
    refunded_shipping,
    return_fees,
    returned_quantity,
)
from integration.demo.shop.store import Record, stamp

MONEY_IN = ("SALE", "CAPTURE")


def total_up(order: Record) -> None:
    """The totals before returns: goods, shipping, duties, fees and, unless prices include them, taxes.

    Edits move them too; units that an edit removed stay in them, shipping that it removed does not.
    """
    bag = Currencies(order["currencyCode"], order["presentmentCurrencyCode"]).bag
    lines, shipping = order["lineItems"], shipping_of(order)
    goods = sum((net_of(line) for line in lines), ZERO)
    tips = sum((net_of(line) for line in lines if is_tip(line)), ZERO)
    duties = total_of(duty["price"] for line in lines for duty in line["duties"])
    fees = total_of(fee["price"] for fee in order["additionalFees"])
    delivery = total_of(line["discountedPriceSet"] for line in shipping)
    taxes = total_of(tax["priceSet"] for tax in taxes_of(order))
    total = goods + delivery + duties + fees + loose_tip(order) + (ZERO if order["taxesIncluded"] else taxes)
    counted = [line for line in lines if not (is_tip(line) or line["isGiftCard"])]
    order.update(
        subtotalPriceSet=bag(goods - tips),
        totalDiscountsSet=bag(total_of(allocated(lines)) + total_of(allocated(shipping))),
        totalShippingPriceSet=bag(total_of(line["originalPriceSet"] for line in shipping)),
        totalTaxSet=bag(taxes),
        totalPriceSet=bag(total),
        taxLines=sum_taxes(order, taxes_of(order)),
        subtotalLineItemsQuantity=sum(line["quantity"] for line in counted),
    )


def settle(order: Record, at: datetime) -> None:
    """Everything that payments, refunds, fulfilments and a cancellation change. `updatedAt` moves to `at`."""
    for line in order["lineItems"]:
        settle_line(order, line)
    settle_current(order)
    settle_money(order)
    order["displayFulfillmentStatus"] = fulfilment_status(order)
    order["displayFinancialStatus"] = financial_status(order)
    order["updatedAt"] = stamp(at)


def settle_line(order: Record, line: Record) -> None:
    bag = Currencies.of(order).bag
    kept = kept_units(order, line)
    fulfilled = fulfilled_quantity(order, line)
    here_again = min(fulfilled, returned_quantity(order, line))
    tip = is_tip(line)
    net = still_there(net_of(line), line, kept)
    if order["taxesIncluded"]:
        net -= sum((still_there(read_amount(tax["priceSet"]), line, kept) for tax in line["taxLines"]), ZERO)
    line.update(
        currentQuantity=kept,
        refundableQuantity=kept,
        nonFulfillableQuantity=line["quantity"] if tip else line["quantity"] - kept,
        unfulfilledQuantity=0 if tip else max(0, kept + here_again - fulfilled),
        priceAfterAllDiscountsBeforeTaxesSet=bag(net),
    )


def settle_current(order: Record) -> None:
    bag = Currencies.of(order).bag
    lines, cancelled = order["lineItems"], order["cancelledAt"] is not None
    for shipping in order["shippingLines"]:
        gone = cancelled or shipping["isRemoved"]
        left = ZERO if gone else read_amount(shipping["discountedPriceSet"]) - refunded_shipping(order, shipping)
        shipping["currentDiscountedPriceSet"] = bag(left)
    goods = sum((still_there(net_of(line), line, line["currentQuantity"]) for line in lines if not is_tip(line)), ZERO)
    discounts = sum((still_there(total_of(allocated([line])), line, line["currentQuantity"]) for line in lines), ZERO)
    delivery = total_of(line["currentDiscountedPriceSet"] for line in order["shippingLines"])
    taxes = current_taxes(order)
    tax = total_of(row["priceSet"] for row in taxes)
    total = goods + delivery + extras_of(order) + (ZERO if order["taxesIncluded"] else tax)
    order.update(
        currentSubtotalPriceSet=bag(goods),
        currentTotalDiscountsSet=bag(discounts + (ZERO if cancelled else total_of(allocated(shipping_of(order))))),
        currentShippingPriceSet=bag(delivery),
        currentTaxLines=taxes,
        currentTotalTaxSet=bag(tax),
        currentTotalDutiesSet=None if cancelled else order["originalTotalDutiesSet"],
        currentTotalAdditionalFeesSet=None if cancelled else order["originalTotalAdditionalFeesSet"],
        currentTotalPriceSet=bag(ZERO if cancelled else total),
        currentSubtotalLineItemsQuantity=sum(
            line["currentQuantity"] for line in lines if not (is_tip(line) or line["isGiftCard"])
        ),
        merchantEditable=not cancelled,
    )


def extras_of(order: Record) -> Amount:
    """What an order comes to besides goods, shipping and taxes, until it is cancelled."""
    tips = (still_there(net_of(line), line, line["currentQuantity"]) for line in order["lineItems"] if is_tip(line))
    duties = (duty["price"] for line in order["lineItems"] for duty in line["duties"])
    fees = (fee["price"] for fee in order["additionalFees"])
    kept = sum(return_fees(order), ZERO)
    return sum(tips, loose_tip(order)) + total_of(duties) + total_of(fees) + kept + adjustments_of(order)


def settle_money(order: Record) -> None:
    """What was received, given back, can still be captured and is still owed.

    A cash payment is counted as what was handed over, after its rounding.
    """
    bag = Currencies.of(order).bag
    received = moved(order, *MONEY_IN)
    refunded = moved(order, "REFUND")
    capturable = moved(order, "AUTHORIZATION") - moved(order, "CAPTURE") if not voided(order) else ZERO
    due = amount_due(order)
    order.update(
        totalReceivedSet=bag(received),
        totalRefundedSet=bag(refunded),
        netPaymentSet=bag(received - refunded),
        totalCapturableSet=bag(capturable),
        capturable=capturable.shop > 0,
        totalOutstandingSet=bag(due - capturable),
        fullyPaid=due.shop <= 0,
        unpaid=not received.shop and due.shop > 0,
    )


def amount_due(order: Record) -> Amount:
    """What the buyer has still to pay, authorised or not; below zero it is owed to him."""
    rounding = read_amount(order["totalCashRoundingAdjustment"]["paymentSet"])
    return read_amount(order["currentTotalPriceSet"]) + rounding - moved(order, *MONEY_IN) + moved(order, "REFUND")


def moved(order: Record, *kinds: str) -> Amount:
    done = (row for row in order["transactions"] if row["status"] == "SUCCESS" and row["kind"] in kinds)
    return total_of(row["amountSet"] for row in done)


def voided(order: Record) -> bool:
    return any(row["kind"] == "VOID" and row["status"] == "SUCCESS" for row in order["transactions"])


def is_tip(line: Record) -> bool:
    return line["product"] is None and line["title"] == "Tip"


def net_of(line: Record) -> Amount:
    """A line after all discounts, for the quantity that was ordered."""
    return read_amount(line["originalTotalSet"]) - total_of(allocated([line]))


def allocated(lines: Iterable[Record]) -> list[Record]:
    return [share["allocatedAmountSet"] for line in lines for share in line["discountAllocations"]]


def still_there(amount: Amount, line: Record, kept: int) -> Amount:
    """What is left of a line's amount when `kept` units of it are: all that was taken is taken to the cent."""
    return amount - amount.part(line["quantity"] - kept, line["quantity"])


def shipping_of(order: Record) -> list[Record]:
    return [line for line in order["shippingLines"] if not line["isRemoved"]]


def loose_tip(order: Record) -> Amount:
    """A tip that stands on no line of its own."""
    return ZERO if any(is_tip(line) for line in order["lineItems"]) else read_amount(order["totalTipReceivedSet"])


def taxes_of(order: Record) -> list[Record]:
    lines = order["lineItems"]
    taxed = [*lines, *shipping_of(order), *order["additionalFees"], *(d for line in lines for d in line["duties"])]
    return [tax for part in taxed for tax in part["taxLines"]]


def current_taxes(order: Record) -> list[Record]:
    """The order's taxes, less those of the units and of the shipping that were taken back."""
    bag = Currencies.of(order).bag
    if order["cancelledAt"]:
        return [{**tax, "priceSet": bag(ZERO)} for tax in order["taxLines"]]
    returned = [
        {**tax, "priceSet": bag(ZERO - gone)}
        for line in order["lineItems"]
        for tax in line["taxLines"]
        if (
            gone := read_amount(tax["priceSet"]).part(line["quantity"] - line["currentQuantity"], line["quantity"])
        ).shop
    ]
    given_back = [
        {**tax, "priceSet": bag(ZERO - gone)}
        for line in shipping_of(order)
        for tax in line["taxLines"]
        if (
            gone := read_amount(tax["priceSet"]).share(
                refunded_shipping(order, line), read_amount(line["discountedPriceSet"])
            )
        ).shop
    ]
    return sum_taxes(order, [*taxes_of(order), *returned, *given_back])


def sum_taxes(order: Record, taxes: Iterable[Record]) -> list[Record]:
    """One row for each tax, as on the order itself."""
    bag = Currencies(order["currencyCode"], order["presentmentCurrencyCode"]).bag
    by_tax: dict[tuple[str, float], list[Record]] = {}
    for tax in taxes:
        by_tax.setdefault((tax["title"], tax["rate"]), []).append(tax)
    return [{**rows[0], "priceSet": bag(total_of(row["priceSet"] for row in rows))} for rows in by_tax.values()]
