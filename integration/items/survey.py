"""Which items are not as they should be: a card that has not changed since it was pushed costs no more than a hash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from integration.batches import batched
from integration.items import erp
from integration.items.card import Card, ItemRules, fingerprint, quantity_of, wanted, why_not
from integration.items.links import Links, Work
from integration.ledger import Problem
from prextra_models.models import Warehouse

CHUNK = 1000
STATE = ("item", "fingerprint", "product", "location", "quantity", "sold", "missing_since", "reason", "params")
GONE = "gone"  # the mark of an item that Prextra does not have any more


class Survey:
    """One look at all cards of a warehouse, and at what is linked to it; `held` are the units of held orders by SKU."""

    def __init__(self, warehouse: Warehouse, rules: ItemRules, links: Links, *, retry: bool) -> None:
        self.held = erp.held_units(warehouse.pk)
        self._ordered = erp.sold_units(warehouse.pk)
        self.examined = 0
        self.warehouse = warehouse
        self._rules = rules
        self._links = links
        self._retry = retry
        self._now = timezone.now()
        self._alike: Counter[str] = Counter()

    def work(self) -> list[Work]:
        codes = list(erp.candidates(self.warehouse.pk, self._rules.elsewhere))
        self._alike = Counter(code.casefold() for code in codes)
        self.examined = len(codes)
        linked = self._links.rows.exclude(product="").values_list("item", flat=True).iterator(chunk_size=10_000)
        seen = set(codes)
        codes += [code for code in dict.fromkeys([*linked, *self._links.holds]) if code not in seen]
        return [one for some in batched(codes, CHUNK) for one in self._look(some)]

    def _look(self, codes: Sequence[str]) -> list[Work]:
        cards = erp.read_cards(codes, self.warehouse)
        states = {state[0]: state for state in self._links.rows.filter(item__in=codes).values_list(*STATE)}
        changed: dict[str, tuple[Card | None, int, str]] = {}
        for code in codes:
            card = cards.get(code)
            mark = fingerprint(card, self._rules) if card else GONE
            target = self.target(card)
            if self._differs(code, states.get(code), target, mark):
                changed[code] = (card, target, mark)
        rows = {row.item: row for row in self._links.rows.filter(item__in=list(changed))}
        return [
            Work(
                rows.get(code) or self._links.new(code),
                card,
                target,
                mark,
                withdrawn=card is None or why_not(card, self._rules) is not None,
            )
            for code, (card, target, mark) in changed.items()
        ]

    def target(self, card: Card | None) -> int:
        """The quantity to show: none of what is not for this shop."""
        if card is None or why_not(card, self._rules):
            return 0
        return quantity_of(card, self.held.get(card.code, 0))

    def _differs(self, code: str, state: tuple[Any, ...] | None, target: int, mark: str) -> bool:
        if state is None:
            return True
        _, known, product, location, quantity, sold, missing_since, reason, params = state
        if known != mark or self._is_due(code):
            return True
        if not product:
            return code not in self._links.holds and (not reason or (reason == "item_without_stock" and target > 0))
        if reason == "stock_refused":  # until it is tried again, or even less may be sold
            return target < int(params.get("quantity", 0))
        # Sold, and the target as it was: as many units came in, and the shop shows too few.
        return bool(target != quantity or sold != self.sold(code) or missing_since or location != self._rules.location)

    def sold(self, code: str) -> int:
        """Units that orders of the shop had sold when the survey was made, held ones too."""
        return self._ordered.get(code, 0) + self.held.get(code, 0)

    def _is_due(self, code: str) -> bool:
        """It is held, not ignored, and time to try it again."""
        hold = self._links.holds.get(code)
        return hold is not None and not hold.ignored_at and (self._retry or hold.next_attempt_at <= self._now)

    def problem(self, one: Work) -> Problem | None:
        """Why the item cannot go out, or not be brought up to date. Else `one.want` says what its product should be."""
        row, card = one.row, one.card
        if card is None or one.withdrawn:
            if row.product:
                return None
            return (why_not(card, self._rules) if card else None) or Problem("item_not_ticked", {"item": row.item})
        if not row.product and one.target == 0:
            return Problem("item_without_stock", {"item": card.code})
        if not row.product and self._alike[card.code.casefold()] > 1:
            return Problem("item_code_ambiguous", {"item": card.code, "other": self._other(card.code)})
        if row.variant and row.fingerprint == one.mark and not self._is_due(row.item):
            return None  # only its stock
        want = wanted(card, self._rules)
        if isinstance(want, Problem):
            return want
        one.want = want
        return None

    def _other(self, code: str) -> str:
        codes = erp.candidates(self.warehouse.pk, self._rules.elsewhere)
        return next(other for other in codes if other != code and other.casefold() == code.casefold())
