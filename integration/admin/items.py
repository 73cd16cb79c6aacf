"""Items in Shopify: which of them are there and why the others are not, and where a warehouse's stock is kept."""

from __future__ import annotations

from string import Formatter
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration import reasons
from integration.admin.item_state import link_pill
from integration.admin.links import item_link, log_link, product_link
from integration.admin.readonly import ReadOnlyAdmin
from integration.models import Flow, HeldRecord, ItemSetting, ProductLink

IN_SHOPIFY = "in-shopify"


class ReasonFilter(admin.SimpleListFilter):
    title = _("in Shopify, or why not")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        found = ProductLink.objects.exclude(reason="").order_by("reason").values_list("reason", flat=True).distinct()
        return [(IN_SHOPIFY, _("in Shopify")), *((code, _outline(code)) for code in found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductLink]) -> QuerySet[ProductLink]:
        if self.value() == IN_SHOPIFY:
            return queryset.exclude(product="")
        return queryset.filter(reason=self.value()) if self.value() else queryset


def _outline(code: str) -> str:
    """A reason's sentence for all items at once, without the particulars of one."""
    reason = reasons.REASONS.get(code)
    names = (
        {name for _text, name, _spec, _conversion in Formatter().parse(str(reason.message)) if name} if reason else ()
    )
    return reasons.describe(code, dict.fromkeys(names, "…"))


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


class ItemSettingForm(forms.ModelForm):  # type: ignore[type-arg]
    """The location is chosen by name among those that the shop had when it was last asked."""

    location = forms.ChoiceField(label=_("location in Shopify"), required=False)

    class Meta:
        model = ItemSetting
        fields = ("location",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(self.instance.locations)
        if (chosen := self.instance.location) and chosen not in names:
            names[chosen] = gettext("not active any more: {location}").format(location=chosen.rpartition("/")[2])
        field: Any = self.fields["location"]
        field.choices = [("", gettext("the shop's only active one")), *names.items()]


@admin.register(ItemSetting)
class ItemSettingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A row comes with the first pass over a warehouse's items: only then is it known what there is to choose from."""

    form = ItemSettingForm
    list_display = ("warehouse", "chosen", "known", "catalogue_read_at")
    fields = ("warehouse", "location", "catalogue_read_at")
    readonly_fields = ("warehouse", "catalogue_read_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ItemSetting | None = None) -> bool:
        return False

    @admin.display(description=_("location in Shopify"))
    def chosen(self, setting: ItemSetting) -> str:
        if not setting.location:
            return gettext("the shop's only active one")
        return str(setting.locations.get(setting.location, setting.location))

    @admin.display(description=_("locations of the shop"))
    def known(self, setting: ItemSetting) -> str:
        return ", ".join(map(str, setting.locations.values()))
