"""Processes under `manage.py run`: each in a group of its own, started again when it dies, and ended with whoever started it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings

log = logging.getLogger("integration.run")

STEADY = 60.0  # seconds after which a process that dies is started again at once
LONGEST_PAUSE = 60.0


class Child:
    """A command of `manage.py`. Its standard input is a pipe that ends with us, even where we are killed."""

    def __init__(self, name: str, *arguments: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments, "--with-parent"]
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._pause = 0.0
        self._not_before = clock()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def age(self) -> float:
        return self._clock() - self._began

    def keep_up(self) -> None:
        """Starts it, and again where it died: later each time, if it dies again soon."""
        if self._process and self._process.poll() is not None:
            self._clear_up(self._process)
        if self._process is None and self._clock() >= self._not_before:
            self._start()

    def kill(self) -> None:
        """Ends all its processes at once."""
        if self._process:
            _kill_all(self._process)

    def ask_to_stop(self) -> None:
        if self._process and self.is_running:
            if self._process.stdin:
                self._process.stdin.close()
            if os.name == "posix":  # elsewhere that would be a kill, and the end of its input is enough
                self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Until it has stopped; what is left of it by then is ended."""
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, seconds))
            _kill_all(self._process)
            self._process = None

    def _start(self) -> None:
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, **apart)  # noqa: S603
        self._began = self._clock()
        log.info("%s started: process %d", self.name, self.pid)

    def _clear_up(self, process: subprocess.Popen[bytes]) -> None:
        self._pause = 0.0 if self.age >= STEADY else min(LONGEST_PAUSE, 2 * self._pause or 1.0)
        self._not_before = self._clock() + self._pause
        log.error("%s ended with status %d: starting again in %d s", self.name, process.returncode, self._pause)
        _kill_all(process)
        self._process = None


def stop_all(children: Sequence[Child], within: float) -> None:
    end = time.monotonic() + within
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait(end - time.monotonic())


def stop_with_parent() -> None:
    """Asks this process to stop when its standard input ends.

    Read without Python's buffer, whose lock a forked worker would inherit and wait for at its start.
    """

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        if os.name == "posix":
            os.kill(os.getpid(), signal.SIGTERM)
        else:  # there a signal would end this process alone, and leave the others of a cluster
            _kill_tree(os.getpid())

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """Its main process may be dead already and leave others behind."""
    if process.stdin:
        process.stdin.close()
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        _kill_tree(process.pid)
    process.wait()


def _kill_tree(pid: int) -> None:
    """On Windows, where processes have no groups."""
    subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], check=False, capture_output=True)  # noqa: S603, S607
