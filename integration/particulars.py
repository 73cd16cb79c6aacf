"""How the particulars of a reason are said to a person: columns, amounts, and what machines call their troubles."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

AMOUNTS = frozenset({"price", "computed", "total", "gap", "received", "refunded", "shop_total", "amount"})

# The columns that a reason may name, as `columns`: names joined by commas.
COLUMNS: dict[str, Any] = {
    "customer_po": _("customer's purchase order"),
    "note": _("note"),
    "buyer_name": _("buyer"),
    "buyer_email": _("email"),
    "buyer_phone": _("phone"),
    "ship_name": _("ship to: name"),
    "ship_address1": _("ship to: address 1"),
    "ship_address2": _("ship to: address 2"),
    "ship_city": _("ship to: city"),
    "ship_province": _("ship to: province"),
    "ship_country": _("ship to: country"),
    "ship_postal_code": _("ship to: postal code"),
    "ship_phone": _("ship to: phone"),
    "bill_name": _("bill to: name"),
    "bill_address1": _("bill to: address 1"),
    "bill_address2": _("bill to: address 2"),
    "bill_city": _("bill to: city"),
    "bill_province": _("bill to: province"),
    "bill_country": _("bill to: country"),
    "bill_postal_code": _("bill to: postal code"),
    "bill_phone": _("bill to: phone"),
    "description": _("description of a line"),
    "title": _("title"),
    "html": _("web description"),
    "body_html": _("web description"),
    "seo": _("search texts"),
    "meta_title": _("meta name"),
    "meta_description": _("meta description"),
    "meta_keywords": _("meta keywords"),
    "price": _("price"),
    "barcode": _("bar code"),
    "sku": _("SKU"),
    "tracked": _("stock tracking"),
    "tags": _("tags"),
    "status": _("status"),
    "adopted": _("linked with the product that is there"),
    "publish": _("publication"),
    "translations": _("translations"),
    "carrier": _("carrier"),
    "tracking_number": _("tracking number"),
    "shopify_url": _("shop URL"),
    "shopify_api_key": _("API key"),
    "shopify_access_token": _("access token"),
    "shopify_customer": _("customer"),
}


BROKEN = _("the connection broke off")
IN_WORDS = {
    "ConnectError": _("nothing answers at this address"),
    "ProxyError": _("this server's proxy lets nothing through"),
    **dict.fromkeys(("ReadError", "WriteError", "CloseError", "RemoteProtocolError", "LocalProtocolError"), BROKEN),
    "invalid_client": _("one of the two is wrong"),
    "invalid_request": _("one of the two is incomplete"),
    "shop_not_permitted": _("the app and the shop do not belong to the same organisation"),
    "app_not_installed": _("the app is not installed in the shop"),
}
"""What a machine calls it, and what people do: causes that stand within the sentence of another reason."""
NO_CAUSE = _("it does not say why")


def said(name: str, value: Any) -> Any:
    """The parameter of this name: an amount as the reader writes it, where the log keeps a point."""
    if name == "columns":
        return ", ".join(str(COLUMNS.get(column, column)) for column in str(value).split(","))
    if name in {"details", "error"}:
        return NO_CAUSE if re.fullmatch(r"HTTP \d+", str(value)) else IN_WORDS.get(str(value), value)
    if name in AMOUNTS and re.fullmatch(r"-?\d+\.\d\d", str(value)):
        return number_format(Decimal(value), 2, force_grouping=True)
    return value
