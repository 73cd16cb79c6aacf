"""A warehouse's key and secret → an access token for its shop, static or granted for about a day (rules W3)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from integration.errors import ConfigurationError

RENEW_BEFORE_END: Final = timedelta(minutes=10)
_STATIC_PREFIX: Final = "shpat_"
_UNSAID_LIFETIME: Final = timedelta(hours=1)
_LONGEST_LIFETIME: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Token:
    """A granted access token; nothing may be concluded from how it looks."""

    value: str = field(repr=False)
    expires_at: datetime


Grant = Callable[[str, str], tuple[str, timedelta]]
"""Asks Shopify for a token with a client id and its secret: the token and how long it lives."""


class TokenCache(Protocol):
    """Keeps the token of one shop, for all who speak to it: several tokens of one grant may not be valid together."""

    def get(self) -> Token | None: ...

    def renew_once(self, fetch: Callable[[], Token], stale_token: str | None) -> Token:
        """The token that replaces `stale_token`: the one another has fetched meanwhile, else that of `fetch`.

        One at a time: while one fetches, the others wait here. `stale_token` is None where there was none.
        """
        ...


class MemoryTokenCache:
    """A cache for the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token: Token | None = None

    def get(self) -> Token | None:
        return self._token

    def renew_once(self, fetch: Callable[[], Token], stale_token: str | None) -> Token:
        with self._lock:
            if self._token is None or self._token.value == stale_token:
                self._token = fetch()
            return self._token


class Credentials(Protocol):
    def token(self, grant: Grant) -> str:
        """The access token to send."""
        ...

    def replacement(self, grant: Grant, refused: str) -> str | None:
        """Another token for one that Shopify refused, or None where there is no other."""
        ...


@dataclass(frozen=True, slots=True)
class StaticToken:
    """The access token of an app made in the shop's own admin. It has no end, and only a person can replace it."""

    value: str = field(repr=False)

    def token(self, grant: Grant) -> str:
        return self.value

    def replacement(self, grant: Grant, refused: str) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Client id and secret of an app of the merchant's organisation: they are exchanged for tokens."""

    client_id: str
    client_secret: str = field(repr=False)
    cache: TokenCache = field(repr=False)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)

    def token(self, grant: Grant) -> str:
        cached = self.cache.get()
        if cached is not None and cached.expires_at - self.now() >= RENEW_BEFORE_END:
            return cached.value
        return self._renewed(grant, cached.value if cached else None)

    def replacement(self, grant: Grant, refused: str) -> str | None:
        return self._renewed(grant, refused)

    def _renewed(self, grant: Grant, stale_token: str | None) -> str:
        return self.cache.renew_once(lambda: self._fetched(grant), stale_token).value

    def _fetched(self, grant: Grant) -> Token:
        asked_at = self.now()
        value, lifetime = grant(self.client_id, self.client_secret)
        return Token(value, asked_at + lifetime)


def credentials_for(api_key: str, secret: str, cache: TokenCache, *, static: bool | None = None) -> Credentials:
    """What the warehouse's two fields mean; `static` says it outright where the look of the secret does not.

    ConfigurationError where a field is missing, or could not even be sent.
    """
    api_key, secret = api_key.strip(), secret.strip()
    if static is None:
        static = is_static(secret)
    if not _is_sendable(secret) or not (static or api_key):
        raise ConfigurationError("shopify_credentials_unusable")
    return StaticToken(secret) if static else ClientCredentials(api_key, secret, cache)


def is_static(secret: str) -> bool:
    """Whether it looks like the access token itself, and not like a client secret."""
    return secret.strip().startswith(_STATIC_PREFIX)


def _is_sendable(secret: str) -> bool:
    """Whether it can stand in a header: a stray line end or accent would fail there, and show it in a traceback."""
    return secret != "" and secret.isascii() and secret.isprintable() and " " not in secret


def read_grant(body: bytes) -> tuple[str, timedelta]:
    """Shopify's answer to a grant; ValueError where it is not one."""
    granted = json.loads(body)
    token = granted.get("access_token") if isinstance(granted, dict) else None
    if not isinstance(token, str) or not _is_sendable(token):
        raise ValueError("no access token")
    seconds = granted.get("expires_in")
    return token, timedelta(seconds=seconds) if _is_lifetime(seconds) else _UNSAID_LIFETIME


def _is_lifetime(seconds: object) -> bool:
    return isinstance(seconds, int) and 0 < seconds <= _LONGEST_LIFETIME.total_seconds()
