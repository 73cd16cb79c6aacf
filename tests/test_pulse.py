"""The web under `manage.py run` that hangs: it is ended once it did not answer three times, and nobody waits for it."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from integration.management import pulse
from integration.management.commands import run
from integration.management.pulse import FAILURES, TO_BEGIN, Pulse
from integration.management.supervision import Child
from tests.processes import free_port


class Web(Child):
    """One that was started long ago, and answers or hangs elsewhere."""

    is_running = True  # type: ignore[assignment]
    pid = 1  # type: ignore[assignment]
    age = TO_BEGIN  # type: ignore[assignment]
    kills = 0

    def kill(self) -> None:
        self.kills += 1


class Answer(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


class Server6(HTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def answering(port: int, host: str = "127.0.0.1") -> Iterator[None]:
    with (Server6 if ":" in host else HTTPServer)((host, port), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


@contextmanager
def hanging(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def look(felt: Pulse, times: int = 1) -> None:
    for _ in range(times):
        began = time.monotonic()
        felt.look()
        assert time.monotonic() - began < pulse.PATIENCE / 2, "it did not wait for the answer"
        if felt._question:
            felt._question.join()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "PATIENCE", 0.4)


def test_one_that_hangs_is_ended_after_three_failures_in_a_row() -> None:
    port, web = free_port(), Web("web")
    felt = Pulse(web, f"127.0.0.1:{port}")
    with answering(port):
        look(felt)
    assert Answer.asked[-1] == "/health/live"
    with hanging(port):
        look(felt, FAILURES - 1)
    with answering(port):
        look(felt)
    with hanging(port):
        look(felt, FAILURES)
        assert web.kills == 0
        look(felt)
        assert web.kills == 1
        look(felt)
        assert web.kills == 1


def test_one_that_just_began_has_a_minute() -> None:
    port, web = free_port(), Web("web")
    felt = Pulse(web, f"127.0.0.1:{port}")
    with answering(port):
        look(felt)
    web.pid, web.age = 2, TO_BEGIN - 1  # type: ignore[misc]
    look(felt, FAILURES + 2)
    web.age = TO_BEGIN  # type: ignore[misc]
    look(felt, FAILURES - 1)
    assert web.kills == 0


def test_one_that_listens_on_any_free_port_cannot_be_asked() -> None:
    web = Web("web")
    look(Pulse(web, "127.0.0.1:0"), FAILURES + 2)
    assert web.kills == 0


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("0.0.0.0:80", "127.0.0.1", "80"),
        ("*:80", "127.0.0.1", "80"),
        ("erp.example.ca:80", "erp.example.ca", "80"),
        ("[::1]:80", "::1", "80"),
        ("[::]:80", "::1", "80"),
        ("[::1]", "::1", "8080"),
        ("0.0.0.0", "127.0.0.1", "8080"),
        ("127.0.0.1:80 [::1]:81", "127.0.0.1", "80"),
    ],
)
def test_it_is_asked_where_it_listens(listen: str, host: str, port: str) -> None:
    felt = Pulse(Web("web"), listen)
    assert (felt._host, felt._port) == (host, port)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_it_is_asked_by_ipv6_too() -> None:
    port = free_port()
    with answering(port, "::1"):
        felt = Pulse(Web("web"), f"[::]:{port}")
        look(felt, FAILURES)
        assert felt._failures == 0


def test_run_feels_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[str] = []

    class Once(Pulse):
        def look(self) -> None:
            asked_for.append(f"{self._web.name} {self._host}:{self._port}")
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(run, "Pulse", Once)
    monkeypatch.setattr(run, "LOOKS_EVERY", 1)
    monkeypatch.setattr(run, "_check_migrations", lambda: None)
    monkeypatch.setattr(Child, "keep_up", lambda _: None)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        run.Command().handle(only="web", listen="127.0.0.1:8000")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert asked_for == ["web 127.0.0.1:8000"]
