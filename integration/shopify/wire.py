"""The wire to one shop: a pooled httpx client that posts, follows nothing, and stops reading where it must."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx


class AnswerTooLargeError(Exception):
    """The answer is longer than the limit; the rest was not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much patience one call deserves. All in seconds, but for the attempts and the bytes."""

    timeout: float = 30.0
    connect_timeout: float = 10.0
    deadline: float = 180.0
    attempts: int = 6
    answer_bytes: int = 32_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def request_id(self) -> str:
        return str(self.headers.get("X-Request-Id", ""))


@cache
def _authorities() -> ssl.SSLContext:
    """Whom to trust, read once in a process: that takes longer than all else that an idle pass does."""
    return httpx.create_ssl_context(trust_env=False)


class Wire:
    def __init__(
        self,
        *,
        limits: Limits,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._http = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(limits.timeout, connect=limits.connect_timeout),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "prextra-shopify"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            verify=_authorities(),
            trust_env=False,
        )

    def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        file: bytes | None = None,
        deadline: float,
    ) -> Reply:
        """Raises httpx's exceptions and AnswerTooLargeError; any status is a Reply. With a file the form is multipart."""
        files = None if file is None else {"file": ("lines.jsonl", file, "text/jsonl")}
        with self._http.stream("POST", url, headers=headers, content=content, data=form, files=files) as response:
            return Reply(response.status_code, response.headers, self._read(response, deadline))

    def lines(self, url: str) -> Iterator[str]:
        """The lines of a text, as they come. Raises httpx's exceptions, HTTPStatusError for any status but 2xx.

        Not httpx's lines, which also end where a text holds U+2028 or U+0085: JSON does not have to escape these.
        """
        with self._http.stream("GET", url) as response:
            response.raise_for_status()
            rest = b""
            for chunk in response.iter_bytes():
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line.decode(errors="replace") for line in lines)
            if rest:
                yield rest.decode(errors="replace")

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.answer_bytes:
                raise AnswerTooLargeError
            # httpx's time-out starts again with each piece: a trickle would keep us for ever.
            if self._clock() > deadline:
                raise httpx.ReadTimeout("the deadline passed while the answer was being read")
        return bytes(body)

    def close(self) -> None:
        self._http.close()
