"""Items in Shopify: which of them are there and why the others are not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integration import reasons
from integration.admin.item_state import link_pill
from integration.admin.links import item_link, log_link, product_link
from integration.admin.readonly import ReadOnlyAdmin
from integration.models import Flow, HeldRecord, ProductLink

IN_SHOPIFY = "in-shopify"


class ReasonFilter(admin.SimpleListFilter):
    title = _("in Shopify, or why not")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        found = ProductLink.objects.exclude(reason="").order_by("reason").values_list("reason", flat=True).distinct()
        return [(IN_SHOPIFY, _("in Shopify")), *((code, reasons.outline(code)) for code in found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductLink]) -> QuerySet[ProductLink]:
        if self.value() == IN_SHOPIFY:
            return queryset.exclude(product="")
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(ProductLink)
class ProductLinkAdmin(ReadOnlyAdmin):
    list_display = ("item", "warehouse", "state", "message", "quantity", "changed_at", "in_shopify")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_filter = ("warehouse", ReasonFilter)
    search_fields = ("item",)
    fields = (
        ("in_prextra", "in_log"),
        ("warehouse", "shop"),
        ("state", "in_shopify"),
        ("message", "advice"),
        ("quantity", "missing", "missing_since"),
        "changed_at",
    )
    readonly_fields = ("in_prextra", "in_log", "state", "in_shopify", "message", "advice")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductLink]:
        ignored = HeldRecord.objects.filter(
            flow=Flow.ITEMS, warehouse=OuterRef("warehouse"), shopify_id=OuterRef("item"), ignored_at__isnull=False
        )
        links: QuerySet[ProductLink] = super().get_queryset(request)
        return links.annotate(ignored_at=Subquery(ignored.values("ignored_at")))

    @admin.display(description=_("state in Shopify"))
    def state(self, link: Any) -> str:
        held = HeldRecord(ignored_at=link.ignored_at) if link.ignored_at else None
        return str(link_pill(link, timezone.localdate(), held))

    @admin.display(description=_("product in Shopify"))
    def in_shopify(self, link: ProductLink) -> str:
        return product_link(link)

    @admin.display(description=_("what to do"))
    def advice(self, link: ProductLink) -> str:
        return reasons.advice(link.reason, link.params)

    @admin.display(description=_("in Prextra"))
    def in_prextra(self, link: ProductLink) -> str:
        return item_link(link.item)

    @admin.display(description=_("in the log"))
    def in_log(self, link: ProductLink) -> str:
        return log_link(link.item)
