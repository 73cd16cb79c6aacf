"""Random days: no write raises the shop above what is there, and in the end the shop shows what Prextra says (rules I9)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest
from django.db.models import F

from integration.demo.orders import Line, build_order
from integration.demo.shop.inventory import item_of_sku, sell
from integration.demo.shop.store import Record
from integration.models import ItemSetting
from prextra_models.models import ItemStock
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory
from tests.items.day import SECOND, Day
from tests.scene import DATABASES, InProcess

pytestmark = pytest.mark.django_db(databases=DATABASES)


def kill() -> None:
    raise KeyboardInterrupt


class AtRequest(httpx.BaseTransport):
    """Something happens just before the n-th request, or when its answer is on its way."""

    def __init__(self, inner: httpx.BaseTransport, step: int, what: Callable[[], None], after: bool = False) -> None:
        self.inner, self.step, self.what, self.after = inner, step, what, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.step -= 1
        if self.step == 0 and not self.after:
            self.what()
        response = self.inner.handle_request(request)
        response.read()
        if self.step == 0 and self.after:
            self.what()
        return response


class RandomDay:
    """`truth` is what is on the shelf and not sold. The events happen at random; `story` tells them where a test fails."""

    def __init__(self, seed: int, events: Sequence[str]) -> None:
        self.dice, self.events = Random(seed), events
        self.day = Day(sync_shipments=True)
        self.day.item("A", available=12)
        self.day.sync()
        self.truth = 12
        self.late: list[Record] = []
        self.story: list[str] = []
        self.raised: list[str] = []
        self.day.store.before_write = self._at_a_write

    def levels(self) -> dict[str, Record]:
        levels: dict[str, Record] = item_of_sku(self.day.store, "A")["levels"]
        return levels

    def shown(self) -> int:
        return sum(level["available"] for level in self.levels().values())

    def _at_a_write(self, name: str, arguments: dict[str, Any]) -> None:
        if "sale_in_write" in self.events and self.dice.random() < 0.3:
            self.sale()
        for row in arguments["input"]["quantities"] if name == "inventorySetQuantities" else ():
            level = self.levels().get(row["locationId"])
            if level and level["available"] == row["changeFromQuantity"]:  # it will be done
                change = row["quantity"] - level["available"]
                self.story.append(f"{level['available']} becomes {row['quantity']}, and {self.truth} are there")
                if change > 0 and self.shown() + change > max(0, self.truth):
                    self.raised.append(self.story[-1])

    # What may happen

    def sale(self) -> None:
        store = self.day.store
        places = [place for place, level in self.levels().items() if level["isActive"] and level["available"] > 0]
        if not places:
            return
        place = self.dice.choice(places)
        units = self.dice.randint(1, min(3, self.levels()[place]["available"]))
        lines = [Line("A", "Article", units, Decimal(10))]
        if "held" in self.events and self.dice.random() < 0.3:
            lines.append(Line("INCONNU", "?", 1, Decimal(1)))
        self.day.number += 1
        sell(store, "A", units, place)
        order = build_order(self.day.number, lines=lines, placed_at=store.now())
        self.truth -= units
        self.story.append(f"{units} sold at {place}")
        if "late" in self.events and self.dice.random() < 0.5:
            self.late.append(order)
        else:
            self.day.arrive(order)

    sale_in_write = sale

    def arrive(self) -> None:
        for order in self.late:
            self.day.arrive(order)
        self.late = []

    held = arrive

    def receive(self) -> None:
        change = self.dice.randint(-3, 6)
        ItemStock.objects.using(PREXTRA).filter(item="A").update(available=F("available") + change)
        self.truth += change

    def tick(self) -> None:
        self.day.change("A", shopify=self.dice.random() < 0.6)

    def move(self) -> None:
        if len(self.day.store.locations) == 1:
            self.day.move_to_second()
        else:
            ItemSetting.objects.update(location=self.dice.choice([self.day.first, SECOND]))

    def wait(self) -> None:
        self.day.wait()

    def killed(self) -> None:
        self._pass_with(AtRequest(self._plain(), self.dice.randint(3, 9), kill, self.dice.random() < 0.5))

    def two(self) -> None:
        """A whole pass, and a sale, within a pass."""

        def inner() -> None:
            self._pass_with(self._plain())
            self.sale()

        self._pass_with(AtRequest(self._plain(), self.dice.randint(2, 8), inner))

    def _plain(self) -> httpx.BaseTransport:
        return InProcess(self.day.shop).transport

    def _pass_with(self, transport: httpx.BaseTransport) -> None:
        self.day.connect = InProcess(self.day.shop)
        self.day.connect.transport = transport
        with contextlib.suppress(KeyboardInterrupt):
            self.day.sync(retry=True)
        self.day.connect = InProcess(self.day.shop)

    def run(self) -> None:
        happenings = ["sale", "receive", *("arrive" if event == "late" else event for event in self.events)]
        for _ in range(8):
            for _ in range(self.dice.randint(1, 3)):
                self.story.append(happening := self.dice.choice(happenings))
                getattr(self, happening)()
            self.day.sync(retry=True)
            self.story.append(f"a pass: {self.shown()} shown, {self.day.prextra()} in Prextra, {self.truth} there")
        self._settle()
        assert self.raised == [], "\n".join(self.story)
        assert self.day.prextra() == self.truth
        assert self.shown() == max(0, self.truth), "\n".join(self.story)

    def _settle(self) -> None:
        """Nobody buys any more, all orders come in, and what held them is put right."""
        self.arrive()
        ItemFactory(code="INCONNU", shopify=False)
        self.day.change("A", shopify=True)
        self.day.store.before_write = None
        self.day.settle()


EVENTS = [
    ("late", "sale_in_write", "wait"),
    ("late", "sale_in_write", "held", "wait"),
    ("late", "sale_in_write", "tick"),
    ("late", "sale_in_write", "killed"),
    ("late", "sale_in_write", "move"),
    ("late", "move", "wait"),
    ("late", "move", "tick"),
    ("late", "move", "killed"),
    ("late", "tick", "killed"),
    ("late", "two"),
    ("late", "sale_in_write", "held", "wait", "tick", "killed", "move"),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("events", EVENTS, ids="-".join)
def test_whatever_happens_no_write_raises_the_shop_above_what_is_there(events: Sequence[str], seed: int) -> None:
    RandomDay(seed, events).run()
