"""`manage.py bench` measures what it says."""

from __future__ import annotations

import pytest

from integration.demo.bench import Bench, Step
from prextra_models.models import Invoice, SalesOrder
from prextra_models.router import PREXTRA


@pytest.mark.django_db(databases=["default", PREXTRA])
def test_the_bench_brings_in_all_orders_of_its_shops_then_nothing_then_the_rest() -> None:
    first, idle, later, alone = Bench().measure(4)
    assert (first.step, idle.step, later.step, alone.step) == tuple(Step)
    assert first.documents == 4 + 2 * 3  # two of the orders are paid and sent
    assert idle.documents == 0
    assert later.documents == 2 * 3
    assert alone.documents == 4 * 4
    assert SalesOrder.objects.count() == Invoice.objects.count() == 8
    assert idle.requests == 3
    assert first.prextra_statements > later.prextra_statements > idle.prextra_statements > 0
