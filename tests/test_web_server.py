"""`manage.py web` before those who would keep it busy: requests without an end, and requests that are none."""

from __future__ import annotations

import http.client
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.doorbell import PATH, bell_of
from integration.management.web_server import PATIENCE
from integration.shopify.webhooks import sign
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse
from tests.passes import PROJECT, PYTHON, save
from tests.processes import free_port, wait_for

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

SHOP, KEY = "boutique-erable.myshopify.com", "shpss_key"
SLOW = 130  # more than waitress would hold by itself


@dataclass
class Web:
    port: int
    log: Path
    bell: str

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def is_live(self) -> bool:
        return self._ask("GET", "/health/live") == 200

    def rings(self) -> bool:
        body = b'{"id": 1}'
        headers = {
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Hmac-Sha256": sign(body, KEY),
            "X-Shopify-Shop-Domain": SHOP,
        }
        return self._ask("POST", self.bell, body, headers) == 200

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, headers or {})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    ready_warehouse(code="STG", shopify_url=f"https://{SHOP}", shopify_api_key="id", shopify_access_token=KEY)
    bell = f"{PATH}{bell_of('STG').path}"
    web = Web(free_port(), tmp_path / "log", bell)
    environment = {**save(tmp_path), "LOG_LEVEL": "INFO"}
    command = [PYTHON, "manage.py", "web", "--listen", f"127.0.0.1:{web.port}"]
    with web.log.open("w") as log, subprocess.Popen(command, env=environment, cwd=PROJECT, stderr=log) as process:
        try:
            wait_for(web.is_live, 30, "the web started")
            yield web
        finally:
            process.kill()


def is_closed(connection: socket.socket) -> bool:
    try:
        return bool(select.select([connection], [], [], 0)[0]) and not connection.recv(1)
    except OSError:
        return True


def test_many_that_send_a_byte_now_and_then_keep_nobody_out_and_are_closed(web: Web) -> None:
    beginnings = {
        "slow with its body": f"POST {PATH}x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
        "slow with its headers": f"POST {PATH}x HTTP/1.1\r\nHost: localhost\r\nX-Much: ",
    }
    with ExitStack() as stack:
        kept = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
        stack.callback(kept.close)
        kept.request("GET", "/health/live")
        kept.getresponse().read()
        slow = []
        for beginning in beginnings.values():
            for _ in range(SLOW // 2):
                slow.append(stack.enter_context(web.connect()))
                slow[-1].sendall(beginning.encode())
        silent = stack.enter_context(web.connect())
        end = time.monotonic() + PATIENCE + 10
        while (left := [one for one in slow if not is_closed(one)]) and time.monotonic() < end:
            for connection in left:
                with suppress(OSError):
                    connection.sendall(b"x")
            assert web.is_live()
            assert web.rings()
            time.sleep(1)
        assert left == []
        assert is_closed(silent)
        kept.request("GET", "/health/live")
        assert kept.getresponse().status == 200, "one that was answered may be kept open"


def test_what_is_no_request_is_refused_in_few_words_and_no_log_holds_a_bell_s_path(web: Web) -> None:
    with web.connect() as connection:
        connection.sendall(f"POST {web.bell} HTTP/1.1\r\nContent-Length: {'9' * 5000}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert web.rings()
    told = web.log.read_text()
    assert "Traceback" not in told
    assert "ERROR" not in told
    assert web.bell.removeprefix(PATH) not in told
