"""Whether the web that `manage.py run` started answers: one that hangs is ended, and with that started again."""

from __future__ import annotations

import http.client
import logging
import threading

from integration.management.supervision import Child

log = logging.getLogger("integration.run")

PATIENCE = 5.0  # seconds for an answer
FAILURES = 3  # in a row
TO_BEGIN = 60.0  # seconds that it has until its first answer
DEFAULT_PORT = "8080"  # waitress' own, where none is given
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened to


class Pulse:
    """Nobody waits for the answer: it is asked for in a thread, and counts at the next look."""

    def __init__(self, web: Child, listen: str) -> None:
        self._web = web
        self._host, self._port = _asked_at(listen)
        self._pid = 0
        self._failures = 0
        self._question: threading.Thread | None = None

    def look(self) -> None:
        if self._question and self._question.is_alive():
            return
        if self._web.pid != self._pid or self._web.age < TO_BEGIN:
            self._pid, self._failures = self._web.pid, 0
        if self._failures >= FAILURES:
            log.critical("the web did not answer %d times: it is started again", self._failures)
            self._failures = 0
            self._web.kill()
        elif self._web.is_running and self._port != "0":  # else it chose its port
            self._question = threading.Thread(target=self._ask, name="pulse", daemon=True)
            self._question.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)  # type: ignore[arg-type]
        try:
            connection.request("GET", "/health/live")
            connection.getresponse()
            self._failures = 0
        except (OSError, http.client.HTTPException):
            self._failures += 1
        finally:
            connection.close()


def _asked_at(listen: str) -> tuple[str, str]:
    """The first address where it listens, as waitress reads it."""
    first = (listen.split() or [""])[0]
    host, found, port = first.rpartition(":")
    if not found or port.endswith("]"):
        host, port = first, DEFAULT_PORT
    host = host.strip("[]")
    return _ANYWHERE.get(host, host), port
