"""Which errors of a database another attempt may not meet: the one place that says so.

mssql-python gives a lost connection, a time-out and a deadlock as OperationalError; pyodbc a deadlock as a bare Error, by
its SQLSTATE. A conflict of snapshots (3960) comes as a ProgrammingError from both.
"""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError, connections

from integration.errors import TransientError

STATES = {"40001", "40003", "08001", "08003", "08007", "08S01", "08S02", "HYT00", "HYT01"}
SNAPSHOT_CONFLICT = "Snapshot isolation transaction aborted due to update conflict"


def is_transient(error: BaseException) -> bool:
    """A deadlock, a lost connection, a time-out, a conflict of snapshots: the transaction may go through in a moment."""
    if getattr(error.__cause__, "sqlite_errorname", "") == "SQLITE_ERROR":
        return False  # a table that is not there, which others call a ProgrammingError
    if isinstance(error, (OperationalError, InterfaceError)):
        return True
    return isinstance(error, Error) and (
        bool(error.args and error.args[0] in STATES) or SNAPSHOT_CONFLICT in str(error)
    )


def busy(error: BaseException) -> TransientError | None:
    """What such an error is to the sync; nothing where it is another one."""
    return TransientError("database_busy") if is_transient(error) else None


def drop_broken() -> None:
    """After an error: a connection that does not answer is closed, so that its next use opens one; none in a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
