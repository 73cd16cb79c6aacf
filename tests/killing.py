"""Kills a process at one of the statements with which it changes either database."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from django.db import connections

DATABASES = ("default", "prextra")


class Killed(BaseException):
    """The end of a process: nothing it could catch."""


def die() -> NoReturn:
    raise Killed


@dataclass
class Reaper:
    """Strikes at the statement in this place, counted from one over both databases, before or after it is executed.

    The places are all but SELECTs: inserts, updates, deletes, and the begin of each transaction. With `buries`, nothing
    that the process still tries to write after its end gets through, as when it was killed; without, it may clean up,
    as upon an interruption from the keyboard.
    """

    place: int = 0
    after: bool = False
    buries: bool = True
    kill: Callable[[], NoReturn] = die
    seen: int = 0
    dead: bool = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.dead and self.buries:
            self.kill()
        if not sql.lstrip().startswith("SELECT"):
            self.seen += 1
            if self.seen == self.place:
                self._strike(lambda: execute(sql, params, many, context))
        return execute(sql, params, many, context)

    def _strike(self, statement: Callable[[], Any]) -> NoReturn:
        self.dead = True
        if self.after:
            statement()
        self.kill()

    @contextmanager
    def watching(self) -> Iterator[None]:
        with ExitStack() as stack:
            for alias in DATABASES:
                stack.enter_context(connections[alias].execute_wrapper(self))
            yield


def main(warehouse: str, place: str, when: str) -> None:
    """A pass in a process of its own, ended by the operating system's means: no handler, no clean-up, no goodbye."""
    import django

    django.setup()
    from integration.cycle import run_pass

    with Reaper(int(place), after=when == "after", kill=lambda: os._exit(9)).watching():
        run_pass(warehouse)


if __name__ == "__main__":
    main(*sys.argv[1:])
