"""« Synchroniser maintenant »: asked for, watched to its end, and what came of it; by those who may."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries

from integration.demo.shop.shop import StandInShop
from integration.jobs import carry_out
from integration.models import SyncRequest, SyncRun
from integration.reasons import advice, describe
from integration.rights import STAFF
from prextra_models.models import SalesOrder
from tests.factories import ready_warehouse
from tests.scene import DATABASES, HAMMER, Line, Scene, rows

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("in_english")]


@pytest.fixture
def client() -> Client:
    return logged_in(STAFF)


def logged_in(*groups: str, rights: tuple[str, ...] = (), **choices: Any) -> Client:
    user = get_user_model().objects.create_user("marie", password="un-mot-de-passe", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client(headers={"Accept-Language": "en"}, **choices)
    client.force_login(user)
    return client


def address(name: str = "sync_now", *args: Any, warehouse: str = "STG") -> str:
    return reverse(f"admin:{name}", args=[quote(warehouse), *args])


def click(client: Client, kind: str = "pass") -> SyncRequest:
    answer = client.post(address(), {"kind": kind})
    request = SyncRequest.objects.latest("pk")
    assert answer["Location"] == address("sync_request", request.pk)
    return request


def page_of(client: Client, request: SyncRequest) -> str:
    answer = client.get(address("sync_request", request.pk))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def how_far(client: Client, request: SyncRequest) -> dict[str, Any]:
    told: dict[str, Any] = client.get(address("sync_progress", request.pk)).json()
    return told


def asked(**values: Any) -> SyncRequest:
    return SyncRequest.objects.create(**{"warehouse": "STG", "requested_by": "marie", **values})


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


def test_a_pass_is_asked_for_carried_out_and_its_runs_are_shown(
    client: Client, shop: StandInShop, shop_url: str
) -> None:
    Scene(shop, shop_url).place()
    request = click(client)
    assert (request.dry_run, request.requested_by) == (False, "marie")
    assert OrmQ.objects.count() == 1
    assert 'data-state="waiting"' in page_of(client, request)

    carry_out(request.pk)
    page = page_of(client, request)
    assert len(rows(SalesOrder)) == 1
    assert "data-progress" not in page
    for run in SyncRun.objects.all():
        assert reverse("admin:integration_syncrun_change", args=[run.pk]) in page
    assert "114.98 CAD" in page


def test_a_preview_shows_the_documents_and_why_others_are_held_and_writes_none(
    client: Client, shop: StandInShop, shop_url: str
) -> None:
    scene = Scene(shop, shop_url)
    scene.place()
    scene.place(HAMMER, Line("INCONNU", "Chose", 1, HAMMER.price))
    request = click(client, "preview")
    carry_out(request.pk)
    page = page_of(client, request)

    assert request.dry_run
    assert not rows(SalesOrder)
    assert "Sales order" in page
    assert "114.98" in page
    assert "which Prextra does not know" in page
    assert "Create the item in Prextra with exactly this code" in page


def test_a_preview_explains_what_is_held_and_not_tried_now(client: Client, shop: StandInShop, shop_url: str) -> None:
    scene = Scene(shop, shop_url)
    for name in ("CHOSE", "TRUC"):
        scene.place(Line(name, "Chose", 1, HAMMER.price))
    scene.sync()
    scene.place()
    request = click(client, "preview")
    carry_out(request.pk)

    result = SyncRequest.objects.get(pk=request.pk).result

    assert (result["held"], result["resting"]) == (2, 2)
    assert "2 of what is held wait for their correction" in page_of(client, request)


def test_what_a_pass_left_held_is_one_click_away(client: Client) -> None:
    ready_warehouse(code="STG")
    request = asked(finished_at=timezone.now(), result={"held": 3, "runs": []})

    assert f'{reverse("admin:integration_heldrecord_changelist")}?warehouse=STG">3</a>' in page_of(client, request)


def test_a_preview_of_what_is_in_step_says_so(client: Client, shop: StandInShop, shop_url: str) -> None:
    Scene(shop, shop_url)
    request = click(client, "preview")
    carry_out(request.pk)

    assert "Nothing would be done: all is in step." in page_of(client, request)


def test_what_stopped_a_pass_is_said_with_what_to_do(client: Client) -> None:
    ready_warehouse(code="STG", shopify_url="")
    request = click(client)
    carry_out(request.pk)
    request.refresh_from_db()
    page = page_of(client, request)

    assert "status-bad" in page
    assert describe(request.reason, request.params) in unescape(page)
    assert advice(request.reason, request.params) in unescape(page)


def test_a_form_that_says_neither_asks_for_the_preview(client: Client) -> None:
    ready_warehouse(code="STG")

    assert click(client, "anything").dry_run


def test_a_second_click_leads_to_the_request_that_is_under_way(client: Client) -> None:
    ready_warehouse(code="STG")
    first = click(client)
    answer = client.post(address(), {"kind": "preview"}, follow=True)

    assert click(client, "preview") == first
    assert "under way already" in answer.content.decode()
    assert SyncRequest.objects.count() == 1


def test_progress_is_told_in_the_readers_language(client: Client) -> None:
    ready_warehouse(code="STG")
    request = asked(started_at=timezone.now(), done=1500, total=3000, result={"stage": "orders"})
    told = how_far(client, request)

    assert (told["state"], told["done"], told["total"]) == ("running", 1500, 3000)
    assert (told["stage"], told["count"]) == ("Orders are looked at.", "1,500 of 3,000")
    assert 'value="1500" max="3000"' in page_of(client, request)


def test_a_pass_whose_extent_is_not_known_yet_has_no_count(client: Client) -> None:
    ready_warehouse(code="STG")
    told = how_far(client, asked(started_at=timezone.now()))

    assert (told["count"], told["done"]) == ("", 0)


def test_a_request_that_nobody_takes_in_half_a_minute_says_how_to_start_a_worker(client: Client) -> None:
    ready_warehouse(code="STG")
    fresh = asked()
    assert "manage.py qcluster" not in page_of(client, fresh)

    SyncRequest.objects.update(requested_at=ago(seconds=31))
    assert "manage.py qcluster" in page_of(client, fresh)
    assert how_far(client, fresh)["state"] == "unattended"


def test_a_request_whose_worker_died_says_so_and_offers_a_new_one(client: Client) -> None:
    ready_warehouse(code="STG")
    lost = asked(requested_at=ago(hours=2), started_at=ago(hours=1))
    page = page_of(client, lost)

    assert "stopped before the end" in page
    assert "Synchronise now" in page
    assert click(client) != lost


def test_the_page_of_a_warehouse_lists_the_last_requests_and_both_buttons_the_preview_first(client: Client) -> None:
    ready_warehouse(code="STG")
    request = asked(finished_at=timezone.now())
    page = client.get(address()).content.decode()

    assert address("sync_request", request.pk) in page
    assert page.index('value="preview"') < page.index('value="pass"')


def test_the_page_of_a_warehouse_says_what_is_missing_before_it_can_go(client: Client) -> None:
    ready_warehouse(code="STG", company__shopify_enabled=False)

    assert 'class="advice"' in client.get(address()).content.decode()


def test_codes_that_are_no_plain_words_have_pages_too(client: Client) -> None:
    ready_warehouse(code="A/B é_?")
    answer = client.post(address(warehouse="A/B é_?"), {"kind": "preview"}, follow=True)

    assert answer.status_code == 200
    assert SyncRequest.objects.get().warehouse == "A/B é_?"


def test_an_unknown_warehouse_or_another_warehouses_request_is_not_found(client: Client) -> None:
    ready_warehouse(code="STG")
    other = asked(warehouse="MTL")

    assert client.get(address(warehouse="ABSENT")).status_code == 404
    assert client.post(address(warehouse="ABSENT"), {"kind": "pass"}).status_code == 404
    assert client.get(address("sync_request", other.pk)).status_code == 404
    assert client.get(address("sync_progress", other.pk)).status_code == 404


def test_who_has_no_right_is_refused_everywhere() -> None:
    ready_warehouse(code="STG")
    request = asked(finished_at=timezone.now())
    client = logged_in()

    for page in (address(), address("sync_request", request.pk), address("sync_progress", request.pk)):
        assert client.get(page).status_code == 403
    assert client.post(address(), {"kind": "pass"}).status_code == 403
    assert SyncRequest.objects.count() == 1


def test_who_may_only_look_sees_no_button_and_cannot_ask() -> None:
    ready_warehouse(code="STG")
    client = logged_in(rights=("view_warehouse", "view_syncrequest"))

    assert 'value="pass"' not in client.get(address()).content.decode()
    assert client.post(address(), {"kind": "pass"}).status_code == 403
    assert not SyncRequest.objects.exists()


def test_who_is_not_logged_in_is_led_to_the_login() -> None:
    ready_warehouse(code="STG")

    assert Client().get(address())["Location"].startswith(reverse("admin:login"))
    assert Client().post(address(), {"kind": "pass"}).status_code == 302
    assert not SyncRequest.objects.exists()


def test_a_forged_form_is_refused() -> None:
    ready_warehouse(code="STG")
    client = logged_in(STAFF, enforce_csrf_checks=True)

    assert client.post(address(), {"kind": "pass"}).status_code == 403
    assert not SyncRequest.objects.exists()


def test_what_a_preview_found_is_shown_as_text_whatever_it_holds(client: Client) -> None:
    ready_warehouse(code="STG")
    evil = "<script>alert(1)</script>"
    order = {"name": evil, "documents": [], "problems": [["unknown_sku", {"line": evil, "sku": evil}]]}
    item = {"name": evil, "what": [evil], "problems": []}
    result = {"orders": [order], "items": [item], "documents": {}, "order_count": 1, "item_count": 1}
    page = page_of(client, asked(dry_run=True, finished_at=timezone.now(), result=result))

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 4


def test_a_preview_with_five_hundred_orders_needs_few_statements(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ready_warehouse(code="STG")
    order = {"name": "#1", "documents": [["sales_order", "1.00"]], "problems": []}
    result = {"orders": [order] * 500, "order_count": 507, "documents": {"sales_order": [507, "507.00"]}}
    request = asked(dry_run=True, finished_at=timezone.now(), result=result)
    with django_assert_max_num_queries(12):
        page = page_of(client, request)

    assert "And 7 more orders" in page
