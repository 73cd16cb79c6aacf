"""Webhooks in the admin: the API secret key of an app with a permanent token, and how the shop rings, or why it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integration.doorbell import bell_of, keys_of
from integration.models import Doorbell
from integration.rights import STAFF
from prextra_models import models as prextra
from tests.scene import DATABASES
from tests.warehouse_admin.page import TYPED, again, post, store

pytestmark = pytest.mark.django_db(databases=DATABASES)

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://sync.example.ca"


def page(client: Client, warehouse: prextra.Warehouse) -> str:
    answer = client.get(reverse("admin:prextra_models_warehouse_change", args=[warehouse.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def row(client: Client, warehouse: prextra.Warehouse) -> Any:
    """That of « Webhooks » on the page of prerequisites."""
    groups = client.get(reverse("admin:prerequisites_of", args=[warehouse.pk])).context["groups"]
    (found,) = [row for _name, rows in groups for row in rows if row.title == "Webhooks"]
    return found


# The key


def test_the_key_that_is_typed_is_kept_encrypted_and_shown_nowhere(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    assert post(admin_client, warehouse, webhook_secret=f" {KEY} ").status_code == 302
    assert Doorbell.objects.get(warehouse="STG").secret == KEY
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM integration_doorbell")
        assert KEY not in cursor.fetchone()[0]
    assert KEY not in page(admin_client, warehouse)
    assert KEY not in "".join(entry.change_message for entry in LogEntry.objects.all())
    assert "One is stored, and is never shown" in page(admin_client, warehouse)


def test_a_blank_one_keeps_what_is_stored(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    post(admin_client, warehouse, webhook_secret=KEY)
    post(admin_client, warehouse, shopify_api_key="another")
    assert Doorbell.objects.get().secret == KEY


def test_the_key_that_was_replaced_counts_for_an_hour(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    post(admin_client, warehouse, webhook_secret=KEY)
    assert keys_of(warehouse, bell_of("STG")) == [KEY]
    post(admin_client, warehouse, webhook_secret="newer")
    assert keys_of(again(warehouse), bell_of("STG")) == ["newer", KEY]
    until = bell_of("STG").previous_until
    assert until
    assert timedelta(minutes=59) < until - timezone.now() <= timedelta(hours=1)


def test_a_client_secret_that_was_replaced_counts_for_an_hour(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    store(warehouse, "shpss_former")
    post(admin_client, warehouse, access_token="shpss_newer")
    assert keys_of(again(warehouse), bell_of("STG")) == ["shpss_newer", "shpss_former"]


def test_what_signs_is_not_replaced_by_another_permanent_token(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    post(admin_client, warehouse, webhook_secret=KEY)
    post(admin_client, warehouse, access_token=TYPED)
    assert keys_of(again(warehouse), bell_of("STG")) == [KEY]


def test_a_key_that_cannot_be_opened_any_more_can_be_typed_again(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    post(admin_client, warehouse, webhook_secret=KEY)
    Doorbell.objects.update(secret="enc1:encrypted-with-a-key-that-is-gone")
    assert "encrypted with a key that is not there any more" in page(admin_client, warehouse)
    assert post(admin_client, warehouse, webhook_secret=KEY).status_code == 302
    assert keys_of(again(warehouse), bell_of("STG")) == [KEY]


# How it stands


def test_without_a_public_address_nothing_is_wrong(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    assert "this installation has no public address" in page(admin_client, warehouse)
    assert (row(admin_client, warehouse).tone, row(admin_client, warehouse).state) == ("off", "not used")


@pytest.mark.usefixtures("public")
def test_before_the_first_pass_it_is_not_known(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    assert "the next pass does it" in page(admin_client, warehouse)
    assert row(admin_client, warehouse).tone == "off"
    assert not Doorbell.objects.exists()


@pytest.mark.usefixtures("public")
def test_what_is_subscribed_and_when_it_rang(admin_client: Client, warehouse: prextra.Warehouse) -> None:
    Doorbell.objects.create(warehouse="STG", topics=["orders/create", "orders/paid"], checked_at=timezone.now())
    assert "Subscribed: orders/create, orders/paid. Not rung yet." in page(admin_client, warehouse)
    Doorbell.objects.update(rung_at=datetime(2026, 11, 2, 20, 5, tzinfo=UTC))
    assert "Last rung: Nov. 2, 2026, 3:05 p.m." in page(admin_client, warehouse)
    assert row(admin_client, warehouse).tone == "ok"


@pytest.mark.usefixtures("public")
def test_a_missing_key_is_to_be_looked_at_and_leads_to_its_field(
    admin_client: Client, warehouse: prextra.Warehouse
) -> None:
    Doorbell.objects.create(warehouse="STG", checked_at=timezone.now(), reason="webhook_secret_missing")
    assert "none is stored" in page(admin_client, warehouse)
    found = row(admin_client, warehouse)
    assert found.tone == "warn"
    assert found.wrong[0].link.endswith("#id_webhook_secret")


def test_who_may_only_look_is_told_in_words(warehouse: prextra.Warehouse) -> None:
    Doorbell.objects.create(warehouse="STG", secret=KEY)
    staff = User.objects.create_user("staff", is_staff=True)
    staff.groups.add(Group.objects.get(name=STAFF))
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    text = page(client, warehouse)
    assert "API secret key" in text
    assert "One is stored, and is never shown." in text
    assert KEY not in text
    assert "id_webhook_secret" not in text
