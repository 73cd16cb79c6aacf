"""The first page: whether each warehouse is in step, what it brought in today, or the first step to take."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import DjangoAssertNumQueries

from integration.admin.dashboard import Card
from integration.dispatch import beat
from integration.models import Flow, Heartbeat, HeldRecord, Lease, SyncEntry, SyncRequest, SyncRun
from integration.reasons import advice, describe
from integration.rights import STAFF
from integration.schedule import DISPATCH
from prextra_models.router import PREXTRA
from tests.factories import CompanyFactory, WarehouseFactory, ready_warehouse
from tests.scene import DATABASES

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("in_english")]

Kind, Outcome = SyncEntry.Kind, SyncRun.Outcome


@pytest.fixture
def client() -> Client:
    return logged_in(STAFF)


def logged_in(*groups: str) -> Client:
    user = get_user_model().objects.create_user("marie", password="un-mot-de-passe", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def run(warehouse: str = "STG", flow: str = Flow.ORDERS, minutes: float = 5, **values: Any) -> SyncRun:
    began = timezone.now() - timedelta(minutes=minutes)
    ended = None if values.get("outcome") == Outcome.RUNNING else began + timedelta(seconds=12)
    values = {"outcome": Outcome.DONE, "started_at": began, "finished_at": ended, **values}
    return SyncRun.objects.create(warehouse=warehouse, flow=flow, **values)


def all_well(warehouse: str = "STG", minutes: float = 5) -> None:
    """All flows that are ticked went well."""
    for flow in (Flow.ORDERS, Flow.SHIPMENTS, Flow.INVOICES):
        run(warehouse, flow, minutes)


def wrote(of: SyncRun, kind: str, amount: str | None = None, **values: Any) -> SyncEntry:
    values = {"outcome": SyncEntry.Outcome.WRITTEN, "at": of.started_at, **values}
    return SyncEntry.objects.create(run=of, kind=kind, amount=amount and Decimal(amount), **values)


def hold(number: int, **values: Any) -> HeldRecord:
    values = {"warehouse": "STG", "flow": Flow.ORDERS, "reason": "unknown_sku", **values}
    return HeldRecord.objects.create(shopify_id=str(number), next_attempt_at=timezone.now(), **values)


def text(client: Client) -> str:
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def card(client: Client, warehouse: str = "STG") -> Card:
    cards = client.get(reverse("admin:index")).context["cards"]
    return next(one for one in cards if one.warehouse.pk == warehouse)


def said(client: Client, warehouse: str = "STG") -> str:
    """The word of the warehouse's pill."""
    return re.sub(r"<[^>]+>", "", card(client, warehouse).pill)


def test_with_nothing_configured_the_page_leads_to_the_company_first(client: Client) -> None:
    CompanyFactory(shopify_enabled=False)
    page = text(client)

    assert "Nothing is synchronised yet" in page
    assert f'href="{reverse("admin:prextra_models_company_changelist")}"> Open the company' in page


def test_once_the_company_is_ready_the_page_leads_to_the_warehouse(client: Client) -> None:
    CompanyFactory()

    assert f'href="{reverse("admin:prextra_models_warehouse_changelist")}"> Choose the warehouse' in text(client)


def test_a_warehouse_shows_once_a_flow_is_ticked_or_a_field_of_shopify_is_filled(client: Client) -> None:
    flows = {"sync_orders": False, "sync_shipments": False, "sync_invoices": False}
    WarehouseFactory(code="NON", shopify_url="", shopify_api_key="", shopify_customer=None, **flows)
    WarehouseFactory(code="URL", shopify_api_key="", shopify_customer=None, **flows)
    WarehouseFactory(code="FLUX", shopify_url="", shopify_api_key="", shopify_customer=None)
    cards = client.get(reverse("admin:index")).context["cards"]

    assert [one.warehouse.pk for one in cards] == ["FLUX", "URL"]
    assert said(client, "URL") == "no flow is ticked"


def test_a_warehouse_with_missing_prerequisites_says_so_and_what_to_do(client: Client) -> None:
    ready_warehouse(code="STG", company__shopify_enabled=False)
    page = text(client)

    assert said(client) == "to be configured"
    assert describe("company_not_enabled", {"company": "DC"}) in unescape(page)
    assert advice("company_not_enabled", {"company": "DC"}) in unescape(page)
    assert f'href="{reverse("admin:prerequisites_of", args=["STG"])}"' in page


def test_a_warehouse_that_has_not_been_synchronised_says_so(client: Client) -> None:
    ready_warehouse(code="STG")

    assert said(client) == "never synchronised"


def test_a_warehouse_whose_last_runs_went_well_is_in_step(client: Client) -> None:
    ready_warehouse(code="STG")
    run(minutes=600, outcome=Outcome.CONFIGURATION, reason="currency_differs")
    all_well()

    assert said(client) == "in step"
    assert "12.0" in text(client)


