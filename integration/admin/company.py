"""Companies: what Prextra says of them, and their section « Shopify » (specification §1.2, rules C1, C2)."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from operator import or_
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from integration.admin.kept import KeptByPrextra, write_columns
from integration.admin.own_changes import OwnChanges
from integration.admin.readonly import ReadOnlyAdmin, anchored
from integration.configuration import Configuration
from integration.ledger import CHARGE_CONFIGURATIONS
from integration.reasons import advice, describe
from prextra_models import models as prextra

CONFIGURATIONS = ("ShopifyIntegration", "software", "ItemMaintenanceShowFields", "glCashadvanceShopify", "glBankShopify",
                  *CHARGE_CONFIGURATIONS.values())  # fmt: skip
SHOPIFY = ("shopify_enabled", "shopify_multilingual", "shopify_payment_method")
REQUIRED_SUFFIX = " (*)\N{NO-BREAK SPACE}:"
SCREEN = (
    ("code", "active", "single_currency"),
    ("name", "currency"),
    ("address1", "language"),
    ("address2", "sale_price_decimals"),
    ("city", "manufactured_cost_method"),
    ("province", "purchased_cost_method"),
    ("country", "inventory_by_location"),
    ("postal_code", "untaxed_products_allowed"),
    ("quebec_transport_number", "international_payments"),
    ("federal_tax_number", "product_account_tracking"),
    ("provincial_tax_number", "level_count"),
    ("phone", "report_logo"),
    ("fax", "toll_free_phone"),
    ("email", "website"),
    ("rbq_licence", "managed_by_sector"),
)
"""The two columns of Prextra's screen, line by line; what stands below them there, two to a line."""


def language_name(code: str) -> str:
    """In the language itself; as it is stored where it is no language's code."""
    try:
        return str(capfirst(get_language_info(code.strip().lower())["name_local"]))
    except KeyError:
        return code or "-"


SHOWN = {
    field.name: anchored(field, language_name if field.name == "language" else None)
    for field in prextra.Company._meta.concrete_fields
}


class CompanyForm(OwnChanges):
    class Meta:
        model = prextra.Company
        fields = SHOPIFY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "shopify_payment_method" in self.fields:
            self.fields["shopify_payment_method"].label_suffix = REQUIRED_SUFFIX

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("shopify_enabled") and not cleaned.get("shopify_payment_method", True):
            text = gettext("Choose a payment method: it is required where « Synchronisation » is ticked.")
            self.add_error("shopify_payment_method", text)
        return cleaned


@admin.register(prextra.Company)
class CompanyAdmin(KeptByPrextra):
    form = CompanyForm
    list_display = ("code", "name", "currency", "active", "shopify_enabled", "shopify_payment_method")
    list_filter = ("shopify_enabled", "active")
    list_select_related = ("shopify_payment_method",)
    ordering = ("code",)
    search_fields = ("code", "name")
    search_help_text = _("By code or name.")
    readonly_fields: ClassVar[Any] = (*(SHOWN[name] for name in chain.from_iterable(SCREEN)), "how_to_show")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[prextra.Company]:
        return super().get_queryset(request).defer(None).select_related("shopify_payment_method")

    def get_fieldsets(self, request: HttpRequest, obj: prextra.Company | None = None) -> Any:
        """Section « Shopify » stands where the configuration shows it (rules C1), and first of what may be changed."""
        is_on = obj is not None and Configuration(obj.pk).is_on("ShopifyIntegration")
        required = _("(*) Required where « Synchronisation » is ticked.")
        may_change = self.has_change_permission(request, obj)
        section = SHOPIFY if may_change else tuple(SHOWN[name] for name in SHOPIFY)
        return [
            (_("Company"), {"classes": ["tab"], "fields": [tuple(SHOWN[name] for name in line) for line in SCREEN]}),
            ("Shopify", {"classes": ["tab"], "fields": section, "description": required} if is_on
             else {"classes": ["tab"], "fields": ("how_to_show",)}),
        ]  # fmt: skip

    @admin.display(description=_("not shown"))
    def how_to_show(self, company: prextra.Company) -> str:
        sentences = (read("integration_off", {"company": company.pk}) for read in (describe, advice))
        return format_html("{}<br>{}", *sentences)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Companies"), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {"title": _("Company"), **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Warns only here, where it stands that the reader may see the company."""
        company: prextra.Company | None = kwargs.get("obj")
        if request.method == "GET" and company and Configuration(company.pk).has("software", "isbyproject"):
            params = {"company": company.pk}
            text = f"{describe('company_by_project', params)} {advice('company_by_project', params)}"
            messages.warning(request, text)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: prextra.Company, form: Any, change: bool) -> None:
        """Only what this person changed, so that what Prextra or a colleague wrote meanwhile stays."""
        write_columns(obj, form.changed_data)


@admin.register(prextra.ConfigurationValue)
class ConfigurationValueAdmin(ReadOnlyAdmin):
    """CDID's technical team sets them in Prextra; here those that the sync reads are looked up, for others may be secret."""

    list_display = ("name", "company", "value")
    list_select_related = ("company",)
    list_filter = ("company",)
    search_fields = ("name",)
    ordering = ("name", "company")

    def get_queryset(self, request: HttpRequest) -> QuerySet[prextra.ConfigurationValue]:
        values: QuerySet[prextra.ConfigurationValue] = super().get_queryset(request)
        return values.filter(reduce(or_, (Q(name__iexact=name) for name in CONFIGURATIONS)))


@admin.register(prextra.ProductCategoryAccount)
class ProductCategoryAccountAdmin(ReadOnlyAdmin):
    list_display = ("category", "company", "transaction", "account")
    list_select_related = ("category", "company", "account")
    list_filter = ("company", "transaction")
    search_fields = ("category__code",)
    ordering = ("category", "company")
