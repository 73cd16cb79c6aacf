"""Each alert reaches each recipient once, whatever mail servers, databases and other rounds do."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any, ClassVar

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import InterfaceError, OperationalError, connections

from integration.models import Alert, AlertRecipient, SyncRun
from prextra_models.router import PREXTRA
from tests.alert_day import NAME, REFUSED, Day, begin, last
from tests.factories import ready_warehouse
from tests.passes import PROJECT, PYTHON, save
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

Kind = Alert.Kind


@pytest.fixture
def day() -> Iterator[Day]:
    with begin() as made:
        yield made


class Broken(EmailBackend):
    def open(self) -> bool:
        raise ConnectionRefusedError


class Choosy(EmailBackend):
    """Does not take what goes to Eva, by the error that stands here; without one it takes all."""

    error: ClassVar[Exception | None] = None
    asked: ClassVar[list[str]] = []

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            self.asked.append(message.to[0])
            if self.error and "eva" in message.to[0]:
                raise self.error
        return super().send_messages(messages)


def refusal(code: int) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused({"eva@example.com": (code, b"no")})


@pytest.fixture
def choosy(day: Day, settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[Choosy]:
    AlertRecipient.objects.create(email="eva@example.com", language="en")
    settings.EMAIL_BACKEND = "tests.test_alert_delivery.Choosy"
    monkeypatch.setattr(Choosy, "asked", [])
    monkeypatch.setattr(Choosy, "error", None)
    return Choosy


def test_a_broken_server_stops_nothing_is_one_line_in_the_log_and_is_tried_again(
    day: Day, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    AlertRecipient.objects.create(email="eva@example.com")
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_alert_delivery.Broken"
    with caplog.at_level(logging.ERROR):
        assert day.rounds(5, **REFUSED) == []
    assert len(caplog.records) == 1
    settings.EMAIL_BACKEND = working
    assert len(day.rounds(5, **REFUSED)) == 2
    assert day.rounds(15, **REFUSED) == []


@pytest.mark.parametrize("error", [refusal(450), SMTPServerDisconnected(), SMTPDataError(451, "later")], ids=repr)
def test_who_could_not_be_told_for_the_moment_is_told_later_and_the_others_not_again(
    day: Day, choosy: type[Choosy], error: Exception
) -> None:
    def told(minutes: int, outcome: str = SyncRun.Outcome.DONE, **values: Any) -> list[str]:
        day.rounds(minutes, outcome, **values)
        return sorted(message.to[0] for message in last)

    def in_two_turns(**values: Any) -> list[list[str]]:
        """The first e-mails do not go to Eva; then the server is itself again."""
        found = []
        for choosy.error in (error, None):
            to = []
            for _ in range(6):
                to += told(5, **values)
            found.append(to)
        return found

    assert in_two_turns(**REFUSED) == [["marie@example.com"], ["eva@example.com"]]
    AlertRecipient.objects.update(summary_at=day.now - timedelta(days=1))
    assert in_two_turns(**REFUSED) == [["marie@example.com"], ["eva@example.com"]]
    assert in_two_turns() == [["marie@example.com"], ["eva@example.com"]]


@pytest.mark.parametrize("error", [refusal(550), SMTPDataError(554, "no")], ids=repr)
def test_an_address_that_is_refused_for_good_is_asked_once_for_each_e_mail(
    day: Day, choosy: type[Choosy], error: Exception
) -> None:
    choosy.error = error
    assert day.rounds(30, **REFUSED) != []
    assert choosy.asked == ["marie@example.com", "eva@example.com"]
    day.rounds(30)
    assert choosy.asked == 2 * ["marie@example.com", "eva@example.com"]


def test_who_was_never_told_that_it_began_is_not_told_that_it_is_over(day: Day, choosy: type[Choosy]) -> None:
    choosy.error = refusal(450)
    day.rounds(5, **REFUSED)
    choosy.error = None
    assert day.rounds(5) == [f"{NAME}: Shopify gives access again"]
    assert last[0].to == ["marie@example.com"]


def test_a_round_that_was_killed_before_it_sent_is_made_up_for(day: Day) -> None:
    day.run(**REFUSED)
    Alert.objects.create(
        warehouse="STG", kind=Kind.CREDENTIALS, reason=REFUSED["reason"], params=REFUSED["params"], claimed_at=day.now
    )
    assert day.rounds(5, **REFUSED) == []
    assert day.rounds(10, **REFUSED) == [f"{NAME}: Shopify refuses access"]


def test_a_claim_of_a_clock_that_was_wrong_hinders_nobody(day: Day) -> None:
    day.rounds(5, **REFUSED)
    Alert.objects.update(claimed_at=day.now + timedelta(days=300))
    assert day.rounds(5) == [f"{NAME}: Shopify gives access again"]


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_of_two_rounds_at_once_one_tells(tmp_path: Path) -> None:
    AlertRecipient.objects.create(email="marie@example.com")
    ready_warehouse(code="STG", sync_shipments=False, sync_invoices=False)
    SyncRun.objects.create(warehouse="STG", flow="orders", **REFUSED)
    environment = {**save(tmp_path), "EMAIL_URL": f"filemail:///{tmp_path}/mail"}
    together = (
        f"import time; from integration import jobs; time.sleep(max(0, {time.time() + 5} - time.time())); jobs.tell()"
    )
    command = [PYTHON, str(PROJECT / "manage.py"), "shell", "-c", together]
    rounds = [subprocess.Popen(command, env=environment) for _ in range(3)]

    assert [one.wait(60) for one in rounds] == [0, 0, 0]
    assert sum(file.read_text().count("Subject: ") for file in (tmp_path / "mail").iterdir()) == 1


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])  # the latter where SQL Server refuses the login
def test_while_prextra_does_not_answer_its_warehouses_are_told_out_of_step_and_none_is_ended(
    day: Day, error: type[Exception]
) -> None:
    day.rounds(5, **REFUSED)

    def away(*_: Any) -> Any:
        raise error

    found = []
    with connections[PREXTRA].execute_wrapper(away):
        for _ in range(12):
            day.later(minutes=5)
            found += day.round()
    assert "gives access again" not in " ".join(found)
    assert Alert.objects.filter(kind=Kind.OUT_OF_STEP, reason="database_busy", ended_at=None).exists()
