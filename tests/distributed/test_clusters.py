"""Two clusters of two workers, as on two machines: on one database, or with a queue on Redis; killed, and started again.

Real processes and servers; no warehouse is worked on twice at a time, and in the end nothing is lost, doubled or stuck.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integration.demo import orders
from integration.demo.shop import Store
from integration.demo.watched import WatchedShop
from prextra_models.models import Prepayment, SalesOrder, Warehouse
from prextra_models.router import PREXTRA
from tests.distributed import servers
from tests.distributed.machines import Cluster, Installation, installed, wait_for
from tests.passes import PROJECT, PYTHON, hours_ago, load, order_of, save, stocked_warehouse
from tests.test_concurrency import numbers_without_gap

pytestmark = [
    pytest.mark.django_db(databases=["default", PREXTRA], transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="which process is dead is read from /proc"),
]

WAREHOUSES = 6
ORDERS = 30  # of each shop, twice
IDS_OF_A_SHOP = 1_000_000
PATIENCE = 40  # seconds
UNDER_WAY = ("queue", "held", "tickets", "rung", "requests", "running")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with servers.postgres() as address:
        yield address


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with servers.redis() as address:
        yield address


@pytest.fixture(
    params=["database on postgres", "database on postgres, queue on redis", "database on sqlite"],
    ids=["postgres", "redis", "sqlite"],
)
def where(request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables that say where the app's own database and the queue are."""
    variables: dict[str, str] = {"REDIS_URL": ""}
    if "postgres" in request.param:
        variables["DATABASE_URL"] = servers.create_database(request.getfixturevalue("postgres"))
    if "redis" in request.param:
        variables["REDIS_URL"] = request.getfixturevalue("redis")
    return variables


class Street:
    """Warehouses of one company, each with a shop that serves."""

    def __init__(self, stack: ExitStack) -> None:
        self.shops = [WatchedShop(Store()) for _ in range(WAREHOUSES)]
        self.warehouses: list[Warehouse] = [
            stocked_warehouse(shopify_url=stack.enter_context(shop.serving())) for shop in self.shops
        ]

    def sell(self) -> None:
        """As many orders more in each shop, paid, half of them sent."""
        for place, shop in enumerate(self.shops):
            for number in range(len(shop.store.orders), len(shop.store.orders) + ORDERS):
                at = hours_ago(3) + timedelta(minutes=number)
                order = order_of(1000 + number, 3, at, id_base=place * IDS_OF_A_SHOP)
                orders.pay(order, at)
                if number % 2:
                    orders.fulfil(order, at)
                shop.store.add_order(order)

    @property
    def sold(self) -> list[str]:
        return sorted(order for shop in self.shops for order in shop.store.orders)


@pytest.fixture
def street() -> Iterator[Street]:
    with ExitStack() as stack:
        yield Street(stack)


def migrated(folder: Path, where: dict[str, str]) -> dict[str, str]:
    environment = {**save(folder), **where, "WORKERS": "2"}
    migrate = [PYTHON, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, cwd=PROJECT, check=True)
    return environment


def one_at_work(installation: Installation, among: Cluster | None = None) -> int:
    """The process of a worker in the middle of a pass; of this cluster, if any."""
    looks = itertools.count(1)

    def find() -> int | None:
        if next(looks) % 20 == 0:  # all passes may be over
            installation.ask("dispatch", 1)
        for pid in installation.ask("holders").values():
            with suppress(ProcessLookupError):  # dead, and its lease is still to expire
                if among is None or os.getpgid(pid) == among.process.pid:
                    return int(pid)
        return None

    found = wait_for(find, PATIENCE)
    assert found, "nobody works"
    return int(found)


def quiet(installation: Installation) -> dict[str, Any]:
    """What there is after one more pass over each warehouse, all that the dead had left being given up."""

    def is_at_rest() -> dict[str, Any] | None:
        installation.ask("bury")
        state: dict[str, Any] = installation.ask("state")
        return None if any(state[name] for name in UNDER_WAY) else state

    installation.ask("age")
    installation.ask("dispatch", 1)
    before = wait_for(is_at_rest, PATIENCE)
    assert before, installation.ask("state")
    installation.ask("dispatch", 1)
    wait_for(lambda: installation.ask("state")["passes"] >= before["passes"] + WAREHOUSES, PATIENCE)
    return wait_for(is_at_rest, PATIENCE) or installation.ask("state")


def test_clusters_share_the_work_and_outlive_each_other(tmp_path: Path, where: dict[str, str], street: Street) -> None:
    street.sell()
    with installed(migrated(tmp_path, where)) as installation:
        first, second = installation.start_cluster(), installation.start_cluster()
        installation.ask("dispatch", 3)
        os.kill(one_at_work(installation), signal.SIGKILL)

        street.sell()
        for warehouse in street.warehouses:
            installation.ask("ring", warehouse.pk)
            installation.ask("ask", warehouse.pk)
        installation.ask("dispatch", 2)
        one_at_work(installation, among=first)
        first.kill()
        installation.ask("dispatch", 2)
        one_at_work(installation)
        first.end()
        third = installation.start_cluster()
        state = quiet(installation)
        stop(second, third)

    assert_all_is_well(state, street, tmp_path)


def test_a_database_that_breaks_all_connections_is_only_a_pause(tmp_path: Path, postgres: str, street: Street) -> None:
    street.sell()
    database = servers.create_database(postgres)
    with installed(migrated(tmp_path, {"DATABASE_URL": database, "REDIS_URL": ""})) as installation:
        clusters = installation.start_cluster(), installation.start_cluster()
        installation.ask("dispatch", 1)
        one_at_work(installation)
        servers.break_connections(database)
        street.sell()
        state = quiet(installation)
        stop(*clusters)

    assert_all_is_well(state, street, tmp_path)


def stop(*clusters: Cluster) -> None:
    for cluster in clusters:
        cluster.process.send_signal(signal.SIGTERM)
    assert [cluster.process.wait(30) for cluster in clusters] == [0] * len(clusters)


def assert_all_is_well(state: dict[str, Any], street: Street, folder: Path) -> None:
    """Nothing is stuck, no warehouse was worked on twice at a time, and each order is there once."""
    assert state.pop("passes") > WAREHOUSES
    assert state.pop("last") == {warehouse.pk: "done" for warehouse in street.warehouses}
    assert state == dict.fromkeys(UNDER_WAY, 0)
    load(folder)
    assert [shop.overlaps for shop in street.shops] == [0] * WAREHOUSES
    assert sorted(SalesOrder.objects.values_list("shopify_id", flat=True)) == street.sold
    assert Prepayment.objects.count() == len(street.sold)
    assert numbers_without_gap()
