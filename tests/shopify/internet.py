"""A scripted internet and a clock that only sleeping moves, for the tests of the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from integration.errors import SyncError
from integration.shopify.client import ShopClient, load_document
from integration.shopify.credentials import StaticToken
from integration.shopify.documents import Document
from integration.shopify.shop import ShopAddress

QUERY = load_document("shop_info")
MUTATION = Document("write", "mutation Write { write { id } }", "Write", is_mutation=True)
BOUTIQUE = ShopAddress("boutique.myshopify.com")
TOKEN = StaticToken("shpat_static")

Script = Callable[[httpx.Request], httpx.Response] | httpx.Response | Exception


class Internet(httpx.BaseTransport):
    """Answers each request with the next line of a script; the last line goes on for ever."""

    def __init__(self, *script: Script) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(line, Exception):
            raise line
        return line(request) if callable(line) else line


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def answered(
    data: Any = None, *, errors: Any = None, status: int = 200, cost: Any = None, **headers: str
) -> httpx.Response:
    payload = {"data": data or {"shop": {"name": "Boutique"}}} | ({"errors": errors} if errors else {})
    payload |= {"extensions": {"cost": cost}} if cost else {}
    return httpx.Response(
        status, json=payload, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def priced(requested: int, available: float, actual: int | None = 1) -> dict[str, Any]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}


def failed(code: str, message: str = "No", **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"errors": [{"message": message, "extensions": {"code": code}}], **more})


ClientOf = Callable[..., ShopClient]
Connect = Callable[..., ShopClient]


def refusal(client: ShopClient, document: Document = QUERY) -> SyncError:
    with pytest.raises(SyncError) as raised:
        client.execute(document)
    return raised.value


# What can go wrong, by what may be done about it.

SAFE_FOR_BOTH = {
    "429": httpx.Response(429, headers={"Retry-After": "2.0"}),
    "THROTTLED": failed("THROTTLED", "Throttled"),
    "no connection": httpx.ConnectError("refused"),
    "no connection in time": httpx.ConnectTimeout("slow"),
}
SAFE_FOR_QUERIES = {
    "500": httpx.Response(500),
    "503": httpx.Response(503, text="<html>"),
    "cut": httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "no answer in time": httpx.ReadTimeout("slow"),
    "internal error": failed("INTERNAL_SERVER_ERROR"),
    "truncated": httpx.Response(200, content=b'{"data": {"sho'),
    "empty": httpx.Response(200, content=b""),
    "damaged gzip": lambda _: httpx.Response(200, content=b"not gzip", headers={"Content-Encoding": "gzip"}),
    "null": httpx.Response(200, content=b'{"data": null}'),
}
NEVER = {
    "refused token": httpx.Response(401),
    "frozen": httpx.Response(402),
    "protection": httpx.Response(430),
    "page": httpx.Response(200, text="<!DOCTYPE html>"),
    "our mistake": failed("undefinedField"),
    "too costly": failed("MAX_COST_EXCEEDED"),
    "denied": failed("ACCESS_DENIED"),
}
