"""`manage.py run`: what dies is started again, whole; what is stopped or killed leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from integration import health
from integration.dispatch import DISPATCH, beat
from integration.health import Health
from integration.management import supervision
from integration.management.commands.qcluster import was_killed_idle
from integration.management.commands.run import TO_BEGIN, is_frozen, later_migrations, restart_frozen
from integration.management.supervision import Child
from integration.models import Heartbeat, Lease
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse
from tests.passes import PROJECT, PYTHON, save
from tests.processes import (
    children_of,
    command_of,
    end_groups,
    free_port,
    members_of,
    on_linux,
    wait_for,
    wait_until_gone,
)

SOON = 20  # seconds


@dataclass
class Running:
    """`manage.py run`, and all groups of processes that it ever had."""

    process: subprocess.Popen[str]
    port: int
    groups: set[int] = field(default_factory=set)

    def child(self, command: str) -> int:
        for pid in children_of(self.process.pid):
            self.groups.add(pid)
            if f" {command} " in command_of(pid):
                return pid
        return 0

    def cluster(self) -> int:
        """The main process, once its guard and the guard's workers are there: two, who reads the queue, who notes the end."""
        pid = self.child("qcluster")
        return pid if pid and len(members_of(pid)) >= 6 else 0

    def answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live") as answer:
            return answer.status == 200
        return False

    def is_gone(self) -> bool:
        return not any(members_of(group) for group in self.groups)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    environment = {**save(tmp_path), "ALLOWED_HOSTS": "localhost", "LOG_LEVEL": "INFO"}
    port = free_port()
    command = [PYTHON, "manage.py", "run", "--listen", f"127.0.0.1:{port}"]
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(command, env=environment, cwd=PROJECT, stderr=log, stdout=log, text=True)
        running = Running(process, port)
        try:
            wait_for(running.cluster, SOON, "the cluster started")
            wait_for(running.answers, SOON, "the web started")
            yield running
        finally:
            process.kill()
            process.wait()
            end_groups(running.groups)


def kill_worker(main: int) -> None:
    """The first process that the guard started: it waits for a task, since the schedule begins half a minute later."""
    (guard,) = children_of(main)
    os.kill(children_of(guard)[0], signal.SIGKILL)


@on_linux
@pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)
def test_what_is_killed_is_started_again_whole_and_sigterm_stops_everything(running: Running) -> None:
    main = running.cluster()
    os.kill(main, signal.SIGKILL)
    other = wait_for(lambda: running.cluster() not in (0, main) and running.cluster(), SOON, "another cluster started")
    wait_until_gone(main)

    (guard,) = children_of(other)
    os.kill(guard, signal.SIGKILL)
    wait_for(lambda: running.cluster() not in (0, other), SOON, "a third cluster started")
    wait_until_gone(other)

    third = running.cluster()
    kill_worker(third)
    wait_for(lambda: running.cluster() not in (0, third), SOON, "a fourth cluster started")
    wait_until_gone(third)

    os.kill(running.child("web"), signal.SIGKILL)
    wait_for(running.answers, SOON, "the web started again")

    running.process.terminate()
    assert running.process.wait(30) == 0
    assert running.is_gone()


@on_linux
@pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)
def test_killed_itself_it_leaves_no_orphan(running: Running) -> None:
    running.child("web")
    running.process.kill()
    running.process.wait()
    wait_for(running.is_gone, 30, "all was gone")


@on_linux
@pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)
def test_killed_together_with_the_cluster_s_main_process_it_leaves_no_orphan(running: Running) -> None:
    """The end of its input is heard by the main process alone, which is dead."""
    main = running.cluster()
    running.child("web")
    running.process.kill()
    os.kill(main, signal.SIGKILL)
    running.process.wait()
    wait_for(running.is_gone, SOON, "all was gone")


