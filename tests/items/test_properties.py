"""Any two states of a card, any product in the shop: the rounds end, and the shop is as Prextra says (rules I4–I8, I11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from integration.items.card import ACTIVE, ARCHIVED, DRAFT, NOW, Card, ItemRules, Wanted, wanted
from integration.items.plan import NOWHERE, Kind, Link, Operation, plan_product, plan_withdrawal, publish_stamp
from tests.items.model import ModelShop, folded
from tests.items.values import RULES, TODAY, adopted, card, carry_on, drive

FIELDS = ("name", "description", "web_description", "meta_name", "meta_description")
LANGUAGES = ("fr", "en", "es", "de")
WORDS = ("", "", "Marteau", "Hammer <b>", "Écrou 😀")
TAGS = ("Rouge", "rouge", "Bleu", "Vert", "Straße")
MERCHANTS = ("Soldes", "Vedette", "bleu")

texts = st.dictionaries(st.tuples(st.sampled_from(FIELDS), st.sampled_from(LANGUAGES)), st.sampled_from(WORDS))
keywords = st.lists(st.sampled_from(TAGS)).map(", ".join)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    days = draw(st.none() | st.integers(-3, 9))
    return card(
        {**draw(texts), ("description", "fr"): "Marteau", ("meta_keywords", "fr"): draw(keywords)},
        visible=draw(st.booleans()),
        price=Decimal(draw(st.integers(1, 10_000))) / 100,
        barcode=draw(st.sampled_from(["", "0123"])),
        publication_date=None if days is None else TODAY + timedelta(days=days),
    )


@st.composite
def settings(draw: st.DrawFn) -> ItemRules:
    """Other languages, another first one, or none at all."""
    primary = draw(st.sampled_from(["", "fr", "en", "en-CA"]))
    locales = draw(st.sets(st.sampled_from(["fr", "fr-CA", "en", "es", "de"]))) - {primary} if primary else set()
    return replace(RULES, primary=primary, locales=tuple(sorted(locales)))


@st.composite
def products(draw: st.DrawFn) -> tuple[ModelShop, Link]:
    """Nothing yet, or a product that was the merchant's."""
    shop = ModelShop(RULES.time_zone)
    if draw(st.booleans()):
        return shop, Link("A")
    shop.status = draw(st.sampled_from([ACTIVE, DRAFT, ARCHIVED]))
    shop.published = draw(st.sampled_from([NOW, NOWHERE, publish_stamp("2026-12-01", RULES.time_zone)]))
    shop.add_tags(draw(st.lists(st.sampled_from(MERCHANTS))))
    shop.texts = {"title": "À moi", "body_html": "", "meta_title": "", "meta_description": ""}
    shop.price, shop.sku = "1.00", "A"
    return shop, adopted(status=shop.status, merchant_tags=list(shop.tags))


def want(card: Card, rules: ItemRules) -> Wanted:
    product = wanted(card, rules)
    assert isinstance(product, Wanted), product
    return product


lives = st.lists(st.tuples(cards(), settings(), st.integers(0, 5)), min_size=2, max_size=3)


@given(products(), lives)
def test_from_any_state_to_any_other_the_rounds_end_and_a_second_plan_is_empty(
    start: tuple[ModelShop, Link], life: list[tuple[Card, ItemRules, int]]
) -> None:
    _, link = start
    for state, rules, _ in life:
        product = want(state, rules)
        link, _ = drive(product, link, rules)
        assert plan_product(product, link, rules, 10) == []


@given(products(), lives, st.randoms(use_true_random=False))
def test_whatever_the_order_within_a_round_the_shop_ends_as_prextra_says_with_the_merchants_tags(
    start: tuple[ModelShop, Link], life: list[tuple[Card, ItemRules, int]], dice: Random
) -> None:
    shop, link = start
    theirs = folded(shop.tags)
    today = TODAY
    for state, rules, days in life:
        today += timedelta(days=days)
        rules = replace(rules, today=today)
        product = want(state, rules)
        link, _ = drive(product, link, rules, shop.apply, lambda some: shuffled(some, dice))
        assert shop.has_contents(product)
        assert shop.status == product.status
        assert folded(shop.tags) == folded(product.tags) | theirs
        assert shop.is_published(today) == (product.publish == NOW)
        assert product.publish == NOW or shop.published == publish_stamp(product.publish, rules.time_zone)
        shop.add_tags(["À la main"])
        theirs.add("à la main")


@given(products(), lives, st.randoms(use_true_random=False))
def test_nothing_becomes_visible_before_all_of_it_is_there_and_what_is_to_be_hidden_is_hidden_first(
    start: tuple[ModelShop, Link], life: list[tuple[Card, ItemRules, int]], dice: Random
) -> None:
    shop, link = start
    today = TODAY
    for state, rules, days in life:
        today += timedelta(days=days)
        rules = replace(rules, today=today)
        product = want(state, rules)
        may_show = product.status == ACTIVE and product.publish == NOW
        operations = [one for some in rounds(product, link, rules) for one in shuffled(some, dice)]
        for operation in operations:
            before = shop.is_visible(today)
            shop.apply(operation)
            if not may_show:
                assert not shop.is_visible(today)
            elif shop.is_visible(today) and not before:
                assert shop.has_contents(product)
                assert operation is operations[-1]
        link, _ = drive(product, link, rules)


@given(products(), lives)
def test_what_makes_a_product_active_is_always_the_last_operation(
    start: tuple[ModelShop, Link], life: list[tuple[Card, ItemRules, int]]
) -> None:
    _, link = start
    for state, rules, _ in life:
        link, done = drive(want(state, rules), link, rules)
        operations = [one for some in done for one in some]
        for operation in operations[:-1]:
            assert operation.variables.get("product", {}).get("status") != ACTIVE
            assert operation.kind is not Kind.CREATE or operation.variables["input"]["status"] == DRAFT


@given(products(), lives, st.integers(0, 12))
def test_a_push_that_was_cut_anywhere_goes_on_from_where_it_was(
    start: tuple[ModelShop, Link], life: list[tuple[Card, ItemRules, int]], cut: int
) -> None:
    """The first state is pushed in part; the second one then finds a shop that is half the one, half what was before."""
    shop, link = start
    (first, rules, _), (second, others, _) = life[:2]
    for some in rounds(want(first, rules), link, rules):
        for operation in some[: max(0, cut)]:
            shop.apply(operation)
            link = carry_on(link, operation)
        cut -= len(some)
        if cut <= 0:
            break
    drive(want(second, others), link, others, shop.apply)
    assert shop.has_contents(want(second, others))


@given(products(), cards(), settings())
def test_a_withdrawn_product_is_archived_once_and_comes_back_as_it_was(
    start: tuple[ModelShop, Link], state: Card, rules: ItemRules
) -> None:
    shop, link = start
    link, _ = drive(want(state, rules), link, rules, shop.apply)
    (operation,) = plan_withdrawal(link)
    shop.apply(operation)
    link = carry_on(link, operation)
    assert (shop.status, plan_withdrawal(link)) == (ARCHIVED, [])

    drive(want(state, rules), link, rules, shop.apply)
    assert shop.status == want(state, rules).status
    assert shop.has_contents(want(state, rules))


def rounds(product: Wanted, link: Link, rules: ItemRules) -> list[list[Operation]]:
    return drive(product, link, rules)[1]


def shuffled(operations: list[Operation], dice: Random) -> Sequence[Operation]:
    return dice.sample(operations, len(operations))
