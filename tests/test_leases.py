"""One pass over a warehouse at a time: tickets, leases, bells, and what becomes of those who lose them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from integration import leases, stopping
from integration.errors import StoppedError
from integration.leases import Hold, issue_ticket, take
from integration.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lease() -> Lease:
    leases.make_leases({"STG"})
    return Lease.objects.get()


class Clock:
    """Seconds that pass only when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def held(clock: Clock | None = None) -> Hold:
    hold = take("STG")
    assert hold
    return Hold("STG", hold.holder, clock=clock) if clock else hold


def expire(warehouse: str = "STG") -> None:
    Lease.objects.filter(warehouse=warehouse).update(expires_at=timezone.now() - timedelta(seconds=1))


def why_stopped(hold: Hold) -> str:
    with pytest.raises(StoppedError) as stopped:
        hold.confirm()
    return stopped.value.reason


def test_a_ticket_begins_one_pass_however_often_it_is_delivered() -> None:
    ticket = issue_ticket("STG")
    hold = take("STG", ticket)
    assert hold
    assert take("STG", ticket) is None
    with hold.working():
        pass
    assert take("STG", ticket) is None


def test_no_ticket_is_issued_while_one_is_out_or_a_pass_is_under_way() -> None:
    ticket = issue_ticket("STG")
    assert issue_ticket("STG") == ""
    hold = take("STG", ticket)
    assert hold
    assert issue_ticket("STG") == ""
    with hold.working():
        pass
    assert issue_ticket("STG")


def test_a_ticket_that_nobody_took_is_replaced_and_worth_nothing_then() -> None:
    lost = issue_ticket("STG")
    Lease.objects.update(ticketed_at=timezone.now() - leases.ticket_life())
    assert issue_ticket("STG")
    assert take("STG", lost) is None


def test_one_that_somebody_asks_for_needs_no_ticket_and_takes_the_place_of_what_was_due() -> None:
    ticket = issue_ticket("STG")
    assert take("STG")
    assert take("STG", ticket) is None


def test_an_empty_ticket_is_not_a_ticket() -> None:
    held()
    assert take("STG", "") is None


def test_a_lease_that_expired_is_free_and_its_holder_may_not_commit_any_more() -> None:
    first = held()
    assert take("STG") is None
    expire()
    second = take("STG")
    assert second
    assert why_stopped(first) == "lease_lost"
    second.confirm()
    with second.working():
        second.confirm()


def test_one_that_lost_its_lease_does_not_give_back_that_of_another() -> None:
    first = held()
    with first.working():
        expire()
        second = held()
    assert Lease.objects.get().holder == second.holder


def test_a_process_that_stood_still_knows_it_before_others_believe_its_lease_free(clock: Clock) -> None:
    hold = held(clock)
    clock.now += (leases.LIFE - leases.MARGIN).total_seconds() - 1
    hold.check()
    clock.now += 2
    assert why_stopped(hold) == "lease_lost"


def test_a_run_ends_at_its_deadline(clock: Clock, settings: pytest.FixtureRequest) -> None:
    hold = held(clock)
    clock.now += 20 * 60 + 1
    hold._renewed = clock.now
    assert why_stopped(hold) == "run_deadline"


def test_who_asks_the_program_to_stop_ends_its_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = held()
    monkeypatch.setattr(stopping, "_asked", SimpleNamespace(value=False))
    hold.check()
    stopping.ask_to_stop()
    assert why_stopped(hold) == "stopping"


class Pauses:
    """Stands for the event that ends a holder's thread: it passes as many pauses as it is told to, and then ends."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return len(self.waits) > self.count


@pytest.fixture
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread's own work in the test's thread, whose connections stay open."""
    monkeypatch.setattr(leases, "connections", type("None", (), {"all": staticmethod(lambda **_: [])}))


@pytest.mark.usefixtures("kept_connection")
def test_a_lease_is_renewed_every_third_of_its_life_until_the_deadline(clock: Clock) -> None:
    hold = held(clock)
    pauses = hold._ended = Pauses(2)  # type: ignore[assignment]
    before = Lease.objects.get().expires_at
    clock.now += 5
    hold._renew()
    assert pauses.waits == [30.0] * 3
    assert Lease.objects.get().expires_at > before
    assert hold._renewed == clock.now

    clock.now += 20 * 60
    hold._ended = Pauses(5)  # type: ignore[assignment]
    hold._renew()
    assert hold._renewed < clock.now


@pytest.mark.usefixtures("kept_connection")
def test_a_database_that_is_away_for_a_moment_costs_no_lease(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = held(clock)
    pauses = hold._ended = Pauses(2)  # type: ignore[assignment]
    rows = hold._row
    answers = iter([OperationalError("database is locked"), None])

    def row() -> object:
        if error := next(answers):
            raise error
        return rows()

    monkeypatch.setattr(hold, "_row", row)
    hold._renew()
    assert pauses.waits == [30.0, 7.5, 30.0]
    monkeypatch.undo()
    hold.confirm()


@pytest.mark.usefixtures("kept_connection")
def test_a_renewal_that_finds_another_holder_ends_the_pass(clock: Clock) -> None:
    hold = held(clock)
    Lease.objects.update(holder="another")
    hold._ended = Pauses(3)  # type: ignore[assignment]
    hold._renew()
    with pytest.raises(StoppedError):
        hold.check()


def test_a_lease_is_given_back_with_how_long_it_took_even_after_an_error() -> None:
    hold = held()
    with pytest.raises(ValueError, match="boom"), hold.working():
        raise ValueError("boom")
    row = Lease.objects.get()
    assert (row.holder, row.expires_at) == ("", None)
    assert row.seconds >= 0
    assert leases.current("STG") is None


@pytest.mark.parametrize("column", ["ticketed_at", "expires_at"])
def test_what_a_clock_far_ahead_has_left_keeps_nobody_from_it(column: str) -> None:
    assert issue_ticket("STG")
    if column == "expires_at":
        held()
    Lease.objects.update(**{column: timezone.now() + timedelta(hours=20)})
    assert issue_ticket("STG")
    assert leases.current("STG") is None


def test_a_bell_is_announced_where_nothing_is_to_come() -> None:
    assert leases.ring("STG")
    issue_ticket("STG")
    assert not leases.ring("STG")


def test_a_bell_during_a_pass_is_kept_for_its_end_and_the_next_pass_answers_it() -> None:
    held()
    assert not leases.ring("STG")
    assert Lease.objects.get(warehouse="STG").rung_at
    expire()
    held()
    assert not Lease.objects.get(warehouse="STG").rung_at


def test_the_leases_of_new_warehouses_are_made_once() -> None:
    leases.make_leases({"STG", "MTL", "QC"})
    leases.make_leases({"MTL"})
    assert sorted(Lease.objects.values_list("warehouse", flat=True)) == ["MTL", "QC", "STG"]
