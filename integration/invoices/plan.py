"""Shipments in Prextra → the invoices that are due, and the prepayments to apply to them (rules F1–F4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from integration.errors import RecordError
from integration.ledger import (
    CENT,
    CHARGE_CONFIGURATIONS,
    ZERO,
    Account,
    Amounts,
    Application,
    Invoice,
    InvoiceLine,
    Ledger,
    LineKind,
    OrderLine,
    Problem,
    Rules,
    SalesOrder,
    Shipment,
)


@dataclass(frozen=True, slots=True)
class InvoicesDue:
    """The invoices that are missing, in the order of their shipments, and what to apply; `holds` say what can't be invoiced."""

    invoices: tuple[Invoice, ...] = ()
    applications: tuple[Application, ...] = ()
    holds: tuple[Problem, ...] = ()


def plan(ledger: Ledger, rules: Rules) -> InvoicesDue:
    """One invoice for each shipment made from Shopify that has none; each shipment is invoiced once (rules F1)."""
    order = ledger.order
    if order is None:
        return InvoicesDue()
    made: list[Invoice] = []
    holds: list[Problem] = []
    invoiced = {invoice.shopify_id for invoice in ledger.invoices}
    for shipment in sorted(ledger.shipments, key=lambda s: (s.ship_date, s.pk == 0, s.pk)):
        if not shipment.shopify_id or shipment.shopify_id in invoiced:
            continue
        try:
            made.append(_invoice(shipment, order, (*ledger.invoices, *made), rules))
        except RecordError as error:
            holds.append(Problem(error.reason, error.params))
    applications = _applications(ledger, (*ledger.invoices, *made))
    return InvoicesDue(tuple(made), applications, tuple(holds))


def _invoice(shipment: Shipment, order: SalesOrder, earlier: Iterable[Invoice], rules: Rules) -> Invoice:
    earlier = tuple(earlier)
    lines: dict[str, InvoiceLine] = {}
    for line in order.lines:
        before = [invoice.lines[line.shopify_id] for invoice in earlier if line.shopify_id in invoice.lines]
        if line.shopify_id in shipment.lines:
            lines[line.shopify_id] = _share(line, shipment.lines[line.shopify_id], before)
        elif not line.kind.shipped and not before:
            lines[line.shopify_id] = InvoiceLine(line.quantity, line.amounts)
    accounts = _accounts(order, lines, rules)
    lines = {line_id: replace(line, account=accounts[line_id]) for line_id, line in lines.items()}
    invoice = Invoice(shopify_id=shipment.shopify_id, invoice_date=rules.today, lines=lines)
    rounded = any(one.cash_rounding for one in earlier)
    complete = _complete(order, (*(one.lines for one in earlier), lines))
    if not rounded and (complete or invoice.total >= abs(order.cash_rounding)):
        # The first invoice that is large enough bears it, so that none is left with a cent or two that nobody owes.
        invoice = replace(invoice, cash_rounding=order.cash_rounding)
    return invoice


def _share(line: OrderLine, quantity: Decimal, before: Iterable[InvoiceLine]) -> InvoiceLine:
    """What of the line's amounts goes with `quantity`: its part of the running total, so that the last takes the remainder."""
    if line.quantity <= 0:
        raise RecordError("quantity_refused", line=line.description, quantity=f"{line.quantity:f}")
    before = tuple(before)
    billed = sum((share.amounts for share in before), Amounts())
    part = (quantity + sum((share.quantity for share in before), ZERO)) / line.quantity

    def up_to_here(amount: Decimal) -> Decimal:
        return (amount * part).quantize(CENT, ROUND_HALF_UP)

    return InvoiceLine(
        quantity,
        Amounts(
            discount=up_to_here(line.amounts.discount) - billed.discount,
            subtotal=up_to_here(line.amounts.subtotal) - billed.subtotal,
            federal_tax=up_to_here(line.amounts.federal_tax) - billed.federal_tax,
            provincial_tax=up_to_here(line.amounts.provincial_tax) - billed.provincial_tax,
        ),
    )


def _complete(order: SalesOrder, invoiced: Iterable[Mapping[str, InvoiceLine]]) -> bool:
    """Whether all that is to be shipped has been invoiced."""
    quantities: dict[str, Decimal] = {}
    for lines in invoiced:
        for line_id, line in lines.items():
            quantities[line_id] = quantities.get(line_id, ZERO) + line.quantity
    return all(quantities.get(line.shopify_id, ZERO) >= line.quantity for line in order.lines if line.kind.shipped)


def _accounts(order: SalesOrder, lines: Mapping[str, InvoiceLine], rules: Rules) -> dict[str, int]:
    """The G/L account of each line: an item's by its category (rules F2), a charge's by configuration.

    A charge that no configuration speaks of goes to the account of the first item beside it.
    """
    by_id = {line.shopify_id: line for line in order.lines}
    accounts = {
        line_id: _sale_account(by_id[line_id], rules) for line_id in lines if by_id[line_id].kind is LineKind.ITEM
    }
    beside = next(iter(accounts.values()), None)
    for line_id in lines:
        if line_id not in accounts:
            accounts[line_id] = _charge_account(by_id[line_id], beside, rules)
    return accounts


def _sale_account(line: OrderLine, rules: Rules) -> int:
    item = rules.items.get(line.item or "")
    if item is None:
        raise RecordError("unknown_sku", line=line.description, sku=line.item or "")
    if item.category is None:
        raise RecordError("item_without_category", item=item.code)
    if item.sale_account is None:
        raise RecordError("sale_account_missing", item=item.code, category=item.category)
    return item.sale_account


def _charge_account(line: OrderLine, beside: int | None, rules: Rules) -> int:
    configured = rules.charge_accounts.get(line.kind, Account())
    if configured.reason:
        raise RecordError(configured.reason, **configured.params)
    account = configured.pk or beside
    if account is None:
        raise RecordError(
            "charge_account_missing", line=line.description, configuration=CHARGE_CONFIGURATIONS[line.kind]
        )
    return account


def _applications(ledger: Ledger, invoices: Iterable[Invoice]) -> tuple[Application, ...]:
    """Oldest prepayment to oldest invoice, never beyond either's balance (rules F4).

    The invoices of a Prextra user's own shipments, which have no Shopify id, are left to him.
    """
    applications: list[Application] = []
    open_amounts = {
        p.shopify_id: p.open for p in sorted(ledger.prepayments, key=lambda p: (p.received_on, p.pk == 0, p.pk))
    }
    for invoice in invoices:
        balance = invoice.balance if invoice.shopify_id else ZERO
        for prepayment, available in open_amounts.items():
            amount = min(balance, available)
            if amount > 0:
                applications.append(Application(prepayment, invoice.shopify_id, amount))
                open_amounts[prepayment] -= amount
                balance -= amount
    return tuple(applications)
