"""Rules I1–I4, I8 and I11 on value types: which card goes out, how many units, at what price, and what is sent for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integration.items.card import fingerprint, quantity_of, why_not
from integration.items.plan import Kind, Link, plan_product, plan_withdrawal
from tests.items.values import PRODUCT, RULES, STORE, VARIANT, adopted, card, drive, problem, rules, sent, steps, want

# Eligibility


def test_i1_a_ticked_item_of_this_warehouse_goes_out() -> None:
    assert why_not(card(), RULES) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"shopify": False}, "item_not_ticked"),
        ({"inactive": True}, "item_inactive"),
        ({"serials": True}, "item_by_serial_number"),
        ({"warehouse": "AUTRE"}, "item_other_warehouse"),
        ({"warehouse": None}, "item_without_warehouse"),
        ({"warehouse": "AUTRE", "shopify": False}, "item_not_ticked"),
    ],
)
def test_i1_an_item_that_does_not_go_out_has_its_reason(fields: dict[str, Any], reason: str) -> None:
    refusal = why_not(card(**fields), RULES)
    assert refusal is not None
    assert (refusal.reason, refusal.params["item"]) == (reason, "A")


def test_i1_an_item_without_any_description_is_held() -> None:
    assert problem({("description", "fr"): " \t"}) == ("item_without_description", {"item": "A"})


# Quantity


@pytest.mark.parametrize(
    ("available", "buffer", "held", "quantity"),
    [
        ("10", "0", 0, 10),
        ("10", "3", 0, 7),
        ("10", "10", 0, 0),
        ("10", "12", 0, 0),
        ("7.9999", "0", 0, 7),
        ("7.5", "0.6", 0, 6),
        ("0.99", "0", 0, 0),
        ("-4", "0", 0, 0),
        ("-0.5", "0", 0, 0),
        ("10", "-2", 0, 12),
        ("10", "2", 3, 5),
        ("10", "2", 9, 0),
        ("1e20", "0", 0, 1_000_000_000),
    ],
)
def test_i3_the_quantity_is_available_less_the_buffer_in_whole_units_never_below_zero(
    available: str, buffer: str, held: int, quantity: int
) -> None:
    assert quantity_of(card(available=Decimal(available), buffer=Decimal(buffer)), held) == quantity


def test_i3_stock_changes_nothing_on_the_product() -> None:
    assert fingerprint(card(available=Decimal(3)), RULES) == fingerprint(card(), RULES)
    assert plan_product(want(available=Decimal(3)), sent(want()), RULES, 3) == []


# Price


@pytest.mark.parametrize(
    ("price", "decimals", "shown"),
    [
        ("24.99", 2, "24.99"),
        ("24.995", 2, "25.00"),
        ("24.99", 0, "25.00"),
        ("24.5", 0, "25.00"),
        ("24.94", 1, "24.90"),
        ("24.98765", 4, "24.99"),
        ("0.005", 2, "0.01"),
        ("5", 2, "5.00"),
    ],
)
def test_i4_the_price_has_the_companys_number_of_decimals(price: str, decimals: int, shown: str) -> None:
    assert want(price=Decimal(price), rules=rules(decimals=decimals)).price == shown


def test_i4_an_item_without_a_price_is_held() -> None:
    assert problem(price=None) == ("item_without_price", {"item": "A"})


@pytest.mark.parametrize(
    ("price", "decimals"),
    [("0", 2), ("-0.01", 2), ("1e12", 2), ("0.004", 2), ("0.4", 0), ("999999999999.999", 2)],
)
def test_i4_a_price_that_is_nothing_once_it_is_rounded_or_too_large_is_refused(price: str, decimals: int) -> None:
    reason, params = problem(price=Decimal(price), rules=rules(decimals=decimals))
    assert (reason, params["item"]) == ("item_price_refused", "A")


# What is sent


def test_i2_a_new_product_has_one_variant_whose_sku_is_the_code_as_it_is_typed() -> None:
    (operation,) = plan_product(want(barcode=" 0123 "), Link("BoeF-1"), RULES, 10)
    made = operation.variables["input"]
    (variant,) = made["variants"]
    assert operation.kind is Kind.CREATE
    assert operation.variables["identifier"]["customId"]["value"] == made["metafields"][0]["value"] == "BoeF-1"
    assert (variant["sku"], variant["price"], variant["barcode"]) == ("BoeF-1", "24.99", "0123")
    assert variant["inventoryItem"] == {"tracked": True}
    assert variant["inventoryQuantities"] == [{"locationId": RULES.location, "name": "available", "quantity": 10}]


def test_a_new_product_begins_with_no_more_than_shopify_takes_and_the_rest_follows_with_the_stock() -> None:
    (operation,) = plan_product(want(), Link("A"), RULES, 1_000_000)
    assert operation.variables["input"]["variants"][0]["inventoryQuantities"][0]["quantity"] == 50_000


def test_a_new_product_is_made_then_translated_and_published_then_on_sale() -> None:
    _, rounds = drive(want({("name", "en"): "Hammer"}))
    assert [[operation.kind for operation in some] for some in rounds] == [
        [Kind.CREATE],
        [Kind.TRANSLATE, Kind.PUBLISH],
        [Kind.UPDATE],
    ]
    assert rounds[1][1].variables == {"id": PRODUCT, "input": [{"publicationId": STORE}]}
    assert rounds[2][0].variables == {"product": {"id": PRODUCT, "status": "ACTIVE"}}


@pytest.mark.parametrize(
    ("fields", "kind", "variables"),
    [
        ({"price": Decimal(30)}, Kind.VARIANT, {"variants": [{"id": VARIANT, "price": "30.00"}]}),
        ({"barcode": "0123"}, Kind.VARIANT, {"variants": [{"id": VARIANT, "barcode": "0123"}]}),
        ({"texts": {("name", "fr"): "Masse"}}, Kind.UPDATE, {"product": {"id": PRODUCT, "title": "Masse"}}),
        (
            {"texts": {("web_description", "fr"): "<p>x</p>"}},
            Kind.UPDATE,
            {"product": {"id": PRODUCT, "descriptionHtml": "<p>x</p>"}},
        ),
        (
            {"texts": {("meta_name", "fr"): "S"}},
            Kind.UPDATE,
            {"product": {"id": PRODUCT, "seo": {"title": "S"}}},
        ),
        ({"texts": {("meta_keywords", "fr"): "rouge"}}, Kind.TAGS_ADD, {"id": PRODUCT, "tags": ["rouge"]}),
        ({"visible": False}, Kind.UPDATE, {"product": {"id": PRODUCT, "status": "DRAFT"}}),
    ],
)
def test_i11_only_what_changed_is_sent(fields: dict[str, Any], kind: Kind, variables: dict[str, Any]) -> None:
    texts = {("description", "fr"): "Marteau", **fields.pop("texts", {})}
    _, rounds = drive(want(texts, **fields), sent(want()))
    ((operation,),) = rounds
    assert operation.kind is kind
    assert {key: value for key, value in operation.variables.items() if key != "productId"} == variables


@pytest.mark.parametrize(
    "changes",
    [
        {"shopify": False}, {"visible": False}, {"inactive": True}, {"serials": True}, {"warehouse": "AUTRE"},
        {"barcode": "1"}, {"price": Decimal(1)}, {"publication_date": RULES.today}, {"texts": {("name", "en"): "x"}},
    ],
)  # fmt: skip
def test_i11_each_field_that_the_product_is_made_of_is_noticed(changes: dict[str, Any]) -> None:
    assert fingerprint(replace(card(), **changes), RULES) != fingerprint(card(), RULES)


@pytest.mark.parametrize("changes", [{"primary": "en"}, {"locales": ("es",)}, {"decimals": 0}, {"language": "en"}])
def test_i11_each_setting_that_the_product_is_made_with_is_noticed(changes: dict[str, Any]) -> None:
    assert fingerprint(card(), rules(**changes)) != fingerprint(card(), RULES)


# Adoption


def test_i8_an_adopted_product_gets_all_that_the_card_says_and_is_never_made_again() -> None:
    kinds = steps(want({("meta_keywords", "fr"): "rouge"}), adopted())
    assert kinds == ["product_update", "variant_update", "tags_add", "publish", "product_update"]


def test_i8_a_barcode_that_prextra_does_not_have_is_the_merchants_until_prextra_had_one() -> None:
    def barcodes(link: Link, barcode: str) -> tuple[Link, list[str]]:
        after, rounds = drive(want(barcode=barcode), link)
        variants = [one.variables["variants"][0] for some in rounds for one in some if one.kind is Kind.VARIANT]
        return after, [variant["barcode"] for variant in variants if "barcode" in variant]

    link, given = barcodes(adopted(), "")
    assert given == []
    link, given = barcodes(link, "0123")
    assert given == ["0123"]
    assert barcodes(link, "")[1] == [""]


# Withdrawal


def test_i5_an_item_that_was_never_sent_has_nothing_to_withdraw() -> None:
    assert plan_withdrawal(Link("A")) == []
