"""Access tokens of the stand-in shop: static ones, and those of the client credentials grant, which expire."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

LIFETIME = timedelta(seconds=86399)  # a day less a second, as Shopify grants


class Tokens:
    def __init__(
        self, clock: Callable[[], datetime], static: Iterable[str], client_id: str, client_secret: str
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._expiries: dict[str, datetime | None] = dict.fromkeys(static)

    def accepts(self, token: str) -> bool:
        with self._lock:
            if token not in self._expiries:
                return False
            expiry = self._expiries[token]
            return expiry is None or self._clock() < expiry

    def grant(self, asked: dict[str, Any]) -> str | None:
        """A new token for the right pair of client id and secret."""
        pair = (asked.get("client_id"), asked.get("client_secret"))
        if asked.get("grant_type") != "client_credentials" or pair != (self.client_id, self.client_secret):
            return None
        token = f"shpat_{secrets.token_hex(16)}"
        with self._lock:
            self._expiries[token] = self._clock() + LIFETIME
        return token

    def revoke_granted(self) -> None:
        """All that expire: each client has to ask for another. Static ones stay."""
        with self._lock:
            self._expiries = {token: expiry for token, expiry in self._expiries.items() if expiry is None}

    def revoke(self, token: str | None = None) -> None:
        """The merchant uninstalled the app, or renewed its secret: this token, or every one, is refused from now on."""
        with self._lock:
            if token is None:
                self._expiries.clear()
            else:
                self._expiries.pop(token, None)
