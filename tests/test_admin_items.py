"""The admin's pages about items: which are in Shopify, and why the others are not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from integration.models import Flow, HeldRecord, PendingWrite, ProductLink, SyncEntry, SyncRun
from tests.factories import ItemFactory
from tests.scene import DATABASES

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("english_admin")]

SHOP = "boutique.myshopify.com"
MAIN, SECOND = "gid://shopify/Location/1", "gid://shopify/Location/2"
LINKS = "integration_productlink"


def linked(item: str, **values: Any) -> ProductLink:
    values = {"warehouse": "WEB", "shop": SHOP, "quantity": 10, **values}
    if values.get("product"):
        values.setdefault("pushed", {"status": "ACTIVE", "publish": "now"})
    return ProductLink.objects.create(item=item, **values)


def refused(item: str, reason: str = "item_without_price", **values: Any) -> ProductLink:
    return linked(item, reason=reason, params={"item": item}, quantity=None, **values)


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, **query: str) -> list[str]:
    """The items in the list, in its order."""
    answer = client.get(reverse(f"admin:{LINKS}_changelist"), query)
    return [link.item for link in answer.context["cl"].result_list]


def test_the_list_says_which_items_are_in_shopify_and_why_the_others_are_not(admin_client: Client) -> None:
    linked("MARTEAU", product="gid://shopify/Product/77")
    refused("SCIE")
    text = page(admin_client, f"{LINKS}_changelist")

    assert f'<a href="https://{SHOP}/admin/products/77">77</a>' in text
    assert [f">{state}</span>" in text for state in ("published", "held")] == [True, True]
    assert "Item SCIE has no price." in text


def test_what_someone_ignores_is_not_shown_as_held(admin_client: Client) -> None:
    refused("SCIE")
    HeldRecord.objects.create(
        warehouse="WEB", flow=Flow.ITEMS, shopify_id="SCIE", reason="item_without_price",
        next_attempt_at="2026-11-24T12:00Z", ignored_at="2026-11-24T12:00Z",
    )  # fmt: skip
    text = page(admin_client, f"{LINKS}_changelist")

    assert (">ignored</span>" in text, ">held</span>" in text) == (True, False)


@pytest.mark.parametrize(("status", "word"), [("DRAFT", "draft"), ("ARCHIVED", "archived")])
def test_a_product_that_customers_do_not_see_is_not_shown_as_if_they_did(
    admin_client: Client, status: str, word: str
) -> None:
    linked("MARTEAU", product="gid://shopify/Product/77", pushed={"status": status})

    assert f">{word}</span>" in page(admin_client, f"{LINKS}_changelist")


def test_the_list_is_filtered_by_warehouse_and_by_reason_and_searched_by_item(admin_client: Client) -> None:
    linked("MARTEAU", product="gid://shopify/Product/77")
    linked("CLOU", product="gid://shopify/Product/78", warehouse="STG")
    refused("SCIE")
    refused("VIS", "item_inactive")

    assert shown(admin_client) == ["CLOU", "MARTEAU", "SCIE", "VIS"]
    assert shown(admin_client, warehouse="STG") == ["CLOU"]
    assert shown(admin_client, state="item_without_price") == ["SCIE"]
    assert shown(admin_client, state="in-shopify") == ["CLOU", "MARTEAU"]
    assert shown(admin_client, q="vi") == ["VIS"]


def test_a_reason_to_filter_by_is_a_sentence_without_the_particulars_of_one_item(admin_client: Client) -> None:
    refused("SCIE")
    refused("VIS", "a_reason_of_an_older_version")
    text = page(admin_client, f"{LINKS}_changelist")

    assert "Item has no price." in text
    assert "a_reason_of_an_older_version" in text


def test_a_link_has_a_page_with_what_to_do_and_nothing_to_change(admin_client: Client) -> None:
    link = refused("SCIE")
    text = page(admin_client, f"{LINKS}_change", link.pk)

    assert "Give it a price." in text
    assert 'name="_save"' not in text
    assert admin_client.get(reverse(f"admin:{LINKS}_add")).status_code == 403


def test_what_an_item_is_called_is_never_markup(admin_client: Client) -> None:
    refused("<b>x</b>")
    ItemFactory(code="<b>x</b>")
    texts = page(admin_client, f"{LINKS}_changelist"), page(admin_client, "prextra_models_item_change", "<b>x<_2Fb>")

    assert [("<b>x" in text, "&lt;b&gt;x" in text) for text in texts] == [(False, True)] * 2


def test_writes_under_way_are_on_no_page() -> None:
    assert not admin.site.is_registered(PendingWrite)
    with pytest.raises(NoReverseMatch):
        reverse("admin:integration_pendingwrite_changelist")


def test_the_log_links_an_item_to_its_card_and_to_its_product(admin_client: Client) -> None:
    run = SyncRun.objects.create(warehouse="WEB", shop=SHOP, flow=Flow.ITEMS)
    values = {"shopify_id": "gid://shopify/Product/77", "shopify_name": "MARTEAU", "reason": "product_created"}
    SyncEntry.objects.create(run=run, kind="product", outcome="written", **values)
    text = page(admin_client, "integration_syncrun_change", run.pk)

    assert f'<a href="https://{SHOP}/admin/products/77">MARTEAU</a>' in text
    assert f'<a href="{reverse("admin:prextra_models_item_change", args=["MARTEAU"])}">MARTEAU</a>' in text


def test_a_held_item_is_not_taken_for_an_order(admin_client: Client) -> None:
    held = HeldRecord.objects.create(
        warehouse="WEB", shop=SHOP, flow=Flow.ITEMS, shopify_id="SCIE", shopify_name="SCIE",
        reason="item_without_price", params={"item": "SCIE"}, next_attempt_at="2026-11-24T12:00Z",
    )  # fmt: skip
    text = page(admin_client, "integration_heldrecord_change", held.pk)

    assert ("Item SCIE has no price." in text, "/admin/orders/SCIE" in text) == (True, False)
