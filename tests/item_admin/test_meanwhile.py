"""A page that stood open while others wrote: saving it changes what this person changed, and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integration.items.html import sanitize
from prextra_models import models as prextra
from tests.factories import CompanyFactory, ConfigurationValueFactory, ItemTextFactory, PaymentMethodFactory
from tests.forms import fields_of, opened
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


def card(item: prextra.Item) -> str:
    return reverse("admin:prextra_models_item_change", args=[item.pk])


def text(item: prextra.Item, field: str = "description", language: str = "fr") -> str | None:
    row = prextra.ItemText.objects.filter(item=item, field=field, language=language).first()
    return row.text if row else None


def test_what_prextra_wrote_while_a_card_stood_open_stays(manager: Client, item: prextra.Item) -> None:
    page = opened(manager, card(item))
    prextra.ItemText.objects.filter(item=item.pk).update(text="Marteau de charpentier")
    prextra.Item.objects.filter(pk=item.pk).update(shopify=False)
    answer = manager.post(card(item), {**page, "shopify_buffer": "3"})

    assert answer.status_code == 302
    item.refresh_from_db()
    assert (text(item), item.shopify, item.shopify_buffer) == ("Marteau de charpentier", False, 3)


def test_a_field_that_both_changed_is_refused_once_with_what_stands_there_now(
    manager: Client, item: prextra.Item
) -> None:
    page = {**opened(manager, card(item)), "description_fr": "Masse", "shopify_buffer": "3"}
    prextra.ItemText.objects.filter(item=item.pk).update(text="Maillet")
    prextra.Item.objects.filter(pk=item.pk).update(shopify_buffer=7)
    answer = manager.post(card(item), page)

    assert text(item) == "Maillet"
    html = answer.content.decode()
    assert "« Maillet »" in html
    assert "It is now: 7." in html
    again = fields_of(html)
    assert (again["description_fr"], again["shopify_buffer"]) == ("Masse", "3")
    assert manager.post(card(item), again).status_code == 302
    item.refresh_from_db()
    assert (text(item), item.shopify_buffer) == ("Masse", 3)


def test_a_description_that_was_emptied_meanwhile_is_missed(manager: Client, item: prextra.Item) -> None:
    page = opened(manager, card(item))
    prextra.ItemText.objects.filter(item=item.pk).update(text="")
    answer = manager.post(card(item), {**page, "shopify_buffer": "3"})

    assert "must have a description" in answer.content.decode()


def test_a_language_that_the_page_did_not_show_is_left_as_it_is(manager: Client, item: prextra.Item) -> None:
    ItemTextFactory(item=item, language="en", text="Hammer")
    page = opened(manager, card(item))
    prextra.Company.objects.update(shopify_multilingual=True)
    ItemTextFactory(item=item, language="es", text="Martillo")
    manager.post(card(item), {**page, "shopify_buffer": "3"})

    assert (text(item, language="en"), text(item, language="es")) == ("Hammer", "Martillo")


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
    page = opened(manager, card(item))
    manager.post(card(item), {**page, "web_description_fr": page["web_description_fr"].replace("Promo", "Promos")})

    assert text(item, "web_description") == html.replace("Promo", "Promos")
    for word in ("style=", "<iframe", "<script", "onclick"):
        assert word not in sanitize(html)


def test_of_a_warehouse_and_a_company_too_only_what_was_changed_is_written(manager: Client, item: prextra.Item) -> None:
    warehouse = reverse("admin:prextra_models_warehouse_change", args=["WEB"])
    page = opened(manager, warehouse)
    prextra.Warehouse.objects.update(sync_invoices=False)
    assert manager.post(warehouse, {**page, "shopify_api_key": "other"}).status_code == 302
    row = prextra.Warehouse.objects.get()
    assert (row.sync_invoices, row.shopify_api_key) == (False, "other")

    company = CompanyFactory(code="QC", shopify_payment_method=PaymentMethodFactory(code="VISA", name="Visa"))
    ConfigurationValueFactory(company=company)
    address = reverse("admin:prextra_models_company_change", args=["QC"])
    page = opened(manager, address)
    prextra.Company.objects.filter(pk="QC").update(shopify_payment_method=PaymentMethodFactory(code="MC", name="MC"))
    assert manager.post(address, {**page, "shopify_multilingual": "on"}).status_code == 302
    company.refresh_from_db()
    assert (company.shopify_payment_method_id, company.shopify_multilingual) == ("MC", True)
