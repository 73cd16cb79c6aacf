"""Who writes to Prextra locks in one order, numbers, deposit, stock, and no lock is held while Shopify is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from integration.demo import orders
from integration.demo.shop import StandInShop
from prextra_models.models import Deposit, DocumentNumber, ItemStock
from prextra_models.router import PREXTRA
from tests.passes import boundless_shop, hours_ago, order_of, pass_over, stocked_warehouse

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)
ORDER = [DocumentNumber, Deposit, ItemStock]
TABLES = [connections[PREXTRA].ops.quote_name(model._meta.db_table) for model in ORDER]


class Locks:
    """By transaction, the tables in the order in which they were first locked or written; SQLite leaves out FOR UPDATE."""

    def __init__(self) -> None:
        self.taken: list[list[str]] = []
        self._transaction: object = None

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if blocks := connections[PREXTRA].atomic_blocks:
            if blocks[0] is not self._transaction:
                self._transaction = blocks[0]
                self.taken.append([])
            found = [table for table in TABLES if table in sql.partition(" WHERE ")[0]]
            self.taken[-1] += [table for table in found if table not in self.taken[-1]]
        return execute(sql, params, many, context)


def shop_with_orders() -> StandInShop:
    """One that is placed alone; one that is paid and shipped at once; and one that was not paid when it came in."""
    shop = boundless_shop()
    for number, is_paid in ((1001, False), (1002, True)):
        at = hours_ago(5) + timedelta(minutes=number)
        order = order_of(number, 3, at)
        if is_paid:
            orders.pay(order, at)
            orders.fulfil(order, at)
        shop.store.add_order(order)
    return shop


def test_numbers_are_locked_first_then_the_deposit_then_stock() -> None:
    warehouse, shop, locks = stocked_warehouse(), shop_with_orders(), Locks()
    with connections[PREXTRA].execute_wrapper(locks):
        assert pass_over(warehouse, shop).error is None
    written = [taken for taken in locks.taken if TABLES[2] in taken]
    assert len(written) == 2
    assert TABLES in written
    for taken in written:
        assert taken == sorted(taken, key=TABLES.index)


class Watchful:
    """Asked before each request: no transaction may be under way."""

    asked = 0

    def check(self) -> None:
        self.asked += 1
        assert not connections[PREXTRA].in_atomic_block
        assert not connections["default"].in_atomic_block

    def confirm(self) -> None:
        assert connections[PREXTRA].in_atomic_block


def test_no_transaction_is_open_while_shopify_is_asked() -> None:
    guard = Watchful()
    assert pass_over(stocked_warehouse(), shop_with_orders(), guard=guard).error is None
    assert guard.asked > 3
