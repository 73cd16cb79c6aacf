"""The list of items: its filters, what is fetched for one page of it, and what can be done to many items at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import CharField, F, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration import runs
from integration.admin.item_state import LABELS, State
from integration.admin.item_texts import USUAL_LANGUAGES, clean_language
from integration.batches import batched
from integration.items.card import ACTIVE, ARCHIVED, DRAFT, NOW
from integration.items.links import NO_HOLD
from integration.items.plan import NOWHERE
from integration.models import Flow, HeldRecord, ProductLink
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.spelling import as_asked

AT_ONCE = 1500  # SQL Server takes 2,100 parameters
FEW = 400  # beside the others
TITLES = ("description", "name")


# One state, as a question to the links


def codes_in(state: str, today: date, among: Collection[str] | None = None) -> list[str]:
    """The items in this state, by code; no more of them than a statement may name, and one to know that there are more."""
    holds = HeldRecord.objects.filter(flow=Flow.ITEMS).order_by()
    links = ProductLink.objects.order_by()
    ignored = holds.filter(ignored_at__isnull=False).values("shopify_id")
    held = holds.filter(ignored_at=None).values("shopify_id")
    if state == State.IGNORED:
        return _first(ignored, "shopify_id", among)
    links = links.exclude(item__in=ignored)
    links = links.annotate(pushed_status=_text("status"), pushed_publish=_text("publish"))
    at_ease = links.filter(reason__in=["", *NO_HOLD]).exclude(item__in=held)
    if state == State.HELD:
        reasoned = links.exclude(reason__in=["", *NO_HOLD]).values("item")
        return sorted({*_first(held, "shopify_id", among), *_first(reasoned, "item", among)})[: AT_ONCE + 1]
    if state == State.ABSENT:
        return _first(at_ease.filter(product="").values("item"), "item", among)
    return _first(at_ease.exclude(product="").filter(_pushed(state, today)).values("item"), "item", among)


def _pushed(state: str, today: date) -> Q:
    status, publish = Q(pushed_status=ACTIVE), today.isoformat()
    nowhere = Q(pushed_publish__in=["", NOWHERE]) | Q(pushed_publish=None)
    return {
        State.DRAFT: Q(pushed_status=DRAFT),
        State.ARCHIVED: Q(pushed_status=ARCHIVED),
        State.PUBLISHED: status & ~nowhere & (Q(pushed_publish=NOW) | Q(pushed_publish__lte=publish)),
        State.SCHEDULED: status & Q(pushed_publish__gt=publish) & ~Q(pushed_publish__in=[NOW, NOWHERE]),
    }[State(state)]


def _text(key: str) -> Cast:
    return Cast(KT(f"pushed__{key}"), CharField(max_length=20))


def _first(rows: QuerySet[Any, Any], column: str, among: Collection[str] | None) -> list[str]:
    if among is not None:  # once in a statement: it may be as long as one takes
        rows = rows.filter(**{f"{column}__in": among})
    return list(rows.order_by(column).values_list(column, flat=True).distinct()[: AT_ONCE + 1])


class StateFilter(admin.SimpleListFilter):
    title = _("state in Shopify")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        shown = (State.HELD, State.IGNORED, State.PUBLISHED, State.SCHEDULED, State.DRAFT, State.ARCHIVED, State.ABSENT)
        return [(str(state), LABELS[state]) for state in shown]

    def queryset(self, request: HttpRequest, queryset: QuerySet[prextra.Item]) -> QuerySet[prextra.Item]:
        if not self.value():
            return queryset
        if self.value() not in {code for code, _label in self.lookup_choices}:
            return queryset.none()
        others = search(queryset, request.GET.get(SEARCH_VAR, "")).order_by("code")
        asked = list(others.values_list("code", flat=True)[: AT_ONCE + 1])
        among = asked if len(asked) <= AT_ONCE else None
        codes = codes_in(str(self.value()), timezone.localdate(), among)
        if len(codes) > AT_ONCE and request.method == "GET":
            text = gettext(
                "More than %(count)s items are in this state: the list has the first ones by code. "
                "Search among all of them, or choose another filter beside."
            )
            messages.info(request, text % {"count": number_format(AT_ONCE, force_grouping=True)})
        return queryset.filter(code__in=codes[:AT_ONCE])


def search(queryset: QuerySet[prextra.Item], term: str) -> QuerySet[prextra.Item]:
    """By code, or by what the item is called in any language: all words must be in one of its texts."""
    term = term.replace("\x00", "").strip()
    if not term:
        return queryset
    texts = prextra.ItemText.objects.using(PREXTRA).filter(field__in=[*TITLES, "description2"])
    for word in term.split():
        texts = texts.filter(text__icontains=word)
    found = queryset.filter(Q(code__icontains=term) | Q(code__in=texts.values("item")))
    codes = list(found.order_by("code").values_list("code", flat=True)[: FEW + 1])
    # Where they are few, they are looked for once, and not again to be counted and again to be shown.
    return queryset.filter(code__in=codes) if len(codes) <= FEW else found


# What one page shows


class ItemChangeList(ChangeList):
    """Fetches what stands in other tables, and in the other database, once for all items of the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        items = list(self.result_list)
        dress(items)
        self.result_list = items