def test_a_warehouse_without_a_good_pass_for_days_is_behind(client: Client) -> None:
    ready_warehouse(code="STG")
    all_well(minutes=3 * 24 * 60 + 5)
    assert said(client) == "behind for 3\N{NO-BREAK SPACE}days"

    all_well(minutes=29)
    assert said(client) == "in step"


def test_one_of_whose_ticked_flows_never_ran_is_not_in_step(client: Client) -> None:
    ready_warehouse(code="STG")
    run(flow=Flow.ORDERS)
    run(flow=Flow.SHIPMENTS)

    assert said(client) == "not all synchronised yet"


def test_where_passes_are_rare_by_choice_a_warehouse_is_in_step_for_longer(client: Client, settings: Any) -> None:
    settings.SYNC_INTERVAL_MINUTES = 60
    ready_warehouse(code="STG")
    all_well(minutes=170)
    assert said(client) == "in step"


def test_what_is_held_is_counted_with_a_link_to_it_but_not_what_is_ignored(client: Client) -> None:
    ready_warehouse(code="STG")
    all_well()
    run(minutes=1, outcome=Outcome.HELD, held=2)
    hold(1)
    hold(2)
    hold(3, ignored_at=timezone.now())
    hold(4, warehouse="MTL")

    assert said(client) == "2 to deal with"
    assert f'href="{reverse("admin:integration_heldrecord_changelist")}?warehouse=STG">2</a>' in text(client)


def test_a_warehouse_that_was_stopped_says_why_and_what_to_do(client: Client) -> None:
    ready_warehouse(code="STG")
    run(outcome=Outcome.CONFIGURATION, reason="shopify_refused_token", params={"shop": "erable.myshopify.com"})
    page = text(client)

    assert said(client) == "at a stop"
    assert "Shopify refuses the access token of shop erable.myshopify.com." in page
    assert "that the app is still installed" in page


def test_what_stopped_a_flow_that_is_not_ticked_any_more_does_not_count(client: Client) -> None:
    ready_warehouse(code="STG")
    run(flow=Flow.ITEMS, outcome=Outcome.CONFIGURATION, reason="location_missing")
    all_well()

    assert said(client) == "in step"


def test_a_pass_that_is_under_way_shows_and_one_that_was_killed_does_not(client: Client) -> None:
    ready_warehouse(code="STG")
    all_well()
    run(outcome=Outcome.RUNNING, minutes=1)
    lease = Lease.objects.create(warehouse="STG", holder="me", expires_at=timezone.now() - timedelta(seconds=1))
    assert said(client) == "in step"

    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() + timedelta(seconds=60))
    assert said(client) == "running"


def test_a_request_that_is_under_way_leads_to_its_page_instead_of_asking_for_another(client: Client) -> None:
    ready_warehouse(code="STG")
    assert "Synchronise now" in text(client)

    asked = SyncRequest.objects.create(warehouse="STG", requested_by="marie", started_at=timezone.now())
    page = text(client)
    assert said(client) == "running"
    assert reverse("admin:sync_request", args=["STG", asked.pk]) in page
    assert "Synchronise now" not in page


def test_today_counts_what_was_written_today_by_kind_with_its_money(client: Client) -> None:
    ready_warehouse(code="STG")
    WarehouseFactory(code="MTL")
    with time_machine.travel(datetime(2026, 11, 24, 17, tzinfo=timezone.get_current_timezone()), tick=False):
        now = run(minutes=5, requests=7, points=350)
        wrote(now, Kind.SALES_ORDER, "1100.10")
        wrote(now, Kind.SALES_ORDER, "134.40")
        wrote(now, Kind.PREPAYMENT, "99.00")
        wrote(now, Kind.SHIPMENT)
        wrote(now, Kind.STOCK)
        wrote(now, Kind.SALES_ORDER, "5000", outcome=SyncEntry.Outcome.PENDING)
        wrote(run(minutes=60 * 24), Kind.SALES_ORDER, "7000")
        wrote(run("MTL"), Kind.SALES_ORDER, "300")
        mine, other = card(client), card(client, "MTL")
        page = text(client)

    assert [(count, amount) for _name, count, amount in mine.documents] == [(2, "1,234.50"), (1, "99.00"), (1, "")]
    assert [(count, amount) for _name, count, amount in other.documents] == [(1, "300.00")]
    assert mine.sent == {Kind.STOCK: 1}
    assert mine.spent == (7, 350)
    assert "1,234.50 CAD" in page


def test_today_is_the_companys_day_and_not_that_of_utc(client: Client) -> None:
    ready_warehouse(code="STG")
    with time_machine.travel(datetime(2026, 11, 24, 21, tzinfo=timezone.get_current_timezone()), tick=False):
        wrote(run(minutes=20 * 60), Kind.INVOICE, "10")  # one in the morning, and in UTC the day before
        wrote(run(minutes=22 * 60), Kind.INVOICE, "20")

        assert [amount for *_, amount in card(client).documents] == ["10.00"]


