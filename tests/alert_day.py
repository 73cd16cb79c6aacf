"""A day on which alerts are told: time that passes, runs, what is held, and what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.core import mail

from integration.alerts import tell
from integration.models import AlertRecipient, HeldRecord, SyncRun
from tests.factories import ready_warehouse

MORNING = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 10 o'clock in Toronto, after the summary's hour
REFUSED = {"outcome": SyncRun.Outcome.CONFIGURATION, "reason": "shopify_refused_token", "params": {"shop": "s.ca"}}


class Day:
    """Time that passes, a round every five minutes, and one warehouse with one flow."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self.traveller = traveller
        self.warehouse = ready_warehouse(code="STG", sync_shipments=False, sync_invoices=False)
        self.run()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, **span: float) -> None:
        self.traveller.shift(timedelta(**span))

    def run(self, outcome: str = SyncRun.Outcome.DONE, warehouse: str = "STG", **values: Any) -> SyncRun:
        self.later(seconds=1)
        values = {"flow": "orders", "finished_at": self.now, **values}
        return SyncRun.objects.create(warehouse=warehouse, outcome=outcome, **values)

    def hold(self, number: int = 1001, **values: Any) -> HeldRecord:
        values = {
            "reason": "unknown_sku",
            "params": {"sku": "X", "line": "Gift for Julie Roy"},
            "attempts": 2,
            **values,
        }
        return HeldRecord.objects.create(
            warehouse="STG", flow="orders", shopify_id=str(number), shopify_name=f"#{number}",
            next_attempt_at=self.now, **values,
        )  # fmt: skip

    def rounds(self, minutes: int, outcome: str = SyncRun.Outcome.DONE, **values: Any) -> list[str]:
        """A run and a round every five minutes; the subjects of what was sent."""
        for _ in range(minutes // 5):
            self.later(minutes=5)
            self.run(outcome, **values)
            tell()
        return sent()

    def round(self) -> list[str]:
        tell()
        return sent()


def sent() -> list[str]:
    """The subjects of what was sent since this was last asked; the messages stay in `last`."""
    last[:] = mail.outbox
    mail.outbox.clear()
    return [message.subject.removeprefix("[Prextra – Shopify] ") for message in last]


last: list[Any] = []
NAME = "STG – Entrepôt St-Georges"


@contextmanager
def begin() -> Iterator[Day]:
    AlertRecipient.objects.create(email="marie@example.com", language="en")
    with time_machine.travel(MORNING, tick=False) as traveller:
        made = Day(traveller)
        tell()
        yield made
