"""The bucket of cost points: taken before a query runs, partly given back after, filled again by the second."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any


class Throttle:
    def __init__(
        self,
        maximum: float = 2000.0,
        restore_rate: float = 100.0,
        clock: Callable[[], float] = time.monotonic,
        max_query_cost: int = 1000,
    ) -> None:
        self.maximum = maximum
        self.restore_rate = restore_rate
        self.max_query_cost = max_query_cost
        self._clock = clock
        self._lock = threading.Lock()
        self._available = maximum
        self._read_at = clock()

    def take(self, points: int) -> bool:
        """Reserve a query's requested cost; False where the bucket holds less, and nothing is taken."""
        with self._lock:
            self._refill()
            if points > self._available:
                return False
            self._available -= points
            return True

    def give_back(self, points: int) -> None:
        with self._lock:
            self._available = min(self.maximum, self._available + max(0, points))

    def drain(self, left: float = 0.0) -> None:
        """Another app of the merchant's spent the points."""
        with self._lock:
            self._refill()
            self._available = min(self._available, left)

    def cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        """`extensions.cost` of an answer."""
        with self._lock:
            self._refill()
            return {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": {
                    "maximumAvailable": self.maximum,
                    "currentlyAvailable": math.floor(self._available),
                    "restoreRate": self.restore_rate,
                },
            }

    def _refill(self) -> None:
        now = self._clock()
        self._available = min(self.maximum, self._available + (now - self._read_at) * self.restore_rate)
        self._read_at = now
