"""The sample shop: some days of a Québec hardware merchant's orders, and what happens to them when time passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils.translation import gettext as _

from integration.demo.cases import CASES, FIRST_NUMBER, SAMPLE_CASES
from integration.demo.catalogue import MERCHANT
from integration.demo.orders import (
    Discount,
    Fixed,
    Percent,
    Record,
    archive,
    authorize,
    capture,
    pay,
    pending_payment,
    settle_pending,
)
from integration.demo.people import somebody, taxes_of
from integration.demo.shop.inventory import sell
from integration.demo.shop.store import Store
from integration.demo.till import EXPRESS, FREE, STANDARD, Till

__all__ = ["SAMPLE_CASES", "advance", "live_on", "ring_up", "sample_shop"]

DAYS = 10
FREE_SHIPPING_FROM = Decimal(150)
NEW_ORDERS = 5


def sample_shop(store: Store, count: int = 120, seed: int = 1, now: datetime | None = None) -> None:
    """Fills the shop with `count` orders of the last days, and never fewer than the cases there are.

    The first orders are those of `SAMPLE_CASES`, the others ordinary ones. Equal arguments make equal shops.
    """
    rng = _chance(f"shop {seed}")
    now = now or store.now()
    store.shop["name"] = MERCHANT
    count = max(count, len(CASES))
    step = timedelta(days=DAYS) / count
    cases = list(CASES.values())
    for index in range(count):
        placed_at = now - step * (count - index) + step * rng.random() * 0.8
        till = Till(rng, FIRST_NUMBER + index, placed_at, now, store.locations[0])
        store.add_order(cases[index](till) if index < len(cases) else ordinary(till))


def advance(store: Store, seed: int = 1, now: datetime | None = None) -> list[str]:
    """Some time passes: announced and authorised money comes, parcels leave, new orders are placed.

    Returns a sentence for each thing that happened. Called again, it goes on from there.
    """
    rng = _chance(f"advance {seed} {len(store.orders)}")
    now = now or store.now()
    told: list[str] = []
    with store.lock:
        for order in list(store.orders.values()):
            if news := list(live_on(order, rng, now, store.locations[0])):
                store.touch(order)
                told += news
        told += list(_new_orders(store, rng, now))
    return told


def ordinary(till: Till) -> Record:
    """An order like most: a few goods, mostly paid, mostly shipped after a day."""
    order = ring_up(till)
    _pay_somehow(order, till)
    if order["displayFinancialStatus"] == "PAID" and till.now - till.placed_at > timedelta(days=1):
        _ship_somehow(order, till)
    return order


def ring_up(till: Till) -> Record:
    buyer, lines = somebody(till.rng), till.basket()
    goods = sum((line.total for line in lines), Decimal(0))
    shipping = FREE if goods >= FREE_SHIPPING_FROM else till.rng.choice((STANDARD, STANDARD, EXPRESS, None))
    return till.ring(lines, buyer=buyer, taxes=taxes_of(buyer), shipping=shipping, discount=_some_discount(till.rng))


def _some_discount(rng: Random) -> Discount | None:
    offers: tuple[Discount, ...] = (
        Percent(Decimal(15), "AUTOMNE15"),
        Percent(Decimal(5)),
        Fixed(Decimal(10), "MERCI10"),
    )
    return rng.choice(offers) if rng.random() < 0.15 else None


def _pay_somehow(order: Record, till: Till) -> None:
    moment, luck = till.after(minutes=1), till.rng.random()
    if luck < 0.80:
        pay(order, moment)
    elif luck < 0.90:
        authorize(order, moment)
    else:
        pending_payment(order, moment, gateway="Virement Interac")


def _ship_somehow(order: Record, till: Till) -> None:
    moment, luck = till.after(hours=18 + 6 * till.rng.random()), till.rng.random()
    if luck < 0.60:
        till.send(order, moment)
        archive(order, moment)
    elif luck < 0.75 and len(order["lineItems"]) > 1:
        till.send(order, moment, {0: order["lineItems"][0]["quantity"]})


def live_on(order: Record, rng: Random, now: datetime, location: Record) -> Iterator[str]:
    """What happens to one order, in sentences. Test orders, cancelled ones and those that are done stay as they are."""
    if order["test"] or order["closed"] or rng.random() < 0.1:
        return
    till = Till(rng, order["number"], now, now, location)
    yield from _money_comes(order, till)
    if order["displayFinancialStatus"] == "PAID":
        yield from _parcels_leave(order, till)
        if order["displayFulfillmentStatus"] == "FULFILLED":
            archive(order, now)
            yield _("{name}: archived").format(name=order["name"])


def _money_comes(order: Record, till: Till) -> Iterator[str]:
    status = order["displayFinancialStatus"]
    if status == "AUTHORIZED":
        yield _("{name}: {amount} captured").format(**_news(order, capture(order, till.now)))
    elif status == "PARTIALLY_PAID":
        yield _("{name}: the remaining {amount} paid").format(**_news(order, pay(order, till.now)))
    elif status == "PENDING" and order["transactions"]:
        yield _("{name}: transfer of {amount} received").format(**_news(order, settle_pending(order, till.now)))


def _news(order: Record, transaction: Record) -> dict[str, str]:
    money = transaction["amountSet"]["shopMoney"]
    return {"name": order["name"], "amount": f"{Decimal(money['amount']):.2f} {money['currencyCode']}"}


def _parcels_leave(order: Record, till: Till) -> Iterator[str]:
    for quantities in _packing(order, till.rng):
        parcel = till.send(order, till.now, quantities)
        yield _("{name}: parcel {parcel} sent with {carrier}, {units} units").format(
            name=order["name"],
            parcel=parcel["name"],
            carrier=parcel["trackingInfo"][0]["company"],
            units=parcel["totalQuantity"],
        )


def _packing(order: Record, rng: Random) -> Iterable[dict[int, int]]:
    """What is left to ship: in one parcel, or the first line by itself and then the rest."""
    left = {
        index: line["unfulfilledQuantity"]
        for index, line in enumerate(order["lineItems"])
        if line["requiresShipping"] and line["unfulfilledQuantity"]
    }
    if len(left) > 1 and rng.random() < 0.3:
        first, *others = left
        return [{first: left[first]}, {index: left[index] for index in others}]
    return [left] if left else []


def _new_orders(store: Store, rng: Random, now: datetime) -> Iterator[str]:
    last = max((order["number"] for order in store.orders.values()), default=FIRST_NUMBER - 1)
    for number in range(last + 1, last + 1 + NEW_ORDERS):
        order = ring_up(Till(rng, number, now, now, store.locations[0]))
        pay(order, now)
        store.add_order(order)
        _take_from_stock(store, order)
        yield _("{name}: new order of {amount}").format(**_news(order, order["transactions"][0]))


def _take_from_stock(store: Store, order: Record) -> None:
    """The shop lowers its stock the moment it sells, where it has the product."""
    sold = {variant["sku"] for product in store.products.values() for variant in product["variants"]}
    for line in order["lineItems"]:
        if line["sku"] in sold:
            sell(store, line["sku"], line["quantity"])


def _chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - sample data, and the same for the same seed
