"""A Shopify order as the flows see it: value types only.

Money is in shop currency, times are UTC, quantities are units sold. Every amount is Shopify's own and never computed here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    title: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """What is paid besides goods: carriage, a duty, a fee. `price` is after discounts, before `discount` is taken off it."""

    id: str
    title: str
    price: Decimal
    taxes: tuple[TaxLine, ...] = ()
    discount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`gross` is unit price × quantity before discounts; `discount` is all that was allocated to the line."""

    id: str
    name: str
    sku: str
    quantity: int
    current_quantity: int
    unit_price: Decimal
    gross: Decimal
    discount: Decimal = Decimal(0)
    taxes: tuple[TaxLine, ...] = ()
    duties: tuple[Charge, ...] = ()
    gift_card: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    id: str
    kind: str
    status: str
    amount: Decimal
    processed_at: datetime
    test: bool = False

    @property
    def received(self) -> bool:
        """Money came in: a successful sale or capture (rules O7)."""
        return self.kind in {"SALE", "CAPTURE"} and self.status == "SUCCESS" and not self.test and self.amount > 0


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """`lines` are (order line id, quantity) pairs."""

    id: str
    name: str
    status: str
    created_at: datetime
    carrier: str = ""
    tracking_number: str = ""
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def is_sent(self) -> bool:
        return self.status == "SUCCESS"


@dataclass(frozen=True, slots=True)
class Address:
    name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    province: str = ""
    country: str = ""
    postal_code: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ShopOrder:
    id: str
    name: str
    processed_at: datetime
    updated_at: datetime
    currency: str
    total: Decimal
    current_total: Decimal
    total_tax: Decimal
    lines: tuple[OrderLine, ...]
    shipping: tuple[Charge, ...] = ()
    fees: tuple[Charge, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    tip: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    cash_rounding: Decimal = Decimal(0)
    taxes_included: bool = False
    test: bool = False
    edited: bool = False
    cancelled: bool = False
    customer_po: str = ""
    note: str = ""
    buyer_name: str = ""
    email: str = ""
    phone: str = ""
    ship_to: Address = Address()
    bill_to: Address = Address()

    @property
    def buyer(self) -> str:
        """Who bought, by what is known of them."""
        return self.buyer_name or self.bill_to.name or self.ship_to.name or self.email

    @property
    def received(self) -> Decimal:
        """The money that came in, refunds not deducted."""
        return sum((t.amount for t in self.transactions if t.received), Decimal(0))

    @property
    def units(self) -> Counter[str]:
        """The units that it sold, by SKU; none once it is cancelled."""
        sold: Counter[str] = Counter()
        for line in self.lines:
            if line.sku and not self.cancelled:
                sold[line.sku] += line.quantity
        return sold

    @property
    def open_units(self) -> Counter[str]:
        """The units by SKU that the shop keeps for it, neither sent nor taken out: never more than it does keep."""
        sent: Counter[str] = Counter()
        for fulfilment in self.fulfilments:
            if fulfilment.is_sent:
                sent.update(dict(fulfilment.lines))
        kept: Counter[str] = Counter()
        for line in self.lines:
            if line.sku and not self.cancelled:
                kept[line.sku] += max(0, line.current_quantity - sent[line.id])
        return +kept
