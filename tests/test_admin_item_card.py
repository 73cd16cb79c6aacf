"""An item's card in the admin, and the list of items: the section « www:// », the globe, the state in Shopify."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django_q.models import OrmQ

from integration import jobs
from integration.admin.item_list import AT_ONCE
from integration.admin.item_state import State, link_pill
from integration.models import Flow, HeldRecord, ProductLink, SyncRequest
from integration.rights import PROJECT_MANAGERS, STAFF
from prextra_models import models as prextra
from tests.factories import (
    ConfigurationValueFactory,
    ItemFactory,
    ItemPriceFactory,
    ItemStockFactory,
    ItemTextFactory,
    ready_warehouse,
)
from tests.scene import DATABASES, only, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

SHOP = "boutique.myshopify.com"
LIST = "admin:prextra_models_item_changelist"
TODAY = date(2026, 11, 24)
PUBLISHED = {"status": "ACTIVE", "publish": "now"}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def item() -> prextra.Item:
    """A hammer of a warehouse whose company shows the section « www:// » and speaks French only."""
    ConfigurationValueFactory(name="ItemMaintenanceShowFields", value="autre; IMGbtnweb")
    hammer: prextra.Item = ItemFactory(code="MARTEAU", default_warehouse=ready_warehouse(code="WEB", sync_items=True))
    ItemTextFactory(item=hammer, text="Marteau")
    ItemPriceFactory(item=hammer)
    ItemStockFactory(item=hammer, warehouse=hammer.default_warehouse, available=Decimal("1362.5"))
    return hammer


@pytest.fixture
def multilingual(item: prextra.Item) -> prextra.Item:
    prextra.Company.objects.update(shopify_multilingual=True)
    return item


def member(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return member(PROJECT_MANAGERS)


@pytest.fixture
def staff() -> Client:
    return member(STAFF)


def address(item: prextra.Item) -> str:
    return reverse("admin:prextra_models_item_change", args=[item.pk])


def card(client: Client, item: prextra.Item) -> Any:
    answer = client.get(address(item))
    assert answer.status_code == 200
    return answer


def text_of(client: Client, item: prextra.Item) -> str:
    return str(card(client, item).content.decode())


def as_shown(client: Client, item: prextra.Item) -> dict[str, Any]:
    """What a browser would send if the card were saved as it is."""
    form = card(client, item).context["adminform"].form
    posted: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, dict):
            posted |= {f"{bound.name}_{language}": text for language, text in value.items()}
        elif value is not None and value is not False:
            posted[bound.name] = value
    return posted


def save(client: Client, item: prextra.Item, **changes: Any) -> Any:
    posted = {**as_shown(client, item), **changes}
    return client.post(address(item), {name: value for name, value in posted.items() if value is not None}, follow=True)


def texts(item: prextra.Item) -> dict[tuple[str, str], str]:
    return {(row.field, row.language): row.text for row in rows(prextra.ItemText, item=item.pk)}


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


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


def test_a_web_description_is_clean_before_it_is_kept(manager: Client, item: prextra.Item) -> None:
    save(manager, item, web_description_fr='<p onclick="x()">Bon<script>alert(1)</script></p><style>p{}</style>')

    assert texts(item)["web_description", "fr"] == "<p>Bon</p>"


def test_what_the_editor_leaves_of_an_empty_text_is_empty(manager: Client, item: prextra.Item) -> None:
    save(manager, item, web_description_fr="<p></p>")

    assert ("web_description", "fr") not in texts(item)


@pytest.mark.parametrize(
    ("html", "is_editor"), [("<p>Bon <b>marteau</b></p>", True), ('<p><img src="x.png"></p>', False)]
)
def test_a_text_with_more_than_the_editor_knows_is_shown_as_html(
    manager: Client, item: prextra.Item, html: str, is_editor: bool
) -> None:
    ItemTextFactory(item=item, field="web_description", text=html)

    assert ("data-django-prose-editor-default" in text_of(manager, item)) == is_editor


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


def linked(item: str = "MARTEAU", **values: Any) -> ProductLink:
    values = {"warehouse": "WEB", "shop": SHOP, "product": "gid://shopify/Product/77", "quantity": 10, **values}
    return ProductLink.objects.create(item=item, **{"pushed": PUBLISHED, **values})


def held(item: str = "MARTEAU", **values: Any) -> HeldRecord:
    values = {"reason": "item_without_price", "params": {"item": item}, "next_attempt_at": timezone.now(), **values}
    return HeldRecord.objects.create(
        warehouse="WEB", shop=SHOP, flow=Flow.ITEMS, shopify_id=item, shopify_name=item, **values
    )


def refused(item: str, reason: str = "item_without_price") -> ProductLink:
    return linked(item, product="", pushed={}, reason=reason, params={"item": item}, quantity=None)


STATES = {
    State.PUBLISHED: {"pushed": PUBLISHED},
    State.SCHEDULED: {"pushed": {"status": "ACTIVE", "publish": "2999-12-24"}},
    State.DRAFT: {"pushed": {"status": "DRAFT", "publish": "now"}},
    State.ARCHIVED: {"pushed": {"status": "ARCHIVED", "publish": "now"}},
    State.ABSENT: {"product": "", "pushed": {}, "reason": "item_without_stock"},
    State.HELD: {"reason": "stock_refused"},
}


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


def act(client: Client, action: str, *codes: str) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": codes}, follow=True)


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


def test_unticking_many_says_how_many(manager: Client, item: prextra.Item) -> None:
    ItemFactory(code="SCIE")
    answer = act(manager, "untick_shopify", "MARTEAU", "SCIE")

    assert rows(prextra.Item, shopify=True) == []
    assert said(answer) == ["Items unticked: 2."]
    assert LogEntry.objects.count() == 2


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
