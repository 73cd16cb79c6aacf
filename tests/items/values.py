"""Cards, links and rounds with ready values, so that a test of the plan says only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from integration.items.card import Card, ItemRules, Wanted, wanted
from integration.items.html import sanitize
from integration.items.plan import Link, Operation, plan_product
from integration.ledger import Problem

TODAY = date(2026, 11, 24)
PRODUCT, VARIANT = "gid://shopify/Product/1", "gid://shopify/ProductVariant/1"
STORE = "gid://shopify/Publication/1"
ROUNDS = 8

RULES = ItemRules(
    warehouse="WEB",
    language="fr",
    today=TODAY,
    time_zone="America/Toronto",
    location="gid://shopify/Location/1",
    publication=STORE,
    primary="fr",
    locales=("en",),
    sanitize=sanitize,
)

Texts = Mapping[tuple[str, str], str]
Apply = Callable[[Operation], None]


def rules(**changes: Any) -> ItemRules:
    return replace(RULES, **changes)


def card(texts: Texts | None = None, **changes: Any) -> Card:
    """By default a hammer at 24.99, ten of them, on sale from now on, with no text but its description in French."""
    values: dict[str, Any] = {
        "code": "A",
        "shopify": True,
        "visible": True,
        "inactive": False,
        "serials": False,
        "warehouse": "WEB",
        "price": Decimal("24.99"),
        "available": Decimal(10),
        "texts": {("description", "fr"): "Marteau", **(texts or {})},
    }
    return Card(**(values | changes))


def want(texts: Texts | None = None, rules: ItemRules = RULES, **changes: Any) -> Wanted:
    product = wanted(card(texts, **changes), rules)
    assert isinstance(product, Wanted), product
    return product


def problem(texts: Texts | None = None, rules: ItemRules = RULES, **changes: Any) -> tuple[str, Mapping[str, Any]]:
    refused = wanted(card(texts, **changes), rules)
    assert isinstance(refused, Problem), refused
    return refused.reason, refused.params


def adopted(**pushed: Any) -> Link:
    """A product that was the merchant's own: all that is known of it is what was read."""
    return Link("A", PRODUCT, VARIANT, pushed={"status": "DRAFT", "merchant_tags": [], "sku": "A", **pushed})


def carry_on(link: Link, operation: Operation) -> Link:
    """The link once the operation is done."""
    return replace(link, product=PRODUCT, variant=VARIANT, pushed={**link.pushed, **operation.then})


def drive(
    product: Wanted,
    link: Link | None = None,
    rules: ItemRules = RULES,
    apply: Apply = lambda _: None,
    order: Callable[[list[Operation]], Sequence[Operation]] = list,
) -> tuple[Link, list[list[Operation]]]:
    """Round after round until nothing is left: the link then, and the rounds. A pass has eight, the last to see that all is done."""
    link = link or Link("A")
    rounds: list[list[Operation]] = []
    while operations := plan_product(product, link, rules, 10):
        rounds.append(operations)
        assert len(rounds) < ROUNDS, rounds
        for operation in operations:
            link = carry_on(link, operation)
        for operation in order(operations):
            apply(operation)
    return link, rounds


def sent(product: Wanted, **changes: Any) -> Link:
    """An item that is in the shop as `product` says."""
    return drive(product, **changes)[0]


def steps(product: Wanted, link: Link | None = None, rules: ItemRules = RULES) -> list[str]:
    return [str(operation.kind) for some in drive(product, link, rules)[1] for operation in some]
