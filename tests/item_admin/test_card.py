"""An item's card in the admin: the section « www:// », the globe, the state in Shopify, and who may."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from integration.admin.item_state import State, link_pill
from integration.models import Flow, HeldRecord, ProductLink, SyncEntry, SyncRun
from prextra_models import models as prextra
from tests.factories import (
    ConfigurationValueFactory,
    ItemStockFactory,
    ItemTextFactory,
)
from tests.item_admin.cards import (
    LIST,
    PUBLISHED,
    SHOP,
    TODAY,
    address,
    card,
    held,
    linked,
    said,
    save,
    text_of,
    texts,
)
from tests.scene import DATABASES, only

pytestmark = pytest.mark.django_db(databases=DATABASES)

# The section « www:// » and its texts


def test_the_web_section_shows_only_where_the_configuration_says_so(manager: Client, item: prextra.Item) -> None:
    assert "www://</h2>" in text_of(manager, item)

    prextra.ConfigurationValue.objects.filter(name="ItemMaintenanceShowFields").update(value="autre")
    text = text_of(manager, item)

    assert "www://</h2>" not in text
    assert "add « imgbtnweb » to the configuration « ItemMaintenanceShowFields »" in text


def test_a_hidden_web_section_is_neither_emptied_nor_forged(manager: Client, item: prextra.Item) -> None:
    ItemTextFactory(item=item, field="name", text="Marteau du web")
    prextra.ConfigurationValue.objects.filter(name="ItemMaintenanceShowFields").delete()
    save(manager, item, description_fr="Marteau neuf", name_fr="forgé", shopify_buffer="7")

    assert texts(item) == {("description", "fr"): "Marteau neuf", ("name", "fr"): "Marteau du web"}
    assert only(prextra.Item).shopify_buffer == 0


def test_all_that_is_typed_on_the_card_is_in_prextra_and_in_the_history(manager: Client, item: prextra.Item) -> None:
    answer = save(
        manager, item, name_fr="Marteau de charpentier", meta_keywords_fr="outil, clou", meta_description_fr="Bon\r\nmarteau",
        visible_web=None, shopify_buffer="5", publication_date="2026-12-24",
    )  # fmt: skip
    row = only(prextra.Item)

    assert (row.visible_web, row.shopify, row.shopify_buffer, row.publication_date) == (
        False,
        True,
        5,
        date(2026, 12, 24),
    )
    assert texts(row) == {
        ("description", "fr"): "Marteau",
        ("name", "fr"): "Marteau de charpentier",
        ("meta_keywords", "fr"): "outil, clou",
        ("meta_description", "fr"): "Bon\r\nmarteau",
    }
    assert answer.redirect_chain
    changed = LogEntry.objects.get().get_change_message()
    assert all(label in changed for label in ("Name (web)", "Publication date", "Shopify buffer", "Visible (web)"))
    assert "Second description" not in changed


def test_the_history_names_fields_in_the_reader_s_language(manager: Client, item: prextra.Item) -> None:
    save(manager, item, name_fr="Marteau de charpentier", publication_date="2026-12-24")
    with translation.override("fr"):
        changed = LogEntry.objects.get().get_change_message()

    assert "Date de publication" in changed
    assert "Nom" in changed


def test_saving_a_card_as_it_is_changes_nothing(manager: Client, multilingual: prextra.Item) -> None:
    ItemTextFactory(item=multilingual, field="web_description", text="<p>Un <b>bon</b> marteau</p>")
    ItemTextFactory(item=multilingual, field="meta_description", text="deux\nlignes", language="EN")
    before = texts(multilingual)
    save(manager, multilingual)

    assert texts(multilingual) == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_an_emptied_text_stays_as_an_empty_row(manager: Client, item: prextra.Item) -> None:
    ItemTextFactory(item=item, field="name", text="Marteau du web")
    save(manager, item, name_fr="")

    assert texts(item) == {("description", "fr"): "Marteau", ("name", "fr"): ""}


@pytest.mark.parametrize(
    ("html", "left_out"),
    [
        ('<p style="text-align:center;color:#c00" class="promo">Promo</p>', "class, style"),
        ('<p>Promo</p><iframe src="https://www.youtube.com/embed/x"></iframe>', "iframe"),
        ('<p onclick="x()">Promo<script>alert(1)</script></p>', "onclick, script"),
        ('<ol type="a" start="3" reversed=""><li>Promo</li></ol>', ""),
    ],
)
def test_a_web_description_is_kept_as_it_was_typed_and_what_the_shop_does_not_get_is_said(
    manager: Client, item: prextra.Item, html: str, left_out: str
) -> None:
    ItemTextFactory(item=item, field="web_description", text=html)
    sentence = f"Shopify does not get of it: {left_out}."
    assert (sentence in text_of(manager, item)) is bool(left_out)

    answer = save(manager, item, web_description_fr=html.replace("Promo", "Promos"))
    assert texts(item)["web_description", "fr"] == html.replace("Promo", "Promos")
    assert any(sentence in message for message in said(answer)) is bool(left_out)


def test_a_web_description_without_a_word_is_kept(manager: Client, item: prextra.Item) -> None:
    film = '<iframe src="https://www.youtube.com/embed/x"></iframe>'
    save(manager, item, web_description_fr=film)

    assert texts(item)["web_description", "fr"] == film


def test_what_the_editor_leaves_of_an_empty_text_is_empty(manager: Client, item: prextra.Item) -> None:
    save(manager, item, web_description_fr="<p></p>")

    assert ("web_description", "fr") not in texts(item)


def test_the_policy_names_the_editor_s_import_map_and_nothing_unsafe(manager: Client, item: prextra.Item) -> None:
    answer = card(manager, item)
    policy = answer["Content-Security-Policy"]

    assert answer.content.decode().count('<script type="importmap">') == 1
    assert re.search(r"script-src 'self' 'sha256-[\w+/]{43}='", policy)
    assert "unsafe" not in policy
    assert "sha256" not in manager.get(reverse(LIST))["Content-Security-Policy"]


# The globe


def test_the_globe_is_there_only_where_the_company_sends_several_languages(manager: Client, item: prextra.Item) -> None:
    assert "Other languages" not in text_of(manager, item)

    prextra.Company.objects.update(shopify_multilingual=True)
    ItemTextFactory(item=item, language="ES", text="Martillo")
    text = text_of(manager, item)

    assert "Other languages of « Name (web) »" in text
    assert [name in text for name in ("description_fr", "description_en", "description_es")] == [True] * 3


def test_each_language_has_a_label_of_its_own(manager: Client, multilingual: prextra.Item) -> None:
    text = text_of(manager, multilingual)

    assert '<label for="id_name_en">English</label>' in text
    assert re.search(r'<label[^>]* for="id_name_fr"', text)


def test_the_texts_behind_the_globe_are_written_to_the_rows_they_have(
    manager: Client, multilingual: prextra.Item
) -> None:
    ItemTextFactory(item=multilingual, language="EN", text="Hamer")
    save(manager, multilingual, description_en="Hammer", name_en="Claw hammer")

    assert texts(multilingual) == {
        ("description", "fr"): "Marteau",
        ("description", "EN"): "Hammer",
        ("name", "en"): "Claw hammer",
    }


def test_without_several_languages_the_other_texts_stay_as_they_are(manager: Client, item: prextra.Item) -> None:
    ItemTextFactory(item=item, language="en", text="Hammer")
    save(manager, item, description_fr="Marteau neuf", description_en="forged")

    assert texts(item) == {("description", "fr"): "Marteau neuf", ("description", "en"): "Hammer"}


# What is refused, and what is only said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"shopify_buffer": "-1"}, "A quantity to keep back cannot be below zero."),
        ({"description_fr": ""}, "An item that goes to Shopify must have a description."),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_a_sentence(
    manager: Client, item: prextra.Item, changes: dict[str, str], sentence: str
) -> None:
    answer = save(manager, item, **changes)

    assert sentence in answer.content.decode()
    assert LogEntry.objects.count() == 0
    assert texts(item) == {("description", "fr"): "Marteau"}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"inactive": True}, "Item MARTEAU is inactive."),
        ({"tracking": "serial_unique"}, "managed by serial numbers"),
        ({"default_warehouse": None}, "Item MARTEAU has no default warehouse."),
    ],
)
def test_an_item_that_cannot_go_out_cannot_be_ticked_and_one_that_is_ticked_may_be_saved(
    manager: Client, item: prextra.Item, columns: dict[str, Any], sentence: str
) -> None:
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="imgbtnweb", company=None)
    prextra.Item.objects.update(**columns, shopify=False)
    refused = save(manager, item, shopify="on")
    assert sentence in refused.context["adminform"].form.errors["shopify"][0]
    assert only(prextra.Item).shopify is False

    prextra.Item.objects.update(shopify=True)
    save(manager, item, shopify_buffer="3")
    assert (only(prextra.Item).shopify, only(prextra.Item).shopify_buffer) == (True, 3)


def test_an_item_that_is_not_ticked_needs_no_description(manager: Client, item: prextra.Item) -> None:
    save(manager, item, shopify=None, description_fr="")

    assert (only(prextra.Item).shopify, texts(item)) == (False, {("description", "fr"): ""})


def test_an_empty_buffer_keeps_nothing_back(manager: Client, item: prextra.Item) -> None:
    save(manager, item, shopify_buffer="")

    assert only(prextra.Item).shopify_buffer == 0


@pytest.mark.parametrize(
    ("changes", "columns", "sentence"),
    [
        ({"name_fr": "x" * 300}, {}, "longer than Shopify holds, and cut: title"),
        ({}, {"tracking": "serial_unique"}, "managed by serial numbers"),
        ({}, {"default_warehouse": None}, "Item MARTEAU has no default warehouse."),
        ({}, {"inactive": True}, "Item MARTEAU is inactive."),
    ],
)
def test_what_the_sync_will_say_of_the_card_is_said_when_it_is_saved(
    manager: Client, item: prextra.Item, changes: dict[str, str], columns: dict[str, Any], sentence: str
) -> None:
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="imgbtnweb", company=None)
    prextra.Item.objects.update(**columns)
    answer = save(manager, item, **changes)

    assert any(sentence in message for message in said(answer))


def test_a_card_that_is_in_order_says_nothing_but_that_it_is_saved(manager: Client, item: prextra.Item) -> None:
    assert len(said(save(manager, item, name_fr="Marteau"))) == 1


# State in Shopify


@pytest.mark.parametrize(
    ("values", "state", "label"),
    [
        ({"pushed": PUBLISHED}, State.PUBLISHED, "published"),
        ({"pushed": {"status": "ACTIVE", "publish": "2026-11-24"}}, State.PUBLISHED, "published"),
        ({"pushed": {"status": "ACTIVE", "publish": "2026-11-25"}}, State.SCHEDULED, "scheduled on Nov. 25, 2026"),
        ({"pushed": {"status": "ACTIVE", "publish": "nowhere"}}, State.UNDER_WAY, "being sent"),
        ({"pushed": {}}, State.UNDER_WAY, "being sent"),
        ({"pushed": {"status": "DRAFT"}}, State.DRAFT, "draft"),
        ({"pushed": {"status": "ARCHIVED", "publish": "now"}}, State.ARCHIVED, "archived"),
        ({"product": "", "reason": "item_without_stock"}, State.ABSENT, "not in Shopify"),
        ({"product": ""}, State.WAITING, "goes out at the next pass"),
        ({"reason": "stock_refused"}, State.HELD, "held"),
    ],
)
def test_a_pill_says_what_has_become_of_an_item(values: dict[str, Any], state: State, label: str) -> None:
    link = ProductLink(**{"product": "gid://shopify/Product/77", "pushed": PUBLISHED, **values})
    pill = link_pill(link, TODAY)

    assert (pill.state, pill.label) == (state, label)


def test_what_is_ignored_is_not_shown_as_held() -> None:
    link = ProductLink(product="", reason="item_without_price")

    assert link_pill(link, TODAY, HeldRecord()).state is State.HELD
    assert link_pill(link, TODAY, HeldRecord(ignored_at=timezone.now())).state is State.IGNORED


def test_the_card_says_for_each_shop_what_is_there_why_not_and_what_to_do(staff: Client, item: prextra.Item) -> None:
    linked(quantity=1362, reason="item_without_price")
    held()
    text = text_of(staff, item)

    assert '<span class="status status-bad">held</span>' in text
    assert '<span class="status status-ok">published</span>' in text
    assert f'<a href="https://{SHOP}/admin/products/77">' in text
    assert "Item MARTEAU has no price." in text
    assert "Give it a price." in text
    assert "1,362" in text
    assert "Next attempt" in text
    assert f"{reverse('admin:integration_syncentry_changelist')}?q=MARTEAU" in text


def test_the_card_says_when_something_was_last_sent_and_not_when_it_was_last_looked_at(
    staff: Client, item: prextra.Item
) -> None:
    linked()
    assert "Last sent" not in text_of(staff, item)

    run = SyncRun.objects.create(warehouse="WEB", flow=Flow.ITEMS, shop=SHOP)
    entry: dict[str, Any] = {"run": run, "shopify_name": "MARTEAU", "kind": SyncEntry.Kind.PRODUCT}
    written = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    SyncEntry.objects.create(**entry, outcome=SyncEntry.Outcome.WRITTEN, at=written)
    SyncEntry.objects.create(**entry, outcome=SyncEntry.Outcome.HELD, at=written + timedelta(days=2))
    shown = re.search(r"<dt>Last sent</dt>\s*<dd>\s*(.*?)\s*</dd>", text_of(staff, item))

    assert shown
    assert shown[1].startswith("Nov. 20, 2026")


def test_an_item_that_no_pass_has_looked_at_says_so(staff: Client, item: prextra.Item) -> None:
    assert "goes out at the next pass" in text_of(staff, item)

    prextra.Item.objects.update(shopify=False)
    assert "Tick « Shopify » in the section « www:// »" in text_of(staff, item)


def test_the_quantities_are_those_of_the_default_warehouse_in_the_reader_s_numbers(
    staff: Client, item: prextra.Item
) -> None:
    ItemStockFactory(item=item, available=Decimal(77))
    figures = re.search(r'<dl class="figures">.*?</dl>', text_of(staff, item), re.DOTALL)

    assert figures
    assert "1,362.50" in figures[0]
    assert "77" not in figures[0]


# Who may


def test_staff_see_the_same_card_and_change_nothing(staff: Client, multilingual: prextra.Item) -> None:
    ItemTextFactory(item=multilingual, language="en", text="Hammer")
    ItemTextFactory(item=multilingual, field="web_description", text="<p>Bon <b>marteau</b><script>x</script></p>")
    text = text_of(staff, multilingual)

    assert all(shown in text for shown in ("Marteau", "Hammer", "<b>marteau</b>", "www://</h2>"))
    assert 'name="_save"' not in text
    assert 'name="description_fr"' not in text
    assert staff.post(address(multilingual), {"description_fr": "forged", "shopify_buffer": "3"}).status_code == 403
    assert texts(multilingual)["description", "fr"] == "Marteau"


def test_nobody_adds_or_deletes_an_item(admin_client: Client, item: prextra.Item) -> None:
    assert admin_client.get(reverse("admin:prextra_models_item_add")).status_code == 403
    delete = reverse("admin:prextra_models_item_delete", args=[item.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(reverse(LIST)).content.decode()


def test_html_in_a_text_is_never_markup(staff: Client, manager: Client, item: prextra.Item) -> None:
    prextra.ItemText.objects.update(text='"><b>x</b>')
    prextra.Warehouse.objects.update(name="<b>x</b>")
    linked(reason="product_refused", params={"item": "MARTEAU", "message": "<b>x</b>"})
    pages = [text_of(staff, item), text_of(manager, item), manager.get(reverse(LIST)).content.decode()]

    assert [("<b>x" in page, "&lt;b&gt;x" in page) for page in pages] == [(False, True)] * 3
