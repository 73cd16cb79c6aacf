"""Shopify fulfilments → the shipments that Prextra should hold (rules E1, E2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from integration.columns import cut
from integration.errors import RecordError
from integration.ledger import ZERO, Ledger, OrderLine, Problem, Rules, Shipment
from integration.shopify.order import Fulfilment, ShopOrder

CARRIER_LENGTH = 50
TRACKING_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ShipmentsDue:
    """The shipments that are missing, oldest first; `holds` are the fulfilments that cannot be shipped, and why."""

    shipments: tuple[Shipment, ...] = ()
    holds: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


def plan(order: ShopOrder, ledger: Ledger, rules: Rules) -> ShipmentsDue:
    """One shipment for each successful fulfilment that has none. Without its sales order nothing is due yet."""
    if ledger.order is None:
        return ShipmentsDue()
    lines = {line.shopify_id: line for line in ledger.order.lines if line.kind.shipped}
    charges = {line.shopify_id for line in ledger.order.lines if not line.kind.shipped}
    left = _left_to_ship(lines, ledger)
    known = {shipment.shopify_id for shipment in ledger.shipments}
    shipments: list[Shipment] = []
    holds: list[Problem] = []
    for fulfilment in sorted(order.fulfilments, key=lambda f: (f.created_at, f.id)):
        if not fulfilment.is_sent or fulfilment.id in known:
            continue
        try:
            shipment = _shipment(fulfilment, lines, charges, left, rules)
        except RecordError as error:
            holds.append(Problem(error.reason, error.params))
        else:
            known.add(fulfilment.id)
            if shipment.lines:
                shipments.append(shipment)
                _take(left, shipment)
    return ShipmentsDue(tuple(shipments), tuple(holds), (*_cut_texts(order, shipments), *_cancelled(order, ledger)))


def _left_to_ship(lines: dict[str, OrderLine], ledger: Ledger) -> dict[str, Decimal]:
    """What of each line is not shipped yet, by the sync or by a Prextra user."""
    left = {line.shopify_id: line.quantity for line in lines.values()}
    for shipment in ledger.shipments:
        _take(left, shipment)
    return left


def _take(left: dict[str, Decimal], shipment: Shipment) -> None:
    for line_id, quantity in shipment.lines.items():
        left[line_id] = left.get(line_id, ZERO) - quantity


def _shipment(
    fulfilment: Fulfilment, lines: dict[str, OrderLine], charges: set[str], left: dict[str, Decimal], rules: Rules
) -> Shipment:
    """The shipment of a parcel. A charge that lies in it, such as a tip that is a line, is nothing to ship."""
    shipped: dict[str, Decimal] = {}
    for line_id, quantity in fulfilment.lines:
        if line_id in charges:
            continue
        if line_id not in lines:
            raise RecordError("fulfilment_line_unknown", fulfilment=fulfilment.name)
        if quantity < 0:
            raise RecordError("quantity_refused", quantity=quantity, line=lines[line_id].description)
        if quantity:
            shipped[line_id] = shipped.get(line_id, ZERO) + Decimal(quantity)
    for line_id, total in shipped.items():
        if total > left[line_id]:
            raise RecordError("shipped_more_than_ordered", fulfilment=fulfilment.name, line=lines[line_id].description)
    return Shipment(
        shopify_id=fulfilment.id,
        ship_date=fulfilment.created_at.astimezone(ZoneInfo(rules.time_zone)).date(),
        lines=shipped,
        carrier=cut(fulfilment.carrier, CARRIER_LENGTH),
        tracking_number=cut(fulfilment.tracking_number, TRACKING_LENGTH),
    )


def _cut_texts(order: ShopOrder, shipments: Iterable[Shipment]) -> Iterator[Problem]:
    """The texts of the new shipments that are longer than their columns."""
    due = {shipment.shopify_id: shipment for shipment in shipments}
    for fulfilment in order.fulfilments:
        if shipment := due.get(fulfilment.id):
            texts = {"carrier": fulfilment.carrier, "tracking_number": fulfilment.tracking_number}
            if columns := [column for column, text in texts.items() if getattr(shipment, column) != text]:
                yield Problem("text_cut", {"columns": ",".join(columns)})


def _cancelled(order: ShopOrder, ledger: Ledger) -> Iterator[Problem]:
    shipped = {shipment.shopify_id for shipment in ledger.shipments}
    for fulfilment in order.fulfilments:
        if fulfilment.status == "CANCELLED" and fulfilment.id in shipped:
            yield Problem("fulfilment_cancelled", {"fulfilment": fulfilment.name})
