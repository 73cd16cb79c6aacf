"""The head of an order: its names, dates, buyer and addresses, before anything has happened to it."""

from __future__ import annotations

from datetime import datetime

from integration.demo.orders.money import ZERO, Currencies
from integration.demo.orders.parts import COUNTRIES, PROVINCES, Buyer
from integration.demo.shop.store import Record, stamp


def write_header(
    number: int, root: int, placed_at: datetime, currencies: Currencies, buyer: Buyer | None, bill_to: Buyer | None
) -> Record:
    """`number` is the one that people see; `root` is where all the order's ids come from."""
    placed = stamp(placed_at)
    nothing = currencies.bag(ZERO)
    return {
        "id": f"gid://shopify/Order/{root}",
        "legacyResourceId": str(root),
        "name": f"#{number}",
        "number": number,
        "confirmationNumber": f"Q{root:X}",
        "createdAt": placed,
        "processedAt": placed,
        "updatedAt": placed,
        "cancelledAt": None,
        "cancelReason": None,
        "closed": False,
        "closedAt": None,
        "confirmed": True,
        "edited": False,
        "merchantEditable": True,
        "sourceIdentifier": None,
        "app": {"id": "gid://shopify/App/580111", "name": "Online Store"},
        "retailLocation": None,
        "returnStatus": "NO_RETURN",
        "currencyCode": currencies.shop,
        "presentmentCurrencyCode": currencies.presentment,
        "estimatedTaxes": False,
        "dutiesIncluded": False,
        "paymentGatewayNames": [],
        "customAttributes": [],
        "phone": buyer.phone if buyer else None,
        "customerLocale": "fr-CA",
        "customer": write_customer(root, buyer),
        "shippingAddress": write_address(2 * root, buyer),
        "billingAddress": write_address(2 * root + 1, bill_to),
        "totalCashRoundingAdjustment": {"paymentSet": nothing, "refundSet": nothing},
        "agreements": [],
        "transactions": [],
        "fulfillments": [],
        "refunds": [],
    }


def write_customer(number: int, buyer: Buyer | None) -> Record | None:
    if buyer is None:
        return None
    return {
        "id": f"gid://shopify/Customer/{number}",
        "firstName": buyer.first_name,
        "lastName": buyer.last_name,
        "displayName": buyer.name or buyer.email or "",
        "taxExempt": False,
        "defaultEmailAddress": {"emailAddress": buyer.email} if buyer.email else None,
        "defaultPhoneNumber": {"phoneNumber": buyer.phone} if buyer.phone else None,
    }


def write_address(number: int, person: Buyer | None) -> Record | None:
    if person is None or not person.has_address:
        return None
    return {
        "id": f"gid://shopify/MailingAddress/{number}",
        "firstName": person.first_name,
        "lastName": person.last_name,
        "name": person.name,
        "company": person.company,
        "address1": person.address1,
        "address2": person.address2,
        "city": person.city,
        "province": PROVINCES.get(person.province_code or ""),
        "provinceCode": person.province_code,
        "zip": person.zip,
        "country": COUNTRIES.get(person.country_code or ""),
        "countryCodeV2": person.country_code,
        "phone": person.phone,
    }
