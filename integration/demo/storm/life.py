"""What happens in the shops and in Prextra meanwhile: orders, money, parcels, refunds, edits; deliveries and new prices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from django.db.models import F

from integration.demo.cases import CASES
from integration.demo.orders import authorize, cancel, pay, pending_payment, refund
from integration.demo.sample import live_on, ring_up
from integration.demo.shop.inventory import move
from integration.demo.shop.store import Record
from integration.demo.storm.world import Place
from integration.demo.till import Till
from prextra_models.models import ItemPrice, ItemStock
from prextra_models.router import PREXTRA

ORDINARY = "ordinary"
MOST_OPEN = 40  # orders of a shop that something may still happen to
STARTS: tuple[Callable[[Record, Till], object], ...] = (
    lambda order, till: pay(order, till.now),
    lambda order, till: pay(order, till.now),
    lambda order, till: authorize(order, till.now),
    lambda order, till: pending_payment(order, till.now, gateway="Virement Interac"),
    lambda order, till: pay(order, till.now, Decimal(1)),
)


def happen(place: Place) -> str:
    """One thing happens in the shop; the word for it, which the storm counts."""
    what = place.rng.choices((_new_order, _live, _edit, _refund, _cancel), (9, 9, 3, 2, 1))[0]
    with place.store.lock:
        return what(place)


def _new_order(place: Place) -> str:
    """An order like most, or one of the cases that a bookkeeper meets one day."""
    rng, now = place.rng, place.store.now()
    till = Till(rng, place.next_number, now, now, place.store.locations[0])
    case = rng.choice(list(CASES)) if rng.random() < 0.3 else ORDINARY
    if case == ORDINARY:
        order = ring_up(till)
        rng.choice(STARTS)(order, till)
    else:
        order = CASES[case](till)
    skus = {line["sku"] for line in order["lineItems"]}
    if any(place.level_of(sku) is None for sku in skus & place.prices.keys()):
        return ""  # nobody buys what the shop does not have yet
    place.cases[order["id"]] = case
    if not (order["test"] or order["cancelledAt"]):
        for line in order["lineItems"]:
            if level := place.level_of(line["sku"]):
                move(level, -line["quantity"], line["unfulfilledQuantity"])
    place.store.add_order(order)
    return "placed"


def _live(place: Place) -> str:
    """Money comes, or parcels leave."""
    order = _some(place, lambda order: not (order["closed"] or order["test"]))
    if order is None:
        return ""
    sent = len(order["fulfillments"])
    news = list(live_on(order, place.rng, place.store.now(), place.store.locations[0]))
    for parcel in order["fulfillments"][sent:]:
        for row in parcel["fulfillmentLineItems"]:
            if level := place.level_of(row["lineItem"]["sku"]):
                move(level, 0, -row["quantity"])
    if not news:
        return ""
    place.store.touch(order)
    return "shipped" if len(order["fulfillments"]) > sent else "paid"


def _edit(place: Place) -> str:
    """Someone writes on an order. Nothing of this reaches Prextra; the order is read again all the same."""
    order = _some(place, lambda order: True)
    if order is None:
        return ""
    order["note"] = f"Note {place.rng.randrange(1000)}"
    order["tags"] = sorted({*order["tags"], place.rng.choice(("vip", "fragile", "cadeau"))})
    place.store.touch(order)
    return "edited"


def _refund(place: Place) -> str:
    """Some money back; the goods stay where they are."""
    order = _some(place, lambda order: _kept(order) > 1 and len(order["refunds"]) < 3)
    if order is None:
        return ""
    refund(order, place.store.now(), (_kept(order) / 4).quantize(Decimal("0.01")))
    place.store.touch(order)
    return "refunded"


def _cancel(place: Place) -> str:
    """An order is off, the money given back; not where the shop's stock is ours, which Shopify would fill up again."""
    if place.sends_items:
        return ""
    order = _some(place, lambda order: not order["closed"] and _kept(order) > 0 and not order["fulfillments"])
    if order is None:
        return ""
    cancel(order, place.store.now(), give_money_back=True)
    place.store.touch(order)
    return "cancelled"


def _kept(order: Record) -> Decimal:
    return Decimal(order["netPaymentSet"]["shopMoney"]["amount"])


def _some(place: Place, fits: Callable[[Record], bool]) -> Record | None:
    """One of the latest orders of which this is true."""
    latest = list(place.store.orders.values())[-MOST_OPEN:]
    fitting = [order for order in latest if order["currencyCode"] == order["presentmentCurrencyCode"] and fits(order)]
    return place.rng.choice(fitting) if fitting else None


def work_in_prextra(places: list[Place], rng: Random) -> str:
    """Goods arrive, or a price changes, for one of the items that go to a shop."""
    senders = [place for place in places if place.prices]
    if not senders:
        return ""
    place = rng.choice(senders)
    sku = rng.choice(sorted(place.prices))
    if rng.random() < 0.5:
        units = rng.randrange(1, 20)
        rows = ItemStock.objects.using(PREXTRA).filter(item=sku, warehouse=place.code)
        rows.update(available=F("available") + units, on_hand=F("on_hand") + units)
        place.arrived[sku] += units
        return "delivered"
    price = Decimal(rng.randrange(100, 20000)) / 100
    ItemPrice.objects.using(PREXTRA).filter(item=sku, company=place.company).update(price=price)
    place.prices[sku] = price
    return "repriced"
