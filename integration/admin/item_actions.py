"""What is done to many items at once from their list: ticked as their card would, unticked, and sent now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration import jobs
from integration.admin import item_list
from integration.admin.history import ToldHistory
from integration.admin.item_form import languages_of, obstacle
from integration.admin.item_texts import clean_language
from integration.admin.sync_now import ASKED
from integration.batches import batched
from integration.configuration import Configuration
from integration.flows import enabled_flows
from integration.models import Flow
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.spelling import as_asked, joined

SHOWN_ON_CONFIRMATION = 10
NO_WAREHOUSE = _("they have no default warehouse")
NO_SECTION = _("their company's items do not show the section « www:// »")
NO_DESCRIPTION = _("they have no description in the company's language")
OBSTACLES = {
    "item_without_warehouse": NO_WAREHOUSE,
    "item_inactive": _("they are inactive"),
    "item_by_serial_number": _("they are managed by serial numbers"),
}
NOT_TICKED = _("« Shopify » is not ticked on them")
NO_ITEM_FLOW = _("their warehouse does not synchronise items")

LeftOut = Counter[Any]
"""How many items were left out, by why."""


def shows_web_section(item: prextra.Item) -> bool:
    """Whether Prextra shows the section « www:// » in this company (rules C3)."""
    return _shows_web_section(item.default_warehouse.company_id if item.default_warehouse else "")


def _shows_web_section(company: str) -> bool:
    return Configuration(company).has("ItemMaintenanceShowFields", "imgbtnweb")


def those_to_tick(items: QuerySet[prextra.Item]) -> tuple[list[str], LeftOut]:
    """The codes of those that their own card would let one tick, of those that are not ticked yet."""
    shows = cache(_shows_web_section)
    codes, left = [], LeftOut()
    rows = items.filter(shopify=False).select_related("default_warehouse__company").order_by("code")
    for some in batched(list(rows), item_list.AT_ONCE):
        described = set(_described({item.pk: languages_of(item)[0] for item in some}))
        for item in some:
            if why := _why_not(item, described, shows):
                left[why] += 1
            else:
                codes.append(item.pk)
    return codes, left


def _why_not(item: prextra.Item, described: Collection[str], shows: Any) -> Any:
    if item.default_warehouse and not shows(item.default_warehouse.company_id):
        return NO_SECTION
    if reason := obstacle(item):
        return OBSTACLES[reason]
    return None if item.pk in described else NO_DESCRIPTION


def _described(languages: Mapping[str, str]) -> Iterator[str]:
    """Those of these items, each with its language, whose description in it has more than spaces."""
    own = as_asked(languages)
    rows = prextra.ItemText.objects.using(PREXTRA).filter(item__in=languages, field="description").order_by("pk")
    found = rows.values_list("item", "language", "text")
    texts = {(own(item), clean_language(language)): text for item, language, text in found}
    return (item for item, language in languages.items() if (texts.get((item, language)) or "").strip())


def those_to_send(items: QuerySet[prextra.Item]) -> tuple[dict[str, list[str]], LeftOut]:
    """The codes of those that a pass over their warehouse looks at, by warehouse."""
    warehouses = {row.pk: row for row in prextra.Warehouse.objects.using(PREXTRA)}
    sending = {code for code, row in warehouses.items() if enabled_flows(row, [Flow.ITEMS])}
    codes: dict[str, list[str]] = {}
    left = LeftOut()
    rows = items.order_by("code").annotate(own=joined("default_warehouse"))
    for code, ticked, warehouse in rows.values_list("code", "shopify", "own__code"):
        if not ticked:
            left[NOT_TICKED] += 1
        elif warehouse is None:
            left[NO_WAREHOUSE] += 1
        elif warehouse not in sending:
            left[NO_ITEM_FLOW] += 1
        else:
            codes.setdefault(warehouse, []).append(code)
    return codes, left


class ItemActions(ToldHistory):
    """For the items' admin."""

    @admin.action(description=_("Tick « Shopify »"), permissions=["change"])
    def tick_shopify(self, request: HttpRequest, items: QuerySet[prextra.Item]) -> None:
        codes, left = those_to_tick(items)
        self._tick(request, codes, True, gettext("Items ticked: %(count)s."))
        self._tell_left(request, left, _("Items not ticked: %(count)s, because %(why)s."))

    @admin.action(description=_("Untick « Shopify »"), permissions=["change"])
    def untick_shopify(self, request: HttpRequest, items: QuerySet[prextra.Item]) -> HttpResponse | None:
        """Of several, only once somebody has seen how many they are: the answer names their count."""
        codes = list(items.filter(shopify=True).order_by("code").values_list("code", flat=True))
        if len(codes) > 1 and request.POST.get("count") != str(len(codes)):
            return self._ask_to_untick(request, codes)
        self._tick(request, codes, False, gettext("Items unticked: %(count)s."))
        return None

    def _ask_to_untick(self, request: HttpRequest, codes: list[str]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Untick « Shopify »"),
            "count": len(codes),
            "shown": codes[:SHOWN_ON_CONFIRMATION],
            "more": len(codes) - SHOWN_ON_CONFIRMATION,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/prextra_models/item/untick.html", context)

    def _tick(self, request: HttpRequest, codes: list[str], ticked: bool, text: str) -> None:
        item_list.tick(codes, ticked)
        item_list.note(request, codes, [{"changed": {"fields": ["Shopify"]}}])
        self.message_user(request, text % {"count": len(codes)}, messages.SUCCESS if codes else messages.WARNING)

    @admin.action(description=_("Send now"), permissions=["change"])
    def push_now(self, request: HttpRequest, items: QuerySet[prextra.Item]) -> None:
        """Marks them as never sent, and asks for a pass over each warehouse concerned."""
        by_warehouse, left = those_to_send(items)
        for warehouse, codes in sorted(by_warehouse.items()):
            item_list.send_again(codes)
            item_list.note(request, codes, [{"done": "compare"}])
            self._ask(request, warehouse, len(codes))
        self._tell_left(request, left, _("Items not sent: %(count)s, because %(why)s."))

    def _ask(self, request: HttpRequest, warehouse: str, count: int) -> None:
        user: Any = request.user
        if not user.has_perm(ASKED):
            text = gettext("Items of {warehouse} that go out with the next pass: {count}.")
            self.message_user(request, text.format(warehouse=warehouse, count=count), messages.SUCCESS)
            return
        asked, is_new = jobs.ask(warehouse, dry_run=False, by=user.get_username())
        text = (
            gettext("Items of {warehouse} that are being sent: {count}.")
            if is_new
            else gettext(
                "Something is under way already for {warehouse}: these items, {count}, go out with the pass that follows it."
            )
        )
        page = reverse("admin:sync_request", args=[quote(warehouse), asked.pk])
        link = format_html('<a href="{}">{}</a>', page, gettext("See how far it is"))
        said = format_html("{} {}", text.format(warehouse=warehouse, count=count), link)
        self.message_user(request, said, messages.SUCCESS if is_new else messages.WARNING)

    def _tell_left(self, request: HttpRequest, left: LeftOut, text: Any) -> None:
        for why, count in left.items():
            self.message_user(request, text % {"count": count, "why": why}, messages.WARNING)
