"""Rules I5 and I6 on value types: draft, active, archived; published now, on a day, or not any more."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integration.items.plan import Kind, Operation, plan_product, plan_withdrawal, publish_stamp
from tests.items.values import PRODUCT, RULES, STORE, TODAY, adopted, carry_on, drive, rules, sent, steps, want

NEXT_WEEK, LATER = TODAY + timedelta(days=7), TODAY + timedelta(days=9)


def inputs(rounds: list[list[Operation]], kind: Kind = Kind.PUBLISH) -> list[dict[str, Any]]:
    return [one.variables["input"][0] for some in rounds for one in some if one.kind is kind]


def statuses(rounds: list[list[Operation]]) -> list[str]:
    products = [one.variables.get("product", one.variables.get("input", {})) for some in rounds for one in some]
    return [product["status"] for product in products if "status" in product]


# Draft, active, archived


def test_i5_a_visible_item_is_active_and_one_that_is_not_is_a_draft() -> None:
    assert statuses(drive(want())[1]) == ["DRAFT", "ACTIVE"]
    assert statuses(drive(want(visible=False))[1]) == ["DRAFT"]


def test_i5_an_item_that_is_made_invisible_is_hidden_before_anything_else_changes() -> None:
    _, rounds = drive(want({("name", "fr"): "Masse"}, visible=False), sent(want()))
    assert [one.variables["product"] for some in rounds for one in some] == [
        {"id": PRODUCT, "status": "DRAFT"},
        {"id": PRODUCT, "title": "Masse"},
    ]


def test_i5_an_item_that_is_made_visible_is_shown_after_everything_else_has_changed() -> None:
    _, rounds = drive(want({("name", "fr"): "Masse"}), sent(want(visible=False)))
    assert [one.variables["product"] for some in rounds for one in some] == [
        {"id": PRODUCT, "title": "Masse"},
        {"id": PRODUCT, "status": "ACTIVE"},
    ]


def test_i5_an_item_that_is_withdrawn_is_archived_and_nothing_is_ever_deleted() -> None:
    link = sent(want())
    (operation,) = plan_withdrawal(link)
    assert (operation.kind, operation.variables) == (
        Kind.UPDATE,
        {"product": {"id": PRODUCT, "status": "ARCHIVED"}},
    )
    assert plan_withdrawal(carry_on(link, operation)) == []
    assert not any("delete" in kind for kind in Kind)


@pytest.mark.parametrize(("visible", "status"), [(True, "ACTIVE"), (False, "DRAFT")])
def test_i5_an_item_that_is_ticked_again_comes_back_as_its_card_says(visible: bool, status: str) -> None:
    link = sent(want())
    (operation,) = plan_withdrawal(link)
    assert statuses(drive(want(visible=visible), carry_on(link, operation))[1]) == [status]


# Publication


@pytest.mark.parametrize("day", [None, TODAY - timedelta(days=400), TODAY])
def test_i6_without_a_date_or_with_one_that_has_come_the_item_is_published_at_once(day: date | None) -> None:
    assert inputs(drive(want(publication_date=day))[1]) == [{"publicationId": STORE}]


def test_i6_a_date_to_come_is_the_first_moment_of_that_day_where_the_shop_is() -> None:
    (publication,) = inputs(drive(want(publication_date=NEXT_WEEK))[1])
    assert publication == {"publicationId": STORE, "publishDate": "2026-12-01T05:00:00Z"}


@pytest.mark.parametrize(
    ("day", "time_zone", "moment"),
    [
        ("2026-07-01", "America/Toronto", "2026-07-01T04:00:00Z"),
        ("2026-03-08", "America/Toronto", "2026-03-08T05:00:00Z"),
        ("2026-12-01", "Asia/Tokyo", "2026-11-30T15:00:00Z"),
        ("2026-12-01", "UTC", "2026-12-01T00:00:00Z"),
    ],
)
def test_i6_summer_time_and_other_time_zones_are_minded(day: str, time_zone: str, moment: str) -> None:
    assert publish_stamp(day, time_zone) == moment


def test_i6_a_changed_date_is_taken_away_before_the_new_one_is_set() -> None:
    _, rounds = drive(want(publication_date=LATER), sent(want(publication_date=NEXT_WEEK)))
    assert [[one.kind for one in some] for some in rounds] == [[Kind.UNPUBLISH], [Kind.PUBLISH]]
    assert inputs(rounds)[0]["publishDate"] == publish_stamp("2026-12-03", RULES.time_zone)


@pytest.mark.parametrize("day", [None, TODAY, TODAY - timedelta(days=1)])
def test_i6_a_date_that_is_removed_or_brought_forward_to_the_past_publishes_at_once(day: date | None) -> None:
    _, rounds = drive(want(publication_date=day), sent(want(publication_date=NEXT_WEEK)))
    assert [one.kind for some in rounds for one in some] == [Kind.PUBLISH]
    assert inputs(rounds) == [{"publicationId": STORE}]


@pytest.mark.parametrize("days", [7, 8, 100])
def test_i6_a_date_that_passes_by_itself_needs_nothing(days: int) -> None:
    then = rules(today=TODAY + timedelta(days=days))
    link = sent(want(publication_date=NEXT_WEEK))
    assert plan_product(want(publication_date=NEXT_WEEK, rules=then), link, then) == []
    assert plan_product(want(publication_date=None, rules=then), link, then) == []


def test_i6_an_item_on_sale_that_is_given_a_date_is_unpublished_first_of_all() -> None:
    _, rounds = drive(want(publication_date=NEXT_WEEK, price=Decimal(5)), sent(want()))
    assert [[one.kind for one in some] for some in rounds] == [[Kind.UNPUBLISH], [Kind.VARIANT], [Kind.PUBLISH]]


def test_i6_so_is_one_that_was_published_by_its_date_and_is_given_another() -> None:
    then = rules(today=NEXT_WEEK)
    link = sent(want(publication_date=NEXT_WEEK))
    assert steps(want(publication_date=LATER, rules=then), link, then) == ["unpublish", "publish"]


def test_i6_an_adopted_product_may_be_on_sale_and_is_unpublished_before_it_gets_its_date() -> None:
    kinds = steps(want(publication_date=NEXT_WEEK), adopted(status="ACTIVE"))
    assert kinds == ["unpublish", "product_update", "variant_update", "publish"]


def test_i6_a_push_that_was_cut_after_the_withdrawal_sets_the_date_all_the_same() -> None:
    product = want(publication_date=NEXT_WEEK)
    link = sent(want())
    (operation,) = plan_product(product, link, RULES)
    assert steps(product, carry_on(link, operation)) == ["publish"]


def test_i6_an_active_product_that_is_published_now_has_its_languages_before() -> None:
    _, rounds = drive(want({("name", "en"): "Hammer"}), sent(want(publication_date=NEXT_WEEK)))
    assert [[one.kind for one in some] for some in rounds] == [[Kind.TRANSLATE], [Kind.PUBLISH]]
