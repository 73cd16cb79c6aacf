"""How the admin shows what is no plain text: an outcome as a pill, an age, a duration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.templatetags import admin_list
from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext

from integration.models import SyncEntry, SyncRun

OK, WARN, BAD, OFF = "ok", "warn", "bad", "off"

TONES: dict[str, str] = {
    SyncRun.Outcome.RUNNING: OFF,
    SyncRun.Outcome.DONE: OK,
    SyncRun.Outcome.HELD: WARN,
    SyncRun.Outcome.TRANSIENT: WARN,
    SyncRun.Outcome.CONFIGURATION: BAD,
    SyncRun.Outcome.INTERRUPTED: OFF,
    SyncEntry.Outcome.PENDING: OFF,
    SyncEntry.Outcome.WRITTEN: OK,
    SyncEntry.Outcome.SKIPPED: OFF,
    SyncEntry.Outcome.NOTICE: WARN,
}
"""How good an outcome of a run or of an entry is; « held » is one of either."""


def pill(text: Any, tone: str) -> str:
    return format_html('<span class="status status-{}">{}</span>', tone, text)


def outcome_pill(record: SyncRun | SyncEntry) -> str:
    return pill(record.get_outcome_display(), TONES.get(record.outcome, OFF))


def moment(at: datetime) -> str:
    """Short, and free to break between day and time."""
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def two_lines(first: Any, second: Any) -> str:
    return format_html('{}<span class="second">{}</span>', first, second)


def labelled(label: Any, shown: Any) -> str:
    """For a cell that says little without its column's title: on a phone, where a row is a card, the label stands before it."""
    return format_html('<span class="cell-label">{}</span>{}', capfirst(label), shown)


def age(since: datetime) -> str:
    """In the largest unit alone, such as "for 3 days"."""
    return gettext("for {time}").format(time=timesince(since, depth=1))


def yes_or_no(value: bool | None) -> str:
    """In words: Django's pictures are named in English, and show a cross where nothing is wrong."""
    return "-" if value is None else gettext("Yes") if value else gettext("No")


admin_list._boolean_icon = yes_or_no  # type: ignore[attr-defined]  # wherever the admin shows a yes or a no


def grouped(number: int | Decimal, decimals: int = 0) -> str:
    """A number with its thousands apart, as the reader writes it."""
    return number_format(number, decimals, force_grouping=True)


def trimmed(quantity: Decimal) -> str:
    """A quantity without the zeros that end it."""
    is_whole = quantity == quantity.to_integral_value()
    return number_format(quantity.quantize(Decimal(1)) if is_whole else quantity.normalize(), force_grouping=True)


def figure(model: type[Model], name: str, show: Callable[[Any], str]) -> Callable[[Any], str]:
    """A column of figures: titled and ordered as its field is, and aligned as an amount by its class and its mark."""

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)  # type: ignore[union-attr]
    def shown(record: Any) -> str:
        return show(record)

    shown.__name__ = f"amount_{name}"
    shown.is_amount = shown.do_not_call_in_templates = True  # type: ignore[attr-defined]
    return shown


def duration(seconds: float | None) -> str:
    """In the reader's format: "2.4 s", "3 min 5 s", "1 h 12 min"; empty for what has not ended."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{number_format(seconds, 1)}\N{NO-BREAK SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h", f"{minutes} min"] if hours else [f"{minutes} min", f"{rest} s"]
    return " ".join(parts).replace(" ", "\N{NO-BREAK SPACE}")
