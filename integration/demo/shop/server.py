"""The stand-in shop over HTTP: Shopify's paths, headers and statuses, and its failures on demand."""

from __future__ import annotations

import json
import re
import socket
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import errors, versions
from .engine import Answer
from .faults import HTTP_ANSWERS, Fault
from .uploads import UploadRefusedError
from .wire import Environ, cut

if TYPE_CHECKING:
    from .shop import StandInShop

StartResponse = Callable[..., Any]

GRAPHQL_PATH = re.compile(r"/admin/api/(?P<version>[\w-]+)/graphql\.json")
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105
CONTROL_PATH = "/_control/faults"
UPLOADS, RESULTS = "/_uploads/", "/_results/"
LOOPBACK = {"127.0.0.1", "::1"}

REASONS = {
    200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type", 423: "Locked",
    429: "Too Many Requests", 430: "Shopify Security Rejection", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


@dataclass(slots=True)
class Reply:
    status: int
    body: str | bytes
    content_type: str = "application/json; charset=utf-8"
    version: str | None = None
    retry_after: str | None = None


@dataclass(slots=True)
class Asked:
    """One request, as tests want to see it."""

    operation: str | None
    variables: dict[str, Any]
    token: str | None
    status: int
    requested: int | None = None
    actual: int | None = None
    fault: str | None = None
    codes: tuple[str | None, ...] = ()


class Application:
    """The WSGI application of one shop."""

    def __init__(self, shop: StandInShop) -> None:
        self.shop = shop
        self.connections: set[socket.socket] = set()

    def hang_up(self) -> None:
        """The shop goes away: connections that clients kept open are closed too."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        reply = self._route(environ, body)
        payload = _bytes(reply.body)
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(payload))),
            ("X-Request-Id", request_id()),
        ]
        if reply.version:
            headers.append(("X-Shopify-API-Version", reply.version))
        if reply.retry_after:
            headers.append(("Retry-After", reply.retry_after))
        start_response(f"{reply.status} {REASONS[reply.status]}", headers)
        return [payload]

    def _route(self, environ: Environ, body: bytes) -> Reply:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == CONTROL_PATH:
            return self._control(environ, method, body)
        if path.startswith((UPLOADS, RESULTS)):
            return self._storage(environ, method, path, body)
        match = GRAPHQL_PATH.fullmatch(path)
        version = versions.served(match["version"]) if match else None
        if path != TOKEN_PATH and version is None:
            return Reply(404, '{"errors":"Not Found"}')
        if method != "POST":
            return Reply(405, "", "text/plain")
        if path == TOKEN_PATH:
            return self._token(environ, body)
        reply = self._graphql(environ, body)
        reply.version = self.shop.served_version or version
        return reply

    def _control(self, environ: Environ, method: str, body: bytes) -> Reply:
        """Faults set by another process of this machine."""
        if environ.get("REMOTE_ADDR") not in LOOPBACK or method != "POST":
            return Reply(404, '{"errors":"Not Found"}')
        try:
            command = json.loads(body)
            self.shop.faults.control(command)
            if "webhooks" in command:
                self.shop.store.webhooks.mischief = float(command["webhooks"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Reply(400, json.dumps({"errors": str(error)}))
        return Reply(200, "{}")

    def _storage(self, environ: Environ, method: str, path: str, body: bytes) -> Reply:
        """The storage beside the shop: it asks for no token, and answers in XML."""
        files = self.shop.store.files
        if path.startswith(RESULTS):
            content = files.results.get(path.removeprefix(RESULTS))
            return Reply(404, "", "text/plain") if content is None else Reply(200, content, "application/jsonl")
        if method != "POST":
            return Reply(405, "", "text/plain")
        try:
            xml = files.receive(path.removeprefix(UPLOADS), environ.get("CONTENT_TYPE", ""), body)
        except UploadRefusedError as refused:
            return Reply(refused.status, refused.xml, "application/xml; charset=UTF-8")
        return Reply(201, xml, "application/xml; charset=UTF-8")

    def _token(self, environ: Environ, body: bytes) -> Reply:
        fault = self.shop.faults.take("token")
        asked = _form_or_json(environ.get("CONTENT_TYPE", ""), body)
        if fault is not None and (reply := self._fault_before(environ, fault)):
            return reply
        token = self.shop.tokens.grant(asked)
        if token is None:
            refusal = {"error": "invalid_client", "error_description": "Client authentication failed"}
            return self._note(Asked("access_token", {}, None, 400), Reply(400, json.dumps(refusal)))
        scope = ",".join(sorted(self.shop.store.granted_scopes))
        granted = {"access_token": token, "scope": scope, "expires_in": 86399}
        return self._note(Asked("access_token", {}, token, 200), Reply(200, json.dumps(granted)))

    def _graphql(self, environ: Environ, body: bytes) -> Reply:
        fault = self.shop.faults.take("graphql")
        token = environ.get("HTTP_X_SHOPIFY_ACCESS_TOKEN")
        asked = Asked(None, {}, token, 200, fault=fault.kind if fault else None)
        try:
            sent = json.loads(body)
        except ValueError:
            sent = None
        if isinstance(sent, dict):
            asked.operation, asked.variables = sent.get("operationName"), sent.get("variables") or {}
        self.shop.requests.append(asked)
        reply = self._answer(environ, sent, asked, fault)
        asked.status = reply.status
        return reply

    def _answer(self, environ: Environ, sent: Any, asked: Asked, fault: Fault | None) -> Reply:
        if fault is not None and (reply := self._fault_before(environ, fault)):
            return reply
        if asked.token is None or not self.shop.tokens.accepts(asked.token):
            return Reply(401, HTTP_ANSWERS["401"])
        if not isinstance(sent, dict) or not isinstance(sent.get("query"), str):
            return Reply(400, '{"errors":{"query":"Required parameter missing or invalid"}}')
        self.shop.store.files.base_url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}"
        self.shop.store.webhooks.shop = environ["HTTP_HOST"]
        without = frozenset({fault.scope} if fault and fault.kind == "access_denied" else ())
        answer = self.shop.engine.answer(sent["query"], sent.get("variables"), sent.get("operationName"), without)
        asked.operation = answer.operation
        asked.requested, asked.actual, asked.codes = answer.requested, answer.actual, tuple(answer.codes)
        reply = Reply(200, json.dumps(answer.body, ensure_ascii=False))
        return self._fault_after(environ, fault, reply) if fault else reply

    def _note(self, asked: Asked, reply: Reply) -> Reply:
        self.shop.requests.append(asked)
        return reply

    def _fault_before(self, environ: Environ, fault: Fault) -> Reply | None:
        """What happens instead of an execution."""
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault.kind == "cut_before":
            cut(environ)
        elif fault.kind in HTTP_ANSWERS:
            page = HTTP_ANSWERS[fault.kind]
            content_type = "application/json; charset=utf-8" if page.startswith("{") else "text/html"
            return Reply(int(fault.kind), page, content_type, retry_after=fault.retry_after)
        elif fault.kind == "html":
            return Reply(200, "<!DOCTYPE html><html><body><h1>Log in</h1></body></html>", "text/html; charset=utf-8")
        elif fault.kind == "malformed":
            return Reply(200, '["not", "an", "answer"]')
        elif fault.kind == "throttled":
            cost = self.shop.throttle.cost(self.shop.throttle.max_query_cost, None)
            return _json_reply(Answer({"errors": [errors.throttled()], "extensions": {"cost": cost}}))
        elif fault.kind == "internal_error":
            return _json_reply(Answer({"errors": [errors.internal_error(request_id())]}))
        return None

    def _fault_after(self, environ: Environ, fault: Fault, reply: Reply) -> Reply:
        """What happens to the answer of something that was executed."""
        if fault.kind == "cut_after":
            cut(environ)
        if fault.kind == "truncated":
            payload = _bytes(reply.body)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {reply.content_type}\r\nContent-Length: {len(payload)}\r\n\r\n"
            environ["werkzeug.socket"].sendall(head.encode() + payload[: len(payload) // 2])
            cut(environ)
        return reply


def _json_reply(answer: Answer) -> Reply:
    return Reply(200, json.dumps(answer.body))


def _form_or_json(content_type: str, body: bytes) -> dict[str, Any]:
    if "json" not in content_type:
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    try:
        sent = json.loads(body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _bytes(body: str | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.encode()


def request_id() -> str:
    return f"{uuid.uuid4()}-{int(time.time())}"
