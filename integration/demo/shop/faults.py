"""What may go wrong between an app and Shopify, on demand: the next requests fail, or one in so many at random."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Answered instead of executing, with this HTTP status and body.
HTTP_ANSWERS: dict[str, str] = {
    "401": '{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}',
    "402": '{"errors":"This shop is unavailable"}',
    "403": '{"errors":"Forbidden"}',
    "404": '{"errors":"Not Found"}',
    "423": '{"errors":"This shop is locked"}',
    "429": '{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}',
    "430": '{"errors":"Shopify security rejection"}',
    "500": '{"errors":"Internal Server Error"}',
    "502": "<html><body><h1>502 Bad Gateway</h1></body></html>",
    "503": "<html><body><h1>503 Service Unavailable</h1></body></html>",
    "504": "<html><body><h1>504 Gateway Timeout</h1></body></html>",
}

KINDS = frozenset(
    {
        *HTTP_ANSWERS,
        "html",  # 200 with a page: a login form or a redirect's target
        "malformed",  # 200 with JSON that is no answer
        "cut_before",  # the connection breaks before anything was executed
        "cut_after",  # executed, then the connection breaks before the first byte
        "truncated",  # executed, then half the body
        "slow",  # executed after `seconds`
        "throttled",
        "access_denied",  # `scope` is missing for this request: partial data with an error
        "internal_error",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    retry_after: str | None = None
    seconds: float = 0.0
    scope: str = "read_customers"
    target: str = "graphql"  # or "token": the client credentials grant

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No such fault: {self.kind}. Known: {', '.join(sorted(KINDS))}")
        if not isinstance(self.seconds, int | float):
            raise TypeError("seconds is a number")


class Faults:
    """The faults to come. Planned ones first, in order; then the random ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: deque[Fault] = deque()
        self._random: tuple[int, Sequence[Fault], random.Random] | None = None

    def next(self, *kinds: str, **options: Any) -> None:
        """Each of the next requests fails with one of these, in this order."""
        faults = [Fault(kind, **options) for kind in kinds]
        with self._lock:
            self._planned.extend(faults)

    def every(self, n: int, kinds: Sequence[str], seed: int = 0, **options: Any) -> None:
        """One request in `n`, on average, fails with one of these kinds; the same seed gives the same run."""
        if n < 1:
            raise ValueError("one request in how many?")
        faults = [Fault(kind, **options) for kind in kinds]
        with self._lock:
            # A repeatable choice is the point here, not an unpredictable one.
            self._random = (n, faults, random.Random(seed))  # noqa: S311

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._random = None

    def take(self, target: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            if self._planned:
                return self._planned.popleft() if self._planned[0].target == target else None
            if self._random is None or target != "graphql":
                return None
            n, faults, dice = self._random
            return dice.choice(faults) if dice.randrange(n) == 0 else None

    def control(self, command: dict[str, Any]) -> None:
        """A command from another process: {"clear": true}, {"next": [kinds]} or {"every": n, "kinds": [...]}."""
        options = {key: command[key] for key in ("retry_after", "seconds", "scope", "target") if key in command}
        if command.get("clear"):
            self.clear()
        if "next" in command:
            self.next(*command["next"], **options)
        if "every" in command:
            self.every(int(command["every"]), command["kinds"], int(command.get("seed", 0)), **options)
