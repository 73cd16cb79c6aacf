"""Shopify's sales ledger of one order, and its refunds: value types, and what stands by them.

Every agreement (placed, edited, refunded, returned) adds signed sales and changes none that is there; all of them together are
the order as it is now. Money is in shop currency, times are UTC, and every amount is Shopify's own: here they are only added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration.errors import RecordError
from integration.shopify.order import OrderLine, TaxLine

NOTHING = Decimal(0)
BEFORE_RETURNS = frozenset({"ORDER", "ORDER_EDIT"})
SHIPPING, ADJUSTMENT = "SHIPPING", "ADJUSTMENT"


@dataclass(frozen=True, slots=True)
class Sale:
    """One signed row. `total` is after discounts, its taxes in it; `discount` was taken off before them and is in no sum.

    `line_id` is the line, the shipping line, the duty or the fee; empty for an adjustment, and for shipping that is taken
    back, of which Shopify does not say which line it was.
    """

    id: str
    line_id: str
    line_type: str
    action: str
    quantity: int
    total: Decimal
    tax: Decimal = NOTHING
    taxes: tuple[TaxLine, ...] = ()
    discount: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Agreement:
    """`kind` is ORDER, ORDER_EDIT, REFUND or RETURN; `refund_id` names the refund that a REFUND goes with."""

    id: str
    kind: str
    happened_at: datetime
    sales: tuple[Sale, ...]
    refund_id: str = ""

    @property
    def total(self) -> Decimal:
        return sum((sale.total for sale in self.sales), NOTHING)


@dataclass(frozen=True, slots=True)
class RefundLine:
    """`restock_type` is CANCEL (never shipped), RETURN (came back), NO_RESTOCK or, from older orders, LEGACY_RESTOCK."""

    line_id: str
    quantity: int
    subtotal: Decimal
    tax: Decimal
    restock_type: str
    restocked: bool


@dataclass(frozen=True, slots=True)
class RefundCharge:
    """Shipping or a duty that is given back."""

    line_id: str
    subtotal: Decimal
    tax: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the lines do not explain: below zero, more was given back than they are worth; above zero, less."""

    id: str
    reason: str
    amount: Decimal
    tax: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """`payment_id` is the sale or capture that the money goes back on."""

    id: str
    kind: str
    status: str
    amount: Decimal
    gateway: str
    processed_at: datetime
    payment_id: str = ""
    test: bool = False

    @property
    def given_back(self) -> bool:
        return self.kind == "REFUND" and self.status == "SUCCESS" and not self.test


@dataclass(frozen=True, slots=True)
class Refund:
    """Goods and charges taken back, money given back, or one without the other. What it is worth is in `payments`:

    Shopify was seen to give lines of a full refund a subtotal of zero.
    """

    id: str
    created_at: datetime
    total: Decimal
    lines: tuple[RefundLine, ...] = ()
    shipping: tuple[RefundCharge, ...] = ()
    duties: tuple[RefundCharge, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    payments: tuple[RefundPayment, ...] = ()

    @property
    def money(self) -> Decimal:
        """The money that left."""
        return sum((payment.amount for payment in self.payments if payment.given_back), NOTHING)


@dataclass(frozen=True, slots=True)
class SalesLedger:
    """All agreements and refunds of one order, oldest first, beside what Shopify says they come to."""

    order_id: str
    name: str
    current_total: Decimal
    refunded: Decimal
    agreements: tuple[Agreement, ...]
    refunds: tuple[Refund, ...] = ()

    @property
    def total(self) -> Decimal:
        return sum((agreement.total for agreement in self.agreements), NOTHING)


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a line: units, money with its taxes, those by title, and the discount that was taken off before."""

    quantity: int = 0
    total: Decimal = NOTHING
    taxes: tuple[TaxLine, ...] = ()
    discount: Decimal = NOTHING

    @property
    def tax(self) -> Decimal:
        return sum((tax.amount for tax in self.taxes), NOTHING)


@dataclass(frozen=True, slots=True)
class CurrentLine:
    """`sold` is what the order and its edits came to; `current`, what is left of that after refunds and returns.

    All shipping is one line without an id, and all adjustments another.
    """

    line_type: str
    line_id: str
    sold: Standing
    current: Standing


def current_lines(agreements: Sequence[Agreement]) -> tuple[CurrentLine, ...]:
    """The lines, in the order in which they first appear; those that nothing is left of are among them."""
    by_line: dict[tuple[str, str], list[tuple[Sale, bool]]] = {}
    for agreement in agreements:
        for sale in agreement.sales:
            by_line.setdefault(_key(sale), []).append((sale, agreement.kind in BEFORE_RETURNS))
    return tuple(
        CurrentLine(
            *key,
            sold=_standing(sale for sale, before_returns in sales if before_returns),
            current=_standing(sale for sale, _ in sales),
        )
        for key, sales in by_line.items()
    )


def _key(sale: Sale) -> tuple[str, str]:
    return sale.line_type, "" if sale.line_type in (SHIPPING, ADJUSTMENT) else sale.line_id


def _standing(sales: Iterable[Sale]) -> Standing:
    rows = tuple(sales)
    taxes: dict[str, Decimal] = {}
    for tax in (tax for sale in rows for tax in sale.taxes):
        taxes[tax.title] = taxes.get(tax.title, NOTHING) + tax.amount
    return Standing(
        quantity=sum(sale.quantity for sale in rows),
        total=sum((sale.total for sale in rows), NOTHING),
        taxes=tuple(TaxLine(title, amount) for title, amount in taxes.items()),
        discount=sum((sale.discount for sale in rows), NOTHING),
    )


def check_sums(ledger: SalesLedger) -> None:
    """RecordError `total_differs` or `taxes_differ` where the sales do not come to what Shopify says, to the cent."""
    _check("total_differs", ledger.total, ledger.current_total)
    for sale in (sale for agreement in ledger.agreements for sale in agreement.sales):
        _check("taxes_differ", sum((tax.amount for tax in sale.taxes), NOTHING), sale.tax)


def check_quantities(ledger: SalesLedger, lines: Iterable[OrderLine]) -> None:
    """RecordError `answer_malformed` where the units of a line's sales are not those that the order says are left.

    The two are read in two requests, between which the order may have changed.
    """
    units: Counter[str] = Counter()
    for agreement in ledger.agreements:
        for sale in agreement.sales:
            units[sale.line_id] += sale.quantity
    if any(units[line.id] != line.current_quantity for line in lines):
        raise RecordError("answer_malformed", field="currentQuantity")


def _check(reason: str, computed: Decimal, told: Decimal) -> None:
    if computed != told:
        raise RecordError(reason, computed=f"{computed:.2f}", total=f"{told:.2f}", gap=f"{told - computed:.2f}")