def test_what_a_run_of_before_midnight_wrote_after_it_is_of_today(client: Client) -> None:
    ready_warehouse(code="STG")
    with time_machine.travel(datetime(2026, 11, 24, 0, 20, tzinfo=timezone.get_current_timezone()), tick=False):
        long_run = run(minutes=30)
        wrote(long_run, Kind.INVOICE, "10", at=timezone.now())
        wrote(long_run, Kind.INVOICE, "20")

        assert [amount for *_, amount in card(client).documents] == ["10.00"]


def test_the_chart_has_the_last_fourteen_days_and_says_the_same_as_a_table(client: Client) -> None:
    ready_warehouse(code="STG")
    day = 60 * 24
    for minutes, count in ((0, 3), (day, 2), (13 * day, 1), (14 * day, 5)):
        of_day = run(minutes=minutes)
        for _ in range(count):
            wrote(of_day, Kind.INVOICE, "1")
    context = client.get(reverse("admin:index")).context
    counts = [count for _day, count, _held in context["days"]]

    assert counts == [3, 2, *[0] * 11, 1]
    assert context["charts"][0].drawing.count("<rect") == 14
    assert context["charts"][0].most == 3
    assert 'role="img" aria-label="Documents brought in, each day"' in context["charts"][0].drawing


def test_what_is_held_stays_held_over_days_without_a_run(client: Client) -> None:
    ready_warehouse(code="STG")
    day = 60 * 24
    run(minutes=3 * day + 10, held=9)
    run(minutes=3 * day, held=4)
    run(minutes=3 * day, flow=Flow.ITEMS, held=1)
    run(minutes=day, held=2)
    hold(1)
    waits = [held for _day, _count, held in client.get(reverse("admin:index")).context["days"]]

    assert waits[:5] == [1, 3, 5, 5, 0]


def test_no_schedule_is_told_as_such_and_one_says_when_and_how_often(client: Client) -> None:
    ready_warehouse(code="STG")
    Schedule.objects.create(func="integration.jobs.tidy", schedule_type="I", minutes=1440, next_run=timezone.now())
    assert "Nothing runs by itself yet" in text(client)

    Schedule.objects.create(func=DISPATCH, schedule_type="I", minutes=5, next_run=timezone.now())
    beat("dispatch")
    page = text(client)
    assert "Nothing runs by itself yet" not in page
    assert "every 5 minutes" in page


def test_workers_that_give_no_sign_of_life_are_told_of(client: Client) -> None:
    ready_warehouse(code="STG")
    Schedule.objects.create(func=DISPATCH, schedule_type="I", minutes=5, next_run=timezone.now())
    assert "The workers do not run" in text(client)

    beat("dispatch")
    assert "The workers do not run" not in text(client)
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=16))
    page = text(client)
    assert "The workers do not run" in page
    assert "every 5 minutes" not in page


def test_who_has_no_right_sees_no_warehouse_and_no_figure() -> None:
    ready_warehouse(code="STG")
    page = text(logged_in())

    assert "Entrepôt" not in page
    assert "Synchronise now" not in page


def test_html_in_a_warehouses_name_is_shown_as_it_is(client: Client) -> None:
    ready_warehouse(code="STG", name="<script>alert(1)</script>")

    assert "<script>alert" not in text(client)


def test_the_page_has_no_style_and_no_script_of_its_own(client: Client) -> None:
    """The Content-Security-Policy would refuse them."""
    ready_warehouse(code="STG")
    wrote(run(), Kind.INVOICE, "10")
    page = text(client)

    assert not re.search(r"<[^>]+\sstyle=", page)
    assert not re.search(r"<[^>]+\son\w+=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_thirty_companies_take_no_more_statements_than_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        company = CompanyFactory(code=f"C{number:02}")
        warehouse = ready_warehouse(
            code=f"W{number}", company=company, shopify_url=f"https://shop-{number}.myshopify.com"
        )
        run(warehouse.pk)
    before = CaptureQueriesContext(connections[PREXTRA])
    with before, django_assert_max_num_queries(30):
        client.get(reverse("admin:index"))
    assert len(before) <= 10


@pytest.mark.parametrize("warehouses", [1, 12])
def test_no_more_statements_for_many_warehouses_than_a_page_may_have(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, warehouses: int
) -> None:
    for number in range(warehouses):
        warehouse = ready_warehouse(code=f"W{number}", shopify_url=f"https://shop-{number}.myshopify.com")
        wrote(run(warehouse.pk), Kind.INVOICE, "10")
    with django_assert_max_num_queries(25):
        client.get(reverse("admin:index"))


def test_a_secret_that_no_key_opens_does_not_take_the_page_with_it(client: Client) -> None:
    ready_warehouse(code="STG")
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute('UPDATE "Warehouse" SET shopify_access_token = %s', ["enc1:not-readable"])

    assert "STG" in text(client)
