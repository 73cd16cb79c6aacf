"""What Prextra holds, or should hold, for one Shopify order: value types that the plans compare and the writers write.

Money is in the company's currency, to the cent; quantities are in stock units. `pk` is the row's key,
and `number` Prextra's document number, once it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal(0)
CENT = Decimal("0.01")


class LineKind(StrEnum):
    """Items and gift cards are shipped; the others are charges, invoiced with an order's first invoice (rules F3)."""

    ITEM = "item"
    GIFT_CARD = "gift_card"
    SHIPPING = "shipping"
    TIP = "tip"
    DUTY = "duty"
    FEE = "fee"

    @property
    def shipped(self) -> bool:
        return self in {LineKind.ITEM, LineKind.GIFT_CARD}


@dataclass(frozen=True, slots=True)
class Amounts:
    """`total` = `subtotal` + both taxes; `subtotal` is after `discount` and without taxes, even where prices include them."""

    discount: Decimal = ZERO
    subtotal: Decimal = ZERO
    federal_tax: Decimal = ZERO
    provincial_tax: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.federal_tax + self.provincial_tax

    def as_columns(self) -> dict[str, Decimal]:
        """The amounts by the names that Prextra's documents and their lines have for them."""
        return {
            "discount": self.discount,
            "subtotal": self.subtotal,
            "federal_tax": self.federal_tax,
            "provincial_tax": self.provincial_tax,
            "total": self.total,
        }

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.discount + other.discount,
            self.subtotal + other.subtotal,
            self.federal_tax + other.federal_tax,
            self.provincial_tax + other.provincial_tax,
        )


@dataclass(frozen=True, slots=True)
class OrderLine:
    shopify_id: str
    kind: LineKind
    description: str
    quantity: Decimal
    unit_price: Decimal
    amounts: Amounts
    item: str | None = None
    pk: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SalesOrder:
    """`texts` are the buyer's, ship-to and bill-to columns of the order by name, cut to their lengths.

    `warehouse` is the one it was reserved in, once it is written.
    """

    shopify_id: str
    shopify_name: str
    order_date: date
    lines: tuple[OrderLine, ...]
    cash_rounding: Decimal = ZERO
    prices_include_taxes: bool = False
    cancelled: bool = False
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)
    warehouse: str = field(default="", compare=False)
    pk: int = field(default=0, compare=False)
    number: str = field(default="", compare=False)

    @property
    def amounts(self) -> Amounts:
        return sum((line.amounts for line in self.lines), Amounts())

    @property
    def total(self) -> Decimal:
        return self.amounts.total


@dataclass(frozen=True, slots=True)
class Prepayment:
    shopify_id: str
    amount: Decimal
    received_on: date
    applied: Decimal = ZERO
    pk: int = field(default=0, compare=False)
    number: str = field(default="", compare=False)

    @property
    def open(self) -> Decimal:
        return self.amount - self.applied


@dataclass(frozen=True, slots=True)
class Shipment:
    """`lines` gives the quantity by the Shopify id of the order's line. A Prextra user's own shipment has no `shopify_id`."""

    shopify_id: str
    ship_date: date
    lines: Mapping[str, Decimal]
    carrier: str = ""
    tracking_number: str = ""
    pk: int = field(default=0, compare=False)
    number: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """`account` is the key of a G/L account; 0 on a line that was read, where it is not needed."""

    quantity: Decimal
    amounts: Amounts
    account: int = 0


@dataclass(frozen=True, slots=True)
class Invoice:
    """One for one shipment, by that shipment's Shopify id; `lines` by the Shopify id of the order's line."""

    shopify_id: str
    invoice_date: date
    lines: Mapping[str, InvoiceLine]
    cash_rounding: Decimal = ZERO
    applied: Decimal = ZERO
    pk: int = field(default=0, compare=False)
    number: str = field(default="", compare=False)

    @property
    def amounts(self) -> Amounts:
        return sum((line.amounts for line in self.lines.values()), Amounts())

    @property
    def total(self) -> Decimal:
        return self.amounts.total

    @property
    def balance(self) -> Decimal:
        return self.total + self.cash_rounding - self.applied


@dataclass(frozen=True, slots=True)
class Application:
    """`amount` of a prepayment pays an invoice; both by Shopify id."""

    prepayment: str
    invoice: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that Prextra holds for one order. `shipments` has users' own too; `invoices` has one for each invoiced shipment."""

    order: SalesOrder | None = None
    prepayments: tuple[Prepayment, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    invoices: tuple[Invoice, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """`sale_account` is the key of the G/L account of the item's category for the sale transaction, where there is one."""

    code: str
    category: str | None = None
    sale_account: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was looked for: its key, or the reason why there is none."""

    pk: int = 0
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


# The configuration that names the account of each kind of charge; where it is not set, the account of an item beside it.
CHARGE_CONFIGURATIONS: Mapping[LineKind, str] = {
    LineKind.SHIPPING: "glShippingShopify",
    LineKind.TIP: "glTipShopify",
    LineKind.GIFT_CARD: "glGiftCardShopify",
    LineKind.DUTY: "glDutyShopify",
    LineKind.FEE: "glFeeShopify",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The company's and warehouse's settings that the plans need, read once for a pass; `items` once for a page of orders.

    `taxes` maps a tax title, casefolded, to "federal" or "provincial"; `today` is the day in the company's time zone.
    """

    company: str
    currency: str
    warehouse: str
    customer: str
    today: date
    time_zone: str
    taxes: Mapping[str, str]
    sector: int | None = None
    payment_method: str = ""
    prepayment_account: Account = Account(reason="prepayment_account_missing")
    bank: Account = Account(reason="bank_missing")
    charge_accounts: Mapping[LineKind, Account] = field(default_factory=dict)
    items: Mapping[str, ItemFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason with its parameters, beside what a plan could do."""

    reason: str
    params: Mapping[str, Any] = field(default_factory=dict)
