"""Bars of the last days as inline SVG, drawn here: no script, and no style but the classes of dashboard.css."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join

STEP, BAR, HEIGHT = 10, 7, 60  # units of the drawing, which CSS stretches


@dataclass(frozen=True, slots=True)
class Chart:
    title: Any
    drawing: str
    most: int


def bar_chart(title: Any, days: Sequence[date], counts: Sequence[int], tone: str) -> Chart:
    """A bar for each day; one that is not zero is never too small to be seen."""
    most = max(counts, default=0)
    bars = []
    for place, (day, count) in enumerate(zip(days, counts, strict=True)):
        height = max(round(HEIGHT * count / most, 1), 1.5) if count else 0.6
        label = f"{day_name(day)}: {number_format(count, force_grouping=True)}"
        tones = tone if count else "none"
        bars.append((tones, place * STEP + (STEP - BAR) / 2, HEIGHT - height, BAR, height, label))
    # Numbers of a drawing have a point in every language, so they are texts by now.
    drawn = format_html_join(
        "", '<rect class="bar bar-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        ((tones, *(f"{size:g}" for size in sizes), label) for tones, *sizes, label in bars),
    )  # fmt: skip
    drawing = format_html(
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>',
        title, STEP * len(days), HEIGHT, drawn,
    )  # fmt: skip
    return Chart(title, drawing, most)


def day_name(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")
