"""`manage.py check_prextra` on a SQLite database that is spoiled: what it says, and its exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections

from integration.management.commands import check_prextra
from prextra_models.router import PREXTRA
from prextra_models.schema import live
from prextra_models.schema.expected import expected_schema
from tests.passes import is_sqlite
from tests.scene import DATABASES

pytestmark = [pytest.mark.django_db(databases=DATABASES), pytest.mark.usefixtures("in_english")]
TABLES = 24


@pytest.fixture
def readable(db: None) -> None:
    if not live.can_read(connections[PREXTRA]):
        pytest.skip("check_prextra reads the catalogues of SQL Server and SQLite alone, and this is another server")


def run(*options: str) -> tuple[int, str]:
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_prextra", *options, stdout=out)
    return int(end.value.code or 0), out.getvalue()


def refused(*options: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("check_prextra", *options, stdout=StringIO())
    assert error.value.returncode == 2
    return str(error.value)


def query(sql: str, *params: str) -> list[Any]:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


def remake(table: str, old: str, new: str) -> None:
    """The table again, with one thing in its definition that differs; its indexes as they were."""
    sqls = [
        sql
        for (sql,) in query("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql > '' ORDER BY type DESC", table)
    ]
    assert len(re.findall(old, sqls[0])) == 1, sqls[0]
    query(f'DROP TABLE "{table}"')
    for sql in [re.sub(old, new, sqls[0]), *sqls[1:]]:
        query(sql)


def drop(table: str, column: str) -> Callable[[], None]:
    return lambda: remake(table, rf'"{column}" [^,]+(?:\(\d+, \d+\)[^,]*)?, ', "")


def other(table: str, old: str, new: str) -> Callable[[], None]:
    return lambda: remake(table, old, new)


def do(*sqls: str) -> Callable[[], None]:
    return lambda: [query(sql) for sql in sqls] and None


def reindex(name: str, sql: str) -> Callable[[], None]:
    return do(f'DROP INDEX "{name}"', sql)


SPOILED: dict[str, tuple[Callable[[], None], str, str]] = {
    "no table": (do('DROP TABLE "PrepaymentApplication"'), "table_missing", "PrepaymentApplication"),
    "table under another name": (
        do('ALTER TABLE "ShipmentLine" RENAME TO "ShipmentLines"'), "table_missing", "ShipmentLine"),
    "a view where rows are written": (
        do('ALTER TABLE "ShipmentLine" RENAME TO "X"', 'CREATE VIEW "ShipmentLine" AS SELECT * FROM "X"'),
        "view", "ShipmentLine"),
    "no column": (drop("Shipment", "carrier"), "column_missing", "Shipment"),
    "a column under another name": (
        do('ALTER TABLE "Customer" RENAME COLUMN "city" TO "ville"'), "column_missing", "Customer"),
    "a short number": (other("Invoice", r'"number" varchar\(14\)', '"number" varchar(10)'), "too_short", "Invoice"),
    "a short identifier": (
        other("SalesOrder", r'"shopify_id" varchar\(64\)', '"shopify_id" varchar(20)'), "too_short", "SalesOrder"),
    "a short secret": (
        other("Warehouse", '"shopify_access_token" text', '"shopify_access_token" varchar(100)'),
        "too_short", "Warehouse"),
    "a text with a limit": (other("ItemText", '"text" text', '"text" varchar(4000)'), "limited", "ItemText"),
    "a numeric code": (other("Item", r'"code" varchar\(30\)', '"code" int'), "wrong_type", "Item"),
    "a padded code": (other("Item", r'"barcode" varchar\(50\)', '"barcode" char(50)'), "padded", "Item"),
    "inexact money": (other("Deposit", '"total" decimal', '"total" real'), "wrong_type", "Deposit"),
    "no cents": (other("Deposit", '"total" decimal', '"total" decimal(15, 0)'), "too_few_decimals", "Deposit"),
    "few digits": (other("Deposit", '"total" decimal', '"total" decimal(9, 2)'), "too_few_digits", "Deposit"),
    "a small counter": (
        other("DocumentNumber", '"next_number" integer unsigned', '"next_number" smallint'),
        "too_small", "DocumentNumber"),
    "a letter for a box": (
        other("Item", '"shopify" bool', '"shopify" char(1)'), "wrong_type", "Item"),
    "a day with a time": (
        other("Deposit", '"deposit_date" date', '"deposit_date" datetime'), "day_with_time", "Deposit"),
    "a day as a text": (
        other("Deposit", '"deposit_date" date', '"deposit_date" varchar(10)'), "wrong_type", "Deposit"),
    "a key that is not numbered": (
        other("ItemText", '"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT', '"id" bigint NOT NULL PRIMARY KEY'),
        "not_numbered", "ItemText"),
    "a computed column": (
        other("ItemStock", '"available" decimal NOT NULL', '"available" decimal NOT NULL AS ("on_hand" - "on_sale") STORED'),
        "not_writable", "ItemStock"),
    "a required publication date": (
        other("Item", '"publication_date" date NULL', '"publication_date" date NOT NULL'), "null_refused", "Item"),
    "a required sector": (
        other("SalesOrder", r'"sector_id" bigint NULL', '"sector_id" bigint NOT NULL'), "null_refused", "SalesOrder"),
    "an unknown required column": (
        other("Shipment", '"ship_date" date', '"branch" integer NOT NULL, "ship_date" date'),
        "required_column", "Shipment"),
    "a column that may be NULL": (
        other("Customer", r'"city" varchar\(30\) NOT NULL', '"city" varchar(30) NULL'), "null_allowed", "Customer"),
    "no index against doubles": (do('DROP INDEX "UX_SalesOrder_Shopify"'), "unique_missing", "SalesOrder"),
    "no constraint against two numbers": (
        other("Shipment", r', CONSTRAINT "UX_Shipment_Number" UNIQUE \("company_id", "number"\)', ""),
        "unique_missing", "Shipment"),
    "no constraint upon the shipment of an invoice": (
        other("Invoice", '"shipment_id" bigint NOT NULL UNIQUE', '"shipment_id" bigint NOT NULL'),
        "unique_missing", "Invoice"),
    "an index that is not unique": (
        reindex("UX_Prepayment_Shopify", 'CREATE INDEX "UX_Prepayment_Shopify" ON "Prepayment" ("shopify_id")'),
        "unique_missing", "Prepayment"),
    "one deposit a day": (
        reindex("UX_Deposit_Open", 'CREATE UNIQUE INDEX "U" ON "Deposit" ("company_id", "bank_id", "deposit_date")'),
        "unique_without_filter", "Deposit"),
    "another filter": (
        reindex(
            "UX_Deposit_Open",
            'CREATE UNIQUE INDEX "U" ON "Deposit" ("company_id", "bank_id", "deposit_date") WHERE "status" = \'posted\'',
        ),
        "unique_other_filter", "Deposit"),
    "an item once in an order": (
        do('CREATE UNIQUE INDEX "U" ON "SalesOrderLine" ("order_id", "item_id")'), "unique_stricter", "SalesOrderLine"),
    "a trigger": (
        do('CREATE TRIGGER "T" AFTER INSERT ON "Invoice" BEGIN SELECT 1; END'), "trigger", "Invoice"),
}  # fmt: skip


@pytest.fixture
def sqlite() -> None:
    if not is_sqlite(PREXTRA):
        pytest.skip("spoils the database by statements that only SQLite has")


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("way", SPOILED)
def test_each_way_of_spoiling_is_found_and_named(way: str) -> None:
    spoil, code, table = SPOILED[way]
    spoil()
    status, text = run("--json")
    (found,) = json.loads(text)["findings"]
    assert (found["code"], found["table"]) == (code, table)
    assert status == (1 if found["severity"] == "error" else 0)
    assert run() == (status, said(table, found))


def said(table: str, found: dict[str, str]) -> str:
    word = {"error": "Error", "warning": "Warning", "information": "Note"}[found["severity"]]
    count = "1 error to be mended, 0 remarks." if word == "Error" else "0 errors to be mended, 1 remark."
    sql = "".join(f"      {line}\n" for line in found["sql"].splitlines())
    return f"{table}\n  {word}: {found['message']} {found['advice']}\n{sql}\n{count}\n"


@pytest.mark.usefixtures("readable")
def test_of_a_right_database_it_says_one_line_and_no_sql() -> None:
    assert run() == (0, f"Prextra's database has all that the app expects, in {TABLES} tables.\n")
    assert run("--sql") == (0, "")
    assert json.loads(run("--json")[1]) == {"findings": []}


@pytest.mark.usefixtures("readable")
def test_it_writes_nothing() -> None:
    statements: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql.split()[0])
        return execute(sql, params, many, context)

    with connections[PREXTRA].execute_wrapper(watch):
        run()
    assert set(statements) == {"SELECT"}


@pytest.mark.usefixtures("sqlite")
def test_the_sql_alone_is_a_script_with_what_it_mends_beside_it() -> None:
    query('DROP INDEX "UX_SalesOrder_Shopify"')
    drop("Shipment", "carrier")()
    status, script = run("--sql")
    lines = script.splitlines()
    assert status == 1
    assert "ALTER TABLE [Shipment] ADD [carrier] nvarchar(50) NOT NULL DEFAULT N'';" in lines
    unique = (
        "CREATE UNIQUE INDEX [UX_SalesOrder_Shopify] ON [SalesOrder] ([shopify_id]) WHERE [shopify_id] IS NOT NULL;"
    )
    assert unique in lines
    assert any(line.startswith("-- Shipment: ") for line in lines)
    assert script.count("\nGO\n") == 3


def test_grants_are_printed_for_a_user_and_ask_no_database() -> None:
    out = StringIO()
    with connections[PREXTRA].execute_wrapper(lambda *_: pytest.fail("it looked")):
        call_command("check_prextra", "--grants", "DOMAIN\\sync", stdout=out)
    lines = out.getvalue().splitlines()
    assert "GRANT SELECT ON [Item] TO [DOMAIN\\sync];" in lines
    assert "GRANT UPDATE ON [Deposit] ([total]) TO [DOMAIN\\sync];" in lines
    assert not [line for line in lines if re.match(r"GRANT (DELETE|INSERT ON \[Item\])", line)]
    assert sum(line.startswith("GRANT SELECT") for line in lines) == TABLES


@pytest.mark.usefixtures("readable")
def test_a_database_that_does_not_answer_is_one_sentence_and_2() -> None:
    def no_answer(*_: object) -> None:
        raise OperationalError("Login timeout\nexpired")

    with connections[PREXTRA].execute_wrapper(no_answer):
        assert refused() == "Prextra's database does not answer: Login timeout expired"
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("check_prextra", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"error": "Prextra's database does not answer: Login timeout expired"}


def test_a_file_that_is_not_there_is_not_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Elsewhere:
        vendor = "sqlite"
        settings_dict = {"NAME": str(tmp_path / "prextra.sqlite3")}

        def is_in_memory_db(self) -> bool:
            return False

    monkeypatch.setattr(check_prextra, "connections", {PREXTRA: Elsewhere()})
    assert refused() == f"There is no file {tmp_path / 'prextra.sqlite3'}."
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_database_cannot_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        vendor, display_name = "postgresql", "PostgreSQL"

    monkeypatch.setattr(check_prextra, "connections", {PREXTRA: Other()})
    assert "PostgreSQL cannot be looked into" in refused()


def test_every_table_of_the_models_is_looked_at() -> None:
    assert len(expected_schema()) == TABLES
