"""Rules F1–F4 on value types: shipments in, invoices and applied prepayments out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integration.invoices.plan import InvoicesDue, plan
from integration.ledger import Account, Amounts, Application, ItemFacts, Ledger, LineKind
from tests.values import RULES, SALES, TODAY, invoice, line, prepaid, rules, sales_order, shipment


def due(order: Any = None, **held: Any) -> InvoicesDue:
    return plan(Ledger(order or sales_order(), **held), RULES)


def charge(kind: LineKind = LineKind.SHIPPING, amount: str = "10", id: str = "S1") -> Any:
    return line(id, kind=kind, item=None, description="Livraison", amounts=Amounts(subtotal=Decimal(amount)))


# F1


def test_f1_each_shipment_is_invoiced_once() -> None:
    found = due(shipments=(shipment("F1"),))

    (made,) = found.invoices
    assert (made.shopify_id, made.invoice_date, made.total) == ("F1", TODAY, 100)
    assert due(shipments=(shipment("F1"),), invoices=(made,)) == InvoicesDue()


def test_f1_without_a_shipment_there_is_no_invoice() -> None:
    assert due() == InvoicesDue()
    assert plan(Ledger(), RULES) == InvoicesDue()


def test_f1_a_prextra_user_s_own_shipment_is_his_to_invoice() -> None:
    assert due(shipments=(shipment(""),)) == InvoicesDue()


# F2


def test_f2_the_account_of_a_line_is_the_sale_account_of_its_item_s_category() -> None:
    (made,) = due(shipments=(shipment("F1"),)).invoices

    assert [one.account for one in made.lines.values()] == [SALES]


@pytest.mark.parametrize(
    ("facts", "reason", "params"),
    [
        (ItemFacts("MARTEAU", "OUTILS"), "sale_account_missing", {"item": "MARTEAU", "category": "OUTILS"}),
        (ItemFacts("MARTEAU"), "item_without_category", {"item": "MARTEAU"}),
    ],
)
def test_f2_without_a_sale_account_the_invoice_is_held_naming_item_and_category(
    facts: ItemFacts, reason: str, params: dict[str, str]
) -> None:
    held = Ledger(sales_order(), shipments=(shipment("F1"),))
    found = plan(held, rules(items={"MARTEAU": facts}))

    assert found.invoices == ()
    assert [(hold.reason, hold.params) for hold in found.holds] == [(reason, params)]


def test_f2_an_invoice_that_is_held_does_not_hold_the_next_one() -> None:
    saw = line("L2", item="SCIE")
    held = Ledger(sales_order(line(), saw), shipments=(shipment("F1"), shipment("F2", {"L2": 1}, pk=2)))
    found = plan(held, rules(items={**RULES.items, "MARTEAU": ItemFacts("MARTEAU", "OUTILS")}))

    assert [hold.reason for hold in found.holds] == ["sale_account_missing"]
    assert [made.shopify_id for made in found.invoices] == ["F2"]


def test_f2_a_charge_goes_to_its_own_account_where_one_is_configured_else_to_that_of_the_goods_beside_it() -> None:
    held = Ledger(sales_order(line(), charge()), shipments=(shipment("F1"),))
    (beside,) = plan(held, RULES).invoices
    (configured,) = plan(held, rules(charge_accounts={LineKind.SHIPPING: Account(55)})).invoices

    assert (beside.lines["S1"].account, configured.lines["S1"].account) == (SALES, 55)


def test_f2_a_charge_whose_configured_account_does_not_exist_holds_the_invoice() -> None:
    held = Ledger(sales_order(line(), charge()), shipments=(shipment("F1"),))
    unknown = Account(reason="account_unknown", params={"code": "9"})

    assert [h.reason for h in plan(held, rules(charge_accounts={LineKind.SHIPPING: unknown})).holds] == [
        "account_unknown"
    ]


def test_f2_a_gift_card_alone_has_no_goods_beside_it_and_names_the_configuration_that_lacks() -> None:
    found = due(sales_order(charge(LineKind.GIFT_CARD, id="L1")), shipments=(shipment("F1"),))

    assert [(hold.reason, hold.params["configuration"]) for hold in found.holds] == [
        ("charge_account_missing", "glGiftCardShopify")
    ]


# F3


def test_f3_shipping_tips_duties_and_fees_go_with_the_first_invoice() -> None:
    order = sales_order(
        line(quantity=2),
        charge(),
        charge(LineKind.TIP, id="T"),
        charge(LineKind.DUTY, id="D"),
        charge(LineKind.FEE, id="E"),
    )
    found = due(order, shipments=(shipment("F1"), shipment("F2", pk=2)))

    assert [set(made.lines) for made in found.invoices] == [{"L1", "S1", "T", "D", "E"}, {"L1"}]


def test_f3_the_last_invoice_takes_the_remainder_in_every_amount() -> None:
    amounts = Amounts(Decimal("0.10"), Decimal("99.90"), Decimal("5.00"), Decimal("9.97"))
    order = sales_order(line(quantity=3, amounts=amounts))
    found = due(order, shipments=[shipment(f"F{n}", pk=n) for n in (1, 2, 3)])

    assert [made.amounts.provincial_tax for made in found.invoices] == [
        Decimal("3.32"),
        Decimal("3.33"),
        Decimal("3.32"),
    ]
    assert sum((made.amounts for made in found.invoices), Amounts()) == order.amounts


def test_f3_it_makes_no_difference_whether_the_shipments_are_invoiced_in_one_pass_or_in_three() -> None:
    order = sales_order(line(quantity=3, amounts=Amounts(subtotal=Decimal(10))), charge())
    parcels = [shipment(f"F{n}", pk=n) for n in (1, 2, 3)]
    at_once = due(order, shipments=parcels).invoices
    by_and_by: tuple[Any, ...] = ()
    for count in (1, 2, 3):
        by_and_by += due(order, shipments=parcels[:count], invoices=by_and_by).invoices

    assert by_and_by == at_once


def test_f3_what_a_prextra_user_invoiced_himself_counts() -> None:
    order = sales_order(line(quantity=2), charge())
    own = invoice("", "50.00")
    (made,) = due(order, shipments=(shipment(""), shipment("F1", pk=2)), invoices=(own,)).invoices

    assert made.total + own.total == order.total


def test_f3_cash_rounding_goes_once_with_the_first_invoice_that_is_large_enough_for_it() -> None:
    order = sales_order(line(quantity=2), cash_rounding=Decimal("0.02"))
    found = due(order, shipments=(shipment("F1"), shipment("F2", pk=2)))

    assert [made.cash_rounding for made in found.invoices] == [Decimal("0.02"), 0]
    assert sum(made.balance for made in found.invoices) == Decimal("100.02")


# F4


def applied(*prepayments: Any, invoices: Any) -> list[tuple[str, str, Decimal]]:
    found = due(prepayments=prepayments, invoices=invoices)
    return [(one.prepayment, one.invoice, one.amount) for one in found.applications]


def test_f4_the_oldest_prepayment_is_applied_to_the_oldest_invoice() -> None:
    older, newer = prepaid("T1", "60", pk=1), replace(prepaid("T2", "60", pk=2), received_on=TODAY.replace(day=1))

    assert applied(older, newer, invoices=(invoice("F1", "70"), invoice("F2", "30"))) == [
        ("T2", "F1", 60),
        ("T1", "F1", 10),
        ("T1", "F2", 30),
    ]


@pytest.mark.parametrize(("amount", "taken"), [("40", 40), ("100", 100), ("250", 100)])
def test_f4_never_more_than_the_balance_of_either(amount: str, taken: int) -> None:
    assert applied(prepaid("T1", amount), invoices=(invoice("F1", "100"),)) == [("T1", "F1", taken)]


def test_f4_what_is_applied_already_is_not_applied_again() -> None:
    done = replace(invoice("F1", "100"), applied=Decimal(100))

    assert applied(prepaid("T1", "100", applied="100"), invoices=(done,)) == []


def test_f4_an_invoice_that_is_due_is_paid_at_once() -> None:
    found = due(shipments=(shipment("F1"),), prepayments=(prepaid(pk=0),))

    assert found.applications == (Application("T1", "F1", Decimal(100)),)


def test_f4_the_invoices_that_a_prextra_user_made_for_his_own_shipments_are_his_to_settle() -> None:
    own = (invoice("", "40"), replace(invoice("", "60"), pk=2))

    assert applied(prepaid(), invoices=own) == []
