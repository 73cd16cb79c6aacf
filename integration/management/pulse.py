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
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened to


class Pulse:
    """Nobody waits for the answer: it is asked for in a thread, and counts at the next look.

    Nothing is ended before this address answered once, for it may not be the one by which this machine is to be asked.
    """

    def __init__(self, web: Child, listen: str) -> None:
        self._web = web
        host, _, self._port = listen.partition(" ")[0].rpartition(":")
        host = host.strip("[]")
        self._host = _ANYWHERE.get(host, host)
        self._pid = 0
        self._failures = 0
        self._has_answered = False
        self._question: threading.Thread | None = None

    def look(self) -> None:
        if self._question and self._question.is_alive():
            return
        if self._web.pid != self._pid or self._web.age < TO_BEGIN:
            self._pid, self._failures = self._web.pid, 0
        if self._failures >= FAILURES and self._has_answered:
            log.critical("the web did not answer %d times: it is started again", self._failures)
            self._failures = 0
            self._web.kill()
        elif self._web.is_running:
            self._question = threading.Thread(target=self._ask, name="pulse", daemon=True)
            self._question.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)  # type: ignore[arg-type]
        try:
            connection.request("GET", "/health/live")
            connection.getresponse()
            self._failures, self._has_answered = 0, True
        except (OSError, http.client.HTTPException):
            self._failures += 1
        finally:
            connection.close()
