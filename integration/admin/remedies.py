"""From what is held to where it is corrected: one link for each reason that a page of the admin can mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from integration.models import HeldRecord


class Remedy(NamedTuple):
    label: Any
    address: Callable[[HeldRecord], str]


def _page(name: str, *keys: Any, **query: Any) -> str:
    address = reverse(f"admin:{name}", args=[quote(key) for key in keys])
    return f"{address}?{urlencode(query)}" if query else address


def _param(held: HeldRecord, name: str) -> str:
    return str(held.params.get(name, ""))


ITEM_SEARCH = Remedy(
    _("Look for this code among the items"),
    lambda held: _page("prextra_models_item_changelist", q=_param(held, "sku")),
)
ITEM = Remedy(
    _("Open the item"),
    lambda held: _page("prextra_models_item_change", _param(held, "item") or held.shopify_id),
)
TAX_TITLE = Remedy(
    _("Say which tax it is"),
    lambda held: _page("integration_taxtitle_add", title=_param(held, "tax")),
)
CATEGORY = Remedy(
    _("Look at the categories' accounts"), lambda held: _page("prextra_models_productcategoryaccount_changelist")
)
PREREQUISITES = Remedy(_("Look at the prerequisites"), lambda held: _page("prerequisites"))
WAREHOUSE = Remedy(_("Open the warehouse"), lambda held: _page("prextra_models_warehouse_change", held.warehouse))

REMEDIES: Mapping[str, Remedy] = {
    "unknown_sku": ITEM_SEARCH,
    "unknown_tax": TAX_TITLE,
    "sale_account_missing": CATEGORY,
    **dict.fromkeys(("prepayment_account_missing", "bank_missing", "account_unknown"), PREREQUISITES),
    "charge_account_missing": PREREQUISITES,
    "currency_unknown": WAREHOUSE,
    **dict.fromkeys(
        (
            "item_without_category", "item_without_price", "item_price_refused", "item_without_description",
            "item_code_ambiguous", "sku_ambiguous", "sku_among_variants", "product_refused", "stock_refused",
            "variant_gone",
        ),
        ITEM,
    ),
}  # fmt: skip


def remedy_link(held: HeldRecord) -> str:
    """The link to where it is corrected; empty where that is not in the admin."""
    remedy = REMEDIES.get(held.reason)
    if remedy is None:
        return ""
    return format_html('<a href="{}">{}</a>', remedy.address(held), remedy.label)
