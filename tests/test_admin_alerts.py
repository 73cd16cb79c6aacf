"""Who is told: recipients are kept by project managers, seen by staff, and an e-mail can be tried."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from django.utils import timezone

from integration.alert_mail import FAILING
from integration.models import Alert, AlertRecipient, Heartbeat
from integration.rights import PROJECT_MANAGERS, STAFF
from tests.factories import ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/admin/integration/alertrecipient/"
ALERTS = "/admin/integration/alert/"


def login(group: str, language: str = "en") -> Client:
    user = User.objects.create_user("marie", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def text(client: Client, page: str) -> str:
    return client.get(page, follow=True).content.decode()


def try_out(client: Client, *recipients: AlertRecipient) -> str:
    form = {"action": "send_trial", "_selected_action": [one.pk for one in recipients]}
    return client.post(PAGE, form, follow=True).content.decode()


@pytest.fixture
def marie() -> AlertRecipient:
    return AlertRecipient.objects.create(email="marie@example.com", language="fr")


def test_an_empty_list_says_what_it_is_for() -> None:
    assert "Nobody is told yet" in text(login(PROJECT_MANAGERS), PAGE)


def test_a_manager_adds_a_recipient_for_one_warehouse_or_for_all() -> None:
    ready_warehouse(code="STG")
    client = login(PROJECT_MANAGERS)
    client.post(PAGE + "add/", {"email": "marie@example.com", "language": "fr", "warehouse": ""})
    client.post(PAGE + "add/", {"email": "luc@example.com", "language": "en", "warehouse": "STG"})
    client.post(PAGE + "add/", {"email": "nobody", "language": "en", "warehouse": "STG"})

    assert set(AlertRecipient.objects.values_list("email", "warehouse")) == {
        ("marie@example.com", ""),
        ("luc@example.com", "STG"),
    }
    assert "STG – Entrepôt" in text(client, PAGE + "add/")


def test_staff_see_the_recipients_and_change_nothing(marie: AlertRecipient) -> None:
    client = login(STAFF)

    assert "marie@example.com" in text(client, PAGE)
    assert client.get(PAGE + "add/").status_code == 403
    assert client.post(f"{PAGE}{marie.pk}/change/", {"email": "x@example.com"}).status_code == 403
    try_out(client, marie)
    assert mail.outbox == []


def test_a_trial_e_mail_says_that_it_went_and_goes_in_the_recipient_s_language(marie: AlertRecipient) -> None:
    page = try_out(login(PROJECT_MANAGERS), marie)

    assert "The mail server took the e-mail to marie@example.com." in page
    (message,) = mail.outbox
    assert message.to == ["marie@example.com"]


def test_a_trial_that_is_only_printed_says_so(marie: AlertRecipient, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    assert "only printed" in try_out(login(PROJECT_MANAGERS), marie)


def test_a_trial_that_fails_says_so_and_the_page_remembers_until_one_goes(marie: AlertRecipient, settings: Any) -> None:
    client = login(PROJECT_MANAGERS)
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_alert_delivery.Broken"

    assert "did not go (ConnectionRefusedError)" in try_out(client, marie)
    assert "Not all e-mails could be sent" in text(client, PAGE)
    settings.EMAIL_BACKEND = working
    try_out(client, marie)
    assert "Not all e-mails could be sent" not in text(client, PAGE)
    assert not Heartbeat.objects.filter(name=FAILING).exists()


def test_without_a_mail_server_the_page_says_so(marie: AlertRecipient, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert "No mail server is set" in text(login(STAFF), PAGE)


def test_alerts_are_read_with_what_to_do_and_an_empty_list_says_that_all_is_well() -> None:
    client = login(STAFF)
    assert "All is well" in text(client, ALERTS)
    values = {"warehouse": "STG", "kind": Alert.Kind.CREDENTIALS, "reason": "shopify_refused_token"}
    Alert.objects.create(params={"shop": "<b>s.ca</b>"}, told_at=timezone.now(), **values)
    page = text(client, ALERTS)

    assert "Shopify refuses the access token of shop &lt;b&gt;s.ca&lt;/b&gt;." in page
    assert "lasts" in page
    assert client.get(ALERTS + "add/").status_code == 403


@pytest.mark.parametrize("group", [PROJECT_MANAGERS, STAFF])
def test_both_stand_in_the_menu(group: str) -> None:
    page = text(login(group), "/admin/")

    assert PAGE in page
    assert ALERTS in page
