"""The list of items in the admin: what it shows and finds, and what can be done to many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from integration import jobs
from integration.admin.item_list import AT_ONCE
from integration.admin.item_state import State, link_pill
from integration.models import ProductLink, SyncRequest
from integration.rights import PROJECT_MANAGERS
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import (
    ConfigurationValueFactory,
    ItemFactory,
    ItemStockFactory,
    ItemTextFactory,
    ready_warehouse,
)
from tests.item_admin.cards import (
    LIST,
    PUBLISHED,
    SHOP,
    STATES,
    TODAY,
    held,
    linked,
    refused,
    said,
)
from tests.scene import DATABASES, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

# The list


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return [row.code for row in answer.context["cl"].result_list]


def test_the_list_shows_what_an_item_is_called_what_there_is_of_it_and_its_state(
    staff: Client, item: prextra.Item
) -> None:
    ItemTextFactory(item=item, language="en", text="Hammer")
    linked()
    text = staff.get(reverse(LIST)).content.decode()

    assert all(shown in text for shown in ("Marteau", "1,362.50", '<span class="status status-ok">published</span>'))
    assert "Hammer" not in text


def test_the_list_is_searched_by_code_and_by_description(staff: Client, item: prextra.Item) -> None:
    saw = ItemFactory(code="X-77")
    ItemTextFactory(item=saw, text="Scie à chaîne")

    assert listed(staff, q="x-7") == ["X-77"]
    assert listed(staff, q="scie cha") == ["X-77"]
    assert listed(staff, q="mart") == ["MARTEAU"]
    assert listed(staff, q="scie mart") == []


@pytest.mark.parametrize("state", STATES)
def test_the_list_is_filtered_by_the_very_state_that_it_shows(staff: Client, item: prextra.Item, state: State) -> None:
    for each, values in STATES.items():
        ItemFactory(code=each.upper())
        link = linked(each.upper(), **values)
        assert link_pill(link, TODAY).state is each

    assert listed(staff, state=state) == [state.upper()]


def test_a_search_among_more_items_of_a_state_than_a_statement_can_name_misses_none(
    staff: Client, item: prextra.Item
) -> None:
    many = [prextra.Item(code=f"A{number:04}") for number in range(AT_ONCE + 1)]
    prextra.Item.objects.bulk_create(many)
    ProductLink.objects.bulk_create(
        ProductLink(warehouse="WEB", shop=SHOP, item=row.code, product="gid://shopify/Product/1", pushed=PUBLISHED)
        for row in many
    )
    linked()
    everything = staff.get(reverse(LIST), {"state": "published"})

    assert "More than 1,500 items are in this state" in said(everything)[0]
    assert listed(staff, state="published", q="marteau") == ["MARTEAU"]
    assert listed(staff, state="published", default_warehouse__code__exact="WEB") == ["MARTEAU"]


def test_what_is_ignored_has_a_filter_of_its_own(staff: Client, item: prextra.Item) -> None:
    ItemFactory(code="SCIE")
    held()
    held("SCIE", ignored_at=timezone.now())
    refused("MARTEAU")
    refused("SCIE")

    assert listed(staff, state="held") == ["MARTEAU"]
    assert listed(staff, state="ignored") == ["SCIE"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"shopify__exact": "0"}, ["B"]),
        ({"visible_web__exact": "0"}, ["C"]),
        ({"tracking__exact": "serial_unique"}, ["D"]),
        ({"inactive__exact": "1"}, ["E"]),
        ({"default_warehouse__code__exact": "WEB"}, ["MARTEAU"]),
        ({"state": "nonsense"}, []),
    ],
)
def test_the_list_is_filtered_by_what_stands_on_the_card(
    staff: Client, item: prextra.Item, query: dict[str, str], codes: list[str]
) -> None:
    ItemFactory(code="B", shopify=False)
    ItemFactory(code="C", visible_web=False)
    ItemFactory(code="D", tracking="serial_unique")
    ItemFactory(code="E", inactive=True)

    assert listed(staff, **query) == codes


def test_a_longer_list_asks_no_more_questions(
    staff: Client, item: prextra.Item, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        ItemStockFactory(
            item=ItemFactory(code=f"I{number}", default_warehouse=item.default_warehouse),
            warehouse=item.default_warehouse,
        )
        linked(f"I{number}")
        held(f"I{number}")

    from django.db import connections

    with CaptureQueriesContext(connections["default"]) as ours, CaptureQueriesContext(connections["prextra"]) as theirs:
        assert len(listed(staff)) == 41
    assert len(ours) + len(theirs) <= 15


# Many at once


def act(client: Client, action: str, *codes: str, **values: str) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": codes, **values}, follow=True)


def test_ticking_many_asks_what_their_card_asks_and_says_why_some_are_left_out(
    manager: Client, item: prextra.Item
) -> None:
    web = item.default_warehouse
    bare = ready_warehouse(code="NUE", company__code="AUTRE")
    ConfigurationValueFactory(company=bare.company, name="ItemMaintenanceShowFields", value="autre")
    columns: dict[str, dict[str, Any]] = {
        "SCIE": {}, "VIS": {"tracking": "serial_unique"}, "CLOU": {}, "ESPACES": {}, "ANGLAIS": {},
        "VIEUX": {"inactive": True}, "AILLEURS": {"default_warehouse": bare}, "SEUL": {"default_warehouse": None},
    }  # fmt: skip
    described = {"ESPACES": ("fr", "  "), "ANGLAIS": ("en", "Hammer"), "CLOU": ("fr", "")}
    for code, own in columns.items():
        row = ItemFactory(code=code, shopify=False, **{"default_warehouse": web, **own})
        language, text = described.get(code, ("fr", "Outil"))
        ItemTextFactory(item=row, language=language, text=text)
    answer = act(manager, "tick_shopify", "MARTEAU", *columns)

    assert {row.code for row in rows(prextra.Item, shopify=True)} == {"MARTEAU", "SCIE"}
    assert said(answer)[0] == "Items ticked: 1."
    assert sorted(said(answer)[1:]) == [
        "Items not ticked: 1, because their company's items do not show the section « www:// ».",
        "Items not ticked: 1, because they are inactive.",
        "Items not ticked: 1, because they are managed by serial numbers.",
        "Items not ticked: 1, because they have no default warehouse.",
        "Items not ticked: 3, because they have no description in the company's language.",
    ]
    assert [(entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.all()] == [
        ("SCIE", "Changed Shopify.")
    ]


def test_unticking_one_needs_no_question(manager: Client, item: prextra.Item) -> None:
    answer = act(manager, "untick_shopify", "MARTEAU")

    assert (rows(prextra.Item, shopify=True), said(answer)) == ([], ["Items unticked: 1."])


def test_unticking_many_asks_first_says_what_it_means_and_how_many(manager: Client, item: prextra.Item) -> None:
    ItemFactory(code="SCIE")
    question = act(manager, "untick_shopify", "MARTEAU", "SCIE").content.decode()
    assert "Items that leave the shop: 2." in question
    assert len(rows(prextra.Item, shopify=True)) == 2
    answer = act(manager, "untick_shopify", "MARTEAU", "SCIE", count="2")

    assert rows(prextra.Item, shopify=True) == []
    assert said(answer) == ["Items unticked: 2."]
    assert LogEntry.objects.count() == 2


def test_unticking_asks_again_where_they_are_others_than_were_seen(manager: Client, item: prextra.Item) -> None:
    ItemFactory(code="SCIE")
    ItemFactory(code="VIS")
    question = act(manager, "untick_shopify", "MARTEAU", "SCIE", "VIS", count="2")

    assert "Items that leave the shop: 3." in question.content.decode()
    assert len(rows(prextra.Item, shopify=True)) == 3


def test_what_is_sent_now_is_due_and_compared_again(manager: Client, item: prextra.Item) -> None:
    later = timezone.now() + timedelta(hours=5)
    other, mine = held("SCIE", next_attempt_at=later), held(next_attempt_at=later)
    linked(fingerprint="abc")
    linked("SCIE", fingerprint="abc")
    answer = act(manager, "push_now", "MARTEAU")

    assert ProductLink.objects.get(item="MARTEAU").fingerprint == ""
    assert ProductLink.objects.get(item="SCIE").fingerprint == "abc"
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.next_attempt_at <= timezone.now(), other.next_attempt_at) == (True, later)
    assert said(answer)[0].startswith("Items of WEB that are being sent: 1.")
    assert LogEntry.objects.get().object_id == "MARTEAU"


def test_sending_now_asks_for_a_pass_over_each_warehouse_and_leads_to_it(manager: Client, item: prextra.Item) -> None:
    other = ready_warehouse(code="STG", sync_items=True)
    ItemFactory(code="SCIE", shopify=False, default_warehouse=item.default_warehouse)
    ItemFactory(code="VIS", default_warehouse=other)
    answer = act(manager, "push_now", "MARTEAU", "SCIE", "VIS")

    asked = {request.warehouse: request for request in SyncRequest.objects.all()}
    assert [(code, one.dry_run, one.requested_by) for code, one in sorted(asked.items())] == [
        ("STG", False, PROJECT_MANAGERS), ("WEB", False, PROJECT_MANAGERS),
    ]  # fmt: skip
    assert OrmQ.objects.count() == 2
    stg, web, left = said(answer)
    assert reverse("admin:sync_request", args=["STG", asked["STG"].pk]) in stg
    assert reverse("admin:sync_request", args=["WEB", asked["WEB"].pk]) in web
    assert left == "Items not sent: 1, because « Shopify » is not ticked on them."


def test_what_is_under_way_is_not_taken_for_the_pass_that_sends(manager: Client, item: prextra.Item) -> None:
    preview, _is_new = jobs.ask("WEB", dry_run=True, by="marie")
    answer = act(manager, "push_now", "MARTEAU")

    assert SyncRequest.objects.get() == preview
    assert said(answer)[0].startswith("Something is under way already for WEB")


def test_a_warehouse_that_sends_no_items_is_not_asked_to(manager: Client, item: prextra.Item) -> None:
    prextra.Warehouse.objects.update(sync_items=False)
    answer = act(manager, "push_now", "MARTEAU")

    assert not SyncRequest.objects.exists()
    assert said(answer) == ["Items not sent: 1, because their warehouse does not synchronise items."]


@pytest.mark.parametrize("action", ["tick_shopify", "untick_shopify", "push_now"])
def test_staff_may_do_nothing_to_many_items(staff: Client, item: prextra.Item, action: str) -> None:
    ItemFactory(code="SCIE", shopify=False)
    linked(fingerprint="abc")
    act(staff, action, "MARTEAU", "SCIE")

    assert [row.shopify for row in rows(prextra.Item)] == [True, False]
    assert ProductLink.objects.get().fingerprint == "abc"
    assert LogEntry.objects.count() == 0


def test_a_secret_that_no_key_opens_does_not_take_the_list_or_the_card_with_it(
    manager: Client, item: prextra.Item
) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('UPDATE "Warehouse" SET shopify_access_token = %s', ["enc1:not-readable"])

    for page in (reverse(LIST), reverse("admin:prextra_models_item_change", args=[item.pk])):
        assert manager.get(page).status_code == 200
