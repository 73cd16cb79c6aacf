"""The search index of variants: by SKU, in any case, whole or by its first words. It follows the shop after its lag."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .search import Both, Either, Not, Query, Term

SEARCHED = {"sku", "id"}


@dataclass(slots=True)
class VariantIndex:
    """`skus` is what the index believes. It errs as Shopify's does: 'AB-1' also finds 'ab-1' and 'AB-1-XL'."""

    skus: dict[str, str] = field(default_factory=dict)
    _by_key: dict[str, set[str]] = field(default_factory=dict)
    _due: deque[tuple[datetime, str, str]] = field(default_factory=deque)

    def put(self, gid: str, sku: str) -> None:
        if self.skus.get(gid) == sku:
            return
        self.remove(gid)
        self.skus[gid] = sku
        for key in _keys(sku):
            self._by_key.setdefault(key, set()).add(gid)

    def put_later(self, moment: datetime, gid: str, sku: str) -> None:
        self._due.append((moment, gid, sku))

    def remove(self, gid: str) -> None:
        for key in _keys(self.skus.pop(gid, "")):
            self._by_key.get(key, set()).discard(gid)

    def settle(self, now: datetime) -> None:
        """Take in what was written long enough ago."""
        while self._due and self._due[0][0] <= now:
            _, gid, sku = self._due.popleft()
            self.put(gid, sku)

    def find(self, query: Query) -> set[str]:
        if isinstance(query, Both):
            return set(self.skus).intersection(*(self.find(child) for child in query.children))
        if isinstance(query, Either):
            return set().union(*(self.find(child) for child in query.children))
        if isinstance(query, Not):
            return set(self.skus) - self.find(query.child)
        return self._find_term(query)

    def _find_term(self, term: Term) -> set[str]:
        if term.field == "id":
            return {gid for gid in self.skus if gid.rpartition("/")[2] == term.value.rpartition("/")[2]}
        wanted = term.value.casefold()
        if wanted.endswith("*"):
            return {gid for gid, sku in self.skus.items() if sku.casefold().startswith(wanted[:-1])}
        return set().union(*(self._by_key.get(key, ()) for key in (wanted, _phrase(wanted)) if key))


def _phrase(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def _keys(sku: str) -> Iterator[str]:
    """The SKU itself, and its words from the first on: what a phrase is looked for in."""
    folded = sku.casefold()
    words = re.findall(r"\w+", folded)
    yield from {folded, *(" ".join(words[:length]) for length in range(1, len(words) + 1))} - {""}
