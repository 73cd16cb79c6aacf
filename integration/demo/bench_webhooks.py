"""What a storm of webhooks does: 500 a second for ten seconds, at twelve warehouses, through the real web server."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django_q.models import OrmQ

from integration.dispatch import SYNC
from integration.doorbell import PATH, bell_of
from integration.models import Lease
from integration.shopify.webhooks import Topic, sign
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

WAREHOUSES, A_SECOND, SECONDS = 12, 500, 10
MOST_MILLISECONDS = 100
KEY = "shpss_bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksMeasure:
    """`lost` were not answered with 200, or left their warehouse without a pass to come; times count from when each was due."""

    sent: int
    a_second: float
    p50: float
    p99: float
    lost: int
    tickets: int
    warehouses: int

    @property
    def is_within(self) -> bool:
        return not self.lost and self.tickets <= self.warehouses and self.p99 < MOST_MILLISECONDS

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class WebhooksBench:
    """Needs Prextra with the demo's company; the rows are committed, for the server is another process."""

    def __init__(self, warehouses: int = WAREHOUSES, a_second: int = A_SECOND, seconds: float = SECONDS) -> None:
        self.warehouses, self.a_second, self.seconds = warehouses, a_second, seconds

    def measure(self) -> WebhooksMeasure:
        bells = [self._bell(number) for number in range(self.warehouses)]
        codes = [code for code, _shop, _path in bells]
        OrmQ.objects.all().delete()
        Lease.objects.filter(warehouse__in=codes).update(ticket="", ticketed_at=None)
        with serving() as port:
            ring(port, bells[0], 1, 0)  # whoever comes first pays for the imports
            OrmQ.objects.all().delete()
            Lease.objects.filter(warehouse__in=codes).update(ticket="", ticketed_at=None)
            began = time.perf_counter()
            answers = self._storm(port, bells)
            took = time.perf_counter() - began
        due = set(Lease.objects.filter(warehouse__in=codes).exclude(ticket="").values_list("warehouse", flat=True))
        lost = sum(status != 200 or code not in due for code, status, _ in answers)
        times = sorted(milliseconds for _, _, milliseconds in answers)
        tickets = sum(row.task["func"] == SYNC for row in OrmQ.objects.all())
        return WebhooksMeasure(
            sent=len(answers),
            a_second=round(len(answers) / took, 1),
            p50=round(times[len(times) // 2], 1),
            p99=round(times[len(times) * 99 // 100], 1),
            lost=lost,
            tickets=tickets,
            warehouses=self.warehouses,
        )

    def _bell(self, number: int) -> tuple[str, str, str]:
        warehouse = prextra.Warehouse.objects.using(PREXTRA).defer(None).get(pk="WEB")
        warehouse.pk, host = f"BELL{number}", f"bell-{number}.myshopify.com"
        warehouse.shopify_url, warehouse.shopify_access_token = f"https://{host}", KEY
        warehouse.save(using=PREXTRA)
        return warehouse.pk, host, bell_of(warehouse.pk).path

    def _storm(self, port: int, bells: list[tuple[str, str, str]]) -> list[tuple[str, int, float]]:
        """Each warehouse's shop has a connection of its own and keeps to its times, however slow the answers are."""
        answers: list[tuple[str, int, float]] = []
        each = int(self.a_second * self.seconds / len(bells))
        pause = len(bells) / self.a_second
        threads = [
            threading.Thread(target=lambda bell=bell: answers.extend(ring(port, bell, each, pause))) for bell in bells
        ]
        for thread in threads:
            thread.start()
            time.sleep(pause / len(bells))
        for thread in threads:
            thread.join()
        return answers


def ring(port: int, bell: tuple[str, str, str], times: int, pause: float) -> list[tuple[str, int, float]]:
    code, shop, path = bell
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers: list[tuple[str, int, float]] = []
    began = time.perf_counter()
    for number in range(times):
        due = began + number * pause
        time.sleep(max(0.0, due - time.perf_counter()))
        body = json.dumps({"id": number, "updated_at": "2026-11-02T15:00:00-05:00"}).encode()
        headers = {
            "X-Shopify-Topic": Topic.ORDERS_UPDATED.value,
            "X-Shopify-Hmac-Sha256": sign(body, KEY),
            "X-Shopify-Shop-Domain": shop,
            "Content-Type": "application/json",
        }
        try:
            connection.request("POST", f"{PATH}{path}", body, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except OSError:
            connection.close()
            status = 0
        answers.append((code, status, (time.perf_counter() - due) * 1000))
    connection.close()
    return answers


@contextmanager
def serving() -> Iterator[int]:
    """The product's web server in a process of its own; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "manage.py", "web", "--listen", f"127.0.0.1:{port}"]
    environment = {**os.environ, "LOG_LEVEL": "ERROR"}  # waitress warns of each request that waits a moment
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)  # noqa: S603
    try:
        for _ in range(300):
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)
