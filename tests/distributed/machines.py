"""Clusters of workers as on several machines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from tests.passes import PROJECT, PYTHON


class Cluster:
    """`manage.py qcluster`, which leads a group of processes."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [PYTHON, "manage.py", "qcluster"], env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """The main process alone; what it started goes on until `end`."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """What a supervisor does with what is left of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Installation:
    """An environment in which clusters run, and a way to ask what there is."""

    def __init__(self, environment: dict[str, str], stack: ExitStack) -> None:
        self.environment = environment
        self._stack = stack
        self._inside = subprocess.Popen(
            [PYTHON, "-m", "tests.distributed.inside"],
            env=environment, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.callback(self._leave)

    def start_cluster(self) -> Cluster:
        cluster = Cluster(self.environment)
        self._stack.callback(cluster.end)
        return cluster

    def ask(self, *command: Any) -> Any:
        assert self._inside.stdin
        assert self._inside.stdout
        self._inside.stdin.write(json.dumps(command) + "\n")
        self._inside.stdin.flush()
        return json.loads(self._inside.stdout.readline())

    def _leave(self) -> None:
        self._inside.communicate()


@contextmanager
def installed(environment: dict[str, str]) -> Iterator[Installation]:
    with ExitStack() as stack:
        yield Installation(environment, stack)


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """What the condition says as soon as it says something; its last word after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (word := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return word
