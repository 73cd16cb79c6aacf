"""Clusters of workers as on several machines, and shops that know who came when."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from werkzeug.serving import BaseWSGIServer

from integration.demo.shop import StandInShop, Store, Throttle
from integration.demo.shop.server import Application, Environ, StartResponse
from tests.passes import PROJECT, PYTHON

DELAY = 0.02  # seconds for each answer, as over the Internet


class Porter(Application):
    """Notes over which connection each request comes. A pass uses one at a time, so that two passes at once would show."""

    def __init__(self, shop: StandInShop) -> None:
        super().__init__(shop)
        self.visits: list[socket.socket] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.visits.append(environ["werkzeug.socket"])
        time.sleep(DELAY)
        return super().__call__(environ, start_response)


class WatchedShop(StandInShop):
    def __init__(self, store: Store) -> None:
        super().__init__(store, throttle=Throttle(maximum=1e9))
        self.porter = Porter(self)

    def server(self, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
        server = super().server(host, port)
        server.app = self.porter
        return server

    @property
    def overlaps(self) -> int:
        """How often a connection was used again after another one had come: its pass was not over then."""
        over: set[socket.socket] = set()
        count = 0
        for before, visitor in itertools.pairwise(self.porter.visits):
            if visitor is not before:
                over.add(before)
                count += visitor in over
        return count


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
