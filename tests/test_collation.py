"""SQL Server's usual collations take « boef » for « BOEF »: here a table of SQLite that does so too."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connections

from integration import stock
from integration.configuration import read_items
from prextra_models.models import ItemStock
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory, ready_warehouse

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])


def ignore_case(table: str, column: str) -> None:
    """Makes the (empty) table again, with a column that compares as SQL Server does."""
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute("SELECT sql, type FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
        made = cursor.fetchall()
        cursor.execute(f'DROP TABLE "{table}"')
        for sql, kind in sorted(made, key=lambda one: one[1] != "table"):
            if kind == "table":
                head, definition = sql.split(f'"{column}" ', 1)
                sql = f'{head}"{column}" ' + definition.replace(" NOT NULL", " COLLATE NOCASE NOT NULL", 1)
            cursor.execute(sql)


def test_a_stock_row_whose_code_is_written_otherwise_is_moved_and_not_made_a_second_time() -> None:
    ignore_case(ItemStock._meta.db_table, "item_id")
    warehouse, item = ready_warehouse(), ItemFactory(code="BOEF")
    ItemFactory(code="boef")  # on SQLite alone, for the foreign key; there it is the same item
    ItemStock.objects.create(item_id="boef", warehouse=warehouse, available=Decimal(5))
    stock.reserve(warehouse.pk, {item.code: Decimal(2)})
    assert list(ItemStock.objects.values_list("available", "on_sale")) == [(Decimal(3), Decimal(2))]


def test_a_sku_is_an_item_s_only_where_it_is_exactly_its_code() -> None:
    warehouse = ready_warehouse()
    ItemFactory(code="BOEF")
    assert "boef" not in read_items({"boef"}, warehouse.company_id)
    assert "BOEF" in read_items({"BOEF"}, warehouse.company_id)
