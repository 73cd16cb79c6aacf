"""Processes of the operating system, for tests that start, kill and stop the real ones. Linux alone has `/proc`."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

Found = TypeVar("Found")
on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for processes")


def _parent_and_group(pid: int) -> tuple[int, int, str]:
    """Also its state: Z is one that ended, and whose parent has not asked for it yet."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), int(fields[2]), fields[0]


def _all() -> dict[int, tuple[int, int]]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                parent, group, state = _parent_and_group(int(name))
                if state != "Z":
                    found[int(name)] = parent, group
    return found


def children_of(pid: int) -> list[int]:
    return sorted(child for child, (parent, _) in _all().items() if parent == pid)


def members_of(group: int) -> list[int]:
    return sorted(pid for pid, (_, its) in _all().items() if its == group)


def wait_until_gone(group: int) -> None:
    """The end of a group's first process may be known before the others, which were killed with it, have ended."""
    wait_for(lambda: not members_of(group), 5, "all of the group ended")


def command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(ask: Callable[[], Found], seconds: float, what: str) -> Found:
    """The first answer that is something; too late, the test has failed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} within {seconds} seconds")


def end_groups(groups: set[int]) -> None:
    """Whatever a test left behind."""
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
