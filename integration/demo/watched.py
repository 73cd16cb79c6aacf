"""A stand-in shop that answers as from afar, and knows whether two passes ever came at once."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterable

from werkzeug.serving import BaseWSGIServer

from integration.demo.shop import StandInShop, Store, Throttle
from integration.demo.shop.server import Application, StartResponse
from integration.demo.shop.wire import Environ

DELAY = 0.02  # seconds for each answer


class WatchedShop(StandInShop):
    """It never runs out of points, so that nobody waits but for the delay."""

    def __init__(self, store: Store, delay: float = DELAY) -> None:
        super().__init__(store, throttle=Throttle(maximum=1e9))
        self.porter = Porter(self, delay)

    def server(self, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
        server = super().server(host, port)
        server.app = self.porter
        return server

    @property
    def overlaps(self) -> int:
        """How often a connection was used again after another one had come: its pass was not over then."""
        over: set[socket.socket] = set()
        count = 0
        for before, visitor in itertools.pairwise(self.porter.visits):
            if visitor is not before:
                over.add(before)
                count += visitor in over
        return count


class Porter(Application):
    """Notes over which connection each request comes: a pass uses one at a time."""

    def __init__(self, shop: StandInShop, delay: float) -> None:
        super().__init__(shop)
        self.visits: list[socket.socket] = []
        self._delay = delay

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.visits.append(environ["werkzeug.socket"])
        time.sleep(self._delay)
        return super().__call__(environ, start_response)
