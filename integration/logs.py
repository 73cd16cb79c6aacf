"""How log lines look: each says which warehouse, pass, task or request it belongs to, as a line of text or as JSON.

All is logged by `logging`; what is bound by `structlog.contextvars` around a pass or a request stands on every line in
it, whichever library writes it.
"""

from __future__ import annotations

import re
import traceback
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from integration.scrub import scrub_all

FORMATS = "line|json"
_FRAME: Final = re.compile(r'^  File "[^"\n]+", line \d+, in \S+$', re.MULTILINE)
_KIND: Final = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
_FIRST = ("timestamp", "level", "logger", "event", "exception")


def configuration(style: str, level: str) -> dict[str, Any]:
    """For `LOGGING`."""
    context: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else as_line
    processors: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _without_rows,
        structlog.processors.format_exc_info,
        _scrubbed,
        render,
    ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": context,
        "processors": processors,
    }
    # At their DEBUG, and httpx at INFO, these write addresses that are keys, headers, and the values of statements.
    quiet = {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "django.db.backends")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"formatter": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "formatter"}},
        "loggers": quiet,
        "root": {"handlers": ["stderr"], "level": level},
    }


def as_line(_logger: Any, _method: str, event: EventDict) -> str:
    """What is bound comes last; a line break in a message does not begin a line that looks like another message."""
    head = f"{event['timestamp']} {event['level'].upper()} {event['logger']} {_one_line(event['event'])}"
    bound = [f"{name}={_one_line(value)}" for name, value in event.items() if name not in _FIRST and value != ""]
    line = " ".join([head, *bound])
    return f"{line}\n{event['exception']}" if "exception" in event else line


def _one_line(value: Any) -> str:
    return str(value).replace("\r", "\\r").replace("\n", "\\n")


def _without_rows(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A database puts the row that it refused into its message: of its errors only the kind is written, and where."""
    from django.db import Error

    error = event["exc_info"][1] if isinstance(event.get("exc_info"), tuple) else None
    one, chain = error, []
    while one and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    if error and any(isinstance(one, Error) for one in chain):
        del event["exc_info"]
        where = "".join(traceback.format_tb(error.__traceback__))
        kinds = " from ".join(type(one).__name__ for one in chain)
        event["exception"] = f"Traceback (most recent call last):\n{where}{kinds}"
    return event


def task_failure(result: str) -> str:
    """What django-q2 keeps and logs of a task that failed, without the error's message: of which kind it is, and where."""
    frames = list(_FRAME.finditer(result))
    kind = _KIND.search(result, frames[-1].end()) if frames else None
    return "\n".join([kind[1] if kind else "failed", *(frame[0].strip() for frame in frames)])


def _scrubbed(_logger: Any, _method: str, event: EventDict) -> EventDict:
    scrubbed: EventDict = scrub_all(event)
    return scrubbed
