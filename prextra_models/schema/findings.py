"""A finding: what does not fit, what to do about it, and the T-SQL for whoever owns the database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error is to be mended: something fails, or is wrong in silence. A warning works, in most cases. Information is neither."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Finding:
    """`table` is empty where it is about the whole database, `column` where it is about the whole table."""

    code: str
    severity: Severity
    message: str
    advice: str
    table: str = ""
    column: str = ""
    sql: str = ""
