"""What an order is made of when it is placed: lines, shipping, taxes, a discount, a buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Tax:
    title: str
    rate: Decimal


QUEBEC = (Tax("TPS", Decimal("0.05")), Tax("TVQ", Decimal("0.09975")))
ONTARIO = (Tax("HST", Decimal("0.13")),)
ALBERTA = (Tax("GST", Decimal("0.05")),)
BRITISH_COLUMBIA = (Tax("GST", Decimal("0.05")), Tax("PST", Decimal("0.07")))
NO_TAX: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """Something sold. A line without a SKU is one that the merchant typed by hand: it has no product behind it."""

    sku: str | None
    title: str
    quantity: int = 1
    price: Decimal = Decimal(0)
    taxable: bool = True
    gift_card: bool = False
    requires_shipping: bool = True
    tip: bool = False
    taxes: Sequence[Tax] | None = None
    variant_title: str | None = None

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def discountable(self) -> bool:
        """No discount of Shopify's touches a gift card or a tip."""
        return not (self.gift_card or self.tip)


@dataclass(frozen=True, slots=True)
class Shipping:
    price: Decimal
    title: str = "Livraison standard"
    taxable: bool = True


@dataclass(frozen=True, slots=True)
class Percent:
    """`value` per cent of the goods; with a code it is the buyer's, without one the shop applies it by itself."""

    value: Decimal
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """An amount off the goods, never more than they cost."""

    amount: Decimal
    code: str | None = None


@dataclass(frozen=True, slots=True)
class FreeShipping:
    code: str | None = None


Discount: TypeAlias = Percent | Fixed | FreeShipping

PROVINCES = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "NB": "New Brunswick",
    "ON": "Ontario",
    "QC": "Quebec",
}
COUNTRIES = {"CA": "Canada", "FR": "France", "US": "United States"}


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, and where it goes. Without a first line and a city there is no address at all."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province_code: str | None = "QC"
    zip: str | None = None
    country_code: str | None = "CA"
    phone: str | None = None
    email: str | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.company or ""

    @property
    def has_address(self) -> bool:
        return bool(self.address1 or self.city)
