"""What goes wrong, and when: kills, locked databases, tokens that are refused, an empty bucket of points."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from integration.demo.shop.faults import KINDS
from integration.demo.storm.processes import Processes
from integration.demo.storm.world import Place

ONE_REQUEST_IN = 10
BELLS_GONE_WRONG = 0.3
KILLS = {"busy worker": 6, "worker": 2, "sentinel": 2, "main process": 2, "shop": 3, "web": 1, "stopped": 1}
LOCKS = (1.0, 2.0, 4.0, 8.0)  # seconds
LONG_LOCK = 25.0  # longer than anybody waits for a database


@dataclass
class Mischief:
    """`every` is how many seconds pass between two kills on average; locks and the like come half as often."""

    processes: Processes
    places: Sequence[Place]
    databases: Sequence[Path]
    rng: Random
    every: float
    counts: Counter[str] = field(default_factory=Counter)
    _next: float = 0.0
    _kinds: list[str] = field(default_factory=list)
    _locks: list[threading.Thread] = field(default_factory=list)
    _calm: threading.Event = field(default_factory=threading.Event)

    def begin(self, seed: int) -> None:
        for place in self.places:
            place.shop.faults.every(ONE_REQUEST_IN, sorted(KINDS), seed=seed + place.number, seconds=4.0)
            place.store.webhooks.mischief = BELLS_GONE_WRONG

    def go_on(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.rng.uniform(0.5, 1.5) * self.every
        self.processes.kill(self._kind())
        if self.rng.random() < 0.5:
            self._something_else()

    def _kind(self) -> str:
        """Each kind in its turn, so that a short storm sees most of them."""
        if not self._kinds:
            self._kinds = [kind for kind, share in KILLS.items() for _ in range(share)]
            self.rng.shuffle(self._kinds)
        return self._kinds.pop()

    def _something_else(self) -> None:
        what = self.rng.choice(("lock", "lock", "revoke", "drain"))
        place = self.rng.choice(self.places)
        if what == "lock":
            seconds = LONG_LOCK if self.every > 5 and self.rng.random() < 0.1 else self.rng.choice(LOCKS)
            self._locks.append(threading.Thread(target=self._lock, args=(self.rng.choice(self.databases), seconds)))
            self._locks[-1].start()
        elif what == "revoke":
            place.shop.tokens.revoke_granted()
            self.counts["token revoked"] += 1
        else:
            place.shop.throttle.drain()
            self.counts["points spent"] += 1

    def _lock(self, database: Path, seconds: float) -> None:
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(database, isolation_level=None)) as file:
            file.execute("BEGIN EXCLUSIVE")
            self.counts["database locked"] += 1
            self._calm.wait(seconds)
            file.execute("ROLLBACK")

    def end(self) -> None:
        """Calm: no fault, no lock, no mischief with the bells."""
        self._calm.set()
        for place in self.places:
            place.shop.faults.clear()
            place.store.webhooks.mischief = 0.0
        for thread in self._locks:
            thread.join()
