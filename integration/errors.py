"""What can go wrong in a sync, in three classes that say whether trying again can help (rules, "Errors").

Every error names a reason: a row of `reasons.REASONS`, where the sentence a person reads and what to do about it are kept.
"""

from __future__ import annotations

from typing import ClassVar


class SyncError(Exception):
    """An expected failure.

    `reason` is a code of `reasons.REASONS`; `params` fill that reason's sentence and are stored as JSON,
    so they are texts and integers only. No secret ever goes in them.
    """

    kind: ClassVar[str] = ""

    def __init__(self, reason: str, **params: str | int) -> None:
        super().__init__(reason, params)
        self.reason = reason
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.reason} ({details})" if details else self.reason


class TransientError(SyncError):
    """It may work in a moment: throttled, 5xx, time-out, deadlock. Retried within the run, else at the next one.

    `executed_maybe` is true where the other side may have acted although no answer came: a write must then be read
    back before it is sent again.
    """

    kind = "transient"

    def __init__(self, reason: str, *, executed_maybe: bool = False, **params: str | int) -> None:
        super().__init__(reason, **params)
        self.executed_maybe = executed_maybe


class ConfigurationError(SyncError):
    """It will not work until a person corrects a setting: the warehouse, or the flow, stops and says where."""

    kind = "configuration"


class RecordError(SyncError):
    """This record cannot go through as it is: it is held with its reason, and all others go on."""

    kind = "record"


class StoppedError(SyncError):
    """The pass may not go on: its lease is lost, its time is over, or the program ends. The next pass goes on from there.

    No record is held for it.
    """

    kind = "transient"
