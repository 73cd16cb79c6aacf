"""« À traiter »: what is held, by reason, with what to do; tried again, ignored and restored, by those who may."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integration.admin.history import told
from integration.admin.remedies import REMEDIES, remedy_link
from integration.models import Flow, HeldRecord, TaxTitle
from integration.reasons import REASONS
from tests.factories import ItemFactory, ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

SHOP = "boutique.myshopify.com"
LIST = "admin:integration_heldrecord_changelist"


def held(number: int = 1001, reason: str = "unknown_sku", **values: Any) -> HeldRecord:
    params = {"unknown_sku": {"line": "Chose", "sku": "INCONNU"}, "unknown_tax": {"tax": "Eco fee"}}
    values = {
        "warehouse": "STG", "shop": SHOP, "flow": Flow.ORDERS, "shopify_id": f"gid://shopify/Order/{number}",
        "shopify_name": f"#{number}", "params": params.get(reason, {}), "attempts": 2,
        "next_attempt_at": timezone.now() + timedelta(hours=3), **values,
    }  # fmt: skip
    return HeldRecord.objects.create(reason=reason, **values)


def ignored(number: int = 1001, **values: Any) -> HeldRecord:
    return held(number, ignored_at=timezone.now(), ignored_by="paul", note="Saisie à la main", **values)


def shown(client: Client, **query: str) -> list[str]:
    return [record.shopify_name for record in client.get(reverse(LIST), query).context["cl"].result_list]


def text(client: Client, **query: str) -> str:
    return client.get(reverse(LIST), query).content.decode()


def act(client: Client, action: str, *records: HeldRecord, query: str = "", **values: Any) -> Any:
    posted = {"action": action, "index": "0", "_selected_action": [record.pk for record in records], **values}
    return client.post(reverse(LIST) + query, posted)


def is_due(record: HeldRecord) -> bool:
    record.refresh_from_db()
    return record.next_attempt_at <= timezone.now()


def history() -> list[tuple[str, str, str]]:
    lines = LogEntry.objects.order_by("object_repr", "pk").select_related("user")
    return [(line.user.username, line.object_repr, told(line)) for line in lines]


def test_the_list_says_why_since_when_and_what_to_do_with_a_link_to_where(client: Client) -> None:
    held(held_since=timezone.now() - timedelta(days=3, hours=2))
    page = text(client)

    assert "Line « Chose » has the SKU « INCONNU », which Prextra does not know." in page
    assert "Create the item in Prextra with exactly this code" in page
    assert f'href="{reverse("admin:prextra_models_item_changelist")}?q=INCONNU"' in page
    assert "for 3\N{NO-BREAK SPACE}days" in page


@pytest.mark.parametrize("reason", sorted(REMEDIES))
def test_what_the_admin_can_mend_is_one_click_away(admin_client: Client, reason: str) -> None:
    warehouse, item = ready_warehouse(code="STG"), ItemFactory(code="VIS/8")
    params = {"sku": "VIS/8", "tax": "Eco fee", "item": item.code}
    record = held(reason=reason, warehouse=warehouse.pk, params=params)
    found = re.search('href="([^"]+)"', remedy_link(record))

    assert reason in REASONS
    assert found
    assert admin_client.get(unescape(found[1])).status_code == 200


def test_reasons_to_filter_by_are_sentences_with_how_many_wait_for_them(client: Client) -> None:
    held(1001)
    held(1002)
    held(1003, "unknown_tax")
    ignored(1004)
    page = text(client)

    assert "Line « … » has the SKU « … », which Prextra does not know. (2)" in page
    assert "The tax « … » is not known. (1)" in page
    assert shown(client, reason="unknown_tax") == ["#1003"]


def test_ignored_records_are_seen_only_by_those_who_ask_for_them(client: Client) -> None:
    held(1001)
    ignored(1002)

    assert shown(client) == ["#1001"]
    assert shown(client, state="ignored") == ["#1002"]
    assert sorted(shown(client, state="all")) == ["#1001", "#1002"]
    assert "Ignored by paul on" in text(client, state="ignored")
    assert "Saisie à la main" in text(client, state="ignored")


def test_an_empty_list_says_that_all_went_through(client: Client) -> None:
    assert "Nothing is held: all went through." in text(client)
    assert "Nothing is held: all went through." not in text(client, state="ignored")


def test_one_or_many_are_tried_again_and_the_history_says_who_asked(client: Client) -> None:
    first, second, third = held(1001), held(1002), held(1003)
    page = act(client, "retry", first, second)

    assert page.status_code == 302
    assert "2 records are tried at the next pass." in client.get(page.url).content.decode()
    assert [is_due(first), is_due(second), is_due(third)] == [True, True, False]
    assert history() == [("marie", "#1001 orders", "Try again"), ("marie", "#1002 orders", "Try again")]


def test_the_history_is_told_in_the_language_of_whoever_reads_it(client: Client) -> None:
    record = held()
    act(client, "ignore", record, note="Saisie {à} la main")
    address = reverse("admin:integration_heldrecord_history", args=[record.pk])

    assert "Ignored: Saisie {à} la main" in client.get(address).content.decode()
    assert "Ignored:" not in client.get(address, headers={"accept-language": "fr"}).content.decode()


def test_what_is_held_is_found_by_its_buyer_who_stands_beside_its_number(client: Client) -> None:
    held(1001, buyer="Ginette Bolduc")
    held(1002, buyer="Luc Roy")

    assert shown(client, q="bolduc") == ["#1001"]
    assert "Ginette Bolduc, orders, STG" in text(client)


def test_a_whole_reason_is_tried_again_by_one_button(client: Client) -> None:
    records = [held(number) for number in range(1001, 1081)]
    other = held(2000, "unknown_tax")
    assert "Try all of these again" not in text(client)
    assert "Try all of these again" in text(client, reason="unknown_sku")
    act(client, "retry", records[0], query="?reason=unknown_sku", select_across="1")

    assert all(is_due(record) for record in records)
    assert not is_due(other)


def test_to_ignore_asks_for_a_remark_first_and_does_nothing_without_one(client: Client) -> None:
    record = held()
    page = act(client, "ignore", record)
    assert 'name="note"' in page.content.decode()
    assert "#1001 – Line « Chose »" in page.content.decode()
    assert act(client, "ignore", record, note="  ").status_code == 200

    record.refresh_from_db()
    assert record.ignored_at is None


def test_who_ignored_why_and_when_is_shown_and_it_can_be_undone(client: Client) -> None:
    record = held()
    act(client, "ignore", record, note="Saisie à la main")
    record.refresh_from_db()
    assert (record.ignored_by, record.note, record.ignored_at is not None) == ("marie", "Saisie à la main", True)
    page = client.get(reverse("admin:integration_heldrecord_change", args=[record.pk])).content.decode()
    assert all(word in page for word in ("marie", "Saisie à la main", "Do not ignore any more"))

    act(client, "restore", record, query="?state=all")
    assert is_due(record)
    assert (record.ignored_at, record.note) == (None, "")
    assert [message for _user, _record, message in history()] == ["Ignored: Saisie à la main", "Not ignored any more"]


def test_what_came_since_the_question_was_asked_is_not_ignored_unseen(client: Client) -> None:
    first = held(1001)
    page = act(client, "ignore", first, select_across="1")
    later = held(1002)
    act(client, "ignore", first, select_across="1", note="Vu", newest=str(page.context["newest"]))

    later.refresh_from_db()
    assert later.ignored_at is None
    assert HeldRecord.objects.exclude(ignored_at=None).get() == first


def test_from_its_own_page_one_comes_back_to_it(client: Client) -> None:
    record = held()
    page = reverse("admin:integration_heldrecord_change", args=[record.pk])
    assert 'value="retry"' in client.get(page).content.decode()

    assert act(client, "retry", record, query="?state=all", back="1").url == page
    assert act(client, "ignore", record, query="?state=all", back="1", note="Vu").url == page


def test_an_ignored_record_is_not_tried_again_before_it_is_restored(client: Client) -> None:
    record = ignored()
    page = act(client, "retry", record, query="?state=all")

    assert "Nothing was to be done" in client.get(page.url).content.decode()
    assert not is_due(record)
    assert history() == []


def test_a_tax_title_that_is_added_makes_due_what_waited_for_it(client: Client) -> None:
    waiting, other = held(1001, "unknown_tax"), held(1002)
    form = reverse("admin:integration_taxtitle_add")
    assert f'href="{form}?title=Eco+fee"' in text(client)
    assert 'value="Eco fee"' in client.get(form, {"title": "Eco fee"}).content.decode()
    page = client.post(form, {"title": "Eco fee", "tax": TaxTitle.Tax.PROVINCIAL}, follow=True)

    assert "1 record that waited for a tax is tried at the next pass." in page.content.decode()
    assert (is_due(waiting), is_due(other)) == (True, False)


def test_who_may_only_look_has_no_button_and_is_refused(client: Client) -> None:
    user = get_user_model().objects.get()
    user.groups.clear()
    record = held()
    assert client.get(reverse(LIST)).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_heldrecord"))
    for action in ("retry", "ignore", "restore"):
        act(client, action, record, note="Vu")
    page = client.get(reverse("admin:integration_heldrecord_change", args=[record.pk])).content.decode()

    assert ('name="action"' in text(client, reason="unknown_sku"), 'name="action"' in page) == (False, False)
    record.refresh_from_db()
    assert (is_due(record), record.ignored_at, history()) == (False, None, [])


def test_nobody_adds_changes_or_deletes_what_is_held(admin_client: Client) -> None:
    record = held()
    assert admin_client.get(reverse("admin:integration_heldrecord_add")).status_code == 403
    page = reverse("admin:integration_heldrecord_change", args=[record.pk])
    assert admin_client.post(page, {"note": "x"}).status_code == 403
    assert admin_client.post(reverse("admin:integration_heldrecord_delete", args=[record.pk]), {}).status_code == 403


def test_what_a_shop_says_is_never_markup(client: Client) -> None:
    bad = "<b>x</b>"
    record = held(shopify_name=bad, params={"line": bad, "sku": bad}, ignored_by=bad, note=bad)
    pages = [
        text(client),
        text(client, reason="unknown_sku"),
        client.get(reverse("admin:integration_heldrecord_change", args=[record.pk])).content.decode(),
        act(client, "ignore", record).content.decode(),
    ]
    HeldRecord.objects.update(ignored_at=timezone.now())
    pages.append(text(client, state="ignored"))

    assert [bad in page for page in pages] == [False] * len(pages)


def test_pages_take_few_statements_however_much_is_held(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(300):
        held(number, ("unknown_sku", "unknown_tax", "bank_missing", "sale_account_missing")[number % 4])
    record = held(5000)
    page = reverse("admin:integration_heldrecord_change", args=[record.pk])
    for address in (reverse(LIST), f"{reverse(LIST)}?reason=unknown_sku", f"{reverse(LIST)}?state=all&q=1", page):
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200


@pytest.mark.parametrize("word", ["VIS-9999-X", "vis-9999", "Clé à molette", 'de 3/4"'])
def test_what_is_held_is_found_by_what_its_message_names(client: Client, word: str) -> None:
    held(1001, params={"line": 'Clé à molette de 3/4"', "sku": "VIS-9999-X"})
    held(1002)

    assert shown(client, q=word) == ["#1001"]
    assert shown(client, q="#1002") == ["#1002"]


@pytest.mark.parametrize("forged", ["x", "9" * 30, "9" * 5000, "", "²"])
def test_a_forged_identifier_does_nothing(client: Client, forged: str) -> None:
    record = held()
    values = {"action": "ignore", "index": "0", "note": "Vu"}

    assert client.post(reverse(LIST), {**values, "_selected_action": forged}).status_code == 302
    record.refresh_from_db()
    assert record.ignored_at is None
    assert act(client, "ignore", record, newest=forged).status_code == 200
    assert act(client, "ignore", record, note="Vu", newest=forged).status_code == 302
