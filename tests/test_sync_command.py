"""`manage.py sync`: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from integration.cycle import PassReport
from integration.demo.orders import Line, fulfil, pay
from integration.demo.shop.shop import StandInShop
from integration.items.links import PlannedItem
from integration.ledger import Problem
from integration.management.report import console_on, planned_table, problem_lines, summary
from integration.models import Flow, HeldRecord, SyncRun
from prextra_models import models as prextra
from tests.factories import ItemFactory, ItemPriceFactory, ItemStockFactory, ItemTextFactory, WarehouseFactory
from tests.scene import DATABASES, Scene, prextra_snapshot, rows, snapshot

pytestmark = pytest.mark.django_db(databases=DATABASES)

UNKNOWN = Line("INCONNU", "Chose")


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url)


def sync(*options: str) -> tuple[int, str]:
    """The exit status and the standard output, in English."""
    out = StringIO()
    with translation.override("en"), pytest.raises(SystemExit) as ended:
        call_command("sync", *options, stdout=out)
    return int(str(ended.value.code)), out.getvalue()


def test_status_0_and_a_table_with_a_row_for_each_flow(scene: Scene) -> None:
    scene.place()
    status, text = sync()

    assert status == 0
    assert [flow in text for flow in ("orders", "shipments", "invoices", "STG")] == [True] * 4


def test_status_1_and_the_reason_with_advice_where_something_is_held(scene: Scene) -> None:
    scene.place(UNKNOWN)
    status, text = sync()

    assert status == 1
    assert "#1001" in text
    assert "« INCONNU »" in text
    assert "Create the item in Prextra" in " ".join(text.split())


def test_status_1_as_long_as_it_is_held_even_while_it_rests(scene: Scene) -> None:
    scene.place(UNKNOWN)
    sync()

    assert sync()[0] == 1
    ItemFactory(code="INCONNU")
    assert sync("--retry")[0] == 0


def test_status_2_where_a_warehouse_is_not_configured_and_the_others_go_on(scene: Scene) -> None:
    scene.place()
    WarehouseFactory(code="AAA", shopify_api_key="")
    status, text = sync()

    assert status == 2
    assert "AAA" in text
    assert len(rows(prextra.SalesOrder)) == 1


def test_status_2_where_shopify_forbids(scene: Scene) -> None:
    scene.shop.faults.next("403")

    assert sync()[0] == 2


def test_a_version_that_is_no_longer_served_is_said_and_stops_nothing(scene: Scene) -> None:
    scene.shop.served_version = "2027-01"
    scene.place()
    status, text = sync()

    assert status == 0
    assert "2027-01" in text
    assert "2027-01" in SyncRun.objects.get(flow="orders").message


def test_an_unknown_warehouse_is_named_with_those_that_are_known(scene: Scene) -> None:
    with translation.override("en"), pytest.raises(CommandError, match=r"NULLE.*STG") as refused:
        call_command("sync", "--warehouse", "NULLE")

    assert refused.value.returncode == 2


def test_a_warehouse_by_its_code_is_the_only_one(scene: Scene) -> None:
    WarehouseFactory(code="AAA", shopify_api_key="")

    assert sync("--warehouse", "STG")[0] == 0


def test_without_any_flow_ticked_it_says_so(scene: Scene) -> None:
    scene.tick_boxes()
    status, text = sync()

    assert (status, "No warehouse has a flow ticked" in text) == (0, True)


def test_one_flow_alone(scene: Scene) -> None:
    scene.then(fulfil, scene.place())
    sync("--flow", "orders")

    assert (len(rows(prextra.SalesOrder)), rows(prextra.Shipment)) == (1, [])
    assert list(SyncRun.objects.values_list("flow", flat=True)) == ["orders"]


def test_json_is_one_object_on_standard_output(scene: Scene) -> None:
    scene.place(UNKNOWN)
    scene.then(pay, scene.place())
    status, text = sync("--json")

    (report,) = json.loads(text)["warehouses"]
    assert (status, report["warehouse"], report["error"], report["examined"], report["held"]) == (1, "STG", None, 2, 1)
    assert [(run["flow"], run["written"]) for run in report["runs"]] == [
        ("orders", 2),
        ("shipments", 0),
        ("invoices", 0),
    ]
    (held,) = report["held_records"]
    assert (held["order"], held["flow"], held["reason"]) == ("#1001", "orders", "unknown_sku")


def test_json_names_the_error_that_stopped_it(scene: Scene) -> None:
    scene.shop.faults.next("403")
    status, text = sync("--json")

    assert (status, json.loads(text)["warehouses"][0]["error"]["reason"]) == (2, "shopify_forbidden")


def everything() -> dict[str, Any]:
    return snapshot("prextra_models", "integration")


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing_in_any_database(scene: Scene) -> None:
    scene.place(UNKNOWN)
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    before = everything()
    status, text = sync("--dry-run", "--retry")

    assert everything() == before
    assert status == 1
    assert [word in text for word in ("sales order", "prepayment", "shipment", "invoice")] == [True] * 4
    assert text.count("114.98") == 4
    assert "« INCONNU »" in text


def test_a_dry_run_foretells_exactly_what_the_next_pass_writes(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order, {0: 1})
    planned = json.loads(sync("--dry-run", "--json")[1])["warehouses"][0]["planned"]
    foretold = [(d["kind"], d["amount"]) for one in planned for d in one["documents"]]
    sync()

    written, invoice = rows(prextra.SalesOrder)[0], rows(prextra.Invoice)[0]
    assert foretold == [
        ("sales_order", str(written.total)),
        ("prepayment", str(written.total)),
        ("shipment", None),
        ("invoice", str(invoice.total)),
        ("application", str(invoice.total)),
    ]
    assert json.loads(sync("--dry-run", "--json")[1])["warehouses"][0]["planned"] == []


def test_a_dry_run_tries_what_is_held_where_it_is_asked_to_and_counts_it_where_it_is_not(scene: Scene) -> None:
    scene.place(UNKNOWN)
    sync()

    assert json.loads(sync("--dry-run", "--json")[1])["warehouses"][0]["held"] == 1
    assert sync("--dry-run")[0] == 1
    ItemFactory(code="INCONNU")
    status, text = sync("--dry-run", "--retry")
    assert (status, "sales order" in text) == (0, True)


def test_json_is_one_object_where_the_command_is_refused_too(scene: Scene) -> None:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("sync", "--warehouse", "NONE", "--json", stdout=out)

    assert refused.value.returncode == 2
    assert "NONE" in json.loads(out.getvalue())["error"]


def test_one_flow_leaves_out_the_warehouses_where_it_is_not_ticked(scene: Scene) -> None:
    WarehouseFactory(code="W2", sync_shipments=False, sync_invoices=False)
    report = json.loads(sync("--flow", "shipments", "--json")[1])

    assert [one["warehouse"] for one in report["warehouses"]] == ["STG"]


def test_an_interruption_is_said_in_a_sentence_and_ends_the_runs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("integration.cycle.read_shop", interrupt)
    with pytest.raises(CommandError) as interrupted:
        call_command("sync", stdout=StringIO())

    assert interrupted.value.returncode == 130
    assert set(SyncRun.objects.values_list("outcome", flat=True)) == {"interrupted"}


def test_since_reads_what_is_older_than_the_history(scene: Scene) -> None:
    old = datetime.now(UTC).replace(microsecond=0) - timedelta(days=100)
    scene.place(placed_at=old)
    sync()
    assert rows(prextra.SalesOrder) == []

    sync("--since", f"{old - timedelta(days=2):%Y-%m-%d}")
    assert len(rows(prextra.SalesOrder)) == 1


@pytest.mark.parametrize("date", ["hier", "2026-13-45", ""])
def test_a_date_that_is_none_is_refused(scene: Scene, date: str) -> None:
    with pytest.raises(CommandError):
        call_command("sync", "--since", date)


def test_a_second_run_writes_nothing_more(scene: Scene) -> None:
    order = scene.place()
    scene.then(pay, order)
    scene.then(fulfil, order)
    sync()
    before = prextra_snapshot()
    sync()

    assert prextra_snapshot() == before


PLANNED_ITEMS = [
    PlannedItem("NEUF", ("product",)),
    PlannedItem("MARTEAU", ("title", "body_html", "translations:en", "title", "stock")),
    PlannedItem("SCIE", problem=Problem("item_without_price", {"item": "SCIE"})),
]


def printed(report: PassReport, language: str = "en") -> str:
    out = StringIO()
    with translation.override(language):
        console_on(out).print(planned_table(report), *problem_lines([report]))
    return " ".join(out.getvalue().split())


def test_a_dry_run_says_item_by_item_what_would_change_in_the_reader_s_words() -> None:
    report = PassReport("STG", planned_items=PLANNED_ITEMS)

    assert "NEUF │ product │" in printed(report)
    assert "MARTEAU │ title, web description, translations (en), stock" in printed(report)
    assert "MARTEAU │ titre, descr. web, traductions (en), stock" in printed(report, "fr")


def test_a_dry_run_says_of_an_item_that_is_not_sent_why_and_what_to_do() -> None:
    text = printed(PassReport("STG", planned_items=PLANNED_ITEMS))

    assert "Item SCIE has no price. Give it a price." in text


def test_one_table_shows_orders_and_items_under_headings_that_suit_both() -> None:
    problem = Problem("unknown_tax", {"tax": "HST"})
    text = printed(PassReport("STG", planned=[("#1001", [], [problem])], planned_items=PLANNED_ITEMS[:1]))

    assert [word in text for word in ("Record", "What would be done", "To look at")] == [True] * 3
    assert ("#1001" in text, "« HST »" in text, "NEUF" in text) == (True, True, True)


def test_json_names_the_changes_of_an_item_by_their_codes_and_says_why_one_is_not_sent() -> None:
    with translation.override("en"):
        new, changed, refused = summary(PassReport("STG", planned_items=PLANNED_ITEMS))["planned_items"]

    assert new == {"item": "NEUF", "changes": ["product"], "problem": None}
    assert changed["changes"][2] == "translations:en"
    assert (refused["item"], refused["changes"]) == ("SCIE", [])
    assert refused["problem"] == {
        "reason": "item_without_price",
        "message": "Item SCIE has no price.",
        "advice": "Give it a price.",
    }


def test_a_held_item_appears_by_its_code() -> None:
    HeldRecord.objects.create(
        warehouse="STG",
        flow=Flow.ITEMS,
        shopify_id="SCIE",
        shopify_name="SCIE",
        reason="item_without_price",
        params={"item": "SCIE"},
        next_attempt_at=datetime.now(UTC),
    )
    report = PassReport("STG", held=1)

    assert "STG SCIE: Item SCIE has no price. Give it a price." in printed(report)
    (held,) = summary(report)["held_records"]
    assert (held["item"], held["flow"], "order" in held) == ("SCIE", "items", False)


def test_the_items_flow_alone_is_previewed_and_what_it_foretells_is_what_the_next_pass_does(
    shop: StandInShop, shop_url: str
) -> None:
    scene = Scene(shop, shop_url, skus=(), sync_items=True)
    for code, price in (("MARTEAU", "24.99"), ("SCIE", None)):
        item = ItemFactory(code=code, default_warehouse=scene.warehouse)
        ItemStockFactory(item=item, warehouse=scene.warehouse)
        ItemTextFactory(item=item)
        if price:
            ItemPriceFactory(item=item, company=scene.warehouse.company)
    before = everything()
    planned = json.loads(sync("--flow", "items", "--dry-run", "--json")[1])["warehouses"][0]["planned_items"]

    assert everything() == before
    assert [(one["item"], one["changes"], bool(one["problem"])) for one in planned] == [
        ("SCIE", [], True),
        ("MARTEAU", ["product", "publish", "status"], False),
    ]
    status, text = sync("--flow", "items")
    assert (status, "SCIE: Item SCIE has no price." in text) == (1, True)
    assert [one["variants"][0]["sku"] for one in shop.store.products.values()] == ["MARTEAU"]
    assert json.loads(sync("--flow", "items", "--dry-run", "--json")[1])["warehouses"][0]["planned_items"] == []
