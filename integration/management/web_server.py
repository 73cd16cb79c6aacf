"""waitress, for whoever may come: a client that never ends its request keeps nobody else out."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer

PATIENCE = 10.0  # seconds for a whole request; Shopify's own is five
CONNECTIONS = (
    800 if hasattr(select, "poll") else 400
)  # fewer than the files that a process may have, or Windows may watch
LARGEST_BODY = 10_000_000  # bytes; what is larger would be kept on disk before anybody could refuse it


def make_server(application: Callable[..., Any], listen: str, threads: int) -> Any:
    """OSError or ValueError where it cannot listen there."""
    sockets: dict[int, Any] = {}
    server = create_server(
        application,
        map=sockets,
        listen=listen,
        threads=threads,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
        channel_timeout=int(PATIENCE),  # of a connection that says nothing: eight hundred of them would keep all out
        cleanup_interval=5,
        clear_untrusted_proxy_headers=False,  # /metrics has to know who comes through a proxy
    )
    for one in sockets.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
    return server


class Request(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began = time.monotonic()

    def parse_header(self, header: bytes) -> None:
        try:
            super().parse_header(header)
        except ValueError:  # a length of more digits than Python reads would be a traceback in the log
            raise ParsingError("Content-Length is invalid") from None


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection, closed where its request does not come to an end: waitress itself closes only those that say nothing.

    One that was asked for something may be kept open by its client, as waitress allows.
    """

    parser_class = Request
    was_asked = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.began = time.monotonic()
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        taken = bool(super().received(data))
        self.was_asked = self.was_asked or bool(self.requests)
        return taken

    def readable(self) -> bool:
        """Asked in each round of waitress, which takes a second at most."""
        readable = bool(super().readable())
        request = self.request
        began = self.began if not self.was_asked else request.began if request else None
        if readable and not self.requests and began is not None and time.monotonic() - began > PATIENCE:
            self.will_close = True
            return False
        return readable
