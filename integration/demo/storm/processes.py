"""The storm's processes: started, killed where it hurts, and started again as a supervisor would. No other process is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO

from django.conf import settings

from integration.demo.storm.journal import read_journal

STOPS_WITHIN = 30  # seconds
ORPHANS_LIVE = 4  # seconds, at most, until a supervisor ends what a killed main process left


@dataclass
class Group:
    """A process and its children, in a process group of their own, started again whenever it ends."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: IO[bytes]
    says_when_ready: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self) -> None:
        output = subprocess.PIPE if self.says_when_ready else self.log
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command, env=self.environment, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=output,
            stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.started = time.monotonic()
        if self.says_when_ready and self.process.stdout:
            self.process.stdout.readline()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def is_alive(self) -> bool:
        return bool(self.process and self.process.poll() is None)

    def end(self) -> None:
        """All of it, at once."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.process = None

    def stop(self) -> float:
        """As an administrator does; how many seconds it took. What is left after that is ended."""
        asked = time.monotonic()
        if self.process:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOPS_WITHIN + 5)
        self.end()
        return time.monotonic() - asked


@dataclass
class Processes:
    """The clusters, the web server and the shops' front. `deaths` says when each process, or its whole group, was killed."""

    folder: Path
    rng: Random
    patience: float
    clusters: list[Group] = field(default_factory=list)
    others: list[Group] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    deaths: dict[int, float] = field(default_factory=dict)
    stops: list[float] = field(default_factory=list)
    _due: dict[str, float] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def add(self, name: str, command: Sequence[str], more: Mapping[str, str], *, says_when_ready: bool = False) -> None:
        """Starts it, and takes it for a cluster where its name says so."""
        log = (self.folder / f"{name}.log").open("ab")
        environment = {**os.environ, "STORM_JOURNAL": str(self.journal), "STORM_PID": str(os.getpid()), **more}
        group = Group(name, [sys.executable, *command], environment, log, says_when_ready)
        (self.clusters if name.startswith("cluster") else self.others).append(group)
        group.start()

    def kill(self, kind: str) -> bool:
        """One process of this kind, with the signal that nobody can catch; whether there was one to be killed."""
        if other := next((one for one in self.others if one.name == kind), None):
            other.end()
            self.kills[kind] += 1
            return True
        group = self.rng.choice(self.clusters)
        if not group.is_alive:
            return False
        if kind == "stopped":
            self._stop(group)
            self.kills[kind] += 1
            return True
        pid = self._find(kind, group)
        if not pid:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.deaths[pid] = time.monotonic()
        self.kills[kind] += 1
        return True

    def _find(self, kind: str, group: Group) -> int | None:
        """Its main process, the one that guards the workers, or a worker: one that is on a pass where there is one."""
        if kind == "main process":
            return group.pid
        guards = children(group.pid)
        if kind == "sentinel":
            return guards[0] if guards else None
        alive = {pid for guard in guards for pid in children(guard)}
        lines = [line for line in read_journal(self.journal) if line.pid in alive]
        latest = {line.pid: line for line in lines}
        busy = [pid for pid, line in latest.items() if line.what == "begin"]
        candidates = busy if busy and kind == "busy worker" else list(latest)
        return self.rng.choice(candidates) if candidates else None

    def supervise(self) -> None:
        """What ended is started again, after a while; clusters of which none does anything are ended first.

        A worker that is killed while it waits for a task may leave the queue locked for the others of its cluster.
        """
        now = time.monotonic()
        for group in [*self.others, *self.clusters]:
            if group.is_alive:
                continue
            due = self._due.setdefault(group.name, now + self.rng.uniform(0, ORPHANS_LIVE))
            if now >= due:
                self._restart(group)
        if now - self._last_task() > self.patience:
            self.kills["frozen clusters"] += 1
            for group in self.clusters:
                self._restart(group)

    def _restart(self, group: Group) -> None:
        self._due.pop(group.name, None)
        if group.pid:
            self.deaths.setdefault(-group.pid, time.monotonic())
        group.end()
        group.start()

    def _last_task(self) -> float:
        tasks = [line.at for line in read_journal(self.journal) if line.what == "task"]
        return max([*(group.started for group in self.clusters), *tasks])

    def stop(self) -> None:
        for group in self.clusters:
            if group.is_alive:
                self._stop(group)

    def _stop(self, group: Group) -> None:
        pid = group.pid
        self.stops.append(group.stop())
        self.deaths[-pid] = time.monotonic()

    def end(self) -> None:
        """Whatever happens, nothing of the storm stays behind."""
        for group in [*self.clusters, *self.others]:
            group.end()
            group.log.close()


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
