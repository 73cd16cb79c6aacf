"""What has become of an item in a shop, in a word: from its link, and from what is held, to a pill. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.items.card import ACTIVE, ARCHIVED, DRAFT, NOW
from integration.items.links import NO_HOLD
from integration.items.plan import NOWHERE
from integration.models import HeldRecord, ProductLink
from prextra_models.models import Warehouse


class State(StrEnum):
    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    ARCHIVED = "archived"
    UNDER_WAY = "under-way"
    HELD = "held"
    IGNORED = "ignored"
    ABSENT = "absent"
    WAITING = "waiting"
    NOT_TICKED = "not-ticked"


LABELS = {
    State.PUBLISHED: _("published"),
    State.SCHEDULED: _("scheduled"),
    State.DRAFT: _("draft"),
    State.ARCHIVED: _("archived"),
    State.UNDER_WAY: _("being sent"),
    State.HELD: _("held"),
    State.IGNORED: _("ignored"),
    State.ABSENT: _("not in Shopify"),
    State.WAITING: _("goes out at the next pass"),
    State.NOT_TICKED: _("not ticked"),
}
STYLES = {State.PUBLISHED: "ok", State.SCHEDULED: "ok", State.HELD: "bad", State.UNDER_WAY: "warn",
          State.WAITING: "warn"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pill:
    """A state as the theme shows it: a word, and whether it is well."""

    state: State
    label: str

    def __str__(self) -> str:
        style = STYLES.get(self.state, "off")
        return format_html('<span class="status status-{}">{}</span>', style, self.label)

    __html__ = __str__


def pill_of(state: State, day: str = "") -> Pill:
    if state is State.SCHEDULED:
        on = date_format(date.fromisoformat(day), "DATE_FORMAT")
        return Pill(state, gettext("scheduled on {date}").format(date=on))
    return Pill(state, str(LABELS[state]))


def link_pill(link: ProductLink, today: date, held: HeldRecord | None = None) -> Pill:
    """The state of one item in one shop. `today` decides whether Shopify has published by itself what was scheduled."""
    state = _state(link, today, held)
    return pill_of(state, str(link.pushed.get("publish", "")))


def shown_pill(link: ProductLink, today: date) -> Pill:
    """What customers see of the product, whatever is held."""
    state = _pushed(link.pushed, today) if link.product else State.ABSENT
    return pill_of(state, str(link.pushed.get("publish", "")))


def unlinked_pill(is_ticked: bool) -> Pill:
    """The state of an item that no pass has looked at yet."""
    return pill_of(State.WAITING if is_ticked else State.NOT_TICKED)


def _state(link: ProductLink, today: date, held: HeldRecord | None) -> State:
    if held is not None:
        return State.IGNORED if held.ignored_at else State.HELD
    if link.reason and link.reason not in NO_HOLD:
        return State.HELD
    if not link.product:
        return State.ABSENT if link.reason else State.WAITING
    return _pushed(link.pushed, today)


def _pushed(pushed: Any, today: date) -> State:
    status, publish = pushed.get("status"), str(pushed.get("publish", ""))
    if status in {DRAFT, ARCHIVED}:
        return State.DRAFT if status == DRAFT else State.ARCHIVED
    if status != ACTIVE or publish in {"", NOWHERE}:
        return State.UNDER_WAY
    return State.PUBLISHED if publish == NOW or publish <= today.isoformat() else State.SCHEDULED


def of_warehouse_first(links: Sequence[ProductLink], warehouse: Warehouse | None) -> list[ProductLink]:
    """The links of the item's default warehouse before those that others left behind."""
    first = warehouse.pk if warehouse else ""
    return sorted(links, key=lambda link: (link.warehouse != first, link.warehouse, link.shop))
