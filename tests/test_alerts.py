"""What people are told by e-mail: each thing once, then once a day while it lasts, and that it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from integration import jobs, runs
from integration.alerts import Standing, Trouble, tell, troubles
from integration.models import Alert, AlertRecipient, HeldRecord, SyncRun
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA
from tests.alert_day import MORNING, NAME, REFUSED, Day, begin, last, sent
from tests.factories import ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

Kind = Alert.Kind


@pytest.fixture
def day() -> Iterator[Day]:
    with begin() as made:
        yield made


# Which things


def test_a_day_on_which_all_goes_well_is_a_silent_one(day: Day) -> None:
    assert day.rounds(24 * 60) == []
    assert not Alert.objects.exists()


def test_out_of_step_is_told_after_half_an_hour_with_the_last_reason(day: Day) -> None:
    stop = {"outcome": SyncRun.Outcome.TRANSIENT, "reason": "shopify_timeout"}
    assert day.rounds(25, **stop) == []
    assert day.rounds(10, **stop) == [f"{NAME}: not in step with its shop"]
    assert "Shopify did not answer in time." in last[0].body
    assert day.rounds(12 * 60, **stop) == []


def test_where_passes_are_rare_by_choice_nothing_is_told_between_two_of_them(day: Day, settings: Any) -> None:
    settings.SYNC_INTERVAL_MINUTES = 60
    for _ in range(6):
        day.later(minutes=60)
        assert day.round() == []
        day.run()
    found = []
    for _ in range(4):
        day.later(minutes=60)
        found.append(day.round())
    assert found == [[], [], [], [f"{NAME}: not in step with its shop"]]


def test_a_warehouse_without_any_run_at_all_is_out_of_step_too(day: Day) -> None:
    bodies = []
    for _ in range(40):
        day.later(minutes=5)
        if day.round() == [f"{NAME}: not in step with its shop"]:
            bodies.append(last[0].body)
    assert len(bodies) == 1
    assert "Entrepôt St-Georges" in bodies[0]


def test_one_that_was_ticked_a_moment_ago_is_given_time_and_so_is_a_program_that_was_off(day: Day) -> None:
    Warehouse.objects.using(PREXTRA).update(sync_shipments=True)
    assert day.round() == []
    day.run(flow="shipments")
    day.later(days=3)
    Alert.objects.all().delete()
    tell()
    assert [subject for subject in sent() if "step" in subject] == []


def test_a_flow_that_stands_still_while_the_others_go_on_is_told(day: Day) -> None:
    Warehouse.objects.using(PREXTRA).update(sync_shipments=True)
    assert day.rounds(60) == [f"{NAME}: not in step with its shop"]


@pytest.mark.parametrize(
    ("reason", "subject"),
    [
        ("shopify_refused_token", "Shopify refuses access"),
        ("shopify_grant_refused", "Shopify refuses access"),
        ("secret_unreadable", "Shopify refuses access"),
        ("payment_method_missing", "something is to be configured"),
    ],
)
def test_what_a_setting_stops_is_told_at_once_and_not_a_second_time_as_out_of_step(
    day: Day, reason: str, subject: str
) -> None:
    stop = {"outcome": SyncRun.Outcome.CONFIGURATION, "reason": reason, "params": {"shop": "s", "company": "DC"}}
    assert day.rounds(5, **stop) == [f"{NAME}: {subject}"]
    assert day.rounds(3 * 60, **stop) == []


def test_another_setting_is_another_thing(day: Day) -> None:
    stop = {"outcome": SyncRun.Outcome.CONFIGURATION, "params": {"company": "DC"}}
    day.rounds(5, reason="payment_method_missing", **stop)
    assert day.rounds(10, reason="company_inactive", **stop) == [f"{NAME}: something is to be configured"]


def test_settings_that_alternate_are_told_once_each_while_they_last(day: Day) -> None:
    found = []
    for _ in range(12):
        for reason in ("shopify_forbidden", "shopify_not_found", "shopify_refused_token"):
            stop = {"outcome": SyncRun.Outcome.CONFIGURATION, "reason": reason, "params": {"shop": "s", "status": 403}}
            found += day.rounds(5, **stop)
    assert len(found) == 3


def test_access_is_not_given_again_where_another_setting_stops_the_pass_first(day: Day) -> None:
    stop = {"outcome": SyncRun.Outcome.CONFIGURATION, "reason": "payment_method_missing", "params": {"company": "DC"}}
    day.rounds(5, **REFUSED)
    assert day.rounds(5, **stop) == [f"{NAME}: something is to be configured"]
    assert "again" not in last[0].body
    assert day.rounds(10, **REFUSED) == []
    assert day.rounds(5) == [f"{NAME}: configured, and synchronised again (and one other message)"]


def test_a_time_out_in_between_ends_nothing(day: Day) -> None:
    day.rounds(5, **REFUSED)
    day.run(SyncRun.Outcome.TRANSIENT, reason="shopify_timeout")
    assert day.round() == []
    assert day.rounds(5) == [f"{NAME}: Shopify gives access again"]


def test_what_is_held_is_told_at_the_second_attempt_by_number_and_kind_without_a_buyer_s_data(day: Day) -> None:
    held = day.hold(attempts=1)
    day.hold(1002, ignored_at=day.now)
    assert day.rounds(5) == []
    HeldRecord.objects.filter(pk=held.pk).update(attempts=2)
    assert day.rounds(10) == [f"{NAME}: one record is held"]
    assert "#1001" in last[0].body
    assert "Julie" not in last[0].body
    assert "#1002" not in last[0].body


def test_of_what_is_held_later_each_kind_of_reason_is_told_once_and_no_record(day: Day) -> None:
    day.hold()
    day.rounds(5)
    for number in range(1002, 1010):
        day.hold(number)
    assert day.rounds(30) == []
    for number in range(2001, 2010):
        day.hold(number, reason="total_differs", params={})
    assert day.rounds(5) == [f"{NAME}: 18 records are held"]
    HeldRecord.objects.filter(reason="total_differs").delete()
    day.rounds(5)
    day.hold(2011, reason="total_differs", params={})
    assert day.rounds(6 * 60) == []


def test_a_reason_of_which_few_are_held_is_told_too(day: Day) -> None:
    for number, reason in enumerate(("a", "b", "c", "d", "e") * 2):
        day.hold(number, reason=reason, params={})
    day.rounds(5)
    day.hold(reason="f", params={})
    assert day.rounds(5) == [f"{NAME}: 11 records are held"]
    assert "f (1)" in last[0].body


# Once, and over


def test_when_it_is_over_one_word_says_so(day: Day) -> None:
    day.rounds(5, **REFUSED)
    assert day.rounds(5) == [f"{NAME}: Shopify gives access again"]
    assert day.rounds(60) == []


def test_what_ends_before_anybody_was_told_is_never_told(day: Day) -> None:
    day.rounds(20, SyncRun.Outcome.TRANSIENT, reason="shopify_timeout")
    assert day.rounds(60) == []
    assert not Alert.objects.exists()


def test_a_warehouse_that_is_unticked_ends_its_alerts_silently(day: Day) -> None:
    day.hold()
    day.rounds(5, **REFUSED)
    Warehouse.objects.using(PREXTRA).update(sync_orders=False)
    assert day.round() == []
    assert not Alert.objects.filter(ended_at=None).exists()


def test_all_that_is_new_in_a_round_is_one_e_mail(day: Day) -> None:
    day.hold()
    ready_warehouse(code="QC", sync_shipments=False, sync_invoices=False)
    day.run(warehouse="QC", **REFUSED)
    (subject,) = day.rounds(5, **REFUSED)

    assert "(and 2 other messages)" in subject
    assert last[0].body.count("STG – ") == 1


def test_each_recipient_is_told_of_their_warehouses_alone_once_for_each_address(day: Day) -> None:
    for email, warehouse in (("luc@example.com", "QC"), ("eva@example.com", "STG"), ("EVA@example.com", "QC")):
        AlertRecipient.objects.create(email=email, warehouse=warehouse)
    day.rounds(5, **REFUSED)

    assert sorted(message.to[0] for message in last) == ["eva@example.com", "marie@example.com"]


def test_without_a_recipient_nothing_is_told_and_whoever_comes_later_is(day: Day) -> None:
    AlertRecipient.objects.all().delete()
    assert day.rounds(60, **REFUSED) == []
    AlertRecipient.objects.create(email="eva@example.com", language="en")
    assert day.rounds(5, **REFUSED) == [f"{NAME}: Shopify refuses access"]


def test_whoever_comes_later_is_told_what_lasts_and_nothing_of_what_is_over(day: Day) -> None:
    day.hold()
    day.rounds(5, **REFUSED)
    AlertRecipient.objects.all().delete()
    day.rounds(5)
    AlertRecipient.objects.create(email="eva@example.com", language="en")
    assert day.rounds(30) == [f"{NAME}: one record is held"]


# The summary


def test_what_lasts_is_told_once_a_day_at_eight_in_the_company_s_time(day: Day) -> None:
    day.rounds(5, **REFUSED)
    found = {}
    for _ in range(2 * 24 * 12):
        day.later(minutes=5)
        day.run(**REFUSED)
        for subject in day.round():
            found[day.now.strftime("%d %H:%M")] = subject

    assert list(found.values()) == ["daily summary: one thing lasts"] * 2
    assert [moment[:5] for moment in found] == ["25 13", "26 13"]


def test_a_summary_that_a_wrong_clock_sent_in_the_future_hinders_none(day: Day) -> None:
    day.rounds(5, **REFUSED)
    AlertRecipient.objects.update(summary_at=day.now + timedelta(days=300))
    assert day.rounds(60, **REFUSED) == ["daily summary: one thing lasts"]


# How it reads


def test_it_is_told_in_the_recipient_s_language_with_what_to_do_and_a_link(day: Day, settings: Any) -> None:
    settings.ADMIN_URL = "https://sync.example.com"
    AlertRecipient.objects.create(email="eva@example.com", language="fr")
    day.rounds(5, **REFUSED)
    english, french = sorted(last, key=lambda message: message.to[0], reverse=True)

    assert "Shopify refuses the access token of shop s.ca." in english.body
    assert "Shopify refuse" in french.body
    assert "Clé d'API" in french.body
    assert "&" not in french.body
    assert "https://sync.example.com/admin/prerequisites/STG/" in french.body
    assert french.alternatives[0].mimetype == "text/html"
    assert 'lang="fr"' in french.alternatives[0].content


def test_without_an_address_of_the_admin_there_is_no_link(day: Day) -> None:
    day.rounds(5, **REFUSED)

    assert "http" not in last[0].body
    assert "href" not in last[0].alternatives[0].content


def test_names_are_escaped_in_html_and_a_line_break_makes_no_header(day: Day) -> None:
    Warehouse.objects.using(PREXTRA).update(name="<script>alert(1)</script>\r\nBcc: eve@example.com")
    day.rounds(5, **REFUSED)

    assert "<script>" not in last[0].alternatives[0].content
    assert "\n" not in last[0].subject
    assert last[0].recipients() == ["marie@example.com"]


# The decision alone


def test_a_warehouse_in_step_has_no_trouble() -> None:
    assert troubles(Standing("STG", MORNING), MORNING, timedelta(minutes=10)) == []


def test_it_is_out_of_step_since_two_passes_were_missed_whatever_was_before_the_program_was_off() -> None:
    found = troubles(Standing("STG", MORNING - timedelta(days=2)), MORNING, timedelta(minutes=10))

    assert found == [Trouble(Kind.OUT_OF_STEP, MORNING - timedelta(minutes=10))]


def test_alerts_that_are_over_are_forgotten_with_the_log(day: Day) -> None:
    day.rounds(5, **REFUSED)
    day.rounds(5)
    day.later(days=181)
    jobs.tidy()

    assert not Alert.objects.exists()
    assert runs.prune() == 0


def test_a_good_run_of_a_clock_that_was_ahead_hides_no_trouble() -> None:
    with begin() as day:
        SyncRun.objects.all().delete()
        ahead = day.now + timedelta(days=30)
        day.run(started_at=ahead, finished_at=ahead)
        assert day.rounds(60, SyncRun.Outcome.TRANSIENT, reason="shopify_unreachable")
