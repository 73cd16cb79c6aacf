"""Items: the card with its section « www:// » and its state in Shopify, and the list of all of them (specification §1.4)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_prose_editor.widgets import importmap

from integration import reasons
from integration.admin import item_list
from integration.admin.item_actions import ItemActions, shows_web_section
from integration.admin.item_form import TEXTS, ItemForm, doubts
from integration.admin.item_state import link_pill, of_warehouse_first, shown_pill, unlinked_pill
from integration.admin.item_texts import left_out, read_texts, save_texts
from integration.admin.kept import KeptByPrextra, write_columns
from integration.admin.links import log_link, product_link
from integration.admin.shown import grouped, labelled, two_lines
from integration.items.html import sanitize
from integration.models import ProductLink, SyncEntry
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

WEB = ("name", "web_description", "visible_web", "shopify", "shopify_buffer", "publication_date", "meta_name",
       "meta_keywords", "meta_description")  # fmt: skip
FIGURES = ("on_hand", "on_purchase", "in_production", "raw_material_waiting", "on_sale", "on_work_order", "available")

EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"  # of the style that the editor adds to the page


@admin.register(prextra.Item)
class ItemAdmin(ItemActions, KeptByPrextra):
    form = ItemForm
    list_display = ("code", "title", "in_shopify", "available", "is_ticked", "is_visible")
    list_filter = ("shopify", "visible_web", "tracking", "inactive", "default_warehouse", item_list.StateFilter)
    list_select_related = ("default_warehouse__company",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("code",)
    search_fields = ("code",)
    search_help_text = _("By code or description.")
    readonly_fields = ("code", "revision", "source", "category", "default_warehouse", "tracking", "inactive", "taxable",
                       "barcode", "quantities", "stock", "prices", "shops")  # fmt: skip
    actions = ("tick_shopify", "untick_shopify", "push_now")

    class Media:
        css = {"all": ("prextra/item.css",)}

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[item_list.ItemChangeList]:
        return item_list.ItemChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[prextra.Item], search_term: str
    ) -> tuple[QuerySet[prextra.Item], bool]:
        return item_list.search(queryset, search_term), False

    @admin.display(description=_("description"))
    def title(self, item: Any) -> str:
        """With how its serial numbers are managed, for the few that have any."""
        has_serials = item.tracking != item.Tracking.NONE
        return two_lines(item.title, item.get_tracking_display()) if has_serials else str(item.title)

    @admin.display(description=_("available"))
    def available(self, item: Any) -> str:
        """With the warehouse where it is: the item's default one."""
        figure = self.get_empty_value_display() if item.available is None else grouped(item.available, 2)
        return labelled(gettext("available"), two_lines(figure, item.default_warehouse_id or ""))

    @admin.display(description="Shopify", ordering="shopify")
    def is_ticked(self, item: prextra.Item) -> str:
        return labelled("Shopify", display_for_value(item.shopify, "", boolean=True))

    @admin.display(description=_("visible (web)"), ordering="visible_web")
    def is_visible(self, item: prextra.Item) -> str:
        return labelled(gettext("visible (web)"), display_for_value(item.visible_web, "", boolean=True))

    @admin.display(description=_("state in Shopify"))
    def in_shopify(self, item: Any) -> str:
        """A pill for each shop; the warehouse's code stands before it where there are several."""
        links, today = of_warehouse_first(item.links, item.default_warehouse), timezone.localdate()
        if not links:
            return str(unlinked_pill(item.shopify))
        pills = ((link, link_pill(link, today, item.holds.get(link.warehouse))) for link in links)
        return format_html_join(
            " ", "{}{}", ((f"{link.warehouse} " if len(links) > 1 else "", pill) for link, pill in pills)
        )

    # The card

    def get_queryset(self, request: HttpRequest) -> QuerySet[prextra.Item]:
        items = super().get_queryset(request).select_related("default_warehouse__company", "category")
        return items.defer("default_warehouse__shopify_access_token")  # what is joined does not pass by its manager

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> prextra.Item | None:
        """With its texts beside it, for those who may only read."""
        item: prextra.Item | None = super().get_object(request, object_id, from_field)
        if item is not None and not self.has_change_permission(request, item):
            for name, texts in read_texts(item.pk).items():
                setattr(item, name, self._shown(name, texts))
        return item

    def _shown(self, name: str, texts: dict[str, str]) -> str:
        made = {lang: mark_safe(sanitize(text)) if name == "web_description" else text for lang, text in texts.items()}  # noqa: S308
        filled = [(lang, text) for lang, text in sorted(made.items()) if text]
        if not filled:
            return ""
        return render_to_string("admin/prextra_models/item/texts_read.html", {"texts": filled})

    def get_fieldsets(self, request: HttpRequest, obj: prextra.Item | None = None) -> Any:
        sections: list[Any] = [
            (_("Item"), {"classes": ["tab"], "fields": (
                ("code", "revision", "source"), "quantities", "description", "description2",
                ("category", "default_warehouse"), ("tracking", "inactive"), ("taxable", "barcode"))}),
        ]  # fmt: skip
        if obj is not None and shows_web_section(obj):
            sections.append(("www://", {"classes": ["tab", "web"], "fields": WEB}))
        sections += [
            (_("State in Shopify"), {"classes": ["tab"], "fields": ("shops",)}),
            (_("On hand by warehouse, prices"), {"classes": ["tab"], "fields": ("stock", "prices")}),
        ]
        return sections

    @admin.display(description=_("quantities"))
    def quantities(self, item: prextra.Item) -> str:
        """Those of the default warehouse; Prextra counts them, nobody types them here."""
        rows = prextra.ItemStock.objects.using(PREXTRA).filter(item=item.pk, warehouse=item.default_warehouse_id)
        stock = rows.first() or prextra.ItemStock()
        labels: Any = {field.name: field.verbose_name for field in stock._meta.fields}
        figures = [(labels[name], getattr(stock, name)) for name in FIGURES]
        return render_to_string("admin/prextra_models/item/figures.html", {"figures": figures})

    @admin.display(description=_("on hand by warehouse"))
    def stock(self, item: prextra.Item) -> str:
        rows = prextra.ItemStock.objects.using(PREXTRA).filter(item=item.pk).select_related("warehouse")
        rows = rows.defer("warehouse__shopify_access_token")
        return render_to_string("admin/prextra_models/item/stock.html", {"rows": rows.order_by("warehouse")})

    @admin.display(description=_("prices"))
    def prices(self, item: prextra.Item) -> str:
        rows = prextra.ItemPrice.objects.using(PREXTRA).filter(item=item.pk).select_related("company")
        figures = [
            (row.company, number_format(row.price, row.company.sale_price_decimals, force_grouping=True))
            for row in rows
        ]
        return render_to_string("admin/prextra_models/item/prices.html", {"figures": figures})

    @admin.display(description=_("shops"))
    def shops(self, item: prextra.Item) -> str:
        """For each shop: what customers see, why it is not so yet, and what to do."""
        today, holds = timezone.localdate(), item_list.holds_of([item.pk])[item.pk]
        links = of_warehouse_first(item_list.links_of([item.pk])[item.pk], item.default_warehouse)
        context = {
            "item": item,
            "shops": [self._shop(link, today, holds) for link in links],
            "unlinked": None if links else unlinked_pill(item.shopify),
            "log": log_link(item.code),
            "has_web_section": shows_web_section(item),
        }
        return render_to_string("admin/prextra_models/item/shops.html", context)

    def _shop(self, link: ProductLink, today: Any, holds: dict[str, Any]) -> dict[str, Any]:
        held = holds.get(link.warehouse)
        pill, shown = link_pill(link, today, held), shown_pill(link, today)
        reason, params = (held.reason, held.params) if held else (link.reason, link.params)
        return {
            "link": link,
            "held": held,
            "sent": _last_sent(link),
            "pills": [pill] if shown == pill else [pill, shown],
            "product": product_link(link) if link.product else "",
            "message": reasons.describe(reason, params) if reason else "",
            "advice": reasons.advice(reason, params) if reason else "",
        }

    # Saving

    def save_model(self, request: HttpRequest, obj: prextra.Item, form: Any, change: bool) -> None:
        """Only what this person changed, so that what others wrote meanwhile stays. The admin holds one transaction around it."""
        write_columns(obj, [name for name in form.changed_data if name in form._meta.fields and name not in TEXTS])
        texts = form.changed_texts()
        save_texts(obj.pk, texts)
        for sentence in dict.fromkeys(filter(None, map(left_out, texts.get("web_description", {}).values()))):
            self.message_user(request, sentence)

    def response_change(self, request: HttpRequest, obj: prextra.Item) -> HttpResponse:
        for problem in doubts(obj):
            what_to_do = reasons.advice(problem.reason, problem.params)
            self.message_user(
                request, f"{reasons.describe(problem.reason, problem.params)} {what_to_do}", messages.WARNING
            )
        return super().response_change(request, obj)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The editor's import map is the one inline script: the policy of this page names it by its hash, and its one style."""
        response = super().change_view(request, *args, **kwargs)
        digest = base64.b64encode(hashlib.sha256(_import_map().encode()).digest()).decode()
        response._csp_update = {  # type: ignore[attr-defined]
            "script-src": ["'self'", f"'sha256-{digest}'"],
            "style-src": ["'self'", EDITOR_STYLE],
        }
        return response


def _last_sent(link: ProductLink) -> Any:
    """When something of the item was last written to this shop, as the log says: its link is noted anew where nothing was."""
    kinds = (SyncEntry.Kind.PRODUCT, SyncEntry.Kind.STOCK)
    sent = SyncEntry.objects.filter(shopify_name=link.item, kind__in=kinds, outcome=SyncEntry.Outcome.WRITTEN)
    return sent.filter(run__warehouse=link.warehouse, run__shop=link.shop).aggregate(Max("at"))["at__max"]


def _import_map() -> str:
    """The text of the element, as the browser hashes it."""
    element = str(importmap)
    return element[element.index(">") + 1 : element.rindex("</script>")]