@pytest.mark.parametrize(
    ("exit_code", "timer", "expected"),
    [
        (-9, -1.0, True),
        (-9, 1863.0, False),  # busy: it had no lock
        (0, -2.0, False),  # recycled
        (None, 0.0, False),  # alive, and too late with its task
    ],
)
def test_a_worker_that_was_killed_without_a_task_may_have_the_queue_locked(
    exit_code: int | None, timer: float, expected: bool
) -> None:
    process = SimpleNamespace(exitcode=exit_code, timer=SimpleNamespace(value=timer))
    assert was_killed_idle(process) is expected


def test_where_migrations_are_missing_it_says_what_to_do(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "integration.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'default.sqlite3'}",
        "PREXTRA_DATABASE_URL": f"sqlite:///{tmp_path / 'prextra.sqlite3'}",
    }
    command = [PYTHON, "manage.py", "run"]
    result = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "manage.py migrate" in result.stderr
    assert "Traceback" not in result.stderr


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Failing(Child):
    """A child that ends as soon as it is started."""

    starts = 0

    def _start(self) -> None:
        self.starts += 1
        self._process = subprocess.Popen([PYTHON, "-c", ""], stdin=subprocess.PIPE, start_new_session=True)
        self._process.wait()
        self._began = self._clock()


def test_what_dies_at_once_is_started_ever_later_and_what_lived_a_while_at_once() -> None:
    clock = Clock()
    child = Failing("x", clock=clock)
    began = []
    for second in range(200):
        clock.now = float(second)
        before = child.starts
        child.keep_up()
        if child.starts > before:
            began.append(second)
    assert began[:5] == [0, 2, 5, 10, 19]
    clock.now += supervision.LONGEST_PAUSE
    child.keep_up()
    before = child.starts
    clock.now += supervision.STEADY
    child.keep_up()
    assert child.starts == before + 1
    child.wait(0)


@pytest.mark.parametrize(
    ("state", "frozen"),
    [
        (Health({"default": True}, dispatch_age=751), True),
        (Health({"default": True}), True),
        (Health({"default": True}, dispatch_age=749), False),
        (Health({"default": False}), False),
        (Health({"default": True}, dispatch_age=751, lease_age=700, is_busy=True), False),
    ],
)
def test_a_cluster_is_frozen_where_it_could_dispatch_and_does_not(state: Health, frozen: bool) -> None:
    assert is_frozen(state) is frozen


class Workers(Child):
    is_running = True  # type: ignore[assignment]
    killed = False

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    monkeypatch.setattr(
        "integration.management.commands.run.connections", type("None", (), {"close_all": lambda: None})
    )
    clock = Clock()
    workers = Workers("workers", clock=clock)
    clock.now = health.longest_silence().total_seconds() + TO_BEGIN + 1
    return workers


@pytest.mark.django_db(databases=["default", PREXTRA])
def test_a_frozen_cluster_is_killed_but_never_one_that_just_began_nor_one_at_work(workers: Workers) -> None:
    restart_frozen(workers)
    assert workers.killed

    workers.killed = False
    beat(DISPATCH)
    restart_frozen(workers)
    assert not workers.killed

    ready_warehouse(code="STG")
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))
    lease = Lease.objects.create(
        warehouse="STG", holder="x", taken_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=1)
    )
    restart_frozen(workers)
    assert not workers.killed

    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now())
    workers._began = workers._clock() - 100
    restart_frozen(workers)
    assert not workers.killed
    workers._began = 0
    restart_frozen(workers)
    assert workers.killed


def test_a_database_that_is_away_kills_nobody(workers: Workers, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "reachable", lambda: {"default": False, PREXTRA: True})
    restart_frozen(workers)
    assert not workers.killed


@pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)  # `run` closes its connections
def test_a_database_that_a_later_version_changed_is_not_run_on(in_english: None) -> None:
    recorder = MigrationRecorder(connections["default"])
    later = [("another_app", "9999_later"), ("integration", "9999_later")]
    try:
        recorder.record_applied(*later[0])
        assert later_migrations() == []
        recorder.record_applied(*later[1])
        with pytest.raises(CommandError, match=r"9999_later\. Restore the backup"):
            call_command("run")
    finally:
        for one in later:
            recorder.record_unapplied(*one)
