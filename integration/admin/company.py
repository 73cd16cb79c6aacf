"""Companies: what Prextra says of them, and their section « Shopify » (specification §1.2, rules C1, C2)."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.admin.readonly import ReadOnlyAdmin
from integration.configuration import Configuration
from integration.ledger import CHARGE_CONFIGURATIONS
from integration.reasons import advice, describe
from prextra_models import models as prextra

CONFIGURATIONS = ("ShopifyIntegration", "software", "ItemMaintenanceShowFields", "glCashadvanceShopify", "glBankShopify",
                  *CHARGE_CONFIGURATIONS.values())  # fmt: skip
SHOPIFY = ("shopify_enabled", "shopify_multilingual", "shopify_payment_method")
REQUIRED_SUFFIX = " (*)\N{NO-BREAK SPACE}:"


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = prextra.Company
        fields = SHOPIFY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "shopify_payment_method" in self.fields:
            self.fields["shopify_payment_method"].label_suffix = REQUIRED_SUFFIX

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("shopify_enabled") and not cleaned.get("shopify_payment_method"):
            text = gettext("Choose a payment method: it is required where « Synchronisation » is ticked.")
            self.add_error("shopify_payment_method", text)
        return cleaned


@admin.register(prextra.Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Prextra keeps its companies: nobody adds or deletes one here."""

    form = CompanyForm
    list_display = ("code", "name", "currency", "active", "shopify_enabled", "shopify_payment_method")
    list_filter = ("shopify_enabled", "active")
    list_select_related = ("shopify_payment_method",)
    ordering = ("code",)
    search_fields = ("code", "name")
    search_help_text = _("By code or name.")
    readonly_fields = ("code", "name", "active", "address1", "address2", "city", "province", "country", "postal_code",
                       "phone", "federal_tax_number", "provincial_tax_number", "currency", "language",
                       "sale_price_decimals", "managed_by_sector", "how_to_show")  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: prextra.Company | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[prextra.Company]:
        return super().get_queryset(request).select_related("shopify_payment_method")

    def get_fieldsets(self, request: HttpRequest, obj: prextra.Company | None = None) -> Any:
        """Section « Shopify » stands where the configuration shows it (rules C1), and first of what may be changed."""
        is_on = obj is not None and Configuration(obj.pk).is_on("ShopifyIntegration")
        required = _("(*) Required where « Synchronisation » is ticked.")
        return [
            (_("Company"), {"classes": ["tab"], "fields": (
                ("code", "active"), "name", ("address1", "address2"), ("city", "province"), ("country", "postal_code"),
                "phone", ("federal_tax_number", "provincial_tax_number"), ("currency", "language"),
                ("sale_price_decimals", "managed_by_sector"))}),
            ("Shopify", {"classes": ["tab"], "fields": SHOPIFY, "description": required} if is_on
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
        company = self.get_object(request, object_id) if request.method == "GET" else None
        if company and Configuration(company.pk).has("software", "isbyproject"):
            params = {"company": company.pk}
            text = f"{describe('company_by_project', params)} {advice('company_by_project', params)}"
            messages.warning(request, text)
        return super().change_view(request, object_id, form_url, {"title": _("Company"), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: prextra.Company, form: Any, change: bool) -> None:
        """Only what was changed, so that what Prextra writes meanwhile stays."""
        if form.changed_data:
            obj.save(update_fields=form.changed_data)


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
