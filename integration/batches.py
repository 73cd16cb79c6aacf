"""Cutting into pieces of a size that the other side accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Runs of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
