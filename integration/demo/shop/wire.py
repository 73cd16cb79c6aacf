"""The connection under the stand-in shop: kept open between requests as Shopify's are, and cut on demand."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from typing import Any

from werkzeug.serving import WSGIRequestHandler

Environ = dict[str, Any]

log = logging.getLogger(__name__)


class ConnectionCutError(ConnectionAbortedError):
    """The connection breaks here: no answer is written."""


def cut(environ: Environ) -> None:
    """Break the connection under the request."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionCutError


class Handler(WSGIRequestHandler):
    """Answers one connection's requests, one after the other.

    The library's own closes the connection after each answer, for applications that leave a body unread. This one's
    application reads every body whole and answers in one piece.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.app.connections.add(self.connection)  # type: ignore[attr-defined]

    def finish(self) -> None:
        self.server.app.connections.discard(self.connection)  # type: ignore[attr-defined]
        with suppress(ConnectionError):  # the client may have left before its answer
            super().finish()

    def run_wsgi(self) -> None:
        try:
            self._answer()
        except ConnectionError:
            self.close_connection = True
        except Exception:
            log.exception("The stand-in shop failed on %s", self.path)
            self._send("500 Internal Server Error", [("Content-Length", "0")], b"")

    def _answer(self) -> None:
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            head.extend((status, headers))

        environ = self.make_environ()
        body = b"".join(self.server.app(environ, start_response))  # type: ignore[arg-type]
        self._send(head[0], head[1], body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, words = status.partition(" ")
        self.send_response(int(code), words)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: Any) -> None:
        pass
