"""Stock: Prextra's quantity → the quantity at the shop's location, so that no sale is ever given back (rules I3, I9). Pure.

The shop lowers its stock the moment something is sold; Prextra learns of it when the order comes in. So a quantity that is
lower than what is known to be sold explains is a sale on its way, and is taken off what Prextra says, until the order has
come, or until it is clear that none will: then someone counted the stock in Shopify, and Prextra's figure wins. So are units
that the shop keeps (`committed`) for orders that were not read yet, wherever they were taken from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PATIENCE = timedelta(minutes=20)  # an order that was placed has come in by then, or is held, and counted as such


@dataclass(frozen=True, slots=True)
class Base:
    """What was known when stock was last compared: the quantity that the shop would show were it not for sales on their way,
    the units that orders had sold by then (orders in Prextra, and held ones), how many units less the shop showed, and since when.
    """

    quantity: int
    sold: int
    missing: int = 0
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """The level as Shopify reports it. `committed` is in orders that are not sent yet."""

    available: int
    committed: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class Due:
    """`quantity` to write where the shop still shows `available`, or None; and the base that stands once it is done."""

    quantity: int | None
    base: Base


def needs_look(target: int, base: Base | None, sold: int) -> bool:
    """Whether Shopify must be asked. Units that were sold may have been taken from here, from elsewhere, or be back again."""
    return base is None or base.missing_since is not None or base != Base(target, sold)


def expected(base: Base, sold: int) -> int:
    """What the shop should show by itself, before anything is written."""
    return max(0, base.quantity - (sold - base.sold))


def first_base(level: Level, sold: int, left: Base | None = None) -> Base:
    """Of a level that was never compared. `left` is the base of where the stock was kept before: what was on its way there
    still is.
    """
    if left is None:
        return Base(level.available, sold)
    missing = expected(left, sold)
    return Base(level.available + missing, sold, missing, left.missing_since if missing else None)


def leave(base: Base, sold: int, level: Level, now: datetime) -> Due:
    """The stock is kept elsewhere from now on: nothing is left here, and the base keeps only what is on its way."""
    return plan_level(0, base, sold, 0, level, now)


def plan_level(target: int, base: Base, sold: int, unknown: int, level: Level, now: datetime) -> Due:
    """`target` is what Prextra allows to be sold now, with `sold` units known to be ordered in the shop so far. `unknown` are
    units that the shop keeps for orders that were never read: these are on their way however long it takes.
    """
    missing = max(0, expected(base, sold) - level.available)
    # The clock starts again with each sale that comes in, and with each unit more that is missing.
    known = base.missing_since is not None and missing <= base.missing and sold == base.sold
    since = base.missing_since if known else now
    if since is not None and now - since >= PATIENCE:
        missing = 0
    missing = max(missing, unknown)
    quantity = max(0, target - missing)
    # Not the target: it may be less than what is on its way, and that must not be forgotten when it rises again.
    after = Base(quantity + missing, sold, missing, since if missing else None)
    return Due(None if quantity == level.available else quantity, after)
