"""The condition of a filtered index, as SQL Server keeps it, or SQLite: `([status]='open')`, `"shopify_id" IS NOT NULL`."""

from __future__ import annotations

import re

from prextra_models.schema.shape import Condition

_NAME = r"(?:\[(?P<bracketed>(?:[^\]]|\]\])+)\]|\"(?P<quoted>[^\"]+)\"|(?P<plain>\w+))"
_PART = re.compile(
    rf"{_NAME}\s*(?:(?P<not_null>IS\s+NOT\s+NULL)|=\s*(?:N?'(?P<text>(?:[^']|'')*)'|\(?(?P<number>-?\d+)\)?))",
    re.IGNORECASE,
)


def conditions(text: str) -> frozenset[Condition] | None:
    """None where it is anything but columns that are not NULL or equal a value, all of them together."""
    found = set()
    for part in re.split(r"\s+AND\s+", _bare(text), flags=re.IGNORECASE):
        match = _PART.fullmatch(_bare(part))
        if not match:
            return None
        name = (match["bracketed"] or match["quoted"] or match["plain"]).replace("]]", "]")
        value = None if match["not_null"] else (match["number"] or (match["text"] or "").replace("''", "'"))
        found.add(Condition(name, value))
    return frozenset(found)


def _bare(text: str) -> str:
    """Without the brackets around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes_last(text):
        text = text[1:-1].strip()
    return text


def _closes_last(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return place == len(text) - 1
    return False
