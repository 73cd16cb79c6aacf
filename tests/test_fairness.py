"""Who is served when: hours of dispatches, bells and passes in a few seconds, by the app's own dispatch and leases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from integration import dispatch as dispatching
from integration import jobs, leases
from integration.models import Lease
from tests.factories import ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STEP = 5  # seconds
MINUTE, HOUR = 60, 3600
INTERVAL = 5 * MINUTE


class Workers:
    """So many of them, whose passes take as long as `duration` says; `served` has the seconds at which each began."""

    def __init__(self, count: int, duration: Callable[[str, int], int]) -> None:
        self.count = count
        self.duration = duration
        self.served: dict[str, list[int]] = {}
        self.busy: list[tuple[int, leases.Hold, int]] = []

    def work(self, seconds: int, rings: Callable[[int], Iterable[str]] = lambda _: ()) -> dict[str, list[int]]:
        with time_machine.travel(NOON, tick=False) as clock:
            for now in range(0, seconds, STEP):
                clock.move_to(NOON + timedelta(seconds=now))
                self._go_on(now)
                if now % INTERVAL == 0:
                    jobs.dispatch()
                for warehouse in rings(now):
                    dispatching.ring(warehouse)
                self._begin(now)
        return self.served

    def _go_on(self, now: int) -> None:
        for one in list(self.busy):
            end, hold, began = one
            row = Lease.objects.filter(holder=hold.holder)
            if now < end:
                row.update(expires_at=timezone.now() + leases.LIFE)
                continue
            self.busy.remove(one)
            row.update(holder="", expires_at=None, seconds=now - began)
            jobs._announce_next(hold.warehouse)

    def _begin(self, now: int) -> None:
        while len(self.busy) < self.count and (task := OrmQ.objects.order_by("pk").first()):
            task.delete()
            if hold := leases.take(*task.task["args"]):
                self.served.setdefault(hold.warehouse, []).append(now)
                self.busy.append((now + self.duration(hold.warehouse, now), hold, now))


def open_warehouses(*codes: str, **seconds: float) -> None:
    """Ready ones; `seconds` is how long the last pass over one of them took."""
    for code in codes:
        ready_warehouse(code=code, shopify_url=f"{code.lower()}.myshopify.com")
    leases.make_leases(set(codes))
    for code, value in seconds.items():
        Lease.objects.filter(warehouse=code).update(seconds=value)


def longest_wait(times: Sequence[int], until: int) -> int:
    return max(later - earlier for earlier, later in itertools.pairwise([0, *times, until]))


def test_one_that_takes_long_is_served_although_another_one_rings_all_the_time(settings: Any) -> None:
    settings.WORKERS = 2
    open_warehouses("A", "B", "C", A=95, B=70)
    served = Workers(2, lambda code, _: {"A": 95, "B": 70, "C": 5}[code]).work(
        2 * HOUR, lambda now: ["A"] if now % 30 == 10 else []
    )
    assert longest_wait(served["B"], 2 * HOUR) <= 2 * INTERVAL
    assert longest_wait(served["C"], 2 * HOUR) <= INTERVAL
    assert longest_wait(served["A"], 2 * HOUR) <= INTERVAL, "its bell is heard nevertheless"


def test_those_that_take_long_follow_one_another_without_waiting_for_the_next_dispatch(settings: Any) -> None:
    """A dozen of 65 seconds: one worker alone is through with them in 13 minutes."""
    settings.WORKERS = 2
    codes = [f"W{number}" for number in range(12)]
    open_warehouses(*codes)
    served = Workers(2, lambda *_: 65).work(3 * HOUR)
    assert max(longest_wait(served[code], 3 * HOUR) for code in codes) <= 20 * MINUTE


def test_after_an_outage_that_made_every_pass_long_all_are_served_soon(settings: Any) -> None:
    settings.WORKERS = 2
    codes = [f"W{number}" for number in range(20)]
    open_warehouses(*codes)
    over = HOUR + 10 * MINUTE
    served = Workers(2, lambda _, now: 180 if 600 <= now < over else 3).work(over + HOUR)
    waited = [min(one for one in served[code] if one >= over) - over for code in codes]
    assert max(waited) <= 3 * INTERVAL


def test_bells_of_those_that_take_long_leave_a_worker_to_the_others(settings: Any) -> None:
    settings.WORKERS = 4
    slow = [f"S{number}" for number in range(6)]
    open_warehouses(*slow, "F", **dict.fromkeys(slow, 600))
    served = Workers(4, lambda code, _: 600 if code in slow else 5).work(HOUR, lambda now: slow if now == 305 else [])
    assert longest_wait(served["F"], HOUR) <= INTERVAL + STEP
    assert all(served[code] for code in slow)


class Mortal(Workers):
    """A pass over a warehouse whose code begins with D ends with its worker's death: nothing is given back."""

    def _go_on(self, now: int) -> None:
        self.busy = [one for one in self.busy if now < one[0] or not one[1].warehouse.startswith("D")]
        super()._go_on(now)


def test_warehouses_whose_passes_kill_their_workers_share_one_worker_too(settings: Any) -> None:
    settings.WORKERS = 2
    open_warehouses("D1", "D2", "D3", "F")
    served = Mortal(2, lambda code, _: 5 if code == "F" else 9 * MINUTE).work(3 * HOUR)
    known = [one for one in served["F"] if one >= HOUR]  # that they are so is learnt by then
    assert max(later - earlier for earlier, later in itertools.pairwise([*known, 3 * HOUR])) <= INTERVAL + MINUTE


def test_one_that_was_taken_by_a_clock_that_was_ahead_is_not_put_last(settings: Any) -> None:
    settings.WORKERS = 2
    open_warehouses("A", "B", A=120, B=120)
    Lease.objects.filter(warehouse="A").update(taken_at=NOON + timedelta(days=1))
    served = Workers(2, lambda *_: 120).work(HOUR)
    assert longest_wait(served.get("A", []), HOUR) <= 2 * INTERVAL
