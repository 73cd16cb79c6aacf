"""The throttle as a budget: how long to wait before a request, so that Shopify never has to refuse it.

Shopify gives each app and shop a bucket of points that refills steadily. The requested cost of a query must be there
before it runs, and what it did not use comes back. Every answer says how full the bucket is; between two answers it is
refilled here by elapsed time. Points are Shopify's, seconds those of the injected clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer said about its price. `actual` is None where nothing was executed."""

    requested: int
    actual: int | None
    available: float
    maximum: float
    restore_rate: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """The points that are left at the moment `at`. Below zero: promised to requests that still wait for them."""

    available: float
    maximum: float
    restore_rate: float
    at: float

    def refilled(self, now: float) -> Bucket:
        gained = max(0.0, now - self.at) * self.restore_rate
        return replace(self, available=min(self.maximum, self.available + gained), at=now)

    def less(self, points: float) -> Bucket:
        return replace(self, available=self.available - points)

    @property
    def seconds_in_debt(self) -> float:
        return max(0.0, -self.available) / self.restore_rate


@dataclass(slots=True)
class Turn:
    """One request's place in the budget: wait that long, send, then say what it cost."""

    wait_seconds: float
    points: float
    cost: Cost | None = None


class Throttle:
    """The budget of one shop, for any number of threads.

    A request takes the points that its document cost last time, even those that are not there yet: the debt is its
    wait, and whoever comes next waits behind it. A document that was never sent has no price yet and goes at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._bucket: Bucket | None = None
        self._promised = 0.0
        self._prices: dict[str, int] = {}

    @contextmanager
    def turn(self, document_name: str) -> Iterator[Turn]:
        turn = self._take(document_name)
        try:
            yield turn
        finally:
            self._settle(document_name, turn)

    def _take(self, document_name: str) -> Turn:
        with self._lock:
            if self._bucket is None:
                return Turn(wait_seconds=0.0, points=0.0)
            # A price above the bucket's size would be waited for for ever: such a query goes when the bucket is full.
            points = min(self._prices.get(document_name, 0), self._bucket.maximum)
            self._bucket = self._bucket.refilled(self._clock()).less(points)
            self._promised += points
            return Turn(self._bucket.seconds_in_debt, points)

    def _settle(self, document_name: str, turn: Turn) -> None:
        with self._lock:
            self._promised -= turn.points
            cost = turn.cost
            if cost is not None:
                self._prices[document_name] = cost.requested
                left = cost.available - self._promised
                self._bucket = Bucket(left, cost.maximum, cost.restore_rate, at=self._clock())
            elif self._bucket is not None:
                self._bucket = self._bucket.less(-turn.points)
