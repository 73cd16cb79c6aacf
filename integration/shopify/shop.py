"""The address of a shop: whatever form a person pasted → the one host that may be spoken to (rules W5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import shopify

from integration.errors import ConfigurationError

_DOMAIN: Final = ".myshopify.com"
_ADMIN_HOST: Final = "admin.shopify.com"
_HANDLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ShopAddress:
    """`host` is `xxx.myshopify.com`, or `127.0.0.1:PORT` for a shop on this computer."""

    host: str

    @classmethod
    def parse(cls, text: str, *, allow_loopback: bool) -> ShopAddress:
        """Accepts a bare name, a host, or any page of the shop or of its admin; a ConfigurationError otherwise."""
        host = _normalised_host(text.strip(), allow_loopback)
        if host is None:
            # What stands before an "@" could be a password, and what follows a "?" a token.
            shown = re.split(r"[?#]", text.strip().rpartition("@")[2])[0]
            raise ConfigurationError("shop_url_refused", url=shown[:100])
        return cls(host)

    @property
    def is_loopback(self) -> bool:
        return self.host.startswith(f"{_LOOPBACK}:")

    @property
    def base_url(self) -> str:
        return f"{'http' if self.is_loopback else 'https'}://{self.host}"

    def session(self, api_version: str) -> shopify.Session:
        """ShopifyAPI's session, which knows where each version of the API lives.

        It keeps protocol, domain and port on the class, hence a class of its own for each shop that has others.
        """
        kind = shopify.Session
        if self.is_loopback:
            port = self.host.partition(":")[2]
            kind = type("LoopbackSession", (kind,), {"protocol": "http", "myshopify_domain": "0.0.1", "port": port})
        return kind(self.host, api_version)


def _normalised_host(text: str, allow_loopback: bool) -> str | None:
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
        port = url.port
    except ValueError:
        return None
    host = (url.hostname or "").rstrip(".")
    if host in (_LOOPBACK, "localhost"):
        return f"{_LOOPBACK}:{port}" if allow_loopback and url.scheme == "http" and port else None
    handle = _handle(url, host)
    return f"{handle}{_DOMAIN}" if url.scheme in ("http", "https") and _HANDLE.fullmatch(handle) else None


def _handle(url: SplitResult, host: str) -> str:
    """The shop's own name within the address; empty or impossible where the address is not Shopify's."""
    if host == _ADMIN_HOST:
        store = url.path.removeprefix("/store/").partition("/")[0]
        return store.lower() if url.path.startswith("/store/") else ""
    return host.removesuffix(_DOMAIN)
