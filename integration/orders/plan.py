"""Shopify order → the sales order and prepayments that Prextra should hold (rules O2–O9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from integration.columns import cut
from integration.errors import RecordError
from integration.ledger import CENT, ZERO, Amounts, Ledger, LineKind, OrderLine, Prepayment, Problem, Rules, SalesOrder
from integration.orders.texts import order_texts
from integration.shopify.order import Charge, ShopOrder, TaxLine
from integration.shopify.order import OrderLine as ShopLine

LARGEST = Decimal(10) ** 11  # what a column of 15 digits, 4 of them decimals, can hold
DESCRIPTION_LENGTH = 100


@dataclass(frozen=True, slots=True)
class OrdersDue:
    """`order` where Prextra lacks it, the `prepayments` it lacks; `skip` says why it takes no order at all.

    `holds` keep something back while the rest goes on, `notices` are for a person to look at.
    """

    order: SalesOrder | None = None
    prepayments: tuple[Prepayment, ...] = ()
    skip: Problem | None = None
    holds: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


def plan(order: ShopOrder, ledger: Ledger, rules: Rules) -> OrdersDue:
    """What is missing in `ledger`, and what a person should look at. Raises RecordError where the order can't come in."""
    known = ledger.order
    if known is None and (skip := _skip(order)):
        return OrdersDue(skip=skip)
    document, cuts = (None, ()) if known else build_order(order, rules)
    prepayments = tuple(_prepayments_due(order, ledger, rules))
    holds = _accounts_missing(rules) if prepayments else ()
    return OrdersDue(
        order=document,
        prepayments=() if holds else prepayments,
        holds=holds,
        notices=(*cuts, *_notices(order, known or document)),
    )


def build_order(order: ShopOrder, rules: Rules) -> tuple[SalesOrder, tuple[Problem, ...]]:
    """The sales order, equal to Shopify's to the cent (rules O3, O4), and the texts that had to be cut (O2)."""
    if order.currency != rules.currency:
        raise RecordError(
            "currency_unknown", order_currency=order.currency, company=rules.company, company_currency=rules.currency
        )
    lines = _balanced_lines(order, rules)
    texts, cuts = order_texts(order)
    titles = [line.name for line in order.lines] + [charge.title for charge in (*order.shipping, *order.fees)]
    if any(cut(title, DESCRIPTION_LENGTH) != title for title in titles):
        cuts = [*cuts, "description"]
    document = SalesOrder(
        shopify_id=order.id,
        shopify_name=order.name,
        order_date=order.processed_at.astimezone(ZoneInfo(rules.time_zone)).date(),
        lines=lines,
        cash_rounding=cents(order.cash_rounding, order.name),
        prices_include_taxes=order.taxes_included,
        cancelled=order.cancelled,
        texts=texts,
    )
    return document, (Problem("text_cut", {"columns": ",".join(cuts)}),) if cuts else ()


def cents(amount: Decimal, name: str) -> Decimal:
    """The amount to the cent; raises RecordError where it has fractions of a cent or is larger than Prextra holds."""
    if abs(amount) >= LARGEST:
        raise RecordError("amount_too_large", amount=f"{amount:f}", line=name)
    exact = amount.quantize(CENT)
    if exact != amount:
        raise RecordError("amount_not_in_cents", amount=f"{amount:f}", line=name)
    return exact


def _skip(order: ShopOrder) -> Problem | None:
    if order.test:
        return Problem("test_order")
    if order.cancelled and order.received == 0:
        return Problem("cancelled_unpaid")
    return None


def _balanced_lines(order: ShopOrder, rules: Rules) -> tuple[OrderLine, ...]:
    """The order's lines, checked against its total and its taxes.

    An order that was edited keeps its removed lines, with nothing left of them: those that are still there are taken
    where they add up, else all of them.
    """
    cents(order.total, order.name)
    remaining = [line for line in order.lines if line.current_quantity > 0]
    if order.edited and all(line.current_quantity == line.quantity for line in remaining):
        lines = _lines(order, remaining, rules)
        if not _gap(order, lines):
            return _distinct(lines)
    lines = _lines(order, order.lines, rules)
    if gap := _gap(order, lines):
        raise RecordError("order_edited") if order.edited else gap
    return _distinct(lines)


