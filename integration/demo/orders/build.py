"""An order as it is placed: parts → Shopify's dict, taxes rounded half up for each line and each tax."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration.demo.orders.discounts import Shares, share_out
from integration.demo.orders.header import write_header
from integration.demo.orders.ledger import agree, book, parts_of
from integration.demo.orders.money import CAD, Currencies, to_cents
from integration.demo.orders.parts import QUEBEC, Buyer, Discount, Line, Shipping, Tax
from integration.demo.orders.totals import settle, total_up
from integration.demo.shop.store import Record

# Room for this many lines, transactions or fulfilments in one order before two ids could meet.
PARTS_OF_AN_ORDER = 10_000

NOTHING = Decimal(0)

VENDOR = "Quincaillerie du Vieux-Pont"


@dataclass(frozen=True, slots=True)
class Pricing:
    """How one order is taxed and in which money it is told."""

    taxes: Sequence[Tax]
    included: bool
    currencies: Currencies

    def tax_lines(self, price: Decimal, taxes: Sequence[Tax] | None = None) -> list[Record]:
        """The taxes on a price after discounts, or within it where prices include them."""
        due = self.taxes if taxes is None else taxes
        base = price / (1 + sum(tax.rate for tax in due)) if self.included else price
        return [self._tax_line(tax, to_cents(base * tax.rate)) for tax in due]

    def _tax_line(self, tax: Tax, amount: Decimal) -> Record:
        return {
            "title": tax.title,
            "rate": float(tax.rate),
            "ratePercentage": float(tax.rate * 100),
            "channelLiable": False,
            "source": "Shopify",
            "priceSet": self.currencies.bag(amount),
        }


def build_order(
    number: int,
    *,
    lines: Sequence[Line],
    placed_at: datetime,
    shipping: Shipping | Decimal | None = None,
    taxes: Sequence[Tax] = QUEBEC,
    discount: Discount | None = None,
    taxes_included: bool = False,
    tip: Decimal = NOTHING,
    as_tip_line: bool = False,
    buyer: Buyer | None = None,
    bill_to: Buyer | None = None,
    test: bool = False,
    note: str | None = None,
    email: str | None = None,
    additional_fee: Decimal = NOTHING,
    duties: Decimal = NOTHING,
    currencies: Currencies = CAD,
    id_base: int = 0,
    source: str = "web",
    po_number: str | None = None,
    tags: Sequence[str] = (),
) -> Record:
    """An unpaid order, complete and in agreement with itself. Amounts are in the shop's currency.

    Equal arguments make equal orders. All ids follow from `id_base + number`: give each shop its own base.
    """
    pricing = Pricing(taxes, taxes_included, currencies)
    delivery = Shipping(shipping) if isinstance(shipping, Decimal) else shipping
    sold = [*lines, tip_line(tip)] if tip and as_tip_line else list(lines)
    shares = share_out(discount, sold, delivery, currencies)
    order = write_header(number, id_base + number, placed_at, currencies, buyer, bill_to or buyer)
    order.update(
        test=test,
        note=note,
        email=email or (buyer.email if buyer else None),
        sourceName=source,
        poNumber=po_number,
        tags=sorted(tags),
        taxesIncluded=taxes_included,
        taxExempt=not taxes,
        discountCodes=shares.codes,
        discountApplications=shares.applications,
        lineItems=write_lines(id_base + number, sold, pricing, shares, duties),
        shippingLines=write_shipping(id_base + number, delivery, pricing, shares),
        additionalFees=write_fees(id_base + number, additional_fee, pricing),
        totalTipReceivedSet=currencies.bag(tip),
        requiresShipping=any(line.requires_shipping for line in sold),
    )
    total_up(order)
    order.update(
        originalTotalPriceSet=order["totalPriceSet"],
        originalTotalDutiesSet=currencies.bag(duties) if duties else None,
        originalTotalAdditionalFeesSet=currencies.bag(additional_fee) if additional_fee else None,
    )
    settle(order, placed_at)
    book(order, agree(order, "OrderAgreement", placed_at), {}, parts_of(order))
    return order


def tip_line(amount: Decimal) -> Line:
    return Line(None, "Tip", 1, amount, taxable=False, requires_shipping=False, tip=True)


def write_lines(root: int, lines: Sequence[Line], pricing: Pricing, shares: Shares, duties: Decimal) -> list[Record]:
    """The lines; duties, which Shopify keeps by line, all stand on the first."""
    first = root * PARTS_OF_AN_ORDER
    written = [write_line(first + index, line, pricing, shares, index) for index, line in enumerate(lines)]
    if duties:
        duty = {"id": f"gid://shopify/Duty/{first}", "price": pricing.currencies.bag(duties), "taxLines": []}
        written[0]["duties"].append(duty)
    return written


def write_line(number: int, line: Line, pricing: Pricing, shares: Shares, index: int) -> Record:
    bag, share = pricing.currencies.bag, shares.of_lines[index]
    net = line.total - share
    taxable = line.taxable and not line.gift_card
    taxes = pricing.tax_lines(net, line.taxes) if taxable else []
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
        "title": line.title,
        "variantTitle": line.variant_title,
        "vendor": None if line.tip else VENDOR,
        "quantity": line.quantity,
        "requiresShipping": line.requires_shipping,
        "taxable": taxable,
        "isGiftCard": line.gift_card,
        "customAttributes": [],
        **product_of(line),
        "originalUnitPriceSet": bag(line.price),
        "discountedUnitPriceSet": bag(line.price),
        "discountedUnitPriceAfterAllDiscountsSet": bag(net / line.quantity),
        "originalTotalSet": bag(line.total),
        "discountedTotalSet": bag(line.total),
        "totalDiscountSet": bag(NOTHING),
        "discountAllocations": shares.allocation(share, pricing.currencies),
        "taxLines": taxes,
        "duties": [],
    }


def product_of(line: Line) -> Record:
    """The product behind a line, with ids that follow from its SKU."""
    if not line.sku:
        return {"sku": None, "variant": None, "product": None}
    number = zlib.crc32(line.sku.encode())
    variant = {
        "id": f"gid://shopify/ProductVariant/{number}",
        "sku": line.sku,
        "title": line.variant_title or "Default Title",
        "inventoryItem": {"id": f"gid://shopify/InventoryItem/{number}"},
    }
    return {"sku": line.sku, "variant": variant, "product": {"id": f"gid://shopify/Product/{number}"}}


def write_shipping(root: int, shipping: Shipping | None, pricing: Pricing, shares: Shares) -> list[Record]:
    if shipping is None:
        return []
    bag = pricing.currencies.bag
    net = shipping.price - shares.of_shipping
    line = {
        "id": f"gid://shopify/ShippingLine/{root}",
        "title": shipping.title,
        "code": shipping.title,
        "source": "shopify",
        "carrierIdentifier": None,
        "deliveryCategory": None,
        "isRemoved": False,
        "originalPriceSet": bag(shipping.price),
        "discountedPriceSet": bag(net),
        "discountAllocations": shares.allocation(shares.of_shipping, pricing.currencies),
        "taxLines": pricing.tax_lines(net) if shipping.taxable else [],
    }
    return [line]


def write_fees(root: int, fee: Decimal, pricing: Pricing) -> list[Record]:
    if not fee:
        return []
    return [
        {
            "id": f"gid://shopify/AdditionalFee/{root}",
            "name": "Écofrais",
            "price": pricing.currencies.bag(fee),
            "taxLines": pricing.tax_lines(fee),
        }
    ]
