"""A card that stood open while others wrote: saving it changes what this person changed, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from integration.items.html import sanitize
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import ItemTextFactory
from tests.forms import fields_of
from tests.item_admin.cards import address, card, save, texts
from tests.scene import DATABASES, only

pytestmark = pytest.mark.django_db(databases=DATABASES)


def opened(client: Client, item: prextra.Item) -> dict[str, Any]:
    return {**fields_of(card(client, item).content.decode())}


def again(answer: Any) -> dict[str, Any]:
    """What the browser sends of a page that was refused."""
    return {**fields_of(answer.content.decode())}


def send(client: Client, item: prextra.Item, page: dict[str, Any], **changes: Any) -> Any:
    return client.post(address(item), {**page, **changes}, follow=True)


def write(item: prextra.Item, text: str, field: str = "description", language: str = "fr") -> None:
    rows = prextra.ItemText.objects.using(PREXTRA).filter(item=item.pk, field=field, language=language)
    assert rows.update(text=text)


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_what_others_wrote_while_a_card_stood_open_stays(manager: Client, item: prextra.Item) -> None:
    posted = opened(manager, item)
    write(item, "Marteau de charpentier")
    prextra.Item.objects.using(PREXTRA).update(shopify=False, publication_date=date(2026, 12, 24))
    send(manager, item, posted, shopify_buffer="3")

    row = only(prextra.Item)
    assert texts(item) == {("description", "fr"): "Marteau de charpentier"}
    assert (row.shopify, row.publication_date, row.shopify_buffer) == (False, date(2026, 12, 24), 3)
    assert LogEntry.objects.get().get_change_message() == "Changed Shopify buffer."


def test_a_text_that_two_people_changed_is_refused_once_with_what_stands_there_now(
    manager: Client, item: prextra.Item
) -> None:
    posted = opened(manager, item)
    write(item, "Marteau de charpentier")
    refused = send(manager, item, posted, description_fr="Marteau neuf")
    (sentence,) = errors(refused)["description"]

    assert "« Description » was changed by somebody else" in sentence
    assert "French « Marteau de charpentier »" in sentence
    assert texts(item)["description", "fr"] == "Marteau de charpentier"

    typed = again(refused)
    assert typed["description_fr"] == "Marteau neuf"
    send(manager, item, typed)
    assert texts(item)["description", "fr"] == "Marteau neuf"


@pytest.mark.parametrize(
    ("column", "meanwhile", "typed", "sentence"),
    [
        ("shopify_buffer", 7, "3", "It is now: 7."),
        ("publication_date", date(2026, 12, 24), "2026-12-31", "It is now: Dec. 24, 2026."),
    ],
)
def test_a_value_that_two_people_changed_is_refused_with_what_stands_there_now(
    manager: Client, item: prextra.Item, column: str, meanwhile: Any, typed: str, sentence: str
) -> None:
    posted = opened(manager, item)
    prextra.Item.objects.using(PREXTRA).update(**{column: meanwhile})
    refused = send(manager, item, posted, **{column: typed})

    assert sentence in errors(refused)[column][0]
    assert getattr(only(prextra.Item), column) == meanwhile


def test_two_people_who_changed_it_alike_do_not_differ(manager: Client, item: prextra.Item) -> None:
    posted = opened(manager, item)
    write(item, "Marteau neuf")
    assert send(manager, item, posted, description_fr="Marteau neuf").redirect_chain


def test_another_language_of_the_same_text_is_no_difference(manager: Client, multilingual: prextra.Item) -> None:
    ItemTextFactory(item=multilingual, language="en", text="Hammer")
    posted = opened(manager, multilingual)
    write(multilingual, "Claw hammer", language="en")
    send(manager, multilingual, posted, description_fr="Marteau neuf")

    assert texts(multilingual) == {("description", "fr"): "Marteau neuf", ("description", "en"): "Claw hammer"}


def test_what_is_required_is_asked_of_what_will_be_stored(manager: Client, item: prextra.Item) -> None:
    posted = opened(manager, item)
    write(item, "")
    refused = send(manager, item, posted, shopify_buffer="3")
    assert list(errors(refused)) == ["description"]

    prextra.Item.objects.using(PREXTRA).update(shopify=False)
    send(manager, item, posted, description_fr="")
    assert texts(item) == {("description", "fr"): ""}


def test_an_error_elsewhere_forgets_nothing_of_what_was_typed(manager: Client, item: prextra.Item) -> None:
    refused = send(manager, item, opened(manager, item), description_fr="Marteau neuf", shopify_buffer="-1")
    send(manager, item, again(refused), shopify_buffer="1")

    assert (texts(item)["description", "fr"], only(prextra.Item).shopify_buffer) == ("Marteau neuf", 1)


def test_a_page_that_does_not_say_what_it_showed_loses_nothing_of_what_was_typed(
    manager: Client, item: prextra.Item
) -> None:
    page = {name: text for name, text in opened(manager, item).items() if not name.startswith("shown-")}
    refused = send(manager, item, page, description_fr="Marteau neuf", shopify_buffer="-1")
    send(manager, item, again(refused), shopify_buffer="1")

    assert texts(item)["description", "fr"] == "Marteau neuf"


def test_a_line_break_that_a_field_of_one_line_cannot_show_stays(manager: Client, item: prextra.Item) -> None:
    write(item, "Marteau\r\nde charpentier")
    save(manager, item, description_fr="Marteaude charpentier", shopify_buffer="3")

    assert texts(item)["description", "fr"] == "Marteau\r\nde charpentier"


# Languages that the page did not show


def test_a_language_that_the_open_card_did_not_show_is_not_emptied(manager: Client, item: prextra.Item) -> None:
    ItemTextFactory(item=item, language="en", text="Hammer")
    posted = opened(manager, item)
    prextra.Company.objects.using(PREXTRA).update(shopify_multilingual=True)
    send(manager, item, posted, shopify_buffer="3")

    assert texts(item)["description", "en"] == "Hammer"


def test_a_text_added_meanwhile_in_a_third_language_is_not_emptied(manager: Client, multilingual: prextra.Item) -> None:
    posted = opened(manager, multilingual)
    ItemTextFactory(item=multilingual, language="es", text="Martillo")
    send(manager, multilingual, posted, shopify_buffer="3")

    assert texts(multilingual)["description", "es"] == "Martillo"


def test_a_forged_account_of_what_was_shown_breaks_nothing(manager: Client, item: prextra.Item) -> None:
    for forged in ("", "x", "[1]", '{"fr": 1}', "null"):
        answer = save(manager, item, **{"shown-description_fr": forged, "initial-shopify_buffer": forged})
        assert answer.status_code == 200
    assert texts(item) == {("description", "fr"): "Marteau"}


# A web description


@pytest.mark.parametrize(
    "html",
    [
        '<p style="text-align:center" class="promo">Promo</p>',
        '<p>Promo</p><iframe src="https://www.youtube.com/embed/x"></iframe>',
        '<ol type="a"><li>Promo</li></ol>',
        "<p onclick='x()'>Promo<script>alert(1)</script></p>",
    ],
)
def test_prextra_s_own_layout_stays_in_prextra_and_is_taken_out_on_the_way_to_the_shop(
    manager: Client, item: prextra.Item, html: str
) -> None:
    ItemTextFactory(item=item, field="web_description", text=html)
    page = opened(manager, item)
    send(manager, item, page, web_description_fr=page["web_description_fr"].replace("Promo", "Promos"))

    assert texts(item)["web_description", "fr"] == html.replace("Promo", "Promos")
    for word in ("style=", "<iframe", "<script", "onclick"):
        assert word not in sanitize(html)
