"""Rules O2–O9 and A1 on value types: an order of Shopify's in, what is due in Prextra out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.columns import cut
from integration.errors import RecordError
from integration.ledger import Account, Amounts, Ledger, LineKind
from integration.orders.plan import OrdersDue, plan
from integration.orders.texts import LENGTHS
from integration.shopify.order import Address, Charge, ShopOrder
from prextra_models.models import SalesOrder as SalesOrderRow
from tests.values import NOON, payment, prepaid, rules, sales_order, shop_line, shop_order, tax

EVENING_IN_QUEBEC = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


def due(order: ShopOrder, **settings: Any) -> OrdersDue:
    return plan(order, Ledger(), rules(**settings))


def refusal(order: ShopOrder, **settings: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(RecordError) as refused:
        due(order, **settings)
    return refused.value.reason, refused.value.params


# O2


def test_o2_buyer_ship_to_and_bill_to_are_texts_of_the_order() -> None:
    order = shop_order(
        buyer_name="Marie Roy",
        email="marie@example.com",
        customer_po="PO-7",
        note="À la porte",
        ship_to=Address(name="Marie Roy", company="Roy inc.", city="Québec", postal_code="G1R 4P5"),
        bill_to=Address(name="Jean Roy", address1="1, rue du Port"),
    )
    document = due(order).order

    assert document is not None
    texts = {column: text for column, text in document.texts.items() if text}
    assert texts == {
        "customer_po": "PO-7",
        "note": "À la porte",
        "buyer_name": "Marie Roy",
        "buyer_email": "marie@example.com",
        "ship_name": "Roy inc. – Marie Roy",
        "ship_city": "Québec",
        "ship_postal_code": "G1R 4P5",
        "bill_name": "Jean Roy",
        "bill_address1": "1, rue du Port",
    }


def test_o2_without_a_customer_the_buyer_is_who_is_billed_else_shipped_to_else_the_email() -> None:
    bill, ship = Address(name="Facturée"), Address(name="Livré")
    names = [
        shop_order(bill_to=bill, ship_to=ship, email="x@y"),
        shop_order(ship_to=ship, email="x@y"),
        shop_order(email="x@y"),
    ]

    assert [due(o).order.texts["buyer_name"] for o in names] == ["Facturée", "Livré", "x@y"]  # type: ignore[union-attr]


def test_o2_a_text_longer_than_its_column_is_cut_and_said() -> None:
    found = due(shop_order(note="x" * 1001))

    assert found.order is not None
    assert found.order.texts["note"] == "x" * 1000
    assert [(n.reason, n.params) for n in found.notices] == [("text_cut", {"columns": "note"})]


def test_o2_the_description_of_a_line_that_is_cut_is_said_too() -> None:
    found = due(shop_order(shop_line(name="y" * 101)))

    assert found.order is not None
    assert found.order.lines[0].description == "y" * 100
    assert [n.reason for n in found.notices] == ["text_cut"]


@pytest.mark.parametrize(("text", "kept"), [("abc🎁", "abc"), ("ab🎁", "ab🎁"), ("abcd", "abcd"), ("abcde", "abcd")])
def test_o2_a_cut_counts_as_sql_server_does_and_never_halves_an_emoji(text: str, kept: str) -> None:
    assert cut(text, 4) == kept


def test_o2_the_lengths_are_those_of_the_columns() -> None:
    assert {name: SalesOrderRow._meta.get_field(name).max_length for name in LENGTHS} == dict(LENGTHS)


def test_o2_the_date_of_the_order_is_the_day_in_the_company_s_time_zone() -> None:
    found = due(shop_order(processed_at=EVENING_IN_QUEBEC))

    assert found.order is not None
    assert found.order.order_date == date(2026, 11, 24)


# O3


def test_o3_amounts_are_shopify_s_unit_price_discount_and_tax_by_line() -> None:
    sold = shop_line("24.99", 3, discount=Decimal("7.50"), taxes=(tax("TPS", "3.37"), tax("TVQ", "6.73")))
    found = due(shop_order(sold, total="77.57", total_tax=Decimal("10.10")))

    assert found.order is not None
    (line,) = found.order.lines
    assert (line.quantity, line.unit_price) == (3, Decimal("24.99"))
    assert line.amounts == Amounts(Decimal("7.50"), Decimal("67.47"), Decimal("3.37"), Decimal("6.73"))


@pytest.mark.parametrize(
    ("title", "federal", "provincial"),
    [("TPS", 5, 0), (" tps ", 5, 0), ("HST", 5, 0), ("GST", 5, 0), ("TVQ", 0, 5), ("pst", 0, 5)],
)
def test_o3_a_table_of_titles_says_which_tax_is_federal_and_which_provincial(
    title: str, federal: int, provincial: int
) -> None:
    found = due(shop_order(shop_line(taxes=(tax(title, "5"),)), total="105", total_tax=Decimal(5)))

    assert found.order is not None
    assert (found.order.amounts.federal_tax, found.order.amounts.provincial_tax) == (federal, provincial)


def test_o3_an_unknown_tax_holds_the_order() -> None:
    order = shop_order(shop_line(taxes=(tax("TVA", "20"),)), total="120", total_tax=Decimal(20))

    assert refusal(order) == ("unknown_tax", {"tax": "TVA"})


def test_o3_an_unknown_tax_of_nothing_holds_nothing() -> None:
    assert due(shop_order(shop_line(taxes=(tax("TVA", "0"),)))).order is not None


def test_o3_where_prices_include_taxes_the_subtotal_is_without_them() -> None:
    sold = shop_line("114.98", taxes=(tax("TPS", "5.00"), tax("TVQ", "9.98")))
    found = due(shop_order(sold, total="114.98", total_tax=Decimal("14.98"), taxes_included=True))

    assert found.order is not None
    assert found.order.amounts == Amounts(Decimal(0), Decimal("100.00"), Decimal("5.00"), Decimal("9.98"))


# O4


@pytest.mark.parametrize(("total", "gap"), [("100.01", "0.01"), ("99.99", "-0.01")])
def test_o4_a_total_that_differs_by_a_cent_holds_the_order_and_the_gap_is_named(total: str, gap: str) -> None:
    assert refusal(shop_order(total=total)) == ("total_differs", {"computed": "100.00", "total": total, "gap": gap})


def test_o4_taxes_that_differ_hold_the_order_although_the_total_agrees() -> None:
    assert refusal(shop_order(total_tax=Decimal(1)))[0] == "taxes_differ"


def test_o4_every_part_of_the_total_is_a_line_of_its_own_kind() -> None:
    order = shop_order(
        shop_line(duties=(Charge("D1", "Droits", Decimal(1)),)),
        shop_line("50", id="L2", sku="", name="Carte", gift_card=True),
        shipping=(Charge("S1", "Livraison", Decimal(10), discount=Decimal(4)),),
        fees=(Charge("E1", "Écofrais", Decimal(2)),),
        tip=Decimal(3),
        total="162.00",
    )
    document = due(order).order

    assert document is not None
    assert [(line.kind, line.amounts.total) for line in document.lines] == [
        (LineKind.ITEM, 100),
        (LineKind.GIFT_CARD, 50),
        (LineKind.DUTY, 1),
        (LineKind.SHIPPING, 6),
        (LineKind.FEE, 2),
        (LineKind.TIP, 3),
    ]


def test_o4_a_tip_that_stands_on_a_line_is_not_taken_twice() -> None:
    order = shop_order(shop_line(), shop_line("3", id="L2", sku="", name="Tip"), tip=Decimal(3), total="103.00")
    document = due(order).order

    assert document is not None
    assert [(line.kind, line.amounts.total) for line in document.lines] == [(LineKind.ITEM, 100), (LineKind.TIP, 3)]


def test_o4_cash_rounding_is_its_own_amount_and_changes_no_total() -> None:
    document = due(shop_order(cash_rounding=Decimal("-0.02"))).order

    assert document is not None
    assert (document.total, document.cash_rounding) == (100, Decimal("-0.02"))


def test_o4_an_order_in_another_currency_is_held() -> None:
    assert refusal(shop_order(currency="USD"))[0] == "currency_unknown"


def test_o4_an_edited_order_counts_the_lines_that_are_left_where_they_add_up() -> None:
    removed = shop_line("40", id="L2", current_quantity=0)
    document = due(shop_order(shop_line(), removed, edited=True)).order

    assert document is not None
    assert [line.shopify_id for line in document.lines] == ["L1"]


def test_o4_an_edited_order_that_no_longer_adds_up_is_held() -> None:
    order = shop_order(shop_line(quantity=2, current_quantity=1), total="100.00", edited=True)

    assert refusal(order)[0] == "order_edited"


def test_o4_an_order_without_any_line_is_held() -> None:
    assert refusal(replace(shop_order(total="0"), lines=()))[0] == "order_has_no_line"


# O5


def test_o5_an_unknown_sku_holds_the_order_and_names_the_line() -> None:
    order = shop_order(shop_line(sku="INCONNU", name="Chose"))

    assert refusal(order) == ("unknown_sku", {"line": "Chose", "sku": "INCONNU"})


def test_o5_a_sku_in_another_case_is_another_item() -> None:
    assert refusal(shop_order(shop_line(sku="marteau")))[0] == "unknown_sku"


def test_o5_a_line_without_a_sku_holds_the_order() -> None:
    assert refusal(shop_order(shop_line(sku="", name="À la main"))) == ("line_without_sku", {"line": "À la main"})


# O6


def test_o6_a_test_order_is_skipped_even_paid() -> None:
    found = due(shop_order(test=True, transactions=(payment(),)))

    assert (found.skip and found.skip.reason, found.order, found.prepayments) == ("test_order", None, ())


def test_o6_an_order_cancelled_before_it_came_in_is_skipped_if_nothing_was_paid() -> None:
    found = due(shop_order(cancelled=True, transactions=(payment(status="FAILURE"),)))

    assert (found.skip and found.skip.reason, found.order) == ("cancelled_unpaid", None)


def test_o6_an_order_cancelled_before_it_came_in_comes_in_if_it_was_paid_and_is_to_be_looked_at() -> None:
    found = due(shop_order(cancelled=True, transactions=(payment(),), refunded=Decimal(100)))

    assert found.order is not None
    assert found.order.cancelled
    assert [p.amount for p in found.prepayments] == [100]
    assert [(n.reason, n.params) for n in found.notices] == [
        ("cancelled_paid", {"received": "100.00", "refunded": "100.00"})
    ]


# O7


def test_o7_one_prepayment_for_each_successful_sale_or_capture_oldest_first() -> None:
    earlier = NOON.replace(hour=3)
    order = shop_order(
        transactions=(payment("T2", "70", kind="CAPTURE"), payment("T1", "30", processed_at=earlier)),
    )

    assert [(p.shopify_id, p.amount, p.received_on) for p in due(order).prepayments] == [
        ("T1", 30, date(2026, 11, 23)),
        ("T2", 70, date(2026, 11, 24)),
    ]


@pytest.mark.parametrize(
    "no_money",
    [
        {"kind": "AUTHORIZATION"},
        {"kind": "VOID"},
        {"kind": "REFUND"},
        {"kind": "CHANGE"},
        {"kind": "SUGGESTED_REFUND"},
        {"status": "FAILURE"},
        {"status": "PENDING"},
        {"status": "ERROR"},
        {"status": "AWAITING_RESPONSE"},
        {"test": True},
        {"amount": "0"},
    ],
)
def test_o7_authorisations_voids_refunds_failed_pending_and_test_transactions_make_none(
    no_money: dict[str, Any],
) -> None:
    assert due(shop_order(transactions=(payment(**no_money),))).prepayments == ()


def test_o7_a_transaction_that_has_its_prepayment_makes_no_other() -> None:
    held = Ledger(sales_order(), (prepaid("T1", "30"),))
    found = plan(shop_order(transactions=(payment("T1", "30"), payment("T2", "70"))), held, rules())

    assert found.order is None
    assert [p.shopify_id for p in found.prepayments] == ["T2"]


# O9


@pytest.mark.parametrize("lacking", ["prepayment_account", "bank"])
def test_o9_without_an_account_the_order_still_comes_in_and_the_prepayment_is_held(lacking: str) -> None:
    found = due(shop_order(transactions=(payment(),)), **{lacking: Account(reason=f"{lacking}_missing")})

    assert found.order is not None
    assert found.prepayments == ()
    assert [hold.reason for hold in found.holds] == [f"{lacking}_missing"]


def test_o9_without_an_account_an_unpaid_order_is_not_held() -> None:
    assert due(shop_order(), bank=Account(reason="bank_missing")).holds == ()


# A1


def test_a1_what_changed_in_shopify_after_the_order_came_in_is_to_be_looked_at() -> None:
    held = Ledger(sales_order())
    changed = shop_order(shop_line("90"), total="90.00", refunded=Decimal(10))

    assert [(n.reason, n.params) for n in plan(changed, held, rules()).notices] == [
        ("refunded", {"refunded": "10.00"}),
        ("total_changed", {"total": "100.00", "shop_total": "90.00"}),
    ]


def test_a_known_order_in_which_nothing_changed_needs_nothing() -> None:
    held = Ledger(sales_order(), (prepaid(),))

    assert plan(shop_order(transactions=(payment(),)), held, rules()) == OrdersDue()


# Amounts that Prextra cannot hold.


def test_an_amount_with_fractions_of_a_cent_is_held() -> None:
    order = shop_order(shop_line("0.005", quantity=2), total="0.01")

    assert refusal(order) == ("amount_not_in_cents", {"amount": "0.005", "line": "Marteau"})


def test_an_amount_that_no_column_holds_is_held() -> None:
    assert refusal(shop_order(shop_line("100000000000"), total="100000000000"))[0] == "amount_too_large"


def test_lines_that_only_together_are_too_much_are_held() -> None:
    huge = [shop_line("99999999999", id=f"L{n}") for n in range(200)]

    assert refusal(shop_order(*huge, total=str(99999999999 * 200)))[0] == "amount_too_large"


def test_two_lines_of_one_identifier_are_held() -> None:
    assert refusal(shop_order(shop_line("50"), shop_line("50")))[0] == "answer_malformed"


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_line_of_no_or_negative_quantity_is_held(quantity: int) -> None:
    order = shop_order(shop_line(), shop_line("10", quantity, id="L2", gross=Decimal(0)))

    assert refusal(order)[0] == "quantity_refused"


def test_o5_a_line_without_sku_that_costs_as_much_as_a_tip_beside_the_lines_is_no_tip() -> None:
    order = shop_order(shop_line(), shop_line("5", id="L2", sku="", name="Gravure"), tip=Decimal(5), total="110.00")

    assert refusal(order) == ("line_without_sku", {"line": "Gravure"})


def test_an_edited_order_comes_in_without_its_removed_lines_free_ones_too() -> None:
    removed = shop_line("0", id="L2", name="Cadeau", current_quantity=0)
    document = due(shop_order(shop_line(), removed, edited=True)).order

    assert document is not None
    assert [line.shopify_id for line in document.lines] == ["L1"]
