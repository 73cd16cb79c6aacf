"""From any two states of catalogue and shop, one cycle makes the shop right and a second one sends nothing (issue, rules I11)."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.publications import visible_on_online_store
from tests.items.scene import ItemsScene, days_ahead, writes
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

CODES = [f"I-{number}" for number in range(12)]
WORDS = ("vis", "clou", "écrou", "scie 😀", "Marteau", "a<b")


class World:
    """What Prextra holds, as plainly as it can be said; the shop is held against this and not against the plan."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.scene = ItemsScene()
        self.cards: dict[str, dict[str, Any]] = {}
        self.seen: set[str] = set()
        for code in CODES:
            if self.dice.random() < 0.3:
                add_product(
                    self.scene.store,
                    title="À moi",
                    sku=code,
                    price="1.00",
                    tags=["maison"],
                    quantity=self.dice.randint(0, 9),
                    status=self.dice.choice(["ACTIVE", "DRAFT", "ARCHIVED"]),
                )
            card = self.cards[code] = self._random_card()
            self.scene.item(
                code,
                available=card["available"],
                price=card["price"],
                texts={
                    ("name", "fr"): card["fr"],
                    ("name", "en"): card["en"],
                    ("meta_keywords", "fr"): card["keywords"],
                },
                shopify=card["shopify"],
                visible_web=card["visible"],
                publication_date=days_ahead(card["days"]) if card["days"] else None,
            )

    def _random_card(self) -> dict[str, Any]:
        dice = self.dice
        return {
            "shopify": dice.random() < 0.85,
            "visible": dice.random() < 0.8,
            "available": dice.randint(-2, 20),
            "price": f"{dice.randint(1, 9999) / 100:.2f}",
            "fr": dice.choice(WORDS) + " fr",
            "en": dice.choice(["", *WORDS]),
            "keywords": ", ".join(dice.sample(["k1", "k2", "k3"], dice.randint(0, 3))),
            "days": dice.choice([0, 0, -3, 5, 9]),
        }

    def change(self) -> None:
        for code in CODES:
            if self.dice.random() < 0.6:
                card = self.cards[code] = self._random_card()
                self.scene.change(
                    code,
                    available=card["available"],
                    price=card["price"],
                    shopify=card["shopify"],
                    visible_web=card["visible"],
                    publication_date=days_ahead(card["days"]) if card["days"] else None,
                )
                for field, language, name in (
                    ("name", "fr", "fr"), ("name", "en", "en"), ("meta_keywords", "fr", "keywords"),
                ):  # fmt: skip
                    self.scene.say(code, field, language, card[name])

    def check(self) -> None:
        for code in CODES:
            products = self.scene.products(code)
            card = self.cards[code]
            if card["shopify"] and (card["available"] > 0 or code in self.seen):
                self.seen.add(code)
                self._check_sent(code, card)
            elif code in self.seen:
                assert (products[0]["status"], self.scene.quantity(code)) == ("ARCHIVED", 0), code
            elif products:
                assert products[0]["title"] == "À moi", code

    def _check_sent(self, code: str, card: dict[str, Any]) -> None:
        product = self.scene.product(code)
        (variant,) = product["variants"]
        assert product["title"] == card["fr"], code
        assert variant["price"] == card["price"], code
        assert product["status"] == ("ACTIVE" if card["visible"] else "DRAFT"), code
        assert visible_on_online_store(product, self.scene.store.now()) == (card["visible"] and card["days"] <= 0), code
        assert self.scene.quantity(code) == max(0, card["available"]), code
        words = {word for word in card["keywords"].split(", ") if word}
        assert set(product["tags"]) - {"maison"} == words, code
        english = product["translations"].get(("en", "title"))
        texts = card["en"] or f"Item {code}"
        assert english["value"] == texts, code
        assert not english.get("outdated"), code


@pytest.mark.parametrize("seed", range(40))
def test_one_cycle_makes_the_shop_right_and_a_second_sends_nothing(seed: int) -> None:
    world = World(seed)
    for _ in range(3):
        world.scene.sync()
        world.check()
        with world.scene.requests() as asked:
            world.scene.sync()
        assert writes(asked) == []
        world.change()


def test_the_check_would_see_a_shop_that_is_wrong() -> None:
    world = World(1)
    world.scene.sync()
    world.check()
    code = next(code for code in CODES if code in world.seen)
    world.scene.product(code)["variants"][0]["price"] = "0.01"
    with pytest.raises(AssertionError):
        world.check()
