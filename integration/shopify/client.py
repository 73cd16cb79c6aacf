"""The client of one shop: sends a document and brings the answer, within the shop's budget and as often as is safe.

ShopifyAPI's session, version and GraphQL class, over a connection of our own: theirs has no time-out, prints, and keeps
one token for all shops.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

import httpx
import shopify
import tenacity

from integration.errors import ConfigurationError, TransientError
from integration.shopify import failures
from integration.shopify.answer import Answer, GraphQLFailure, parse_answer
from integration.shopify.credentials import Credentials, read_grant
from integration.shopify.documents import Document, load_document
from integration.shopify.failures import Call, RetryLaterError, TooMuchAtOnceError
from integration.shopify.shop import ShopAddress
from integration.shopify.throttle import Throttle
from integration.shopify.wire import Limits, Reply, Wire

__all__ = [
    "Answer",
    "Document",
    "GraphQLFailure",
    "Limits",
    "ShopClient",
    "TooMuchAtOnceError",
    "Usage",
    "load_document",
]

log = logging.getLogger("integration.shopify")

DEFAULT_LIMITS: Final = Limits()
_BACKOFF: Final = tenacity.wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent: requests sent for documents, points, seconds of waiting, and attempts after the first."""

    requests: int = 0
    points: int = 0
    waited_seconds: float = 0.0
    retries: int = 0

    def __add__(self, more: Usage) -> Usage:
        return Usage(
            self.requests + more.requests,
            self.points + more.points,
            self.waited_seconds + more.waited_seconds,
            self.retries + more.retries,
        )

    def __sub__(self, less: Usage) -> Usage:
        return Usage(
            self.requests - less.requests,
            self.points - less.points,
            self.waited_seconds - less.waited_seconds,
            self.retries - less.retries,
        )


