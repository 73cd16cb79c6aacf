"""The order's free texts → Prextra's columns, cut to what they hold (rules O2)."""

from __future__ import annotations

from collections.abc import Mapping

from integration.columns import cut
from integration.shopify.order import Address, ShopOrder

# Column → length, as in prextra_models (a test holds the two together).
LENGTHS: Mapping[str, int] = {
    "customer_po": 30,
    "note": 1000,
    "buyer_name": 40,
    "buyer_email": 70,
    "buyer_phone": 50,
    **{
        f"{prefix}_{column}": length
        for prefix in ("ship", "bill")
        for column, length in {
            "name": 40,
            "address1": 40,
            "address2": 40,
            "city": 30,
            "province": 30,
            "country": 30,
            "postal_code": 30,
            "phone": 50,
        }.items()
    },
}


def order_texts(order: ShopOrder) -> tuple[dict[str, str], list[str]]:
    """The texts by column, and the columns of those that were cut."""
    texts = {
        "customer_po": order.customer_po,
        "note": order.note,
        "buyer_name": order.buyer,
        "buyer_email": order.email,
        "buyer_phone": order.phone,
        **_address("ship", order.ship_to),
        **_address("bill", order.bill_to),
    }
    fitting = {column: cut(text, LENGTHS[column]) for column, text in texts.items()}
    return fitting, [column for column, text in texts.items() if fitting[column] != text]


def _address(prefix: str, address: Address) -> dict[str, str]:
    name = address.name
    if address.company and address.company != name:
        name = f"{address.company} – {name}" if name else address.company
    return {
        f"{prefix}_name": name,
        f"{prefix}_address1": address.address1,
        f"{prefix}_address2": address.address2,
        f"{prefix}_city": address.city,
        f"{prefix}_province": address.province,
        f"{prefix}_country": address.country,
        f"{prefix}_postal_code": address.postal_code,
        f"{prefix}_phone": address.phone,
    }
