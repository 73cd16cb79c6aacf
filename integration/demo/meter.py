"""What a pass costs, metered: requests, points, statements, seconds of ours and of the shop's, memory."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings
from django.db import connections

from integration.demo.shop import STATIC_TOKEN
from integration.shopify.client import ShopClient, Usage
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`own_seconds` exclude those in which the shop was waited for. `peak_megabytes` is the process's so far, the stand-in
    shop included; None where the system does not tell.
    """

    requests: int
    points: int
    prextra_statements: int
    default_statements: int
    own_seconds: float
    shop_seconds: float
    peak_megabytes: float | None


def metered(work: Callable[[TimedTransport], tuple[int, Usage]]) -> tuple[int, dict[str, Any]]:
    """What the work counts, and the fields of its `Cost`. The work says what it used of the shop over this transport."""
    transport, statements = TimedTransport(), Statements()
    with statements.counted():
        started = time.perf_counter()
        count, usage = work(transport)
        seconds = time.perf_counter() - started
    waited = transport.seconds + usage.waited_seconds
    cost = {
        "requests": usage.requests,
        "points": usage.points,
        "prextra_statements": statements.counts[PREXTRA],
        "default_statements": statements.counts["default"],
        "own_seconds": round(seconds - waited, 3),
        "shop_seconds": round(waited, 3),
        "peak_megabytes": peak_megabytes(),
    }
    return count, cost


class TimedTransport(httpx.BaseTransport):
    """Counts the seconds from a request's first byte to its answer's last."""

    def __init__(self) -> None:
        self._wire = httpx.HTTPTransport()
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        started = time.perf_counter()
        response = self._wire.handle_request(request)
        response.read()
        self.seconds += time.perf_counter() - started
        return response

    def close(self) -> None:
        self._wire.close()


class Statements:
    """Counts the statements to each database."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.counts[context["connection"].alias] += 1
        return execute(sql, params, many, context)

    @contextmanager
    def counted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for alias in ("default", PREXTRA):
                stack.enter_context(connections[alias].execute_wrapper(self))
            yield


def client_of(warehouse: Warehouse, transport: httpx.BaseTransport) -> ShopClient:
    shop = ShopAddress.parse(warehouse.shopify_url, allow_loopback=True)
    return ShopClient(shop, StaticToken(STATIC_TOKEN), api_version=settings.SHOPIFY_API_VERSION, transport=transport)


def peak_megabytes() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
