"""« Historique »: who did what in the admin, for those who configure."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from integration.models import HeldRecord, HistoryLine, TaxTitle
from integration.rights import PROJECT_MANAGERS, STAFF
from tests.scene import DATABASES

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("in_english")]

LIST = reverse("admin:integration_historyline_changelist")


def member(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_who_deleted_a_tax_title_can_be_seen() -> None:
    manager = member(PROJECT_MANAGERS)
    title = TaxTitle.objects.create(title="Taxe ZZ", tax=TaxTitle.Tax.FEDERAL)
    manager.post(reverse("admin:integration_taxtitle_delete", args=[title.pk]), {"post": "yes"})
    page = manager.get(LIST).content.decode()

    assert all(word in page for word in (PROJECT_MANAGERS, "Taxe ZZ", "Tax title", "Deletion"))
    assert LIST in manager.get("/admin/").content.decode()


def test_staff_do_not_see_the_history_and_nobody_changes_it(admin_client: Client) -> None:
    TaxTitle.objects.all().delete()
    admin_client.post(reverse("admin:integration_taxtitle_add"), {"title": "Taxe ZZ", "tax": "federal"})
    line = HistoryLine.objects.get()
    staff = member(STAFF)

    assert staff.get(LIST).status_code == 403
    assert LIST not in staff.get("/admin/").content.decode()
    for verb in ("change", "delete"):
        address = reverse(f"admin:integration_historyline_{verb}", args=[line.pk])
        assert admin_client.post(address, {"post": "yes"}).status_code == 403


def test_a_line_is_one_sentence_for_each_reader(admin_client: Client) -> None:
    record = HeldRecord.objects.create(
        warehouse="STG", flow="orders", shopify_id="1", reason="unknown_sku", next_attempt_at="2026-11-24T12:00Z"
    )
    admin_client.post(
        reverse("admin:integration_heldrecord_changelist"),
        {"action": "ignore", "_selected_action": record.pk, "index": "0", "note": "à la main"},
    )

    assert "Ignored: à la main" in admin_client.get(LIST, headers={"accept-language": "en"}).content.decode()
    assert "Ignored:" not in admin_client.get(LIST, headers={"accept-language": "fr"}).content.decode()