def dress(items: Sequence[Any]) -> None:
    """Each item gets its `title`, its `available`, its `links`, and its `holds` by warehouse."""
    codes = [item.pk for item in items]
    titles = _titles(codes)
    own = as_asked(codes)
    stock = prextra.ItemStock.objects.using(PREXTRA).filter(item__in=codes, warehouse=F("item__default_warehouse"))
    available = {own(item): figure for item, figure in stock.values_list("item", "available")}
    links, holds = links_of(codes), holds_of(codes)
    for item in items:
        warehouse = item.default_warehouse
        language = clean_language(warehouse.company.language)[:2] if warehouse else USUAL_LANGUAGES[0]
        item.title = _title(titles[item.pk], language)
        item.available = available.get(item.pk)
        item.links = links[item.pk]
        item.holds = holds[item.pk]


def links_of(codes: Collection[str]) -> dict[str, list[ProductLink]]:
    links: dict[str, list[ProductLink]] = defaultdict(list)
    for link in ProductLink.objects.filter(item__in=codes):
        links[link.item].append(link)
    return links


def holds_of(codes: Collection[str]) -> dict[str, dict[str, HeldRecord]]:
    """What is held of these items, by item and warehouse."""
    holds: dict[str, dict[str, HeldRecord]] = defaultdict(dict)
    for held in HeldRecord.objects.filter(flow=Flow.ITEMS, shopify_id__in=codes).defer("traceback"):
        holds[held.shopify_id][held.warehouse] = held
    return holds


def _titles(codes: Collection[str]) -> dict[str, dict[tuple[str, str], str]]:
    titles: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    own = as_asked(codes)
    rows = prextra.ItemText.objects.using(PREXTRA).filter(item__in=codes, field__in=TITLES)
    for item, name, language, text in rows.values_list("item", "field", "language", "text"):
        titles[own(item)][name, clean_language(language)] = text or ""
    return titles


def _title(texts: dict[tuple[str, str], str], language: str) -> str:
    ranked = [*((name, language) for name in TITLES), *sorted(texts)]
    return next((text for key in ranked if (text := texts.get(key, "").strip())), "")


# Many at once


def tick(codes: Sequence[str], ticked: bool) -> None:
    """Ticks or unticks « Shopify » on these items."""
    for some in batched(codes, AT_ONCE):
        prextra.Item.objects.using(PREXTRA).filter(code__in=some).update(shopify=ticked)


def send_again(codes: Collection[str]) -> None:
    """At the next pass these items are compared as if never sent, and what is held of them is due."""
    for some in batched(sorted(codes), AT_ONCE):
        runs.retry_at_once(HeldRecord.objects.filter(flow=Flow.ITEMS, shopify_id__in=some))
        ProductLink.objects.filter(item__in=some).update(fingerprint="")


def note(request: HttpRequest, codes: Sequence[str], message: Any) -> None:
    """One line in the history of each of these items."""
    for some in batched(codes, AT_ONCE):
        items = [prextra.Item(code=code) for code in some]
        LogEntry.objects.log_actions(request.user.pk, items, CHANGE, change_message=message)  # type: ignore[arg-type]
