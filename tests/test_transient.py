"""What a database cannot do just now is tried again, whole, and is never taken for a defect of the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.db.models import Model
from django.db.utils import DatabaseErrorWrapper

from integration.demo.shop import StandInShop
from integration.models import HeldRecord, SyncRun
from integration.transient import is_transient
from prextra_models.models import DocumentNumber, SalesOrder, SalesOrderLine
from prextra_models.router import PREXTRA
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse

SNAPSHOT = "Snapshot isolation transaction aborted due to update conflict. You cannot use snapshot isolation …"


def through_django(driver: Any, error: Exception) -> Exception:
    """The error as Django gives it."""
    with pytest.raises(Error) as caught, DatabaseErrorWrapper(SimpleNamespace(Database=driver, errors_occurred=False)):
        raise error
    return caught.value


class TestDrivers:
    @pytest.mark.parametrize("state", ["40001", "08S01", "HYT00", "HYT01", "08001"])
    def test_what_mssql_python_says_of_a_deadlock_a_lost_connection_and_a_time_out(self, state: str) -> None:
        driver = pytest.importorskip("mssql_python")
        error = driver.exceptions.sqlstate_to_exception(state, "[Microsoft][SQL Server]…")
        assert is_transient(through_django(driver, error))

    def test_what_mssql_python_says_of_a_conflict_of_snapshots_but_not_of_a_wrong_statement(self) -> None:
        driver = pytest.importorskip("mssql_python")
        conflict, wrong = (
            driver.exceptions.sqlstate_to_exception("42000", text) for text in (SNAPSHOT, "Incorrect syntax")
        )
        assert is_transient(through_django(driver, conflict))
        assert not is_transient(through_django(driver, wrong))

    def test_what_pyodbc_says(self) -> None:
        driver = pytest.importorskip("pyodbc", exc_type=ImportError)
        deadlock = through_django(driver, driver.Error("40001", "[40001] … deadlock victim. (1205)"))
        assert type(deadlock) is Error
        assert is_transient(deadlock)
        assert is_transient(through_django(driver, driver.ProgrammingError("42000", f"[42000] {SNAPSHOT} (3960)")))
        assert is_transient(
            through_django(driver, driver.OperationalError("08S01", "[08S01] Communication link failure"))
        )
        assert not is_transient(through_django(driver, driver.Error("HY000", "[HY000] Invalid cursor state")))
        assert not is_transient(
            through_django(driver, driver.IntegrityError("23000", "[23000] Cannot insert duplicate"))
        )


def test_a_table_that_is_not_there_is_no_matter_of_time(db: None) -> None:
    with pytest.raises(DatabaseError) as caught, connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM nowhere")
    assert not is_transient(caught.value)


TROUBLES = [
    Error("40001", "deadlock victim"),
    OperationalError("deadlock victim"),
    OperationalError("08S01", "Communication link failure"),
    InterfaceError("connection is closed"),
    ProgrammingError(SNAPSHOT),
]


class Failing:
    """A Prextra that fails at a statement, so often, and notes how often a transaction began with the numbers' lock."""

    def __init__(self, needle: str, error: Exception, times: int) -> None:
        self.needle, self.error, self.left = needle, error, times
        self.begun = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.begun += sql.startswith("SELECT") and DocumentNumber._meta.db_table in sql
        if self.left and self.needle in sql:
            self.left -= 1
            raise self.error
        return execute(sql, params, many, context)


def quoted(model: type[Model]) -> str:
    return connections[PREXTRA].ops.quote_name(model._meta.db_table)


@pytest.fixture
def failing() -> Iterator[Callable[..., Failing]]:
    with ExitStack() as stack:

        def begin(needle: str, error: Exception, times: int = 1) -> Failing:
            one = Failing(needle, error, times)
            stack.enter_context(connections[PREXTRA].execute_wrapper(one))
            return one

        yield begin


def shop_with_an_order() -> StandInShop:
    shop = boundless_shop()
    shop.store.add_order(order_of(1001, 2, hours_ago(1)))
    return shop


@pytest.mark.django_db(databases=["default", PREXTRA])
class TestPass:
    @pytest.mark.parametrize("error", TROUBLES, ids=repr)
    def test_the_whole_transaction_is_tried_again(self, failing: Callable[..., Failing], error: Exception) -> None:
        warehouse, shop = stocked_warehouse(), shop_with_an_order()
        backend = failing(f"INSERT INTO {quoted(SalesOrderLine)}", error)
        report = pass_over(warehouse, shop)
        assert report.error is None
        assert backend.begun == 2
        assert (SalesOrder.objects.count(), SalesOrderLine.objects.count()) == (1, 3)  # two items, and the carriage
        assert not HeldRecord.objects.exists()

    @pytest.mark.parametrize("error", TROUBLES, ids=repr)
    def test_an_order_that_cannot_be_written_waits_for_the_database(
        self, failing: Callable[..., Failing], error: Exception
    ) -> None:
        warehouse, shop = stocked_warehouse(), shop_with_an_order()
        backend = failing(f"INSERT INTO {quoted(SalesOrderLine)}", error, 99)
        pass_over(warehouse, shop)
        assert backend.begun == 4
        assert HeldRecord.objects.get().reason == "database_busy"
        assert not SalesOrder.objects.exists()

    @pytest.mark.parametrize("error", TROUBLES, ids=repr)
    def test_a_pass_that_cannot_read_stops_for_the_database_and_not_for_a_defect(
        self, failing: Callable[..., Failing], error: Exception
    ) -> None:
        warehouse, shop = stocked_warehouse(), shop_with_an_order()
        failing(f"FROM {quoted(SalesOrder)}", error, 99)
        report = pass_over(warehouse, shop)
        assert report.error is not None
        assert report.error.reason == "database_busy"
        assert not HeldRecord.objects.exists()
        assert set(SyncRun.objects.values_list("reason", flat=True)) == {"database_busy"}

    def test_an_error_of_ours_is_neither_repeated_nor_called_busy(self, failing: Callable[..., Failing]) -> None:
        warehouse, shop = stocked_warehouse(), shop_with_an_order()
        backend = failing(f"INSERT INTO {quoted(SalesOrderLine)}", ProgrammingError("Incorrect syntax"), 99)
        pass_over(warehouse, shop)
        assert backend.begun == 1
        assert HeldRecord.objects.get().reason == "unexpected"

    def test_a_collision_is_tried_again_and_then_named(self, failing: Callable[..., Failing]) -> None:
        warehouse, shop = stocked_warehouse(), shop_with_an_order()
        backend = failing(f"INSERT INTO {quoted(SalesOrder)}", IntegrityError("2627"), 99)
        pass_over(warehouse, shop)
        assert backend.begun == 4
        assert HeldRecord.objects.get().reason == "document_conflict"