class ShopClient(shopify.GraphQL):  # type: ignore[misc]  # ShopifyAPI has no types
    """Speaks to one shop, with any number of threads. Close it, or use it in a `with`."""

    def __init__(
        self,
        shop: ShopAddress,
        credentials: Credentials,
        *,
        api_version: str,
        limits: Limits = DEFAULT_LIMITS,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # The parent's constructor would take the address and the token of whichever session was activated last.
        self.endpoint = f"{shop.session(api_version).site}/graphql.json"
        self.headers = {"Content-Type": "application/json"}
        self.shop = shop
        self.api_version = api_version
        self.served_version: str | None = None  # the version that Shopify answers with, where it is another
        self.usage = Usage()
        self.check: Callable[[], None] | None = None  # asked before each request; raises where no more may be sent
        self._credentials = credentials
        self._limits = limits
        self._wire = Wire(limits=limits, transport=transport, clock=clock)
        self._throttle = Throttle(clock)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def execute(self, document: Document, variables: Mapping[str, Any] | None = None) -> Answer:
        """The answer, with what it lacks on `Answer.errors`.

        A query is sent again after any transient failure, a mutation only where certainly nothing was executed; both
        within the limits. Raises a SyncError; one with `executed_maybe` leaves it to the caller to look first.
        """
        call = Call(self.shop.host, document.operation_name, document.is_mutation)
        deadline = self._clock() + self._limits.deadline
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_safe_to_repeat),
            wait=_pause_before_next,
            stop=lambda state: self._is_out_of_patience(state, deadline),
            before_sleep=lambda state: self._note_retry(call, state),
            sleep=self.pause,
            reraise=True,
        )
        return retrying(self._attempt, document, variables or {}, call, deadline)

    def _attempt(self, document: Document, variables: Mapping[str, Any], call: Call, deadline: float) -> Answer:
        if self.check:
            self.check()
        with self._throttle.turn(document.name) as turn:
            if self._clock() + turn.wait_seconds >= deadline:
                raise TransientError("shopify_throttled", operation=call.operation)
            self.pause(turn.wait_seconds)
            reply = self._send(document, variables, call, deadline)
            answer = self._read(reply, call)
            turn.cost = answer.cost
        points = (answer.cost.actual if answer.cost else None) or 0
        self._count(Usage(points=points))
        log.debug("%s: %d points, request %s", call.operation, points, answer.request_id)
        failure = failures.of_answer(answer, call)
        if failure is not None:
            raise failure
        if answer.errors:
            codes = ", ".join(sorted({error.code for error in answer.errors}))
            log.warning("%s: partial data (%s), request %s", call.operation, codes, answer.request_id)
        return answer

    def _send(self, document: Document, variables: Mapping[str, Any], call: Call, deadline: float) -> Reply:
        body = {"query": document.text, "variables": variables, "operationName": document.operation_name}
        content = json.dumps(body, allow_nan=False).encode()

        def post(token: str) -> Reply:
            self._count(Usage(requests=1))
            headers = self.merge_headers(self.headers, {"X-Shopify-Access-Token": token})
            return self._post(self.endpoint, call, headers=headers, content=content, deadline=deadline)

        def grant(client_id: str, client_secret: str) -> tuple[str, timedelta]:
            return self._grant(client_id, client_secret, deadline)

        token = self._credentials.token(grant)
        reply = post(token)
        if reply.status != 401:
            return reply
        other = self._credentials.replacement(grant, refused=token)
        return post(other) if other else reply

    def _read(self, reply: Reply, call: Call) -> Answer:
        if not 200 <= reply.status < 300:
            raise failures.of_status(reply, call)
        try:
            answer = parse_answer(reply.body, reply.request_id)
        except ValueError:
            raise failures.of_unreadable(reply, call) from None
        self._compare_version(reply)
        return answer

    def _grant(self, client_id: str, client_secret: str, deadline: float) -> tuple[str, timedelta]:
        call = Call(self.shop.host, "access_token", writes=False)
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        reply = self._post(f"{self.shop.base_url}/admin/oauth/access_token", call, form=form, deadline=deadline)
        if reply.status != 200:
            raise failures.of_grant(reply, call)
        try:
            return read_grant(reply.body)
        except ValueError:
            raise failures.of_unreadable(reply, call) from None

    def _post(self, url: str, call: Call, **request: Any) -> Reply:
        try:
            return self._wire.post(url, **request)
        except failures.TRANSPORT_ERRORS as error:
            # Without the cause: httpx's errors hold the request, and with it the token.
            raise failures.of_transport(error, call) from None

    def _compare_version(self, reply: Reply) -> None:
        served = reply.headers.get("X-Shopify-API-Version", self.api_version)
        if served != self.api_version and self.served_version is None:
            self.served_version = served
            log.warning(
                "%s: asked for version %s of the API, Shopify serves %s", self.shop.host, self.api_version, served
            )

    def _is_out_of_patience(self, state: tenacity.RetryCallState, deadline: float) -> bool:
        return state.attempt_number >= self._limits.attempts or self._clock() + state.upcoming_sleep >= deadline

    def _note_retry(self, call: Call, state: tenacity.RetryCallState) -> None:
        self._count(Usage(retries=1))
        error = state.outcome.exception() if state.outcome else None
        log.warning("%s: attempt %d failed: %s", call.operation, state.attempt_number, error)

    def upload(self, url: str, fields: Mapping[str, str], content: bytes) -> None:
        """Sends a file to the place that Shopify gave for it; no token goes there. Raises a SyncError."""
        call = Call(self.shop.host, "upload", writes=False)
        deadline = self._clock() + self._limits.deadline
        reply = self._post(self._storage(url), call, form=fields, file=content, deadline=deadline)
        if not 200 <= reply.status < 300:
            details = f"upload: HTTP {reply.status}"
            raise TransientError("bulk_failed", details=details, request_id=reply.request_id)

    def lines(self, url: str) -> Iterator[str]:
        """The lines of a file of results, as they come. Raises a SyncError."""
        call = Call(self.shop.host, "download", writes=False)
        try:
            yield from self._wire.lines(self._storage(url))
        except failures.TRANSPORT_ERRORS as error:
            raise failures.of_transport(error, call) from None

    def _storage(self, url: str) -> str:
        """Only what is encrypted, or on the machine of a shop that is itself on this machine."""
        if not url.startswith(("https://", f"{self.shop.base_url}/")):
            raise ConfigurationError("shop_url_refused", url=url[:100])
        return url

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            self._count(Usage(waited_seconds=seconds))
        while seconds > 0:
            step = min(seconds, 1.0) if self.check else seconds
            self._sleep(step)
            seconds -= step
            if self.check:
                self.check()

    def _count(self, more: Usage) -> None:
        with self._lock:
            self.usage += more

    def close(self) -> None:
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_safe_to_repeat(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not error.executed_maybe


def _pause_before_next(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.seconds if isinstance(error, RetryLaterError) else 0.0
    return max(asked_for, _BACKOFF(state))
