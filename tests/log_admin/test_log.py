"""The log: runs and entries, found by order, document, item or customer, and taken away as CSV or Excel."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from integration.admin.export import MOST
from integration.admin.shown import duration
from integration.models import Flow, SyncEntry, SyncRun, Watermark
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA
from tests.factories import CustomerFactory, ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

SHOP = "boutique.myshopify.com"
START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # eight in the morning in Montréal
RUNS, ENTRIES = "admin:integration_syncrun_changelist", "admin:integration_syncentry_changelist"


def new_run(**values: Any) -> SyncRun:
    values = {"warehouse": "STG", "shop": SHOP, "flow": Flow.ORDERS, "started_at": START, "outcome": "done",
              "finished_at": START + timedelta(seconds=185), **values}  # fmt: skip
    return SyncRun.objects.create(**values)


def entry(run: SyncRun, number: int = 1001, **values: Any) -> SyncEntry:
    order = f"gid://shopify/Order/{number}"
    values = {"kind": "sales_order", "outcome": "written", "shopify_id": order, "shopify_order": order, "at": START,
              "shopify_name": f"#{number}", "prextra_number": f"SO{number}", "amount": Decimal("1234.50"), **values}  # fmt: skip
    return SyncEntry.objects.create(run=run, **values)


def held_entry(run: SyncRun, number: int = 1002) -> SyncEntry:
    params = {"line": "Chose", "sku": "INCONNU"}
    return entry(
        run, number, kind="order", outcome="held", prextra_number="", amount=None, reason="unknown_sku", params=params
    )


def bought_by(name: str, number: int) -> None:
    warehouse = ready_warehouse(code="STG")
    SalesOrder.objects.using(PREXTRA).create(
        company=warehouse.company, number=f"SO{number}", warehouse=warehouse, customer=CustomerFactory(), currency="CAD",
        order_date=date(2026, 11, 24), buyer_name=name, shopify_id=f"gid://shopify/Order/{number}",
        shopify_name=f"#{number}", subtotal=1, federal_tax=0, provincial_tax=0, total=1,
    )  # fmt: skip


def found(client: Client, page: str = ENTRIES, **query: str) -> list[Any]:
    return list(client.get(reverse(page), query).context["cl"].result_list)


def text(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def download(client: Client, page: str, file_format: int, query: str = "") -> Any:
    address = reverse(page).removesuffix("/") + "/export/" + query
    return client.post(address, {"format": str(file_format), "resource": "0"})


def csv_rows(client: Client, page: str, query: str = "") -> list[list[str]]:
    return list(csv.reader(StringIO(download(client, page, 0, query).content.decode("utf-8-sig"))))


def test_the_runs_say_warehouse_flow_duration_counts_and_outcome(client: Client) -> None:
    new_run(outcome="held", examined=42, written=40, held=2)
    page = text(client, RUNS)

    assert "3\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}5\N{NO-BREAK SPACE}s" in page
    assert '<span class="status status-warn">done, some held</span>' in page
    assert [run.examined for run in found(client, RUNS, outcome__exact="held")] == [42]
    assert found(client, RUNS, outcome__exact="done") == []


@pytest.mark.parametrize(("seconds", "shown"), [(2.44, "2.4 s"), (65, "1 min 5 s"), (4320, "1 h 12 min"), (None, "")])
def test_a_duration_is_shown_in_units_of_its_size(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown.replace(" ", "\N{NO-BREAK SPACE}")


def test_the_log_is_searched_by_order_document_item_and_customer(client: Client) -> None:
    bought_by("Geneviève Tremblay", 1001)
    run, items = new_run(), new_run(flow=Flow.ITEMS)
    first, _other = entry(run, 1001), entry(run, 2002)
    item = entry(items, 0, kind="product", shopify_id="P", shopify_order="", shopify_name="MARTEAU", prextra_number="")

    assert found(client, q="#1001") == found(client, q="1001") == found(client, q="so1001") == [first]
    assert found(client, q="tremblay") == [first]
    assert found(client, q="marteau") == [item]
    assert found(client, q="personne") == []
    assert found(client, RUNS, q="Geneviève") == [run]
    assert found(client, RUNS, q="MARTEAU") == [items]


def test_a_customer_s_order_is_not_taken_for_another_shop_s_of_the_same_number(client: Client) -> None:
    bought_by("Geneviève Tremblay", 1001)
    entry(new_run(), 1001, shopify_id="gid://shopify/Order/9", shopify_order="gid://shopify/Order/9")

    assert found(client, q="tremblay") == []


def test_entries_are_narrowed_down_to_a_day_a_month_or_the_last_ones(client: Client) -> None:
    with time_machine.travel(START, tick=False):
        run = new_run()
        late = entry(run, 1, at=datetime(2026, 11, 1, 3, 59, tzinfo=UTC))  # still October in Montréal
        first = entry(run, 2, at=datetime(2026, 11, 1, 4, 0, tzinfo=UTC))
        yesterday = entry(run, 3, at=START - timedelta(days=1))
        today = entry(run, 4)
        client.force_login(get_user_model().objects.get(), "django.contrib.auth.backends.ModelBackend")

        assert found(client, period="today") == [today]
        assert found(client, period="yesterday") == [yesterday]
        assert found(client, period="week") == [today, yesterday]
        assert found(client, period="2026-11") == [today, yesterday, first]
        assert found(client, period="2026-10") == [late]
        assert found(client, period="2026-11-01") == [first]
        assert found(client, period="2026-13-99") == []
        assert "period=2026-11-24" in text(client, ENTRIES, period="2026-11")


def test_a_run_s_page_shows_what_is_to_be_seen_to_first_and_links_to_the_rest(client: Client) -> None:
    run = new_run()
    for number in range(250):
        entry(run, number)
    held = held_entry(run, 5000)
    page = text(client, "admin:integration_syncrun_change", run.pk)

    rows = page.split("<tbody>")[1]
    assert rows.index(held.shopify_name) < rows.index("#0")
    assert rows.count("<tr>") == 200
    assert "The first 200 of 251" in page
    entries = reverse(ENTRIES)
    assert f'href="{entries}?run__id__exact={run.pk}&amp;outcome__exact=held"' in page
    assert found(client, run__id__exact=str(run.pk), outcome__exact="held") == [held]


def test_a_log_that_is_empty_says_where_to_begin(client: Client) -> None:
    for page in (RUNS, ENTRIES):
        assert "Nothing was synchronised yet." in text(client, page)
        assert "Nothing was synchronised yet." not in text(client, page, q="x")


def test_entries_of_one_run_say_which(client: Client) -> None:
    run = new_run()
    entry(run)
    assert f'<a href="{reverse("admin:integration_syncrun_change", args=[run.pk])}">{run}</a>' in text(
        client, ENTRIES, run__id__exact=str(run.pk)
    )


@pytest.mark.parametrize(("language", "shown"), [("en", "11/24/2026 8 a.m."), ("fr", "24/11/2026 08:00")])
def test_a_title_has_the_time_that_the_page_has(client: Client, language: str, shown: str) -> None:
    run = new_run()
    mark = Watermark.objects.create(warehouse="STG", shop=SHOP, flow=Flow.ORDERS, read_until=START)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    for page in (f"syncrun/{run.pk}/change/", f"watermark/{mark.pk}/change/"):
        title = client.get(f"/admin/integration/{page}").content.decode().split("</title>")[0]
        assert f"{shown} |" in title


def test_an_entry_s_page_says_what_to_do_and_links_to_both_sides(client: Client) -> None:
    run = new_run()
    held, written = held_entry(run), entry(run)
    page = text(client, "admin:integration_syncentry_change", held.pk)
    assert "Line « Chose » has the SKU « INCONNU »" in page
    assert "Create the item in Prextra with exactly this code" in page
    assert f'href="https://{SHOP}/admin/orders/1002"' in page
    assert f'href="{reverse("admin:integration_syncrun_change", args=[run.pk])}"' in page
    assert "SO1001</a>" in text(client, "admin:integration_syncentry_change", written.pk)


def test_nobody_changes_the_log(admin_client: Client) -> None:
    run = new_run()
    written = entry(run)
    for model, key in (("syncrun", run.pk), ("syncentry", written.pk)):
        assert admin_client.get(reverse(f"admin:integration_{model}_add")).status_code == 403
        assert admin_client.post(reverse(f"admin:integration_{model}_change", args=[key]), {}).status_code == 403
        assert admin_client.post(reverse(f"admin:integration_{model}_delete", args=[key]), {}).status_code == 403


def test_a_csv_file_holds_what_the_filters_show_in_words(client: Client) -> None:
    run = new_run()
    entry(run)
    held_entry(run)
    header, row = csv_rows(client, ENTRIES, "?outcome__exact=held")

    assert header[:5] == ["Time", "Warehouse", "Flow", "Outcome", "Record"]
    assert row == [
        "2026-11-24 08:00:00", "STG", "orders", "held", "order", "#1002", "", "",
        "Line « Chose » has the SKU « INCONNU », which Prextra does not know.",
        "Create the item in Prextra with exactly this code, or correct the SKU in Shopify.",
    ]  # fmt: skip
    assert len(csv_rows(client, ENTRIES, "?q=1001")) == 2
    assert len(csv_rows(client, ENTRIES)) == 3


def test_a_csv_file_in_french_opens_in_a_french_spreadsheet(client: Client) -> None:
    entry(new_run(finished_at=START + timedelta(seconds=2.5)), 1002, amount=Decimal("-1234.50"), shopify_name="=1;1")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    entries, runs = (
        list(csv.DictReader(StringIO(download(client, page, 0).content.decode("utf-8-sig")), delimiter=";"))
        for page in (ENTRIES, RUNS)
    )

    assert (entries[0]["Entrepôt"], entries[0]["Numéro Shopify"]) == ("STG", "'=1;1")
    assert (entries[0]["Montant"], runs[0]["Secondes"]) == ("-1234,50", "2,5")


def test_an_excel_file_in_french_has_numbers(client: Client) -> None:
    entry(new_run())
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    sheet = load_workbook(BytesIO(download(client, ENTRIES, 1).content)).active
    assert sheet is not None

    assert [row[7].value for row in sheet.iter_rows()] == ["Montant", 1234.5]


def test_an_excel_file_has_numbers_and_times_and_no_formula(client: Client) -> None:
    run = new_run()
    entry(run, shopify_name="=1+1")
    entry(run, 1002, shopify_name="+cmd|calc\x07")
    answer = download(client, ENTRIES, 1)
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2))

    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert [row[0].value for row in rows] == [datetime(2026, 11, 24, 8, 0)] * 2  # noqa: DTZ001
    assert {row[7].value for row in rows} == {1234.5}
    assert [row[5].value for row in rows] == ["'+cmd|calc", "'=1+1"]
    assert all(cell.data_type != "f" for row in rows for cell in row)


def test_the_runs_can_be_taken_away_too(client: Client) -> None:
    new_run(examined=42)
    header, row = csv_rows(client, RUNS)

    assert dict(zip(header, row, strict=True))["Examined"] == "42"
    assert row[0] == "2026-11-24 08:00:00"


def test_a_file_that_is_too_large_is_refused_with_what_to_do(client: Client) -> None:
    run = new_run()
    SyncEntry.objects.bulk_create(
        SyncEntry(run=run, kind="order", outcome="written", shopify_name=f"#{number}") for number in range(MOST + 1)
    )
    page = reverse(ENTRIES) + "export/"

    assert "choose a shorter time or another filter" in client.get(page).content.decode()
    answer = download(client, ENTRIES, 0)
    assert (answer.status_code, "Content-Disposition" in answer) == (200, False)
    assert len(csv_rows(client, ENTRIES, "?q=%231999")) == 12


def test_the_export_page_obeys_the_policy_and_keeps_the_filters(client: Client) -> None:
    entry(new_run())
    page = text(client, ENTRIES, outcome__exact="written")
    assert f'href="{reverse(ENTRIES)}export/?outcome__exact=written"' in page
    page = client.get(reverse(ENTRIES) + "export/?outcome__exact=written").content.decode()

    assert "Rows: 1." in page
    assert not any(bad in page for bad in ("style=", "onchange=", "<style"))


def test_who_may_not_look_may_not_take_away(client: Client) -> None:
    get_user_model().objects.get().groups.clear()
    entry(new_run())

    for page in (RUNS, ENTRIES):
        assert client.get(reverse(page)).status_code == 403
        assert client.get(reverse(page) + "export/").status_code == 403
        assert download(client, page, 0).status_code == 403


def test_what_a_shop_says_is_never_markup(client: Client) -> None:
    bad = "<b>x</b>"
    run = new_run(reason="shopify_unreachable", params={"details": bad})
    one = entry(run, shopify_name=bad, outcome="held", reason="unknown_sku", params={"line": bad, "sku": bad})
    pages = [
        text(client, RUNS),
        text(client, ENTRIES, q=bad),
        text(client, "admin:integration_syncrun_change", run.pk),
        text(client, "admin:integration_syncentry_change", one.pk),
    ]

    assert [(bad in page, "&lt;b&gt;x" in page) for page in pages] == [(False, True)] * 4


def test_pages_take_few_statements_however_long_the_log_is(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    runs = [new_run(started_at=timezone.now() - timedelta(days=number)) for number in range(120)]
    for number in range(300):
        entry(runs[number % 2], number)
    one = SyncEntry.objects.first()
    assert one is not None
    addresses = [
        reverse(RUNS),
        reverse(RUNS) + "?q=1",
        reverse(ENTRIES),
        reverse(ENTRIES) + "?q=1&outcome__exact=written",
        reverse("admin:integration_syncrun_change", args=[runs[0].pk]),
        reverse("admin:integration_syncentry_change", args=[one.pk]),
        reverse(ENTRIES) + "export/",
    ]
    for address in addresses:
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
    with django_assert_max_num_queries(20):
        assert len(csv_rows(client, ENTRIES)) == 301


@pytest.mark.parametrize(
    "address", ["syncrun/99999999999999999999999/change/", "syncrun/no_such/change/", "syncentry/?run__id__exact=no_such",
                "syncentry/?run__id__exact=99999999999999999999999",
                "syncentry/?period=9999-12", "syncentry/?period=9999-12-31", "heldrecord/?state=x&reason=y"],
)  # fmt: skip
def test_an_address_that_someone_made_up_is_no_error(client: Client, address: str) -> None:
    assert client.get("/admin/integration/" + address, follow=True).status_code == 200


def test_what_no_database_holds_as_a_text_is_refused(client: Client) -> None:
    assert client.get("/admin/integration/syncentry/?q=%00").status_code == 400


def test_an_item_finds_the_entries_and_runs_that_wait_for_it(client: Client) -> None:
    run, other = new_run(), new_run()
    waiting = held_entry(run)
    entry(other, 1003, reason="unknown_sku", params={"sku": "INCONNU"})
    notice = entry(run, 1004, outcome="notice", reason="unknown_sku", params={"sku": "INCONNU-2"})

    assert found(client, q="inconnu") == [notice, waiting]
    assert found(client, RUNS, q="INCONNU") == [run]


@pytest.mark.parametrize("forged", ["x", "9" * 30, "9" * 5000, "²"])
def test_a_forged_run_is_no_run(client: Client, forged: str) -> None:
    entry(new_run())
    answer = client.get(reverse(ENTRIES), {"run__id__exact": forged}, follow=True)

    assert answer.status_code == 200
    assert answer.context["of_run"] is None
