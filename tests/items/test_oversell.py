"""No sale is ever given back: orders, stock and sales in the shop at any moment of a cycle (rules I9, I10)."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db.models import F

from integration.demo.orders import Line, build_order
from integration.demo.shop.inventory import sell
from prextra_models.models import ItemStock
from prextra_models.router import PREXTRA
from tests.factories import ConfigurationValueFactory
from tests.items.scene import ItemsScene
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Market:
    """Customers who buy at any moment; their orders come in with the next pass, or are held."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.scene = ItemsScene(sync_orders=True)
        ConfigurationValueFactory(name="glShippingShopify", value="4010")
        self.scene.item("A", available=12)
        self.scene.sync()
        self.truly_there = 12
        self.number = 1000
        self.given_back = 0
        self.scene.store.before_write = self._at_a_write

    def _at_a_write(self, name: str, arguments: dict[str, Any]) -> None:
        self.perhaps_buy()
        if name == "inventorySetQuantities":
            (row,) = arguments["input"]["quantities"]
            shown = self.scene.quantity("A")
            if row["changeFromQuantity"] == shown:  # it will be done
                self.given_back += max(0, row["quantity"] - max(shown, self.truly_there))

    def perhaps_buy(self) -> None:
        if self.dice.random() < 0.4 and self.scene.quantity("A") > 0:
            units = self.dice.randint(1, min(3, self.scene.quantity("A")))
            lines = [Line("A", "Article A", units, Decimal("24.99"))]
            if self.dice.random() < 0.2:
                lines.append(Line("INCONNU", "Inconnu", 1, Decimal(1)))  # its order will be held
            self.number += 1
            store = self.scene.store
            sell(store, "A", units)
            store.add_order(build_order(self.number, lines=lines, placed_at=store.now()))
            self.truly_there -= units

    def perhaps_receive(self) -> None:
        """Someone counts, buys or sells in Prextra."""
        if self.dice.random() < 0.6:
            change = self.dice.randint(-2, 9)
            ItemStock.objects.using(PREXTRA).filter(item="A").update(available=F("available") + change)
            self.truly_there += change


@pytest.mark.parametrize("seed", range(60))
def test_whenever_customers_buy_the_shop_is_never_told_of_units_that_are_sold(seed: int) -> None:
    market = Market(seed)
    for _ in range(6):
        market.perhaps_receive()
        market.perhaps_buy()
        market.scene.sync(retry=market.dice.random() < 0.5)
        assert market.given_back == 0
    market.scene.store.before_write = None
    for _ in range(3):
        market.scene.sync(retry=True)
    assert market.scene.quantity("A") == max(0, market.truly_there)
