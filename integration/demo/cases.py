"""Orders that every bookkeeper meets one day, each under a name by which the demo and the tests find it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from integration.demo.orders import (
    NO_TAX,
    Buyer,
    Currencies,
    Fixed,
    FreeShipping,
    Line,
    Percent,
    Record,
    Tax,
    archive,
    authorize,
    cancel,
    fulfil,
    pay,
    pay_cash,
    pending_payment,
)
from integration.demo.people import somebody
from integration.demo.till import EXPRESS, FREE, Till, line

FIRST_NUMBER = 1001

GIFT_CARD = Line(None, "Carte-cadeau", 1, Decimal(50), gift_card=True, requires_shipping=False)
LONG_NAME = "Marie-Joséphine-Églantine " * 8


def paid(till: Till) -> Record:
    order = till.ring()
    pay(order, till.after(minutes=1))
    return order


def partly_paid(till: Till) -> Record:
    order = till.ring([line("PERC-20V"), line("vis-8x2", 4)])
    pay(order, till.after(minutes=1), Decimal(60))
    return order


def authorized(till: Till) -> Record:
    order = till.ring([line("MARMITE-8L"), line("BoeF")])
    authorize(order, till.after(minutes=1))
    return order


def pending(till: Till) -> Record:
    order = till.ring([line("TAPIS-ENT", 2)])
    pending_payment(order, till.after(minutes=1), gateway="Virement Interac")
    return order


def part_shipped(till: Till) -> Record:
    order = till.ring([line("BOLS-4", 3), line("THEIERE-1L"), line("SAVON-MEN", 5)])
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20), {0: 2, 2: 5})
    return order


def shipped(till: Till) -> Record:
    order = paid(till)
    till.send(order, till.after(hours=20))
    archive(order, till.after(hours=20))
    return order


def discount_percent(till: Till) -> Record:
    order = till.ring([line("BoeF", 3), line("BOLS-4")], discount=Percent(Decimal(10), "BIENVENUE10"))
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20))
    return order


def discount_fixed(till: Till) -> Record:
    order = till.ring([line("SAVON-MEN", 3), line("RUB-MASQ"), line("GANTS-M", 2)], discount=Fixed(Decimal(10)))
    pay(order, till.after(minutes=1))
    return order


def free_shipping(till: Till) -> Record:
    order = till.ring([line("PEINT-BLC-1G", 4)], shipping=EXPRESS, discount=FreeShipping("PORTGRATUIT"))
    pay(order, till.after(minutes=1))
    return order


def no_shipping_charge(till: Till) -> Record:
    order = till.ring([line("COUT-CHEF", 2)], shipping=FREE)
    pay(order, till.after(minutes=1))
    return order


def ontario(till: Till) -> Record:
    return _elsewhere(till, "ON")


def alberta(till: Till) -> Record:
    return _elsewhere(till, "AB")


def british_columbia(till: Till) -> Record:
    return _elsewhere(till, "BC")


def _elsewhere(till: Till, province: str) -> Record:
    order = till.ring(buyer=somebody(till.rng, province), shipping=EXPRESS)
    pay(order, till.after(minutes=1))
    return order


def tip(till: Till) -> Record:
    order = till.ring([line("THEIERE-1L")], tip=Decimal(5), as_tip_line=True)
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20))
    return order


def gift_card_sold(till: Till) -> Record:
    """Shopify sends the card by itself, at once: a parcel without a carrier."""
    order = till.ring([line("PLANCHE-ER"), GIFT_CARD])
    pay(order, till.after(minutes=1))
    fulfil(order, till.after(minutes=2), {1: 1}, location=till.location)
    return order


def gift_card_spent(till: Till) -> Record:
    order = till.ring([line("PERC-20V")])
    pay(order, till.after(minutes=1), Decimal(50), gateway="gift_card")
    pay(order, till.after(minutes=1))
    return order


def taxes_included(till: Till) -> Record:
    order = till.ring([line("GUIRL-100", 3), line("PILES-AA12")], taxes_included=True)
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20))
    return order


def cash_rounding(till: Till) -> Record:
    """Cash at the counter, taken away at once: no buyer, no address, rounded to five cents."""
    order = till.ring_anonymous([line("CLOUS-3"), line("MARTEAU-16")], source="pos")
    order["app"] = {"id": "gid://shopify/App/129785", "name": "Point of Sale"}
    order["retailLocation"] = till.location
    pay_cash(order, till.after(minutes=1))
    fulfil(order, till.after(minutes=1), location=till.location)
    archive(order, till.after(minutes=1))
    return order


def unknown_sku(till: Till) -> Record:
    order = till.ring([line("RUBAN-8M"), Line("VIS-9999-X", "Vis introuvable", 2, Decimal("3.49"))])
    pay(order, till.after(minutes=1))
    return order


def no_sale_account(till: Till) -> Record:
    """It comes in and ships; its invoice waits for the account of the category."""
    order = till.ring([line("AFFUTAGE", 2), line("COUT-CHEF")])
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20))
    return order


def unknown_tax(till: Till) -> Record:
    order = till.ring([line("PELLE-NEIGE", taxes=(Tax("Taxe d'accueil", Decimal("0.035")),))])
    pay(order, till.after(minutes=1))
    return order


def test_order(till: Till) -> Record:
    order = till.ring(test=True)
    pay(order, till.after(minutes=1))
    return order


def cancelled_unpaid(till: Till) -> Record:
    order = pending(till)
    cancel(order, till.after(hours=5))
    return order


def long_names(till: Till) -> Record:
    name = LONG_NAME[:200].strip()
    buyer = Buyer(name, "Tremblay", None, f"12, rue {name}", name, name[:100], "QC", "G5Y 1A1", email="m@example.com")
    order = till.ring(buyer=buyer, note="Sonnez deux fois. " * 500)
    pay(order, till.after(minutes=1))
    return order


def emoji_and_html(till: Till) -> Record:
    buyer = Buyer("Zoé 🌸", "<b>Gagnon</b>", None, "8, rue de l'Église", None, "Lévis", "QC", "G6V 3C3")
    note = "Cadeau 🎁 <script>alert('bonjour')</script> & merci"
    order = till.ring([line("GUIRL-100"), line("BOLS-4")], buyer=buyer, note=note)
    pay(order, till.after(minutes=1))
    till.send(order, till.after(hours=20))
    return order


def no_address(till: Till) -> Record:
    order = till.ring_anonymous([line("AMP-DEL-60", 6)], email="anonyme@example.com")
    pay(order, till.after(minutes=1))
    return order


def company(till: Till) -> Record:
    buyer = Buyer(None, None, "Rénovations Chaudière inc.", "455, boulevard Lacroix", "Local 2", "Saint-Georges",
                  "QC", "G5Y 1A1", phone="+14185550123", email="achats@example.com")  # fmt: skip
    order = till.ring([line("PEINT-GRS-1G", 12), line("ROUL-240", 6)], buyer=buyer, po_number="BC-2026-0417")
    pay(order, till.after(minutes=1))
    return order


def american_dollars(till: Till) -> Record:
    buyer = Buyer("Emily", "Carter", None, "77 Maple St", None, "Burlington", None, "05401", "US", "+18025550100")
    currencies = Currencies("CAD", "USD", Decimal("0.7134"))
    order = till.ring([line("POELE-28"), line("MOULIN-POI")], buyer=buyer, taxes=NO_TAX, currencies=currencies)
    pay(order, till.after(minutes=1))
    return order


CASES: dict[str, Callable[[Till], Record]] = {
    _("paid"): paid,
    _("partly paid"): partly_paid,
    _("authorised, paid later"): authorized,
    _("pending, paid later"): pending,
    _("part-shipped"): part_shipped,
    _("shipped"): shipped,
    _("discount in per cent"): discount_percent,
    _("discount of an amount"): discount_fixed,
    _("shipping made free"): free_shipping,
    _("shipping without charge"): no_shipping_charge,
    _("Ontario"): ontario,
    _("Alberta"): alberta,
    _("British Columbia"): british_columbia,
    _("tip"): tip,
    _("gift card sold"): gift_card_sold,
    _("gift card spent"): gift_card_spent,
    _("taxes included"): taxes_included,
    _("cash rounding"): cash_rounding,
    _("unknown SKU"): unknown_sku,
    _("no sale account"): no_sale_account,
    _("unknown tax"): unknown_tax,
    _("test order"): test_order,
    _("cancelled, unpaid"): cancelled_unpaid,
    _("very long names"): long_names,
    _("emoji and HTML"): emoji_and_html,
    _("no address"): no_address,
    _("company"): company,
    _("American dollars"): american_dollars,
}

# Case → the name of its order: they are the shop's first ones.
SAMPLE_CASES = {case: f"#{FIRST_NUMBER + index}" for index, case in enumerate(CASES)}
