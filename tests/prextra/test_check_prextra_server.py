"""A SQL Server database, spoiled in one way after the other: each is found and named, and a right one says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from prextra_models.schema import sqlserver
from prextra_models.schema.compare import compare
from prextra_models.schema.expected import expected_schema
from prextra_models.schema.findings import Finding, Severity
from tests.prextra.server import Server

TORONTO = ZoneInfo("America/Toronto")
NOW = datetime(2026, 11, 24, 16, 4, 40, tzinfo=TORONTO)
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.INFORMATION


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def server_as_printed() -> Server:
    """With what `prextra_sql` makes, and what `check_prextra --grants` grants."""
    server = Server()
    server.say(printed("prextra_sql"))
    server.say(printed("check_prextra", "--grants"))
    return server


@pytest.fixture
def server() -> Server:
    return server_as_printed()


def look(server: Server) -> list[Finding]:
    expected = expected_schema()
    return compare(expected, sqlserver.read(server.cursor(), expected), TORONTO, NOW)


def test_nothing_is_said_of_the_tables_that_prextra_sql_makes_with_the_rights_that_are_printed(server: Server) -> None:
    assert look(server) == []


Spoil = Callable[[Server], object]
SPOILED: dict[str, tuple[Spoil, str, Severity, str, str]] = {
    "a table is missing": (
        lambda s: s.change("objects", {"name": "Deposit"}, name="Deposits"), "table_missing", ERROR, "Deposit", ""),
    "a table stands in another schema": (
        lambda s: (s.add("schemas", name="erp", schema_id=9), s.change("objects", {"name": "Item"}, schema_id=9)),
        "table_elsewhere", ERROR, "Item", ""),
    "a view that the app would write to": (
        lambda s: s.change("objects", {"name": "Prepayment"}, type_desc="VIEW"), "view", ERROR, "Prepayment", ""),
    "a synonym": (
        lambda s: s.change("objects", {"name": "Customer"}, type_desc="SYNONYM"), "synonym", WARNING, "Customer", ""),
    "a column is missing": (
        lambda s: s.drop_column("Shipment", "carrier"), "column_missing", ERROR, "Shipment", "carrier"),
    "a column's name differs by a capital where the database minds them": (
        lambda s: (s.change("databases", {"name": "Prextra"}, collation_name="French_CS_AS"),
                   s.change_column("Customer", "city", name="City")),
        "column_missing", ERROR, "Customer", "city"),
    "a text is too short": (
        lambda s: s.retype("SalesOrder", "note", "nvarchar", "999"), "too_short", ERROR, "SalesOrder", "note"),
    "an identifier of Shopify's is too short": (
        lambda s: s.retype("Invoice", "shopify_id", "nvarchar", "40"), "too_short", ERROR, "Invoice", "shopify_id"),
    "the secret does not fit, encrypted": (
        lambda s: s.retype("Warehouse", "shopify_access_token", "nvarchar", "100"),
        "too_short", ERROR, "Warehouse", "shopify_access_token"),
    "a web description is cut": (
        lambda s: s.retype("ItemText", "text", "nvarchar", "4000"), "limited", WARNING, "ItemText", "text"),
    "a code is a number": (
        lambda s: s.retype("Item", "code", "int"), "wrong_type", ERROR, "Item", "code"),
    "a text is a GUID": (
        lambda s: s.retype("SalesOrderLine", "shopify_id", "uniqueidentifier"),
        "wrong_type", ERROR, "SalesOrderLine", "shopify_id"),
    "a code comes back with blanks": (
        lambda s: s.retype("Company", "code", "nchar", "8"), "padded", ERROR, "Company", "code"),
    "a code is of the old type that cannot be compared": (
        lambda s: s.retype("Item", "barcode", "ntext"), "old_text", ERROR, "Item", "barcode"),
    "a text is too short in bytes": (
        lambda s: in_utf8(s, ("SalesOrder", "buyer_name"), size="119"),
        "too_short", ERROR, "SalesOrder", "buyer_name"),
    "names are not Unicode": (
        lambda s: s.retype("SalesOrder", "buyer_name", "varchar", "40"), "narrow_text", WARNING, "SalesOrder", ""),
    "amounts lose their cents": (
        lambda s: s.retype("Invoice", "total", "numeric", "15", "0"), "too_few_decimals", ERROR, "Invoice", "total"),
    "a unit price loses decimals": (
        lambda s: s.retype("InvoiceLine", "unit_price", "decimal", "19", "2"),
        "too_few_decimals", ERROR, "InvoiceLine", "unit_price"),
    "amounts are no exact numbers": (
        lambda s: s.retype("Deposit", "total", "float"), "wrong_type", ERROR, "Deposit", "total"),
    "large amounts are refused": (
        lambda s: s.retype("Deposit", "total", "smallmoney"), "too_few_digits", WARNING, "Deposit", "total"),
    "a counter is too small": (
        lambda s: s.retype("DocumentNumber", "next_number", "smallint"),
        "too_small", ERROR, "DocumentNumber", "next_number"),
    "a key is too small": (
        lambda s: s.retype("ShipmentLine", "id", "smallint"), "too_small", ERROR, "ShipmentLine", "id"),
    "a box is a letter": (
        lambda s: s.retype("Warehouse", "sync_orders", "char", "1"), "wrong_type", ERROR, "Warehouse", "sync_orders"),
    "a day is a text": (
        lambda s: s.retype("Shipment", "ship_date", "varchar", "10"), "wrong_type", ERROR, "Shipment", "ship_date"),
    "a day has a time": (
        lambda s: s.retype("Deposit", "deposit_date", "datetime"),
        "day_with_time", NOTE, "Deposit", "deposit_date"),
    "a key is not numbered": (
        lambda s: s.change_column("Prepayment", "id", is_identity=0), "not_numbered", ERROR, "Prepayment", "id"),
    "a column that is written is numbered by the server": (
        lambda s: s.change_column("SalesOrderLine", "line_number", is_identity=1),
        "not_writable", ERROR, "SalesOrderLine", "line_number"),
    "a column that is written is computed": (
        lambda s: s.change_column("ItemStock", "available", is_computed=1),
        "not_writable", ERROR, "ItemStock", "available"),
    "a publication date is required": (
        lambda s: s.change_column("Item", "publication_date", is_nullable=0),
        "null_refused", ERROR, "Item", "publication_date"),
    "a sector is required": (
        lambda s: s.change_column("SalesOrder", "sector_id", is_nullable=0),
        "null_refused", ERROR, "SalesOrder", "sector_id"),
    "a column of which the app knows nothing is required": (
        lambda s: s.column("SalesOrder", "CostCentre", "int", null="NOT NULL"),
        "required_column", ERROR, "SalesOrder", "CostCentre"),
    "texts may be NULL": (
        lambda s: s.change_column("Customer", "city", is_nullable=1), "null_allowed", NOTE, "Customer", ""),
    "keys of two collations": (
        lambda s: s.change_column("ItemStock", "item_id", collation_name="SQL_Latin1_General_CP1_CI_AS"),
        "collations_differ", ERROR, "ItemStock", "item_id"),
    "nothing prevents two documents of one order": (
        lambda s: s.drop_index("SalesOrder", "UX_SalesOrder_Shopify"), "unique_missing", ERROR, "SalesOrder", ""),
    "nothing prevents two documents of one number": (
        lambda s: s.drop_index("Invoice", "UX_Invoice_Number"), "unique_missing", ERROR, "Invoice", ""),
    "nothing prevents two open deposits of a day": (
        lambda s: s.drop_index("Deposit", "UX_Deposit_Open"), "unique_missing", ERROR, "Deposit", ""),
    "an index is there, and not unique": (
        lambda s: s.change_index("UX_Prepayment_Shopify", is_unique=0), "unique_missing", ERROR, "Prepayment", ""),
    "an account may be there twice": (
        lambda s: s.drop_index("GLAccount", "UX_GLAccount_Code"), "unique_missing", WARNING, "GLAccount", ""),
    "the index is disabled": (
        lambda s: s.change_index("UX_Shipment_Shopify", is_disabled=1), "unique_disabled", ERROR, "Shipment", ""),
    "the index swallows doubles": (
        lambda s: s.change_index("UX_Invoice_Shopify", ignore_dup_key=1), "unique_ignores", ERROR, "Invoice", ""),
    "the index takes a single row without an identifier": (
        lambda s: s.change_index("UX_SalesOrder_Shopify", has_filter=0, filter_definition=None),
        "unique_without_filter", ERROR, "SalesOrder", ""),
    "the index allows one deposit a day": (
        lambda s: s.change_index("UX_Deposit_Open", has_filter=0, filter_definition=None),
        "unique_without_filter", ERROR, "Deposit", ""),
    "the index guards other rows": (
        lambda s: s.change_index("UX_Deposit_Open", filter_definition="([status]=N'posted')"),
        "unique_other_filter", ERROR, "Deposit", ""),
    "the index has a filter that is not understood": (
        lambda s: s.change_index("UX_Deposit_Open", filter_definition="([status]<>'posted')"),
        "unique_other_filter", ERROR, "Deposit", ""),
    "an order may have an item once only": (
        lambda s: s.unique("SalesOrderLine", "UX_Erp", ["order_id", "item_id"]),
        "unique_stricter", WARNING, "SalesOrderLine", ""),
    "the app's rows collide in a column that it leaves NULL": (
        lambda s: (s.column("Shipment", "Waybill", "nvarchar", "20"), s.unique("Shipment", "UX_Waybill", ["Waybill"])),
        "unique_of_nulls", ERROR, "Shipment", ""),
    "a trigger stands in for INSERT": (
        lambda s: s.trigger("SalesOrder", "TR_Orders", "INSERT", instead_of=True),
        "trigger_instead", ERROR, "SalesOrder", ""),
    "a trigger stands in for UPDATE": (
        lambda s: s.trigger("Item", "TR_Items", "UPDATE", instead_of=True),
        "trigger_instead", WARNING, "Item", ""),
    "a trigger runs along": (
        lambda s: s.trigger("Invoice", "TR_Invoices", "UPDATE"), "trigger", NOTE, "Invoice", ""),
    "the login may not read": (
        lambda s: s.rights.discard("SELECT [Customer]"), "right_missing", ERROR, "Customer", ""),
    "the login may not insert": (
        lambda s: s.rights.discard("INSERT [Invoice]"), "right_missing", ERROR, "Invoice", ""),
    "the login may not update a column": (
        lambda s: s.rights.discard("UPDATE [Deposit].total"), "right_missing", ERROR, "Deposit", ""),
    "the login may delete": (
        lambda s: s.rights.add("DELETE [Invoice]"), "right_beyond", NOTE, "Invoice", ""),
    "the login may insert items": (
        lambda s: s.rights.add("INSERT [Item]"), "right_beyond", NOTE, "Item", ""),
    "the login owns the database": (
        lambda s: s.roles.add("db_owner"), "login_mighty", WARNING, "", ""),
    "the database is read-only": (
        lambda s: s.change("databases", {"name": "Prextra"}, is_read_only=1), "read_only", ERROR, "", ""),
    "readers and writers block one another": (
        lambda s: s.change("databases", {"name": "Prextra"}, is_read_committed_snapshot_on=0),
        "readers_block", WARNING, "", ""),
    "the database is an old one": (
        lambda s: s.change("databases", {"name": "Prextra"}, compatibility_level=100),
        "old_compatibility", WARNING, "", ""),
    "accents are nothing": (
        lambda s: s.base.execute("UPDATE sys.columns SET collation_name = 'French_CI_AI' WHERE collation_name > ''"),
        "accents_ignored", WARNING, "", ""),
    "the server's clock is wrong": (
        lambda s: setattr(s, "clock", "2026-11-24 16:14:39.1234567 -05:00"), "clocks_differ", WARNING, "", ""),
    "the server is in Vancouver": (
        lambda s: setattr(s, "clock", "2026-11-24 13:04:39.1234567 -08:00"), "zones_differ", WARNING, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("way", SPOILED)
def test_a_database_that_is_spoiled_in_one_way_is_found_so_and_in_no_other(server: Server, way: str) -> None:
    spoil, code, severity, table, column = SPOILED[way]
    spoil(server)
    (found,) = [one for one in look(server) if one.code != "unique_missing" or code == "unique_missing"]
    assert (found.code, found.severity, found.table, found.column) == (code, severity, table, column)
    assert found.message
    assert "{" not in found.message + found.advice


UTF8 = "Latin1_General_100_CI_AS_SC_UTF8"
ITEM_CODES = [
    ("Item", "code"), ("ItemStock", "item_id"), ("ItemText", "item_id"), ("ItemPrice", "item_id"),
    ("SalesOrderLine", "item_id"), ("ShipmentLine", "item_id"), ("InvoiceLine", "item_id"),
]  # fmt: skip


def in_utf8(server: Server, *columns: tuple[str, str], size: str) -> None:
    for table, column in columns:
        server.retype(table, column, "varchar", size)
        server.change_column(table, column, collation_name=UTF8)


HARMLESS: dict[str, Spoil] = {
    "a key is an int": lambda s: s.retype("SalesOrder", "id", "int"),
    "longer texts": lambda s: s.retype("SalesOrder", "number", "nvarchar", "50"),
    "texts without limit": lambda s: s.retype("SalesOrder", "note", "nvarchar", "max"),
    "more digits and decimals": lambda s: s.retype("Invoice", "total", "decimal", "19", "6"),
    "money": lambda s: s.retype("Invoice", "total", "money"),
    "a box is a number": lambda s: s.retype("Warehouse", "sync_items", "tinyint"),
    "decimals of prices in a byte": lambda s: s.retype("Company", "sale_price_decimals", "tinyint"),
    "a secret of 255": lambda s: s.retype("Warehouse", "shopify_access_token", "varchar", "255"),
    "an identifier in varchar": lambda s: s.retype("Invoice", "shopify_id", "varchar", "64"),
    "a type of the owner's own": lambda s: (
        s.add("types", name="ShortText", system_type_id=231, user_type_id=300),
        s.change_column("Item", "barcode", user_type_id=300),
    ),
    "a column that may be NULL": lambda s: s.column("SalesOrder", "CostCentre", "int"),
    "a required column with a default": lambda s: (
        s.column("SalesOrder", "Branch", "int", null="NOT NULL"),
        s.change_column("SalesOrder", "Branch", default_object_id=77),
    ),
    "a row version": lambda s: s.column("SalesOrder", "Version", "timestamp", null="NOT NULL"),
    "a column of a temporal table": lambda s: (
        s.column("SalesOrder", "ValidFrom", "datetime", null="NOT NULL"),
        s.change_column("SalesOrder", "ValidFrom", generated_always_type=1),
    ),
    "a required column where the app adds no row": lambda s: s.column("Item", "Weight", "int", null="NOT NULL"),
    "a computed column that is only read": lambda s: s.change_column("Item", "taxable", is_computed=1),
    "a view that is only read": lambda s: s.change("objects", {"name": "ItemPrice"}, type_desc="VIEW"),
    "a column with other capitals": lambda s: s.change_column("Item", "barcode", name="BarCode"),
    "an index in another order": lambda s: (
        s.drop_index("ItemStock", "UX_ItemStock"),
        s.unique("ItemStock", "UX_2", ["warehouse_id", "item_id"]),
    ),
    "an index of fewer columns": lambda s: (
        s.drop_index("ProductCategoryAccount", "UX_ProductCategoryAccount"),
        s.unique("ProductCategoryAccount", "UX_2", ["category_id", "company_id"]),
    ),
    "a filter in other words": lambda s: s.change_index("UX_Deposit_Open", filter_definition="([Status]='open')"),
    "another unique index that a key is part of": lambda s: s.unique("SalesOrder", "UX_2", ["id", "company_id"]),
    "an unknown unique column that is filtered": lambda s: (
        s.column("Shipment", "Waybill", "nvarchar", "20"),
        s.unique("Shipment", "UX_Waybill", ["Waybill"], "[Waybill] IS NOT NULL"),
    ),
    "a trigger that is disabled": lambda s: s.trigger("Invoice", "TR", "INSERT", instead_of=True, disabled=True),
    "a trigger upon what the app never does": lambda s: s.trigger("Invoice", "TR", "DELETE", instead_of=True),
    "a table of that name in another schema too": lambda s: (
        s.add("schemas", name="old", schema_id=9),
        s.add("objects", name="Item", object_id=9_999, schema_id=9, type_desc="USER_TABLE"),
    ),
    "sizes of columns that are only read": lambda s: (
        s.retype("Customer", "city", "nvarchar", "5"),
        s.retype("ItemPrice", "price", "numeric", "15", "2"),
        s.retype("Warehouse", "name", "varchar", "20"),
        s.change_column("Warehouse", "name", collation_name=UTF8),
    ),
    "accents are nothing in a database whose columns tell them apart": lambda s: s.change(
        "databases", {"name": "Prextra"}, collation_name="French_CI_AI"
    ),
    "accents are nothing in a name": lambda s: s.change_column("Customer", "name", collation_name="French_CI_AI"),
    "few digits where it only reads": lambda s: s.retype("ItemPrice", "price", "numeric", "9", "4"),
    "a key that Prextra numbers itself where it only reads": lambda s: s.change_column(
        "GLAccount", "id", is_identity=0
    ),
    "item codes of 20": lambda s: [s.retype(table, column, "nvarchar", "20") for table, column in ITEM_CODES],
    "item codes of 20 bytes": lambda s: in_utf8(s, *ITEM_CODES, size="20"),
    "a sector in a byte, and what leads to it": lambda s: [
        s.retype(table, column, "tinyint")
        for table, column in (("Sector", "id"), ("SalesOrder", "sector_id"), ("Customer", "sector_id"))
    ],
    "names in enough bytes": lambda s: in_utf8(s, ("SalesOrder", "buyer_name"), size="120"),
    "an identifier in UTF-8": lambda s: in_utf8(s, ("Invoice", "shopify_id"), size="64"),
    "rights on the whole table": lambda s: s.rights.add("UPDATE [Deposit]"),
}


@pytest.mark.parametrize("way", HARMLESS)
def test_nothing_is_said_of_what_does_no_harm(server: Server, way: str) -> None:
    HARMLESS[way](server)
    assert look(server) == []


def test_what_is_printed_for_a_missing_column_table_index_and_right_mends_it(server: Server) -> None:
    server.drop_index("SalesOrder", "UX_SalesOrder_Shopify")
    server.base.execute("DELETE FROM sys.objects WHERE name = 'Deposit'")
    server.rights.discard("INSERT [Invoice]")
    server.rights.discard("UPDATE [Shipment].status")
    for one in look(server):
        server.say(one.sql)
    assert look(server) == []


@pytest.mark.parametrize(
    ("table", "column"), [("Invoice", "number"), ("Prepayment", "payment_method_id"), ("SalesOrder", "shopify_id")]
)
def test_of_a_column_in_an_index_or_a_foreign_key_the_change_is_told_and_not_to_be_run_as_it_is(
    server: Server, table: str, column: str
) -> None:
    server.retype(table, column, "nvarchar", "2")
    (found,) = look(server)
    assert all(line.startswith("-- ") for line in found.sql.splitlines())
    assert "drop what stands on it first" in found.sql
    assert f"-- ALTER TABLE [{table}] ALTER COLUMN [{column}] nvarchar(" in found.sql


def test_of_a_column_by_itself_the_change_is_to_be_run(server: Server) -> None:
    server.retype("SalesOrder", "note", "nvarchar", "999")
    (found,) = look(server)
    assert found.sql.startswith("ALTER TABLE [SalesOrder] ALTER COLUMN [note] nvarchar(1000)")


def test_a_foreign_key_is_to_take_what_the_column_takes_to_which_it_leads(server: Server) -> None:
    server.retype("Item", "code", "nvarchar", "40")
    found = look(server)
    written = {"ItemStock", "ItemText", "SalesOrderLine", "ShipmentLine", "InvoiceLine"}
    assert {(one.code, one.table, one.column) for one in found} == {
        ("too_short", table, "item_id") for table in written
    }
    assert "ALTER COLUMN [item_id] nvarchar(40)" in found[0].sql


def test_filters_that_the_login_may_not_see_are_no_errors_and_nothing_is_to_be_dropped_for_it(server: Server) -> None:
    server.rights = {right for right in server.rights if not right.startswith("VIEW DEFINITION")}
    found = look(server)
    tables = sorted(one.table.name for one in expected_schema() if any(index.where for index in one.table.unique))
    assert sorted((one.code, one.severity, one.table) for one in found) == [
        ("filter_hidden", WARNING, table) for table in tables
    ]
    for one in found:
        assert one.sql.startswith("GRANT VIEW DEFINITION ON [")
        server.say(one.sql)
    assert look(server) == []


def test_a_filter_that_is_hidden_where_the_app_relies_on_none_is_one_remark(server: Server) -> None:
    server.change_index("UX_GLAccount_Code", has_filter=1)
    (found,) = look(server)
    assert (found.code, found.severity, found.table) == ("filter_hidden", WARNING, "GLAccount")


def test_a_column_that_may_have_another_name_is_asked_for(server: Server) -> None:
    server.change_column("Warehouse", "shopify_url", name="ShopifyUrl")
    (found,) = look(server)
    assert "ShopifyUrl" in found.message


def test_on_a_database_where_another_day_begins_only_around_midnight_of_summer_time_nothing_is_said(
    server: Server,
) -> None:
    server.clock = "2026-07-01 12:00:00.0000000 -04:00"
    expected = expected_schema()
    noon = datetime(2026, 7, 1, 12, tzinfo=TORONTO)
    assert compare(expected, sqlserver.read(server.cursor(), expected), TORONTO, noon) == []
