"""A whole stand-in shop: its records, its tokens, its throttle and its faults, served over HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from werkzeug.serving import BaseWSGIServer, make_server

from .engine import Engine
from .faults import Faults
from .server import Application, Asked
from .store import Store
from .throttle import Throttle
from .tokens import Tokens
from .wire import Handler

# Credentials of a shop that exists only on this machine.
STATIC_TOKEN = "shpat_stand_in"  # noqa: S105
CLIENT_ID = "stand-in-client"
CLIENT_SECRET = "shpss_stand_in"  # noqa: S105


class StandInShop:
    """A Shopify shop that refuses what the real one would refuse.

    `served_version` overrides the version that the answers claim; `nodes_priced_per_id` makes `nodes(ids:)` cost its
    content for each id, in case Shopify ever does.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        tokens: Iterable[str] = (STATIC_TOKEN,),
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        throttle: Throttle | None = None,
        token_clock: Callable[[], datetime] | None = None,
        served_version: str | None = None,
        nodes_priced_per_id: bool = False,
    ) -> None:
        self.store = store or Store()
        self.throttle = throttle or Throttle()
        self.faults = Faults()
        self.tokens = Tokens(token_clock or self.store.now, tokens, client_id, client_secret)
        self.store.webhooks.secret = client_secret  # for a static token, that of the same app
        self.served_version = served_version
        app = {"id": "gid://shopify/App/1", "title": "Prextra", "handle": "prextra", "apiKey": client_id,
               "webhookApiVersion": "2026-10"}  # fmt: skip
        self.engine = Engine(self.store, self.throttle, app, nodes_priced_per_id)
        self.requests: list[Asked] = []

    def server(self, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
        """A server that is bound but not yet serving; port 0 takes a free one."""
        return make_server(host, port, Application(self), threaded=True, request_handler=Handler)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serve from a thread; gives the shop's address."""
        server = self.server(port=port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            server.app.hang_up()  # type: ignore[attr-defined]
