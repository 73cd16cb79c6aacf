"""What the doctor finds, and what a check is. The checks themselves stand beside this, by what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from integration.errors import SyncError
from integration.reasons import advice, describe


class Sign(StrEnum):
    """`UNKNOWN`: it could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about what was looked at, and what to do next. Never a secret, and nothing of a buyer's."""

    sign: Sign
    message: Any = ""
    advice: Any = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`find` tells what is wrong; where it tells nothing, all is well. `needs`: databases without which it cannot look."""

    title: Any
    find: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()


def told(errors: Iterable[SyncError], sign: Sign = Sign.ERROR) -> Iterator[Finding]:
    """As the admin says it."""
    for error in errors:
        yield Finding(sign, describe(error.reason, error.params), advice(error.reason, error.params))
