"""The storm in short, and whether it would notice what it looks for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from integration.cycle import run_pass
from integration.demo.storm import life
from integration.demo.storm.journal import Line, overlaps
from integration.demo.storm.reckoning import Reckoning
from integration.demo.storm.world import Place, build_places, build_prextra
from prextra_models.models import Deposit, Invoice, ItemStock, Prepayment, PrepaymentApplication, SalesOrder
from prextra_models.router import PREXTRA
from tests.passes import PROJECT, PYTHON
from tests.scene import DATABASES

WITHIN = 300  # seconds, after which it hangs


@pytest.mark.storm
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it kills processes as Linux does")
def test_nothing_is_lost_and_nothing_doubled_in_a_short_storm() -> None:
    command = [PYTHON, "manage.py", "storm", "--minutes", "0.4", "--warehouses", "6"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, timeout=WITHIN, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]


@pytest.fixture
def places() -> Iterator[list[Place]]:
    """Three shops of which a good deal has come into Prextra, and the items of one that have gone out."""
    places = build_places(3, seed=5)
    with ExitStack() as stack:
        for place in places:
            place.url = stack.enter_context(place.shop.serving())
            place.store.index_lag = 0
        build_prextra(places)
        for _ in range(3):
            for place in places:
                for _ in range(15):
                    life.happen(place)
                assert run_pass(place.code).error is None
        yield places


def wrong(places: list[Place]) -> list[str]:
    return list(Reckoning(places).problems())


def lose(model: Any) -> None:
    model.objects.using(PREXTRA).filter(pk=model.objects.using(PREXTRA).latest("pk").pk).delete()


def off_by_a_cent(model: Any, column: str) -> None:
    rows = model.objects.using(PREXTRA)
    rows.filter(pk=rows.latest("pk").pk).update(**{column: F(column) + Decimal("0.01")})


@pytest.mark.django_db(databases=DATABASES)
def test_the_reckoning_finds_nothing_where_all_is_well_and_whatever_is_not(places: list[Place]) -> None:
    assert wrong(places) == []
    invoices = Invoice.objects.using(PREXTRA)
    damages: list[Callable[[], object]] = [
        lambda: lose(PrepaymentApplication) or off_by_a_cent(Prepayment, "applied"),
        lambda: off_by_a_cent(Deposit, "total"),
        lambda: off_by_a_cent(SalesOrder, "federal_tax"),
        lambda: invoices.filter(pk=invoices.latest("pk").pk).update(shopify_id="gid://shopify/Fulfillment/1"),
        lambda: ItemStock.objects.using(PREXTRA).filter(item="PERC-20V").update(available=F("available") - 1),
        lambda: places[0].store.add_order(
            {**next(iter(places[0].store.orders.values())), "id": "gid://shopify/Order/9"}
        ),
    ]
    for damage in damages:
        before = len(wrong(places))
        damage()
        if "gid://shopify/Order/9" in places[0].store.orders:
            places[0].cases["gid://shopify/Order/9"] = life.ORDINARY
        assert len(wrong(places)) > before


def line(at: float, what: str, pid: int) -> Line:
    return Line(at, 1, pid, what, "WEB")


def test_two_passes_at_once_are_an_overlap_and_one_that_was_killed_ends_there() -> None:
    apart = [line(1, "begin", 7), line(2, "end", 7), line(3, "begin", 8), line(4, "end", 8)]
    assert list(overlaps(apart, {})) == []
    assert len(list(overlaps([*apart, line(3.5, "begin", 9), line(5, "end", 9)], {}))) == 1
    cut = [line(1, "begin", 7), line(3, "begin", 8), line(4, "end", 8)]
    assert len(list(overlaps(cut, {}))) == 2
    assert list(overlaps(cut, {7: 2.0})) == []
    assert list(overlaps(cut, {-1: 2.0})) == []
    assert len(list(overlaps(cut, {7: 3.5}))) == 1


def test_a_journal_without_any_pass_is_no_proof() -> None:
    assert list(overlaps([line(1, "worker", 7)], {})) != []
