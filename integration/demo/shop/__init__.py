"""A stand-in Shopify shop: a real HTTP server on loopback, for `make demo` and the tests.

It executes the app's GraphQL documents against a trimmed copy of Shopify's schema and enforces what Shopify enforces:
tokens, scopes, cost, throttling, pages, the search grammar, the wording of errors. And it fails when told to.
"""

from __future__ import annotations

from .faults import Fault, Faults
from .server import Asked
from .shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop
from .store import Store
from .throttle import Throttle

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "STATIC_TOKEN",
    "Asked",
    "Fault",
    "Faults",
    "StandInShop",
    "Store",
    "Throttle",
]