def _distinct(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    if not lines:
        raise RecordError("order_has_no_line")
    if len({line.shopify_id for line in lines}) < len(lines):
        raise RecordError("answer_malformed", field="id")
    return lines


def _gap(order: ShopOrder, lines: Iterable[OrderLine]) -> RecordError | None:
    amounts = sum((line.amounts for line in lines), Amounts())
    taxes = amounts.federal_tax + amounts.provincial_tax
    for reason, computed, expected in (
        ("total_differs", amounts.total, order.total),
        ("taxes_differ", taxes, order.total_tax),
    ):
        if computed != expected:
            return RecordError(
                reason, computed=f"{computed:.2f}", total=f"{expected:.2f}", gap=f"{expected - computed:.2f}"
            )
    return None


def _lines(order: ShopOrder, shop_lines: Sequence[ShopLine], rules: Rules) -> tuple[OrderLine, ...]:
    charges = [
        *(_charge(duty, LineKind.DUTY, order, rules) for line in shop_lines for duty in line.duties),
        *(_charge(charge, LineKind.SHIPPING, order, rules) for charge in order.shipping),
        *(_charge(fee, LineKind.FEE, order, rules) for fee in order.fees),
    ]
    amounts = [_amounts(line.gross, line.discount, line.taxes, line.name, order, rules) for line in shop_lines]
    missing = order.total - sum((one.total for one in (*amounts, *(charge.amounts for charge in charges))), ZERO)
    if order.tip and missing == order.tip:
        # The tip stands beside the lines: it is taken where the total lacks exactly that much.
        charges.append(_charge(Charge(f"{order.id}/tip", "Tip", order.tip), LineKind.TIP, order, rules))
    tip_line = _tip_line(order, shop_lines) if missing == 0 else None
    lines = [_line(line, line is tip_line, sums, rules) for line, sums in zip(shop_lines, amounts, strict=True)]
    return (*lines, *charges)


def _tip_line(order: ShopOrder, lines: Iterable[ShopLine]) -> ShopLine | None:
    """The line that the tip is, where it is one: it has no SKU, and comes to just as much."""
    candidates = (line for line in lines if not line.sku and not line.gift_card)
    return next((line for line in candidates if order.tip and line.gross - line.discount == order.tip), None)


def _line(line: ShopLine, is_tip: bool, amounts: Amounts, rules: Rules) -> OrderLine:
    kind = LineKind.TIP if is_tip else LineKind.GIFT_CARD if line.gift_card else LineKind.ITEM
    item = _item(line, rules) if kind is LineKind.ITEM else None
    if not 0 < line.quantity < LARGEST:
        raise RecordError("quantity_refused", quantity=line.quantity, line=line.name)
    return OrderLine(
        shopify_id=line.id,
        kind=kind,
        description=cut(line.name, DESCRIPTION_LENGTH),
        quantity=Decimal(line.quantity),
        unit_price=cents(line.unit_price, line.name),
        amounts=amounts,
        item=item,
    )


def _item(line: ShopLine, rules: Rules) -> str:
    if not line.sku:
        raise RecordError("line_without_sku", line=line.name)
    if line.sku not in rules.items:
        raise RecordError("unknown_sku", line=line.name, sku=line.sku)
    return rules.items[line.sku].code


def _charge(charge: Charge, kind: LineKind, order: ShopOrder, rules: Rules) -> OrderLine:
    return OrderLine(
        shopify_id=charge.id,
        kind=kind,
        description=cut(charge.title, DESCRIPTION_LENGTH),
        quantity=Decimal(1),
        unit_price=cents(charge.price, charge.title),
        amounts=_amounts(charge.price, charge.discount, charge.taxes, charge.title, order, rules),
    )


def _amounts(
    gross: Decimal, discount: Decimal, taxes: Iterable[TaxLine], name: str, order: ShopOrder, rules: Rules
) -> Amounts:
    by_tax = {"federal": ZERO, "provincial": ZERO}
    for tax in taxes:
        if tax.amount:
            by_tax[_tax_of(tax, rules.taxes)] += cents(tax.amount, name)
    net = cents(gross, name) - cents(discount, name)
    if order.taxes_included:
        net -= sum(by_tax.values())
    return Amounts(cents(discount, name), net, by_tax["federal"], by_tax["provincial"])


def _tax_of(tax: TaxLine, titles: Mapping[str, str]) -> str:
    try:
        return titles[tax.title.strip().casefold()]
    except KeyError:
        raise RecordError("unknown_tax", tax=tax.title) from None


def _prepayments_due(order: ShopOrder, ledger: Ledger, rules: Rules) -> Iterable[Prepayment]:
    """One for each successful sale or capture that has none yet, oldest first (rules O7)."""
    known = {prepayment.shopify_id for prepayment in ledger.prepayments}
    for transaction in sorted(order.transactions, key=lambda t: (t.processed_at, t.id)):
        if transaction.received and transaction.id not in known:
            known.add(transaction.id)
            received_on = transaction.processed_at.astimezone(ZoneInfo(rules.time_zone)).date()
            yield Prepayment(transaction.id, cents(transaction.amount, transaction.kind), received_on)


def _accounts_missing(rules: Rules) -> tuple[Problem, ...]:
    """Without an account or a bank the order still comes in, and the prepayment waits (rules O9)."""
    return tuple(
        Problem(account.reason, account.params) for account in (rules.prepayment_account, rules.bank) if account.reason
    )


def _notices(order: ShopOrder, document: SalesOrder | None) -> Iterable[Problem]:
    """What changed in Shopify after the order came in, for a person to look at (rules A1)."""
    if document is None:
        return
    if order.cancelled:
        yield Problem("cancelled_paid", {"received": f"{order.received:.2f}", "refunded": f"{order.refunded:.2f}"})
    elif order.refunded:
        yield Problem("refunded", {"refunded": f"{order.refunded:.2f}"})
    now = order.total if order.refunded or order.cancelled else order.current_total
    if document.total != now:
        yield Problem("total_changed", {"total": f"{document.total:.2f}", "shop_total": f"{now:.2f}"})
