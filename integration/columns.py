"""A text of any length → what a column of Prextra's holds of it."""

from __future__ import annotations


def cut(text: str, length: int) -> str:
    """The text in at most `length` UTF-16 units, as SQL Server counts them: an emoji takes two and is never halved."""
    units = text.encode("utf-16-le", "replace")[: 2 * length]
    return units.decode("utf-16-le", "ignore")
