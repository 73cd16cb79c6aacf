"""Fulfilments of an order: parcels that leave, and parcels that are called back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from integration.demo.orders.money import Currencies, read_amount
from integration.demo.orders.totals import net_of, settle
from integration.demo.shop.store import Record, stamp

WAREHOUSE = {"id": "gid://shopify/Location/1", "name": "Entrepôt"}
URLS = {
    "Purolator": "https://www.purolator.com/fr/expedition/suivi/recherche?pin=",
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/fr#/search?searchFor=",
}


@dataclass(frozen=True, slots=True)
class Tracking:
    company: str
    number: str


def fulfil(
    order: Record,
    at: datetime,
    quantities: Mapping[int, int] | None = None,
    *,
    tracking: Tracking | None = None,
    location: Record | None = None,
) -> Record:
    """One parcel: {index of the line: units}, by default all that is still to be shipped. Returns the fulfilment."""
    lines = order["lineItems"]
    packed = {index: line["unfulfilledQuantity"] for index, line in enumerate(lines) if line["requiresShipping"]}
    chosen = [(lines[index], units) for index, units in (quantities or packed).items() if units]
    number = len(order["fulfillments"]) + 1
    root = int(order["legacyResourceId"]) * 10_000 + number
    parcel = {
        "id": f"gid://shopify/Fulfillment/{root}",
        "legacyResourceId": str(root),
        "name": f"{order['name']}-F{number}",
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "deliveredAt": None,
        "estimatedDeliveryAt": None,
        "inTransitAt": None,
        "requiresShipping": any(line["requiresShipping"] for line, _ in chosen),
        "service": None,
        "totalQuantity": sum(units for _, units in chosen),
        "location": location or WAREHOUSE,
        "trackingInfo": write_tracking(tracking),
        "fulfillmentLineItems": [
            write_parcel_line(order, root * 1_000 + place, line, units) for place, (line, units) in enumerate(chosen)
        ],
    }
    order["fulfillments"].append(parcel)
    settle(order, at)
    return parcel


def cancel_fulfilment(order: Record, at: datetime, fulfilment: Record) -> None:
    """The parcel did not leave after all; Shopify spells its two statuses in two ways."""
    fulfilment.update(status="CANCELLED", displayStatus="CANCELED", updatedAt=stamp(at))
    settle(order, at)


def write_tracking(tracking: Tracking | None) -> list[Record]:
    if tracking is None:
        return []
    url = URLS[tracking.company] + tracking.number if tracking.company in URLS else None
    return [{"company": tracking.company, "number": tracking.number, "url": url}]


def write_parcel_line(order: Record, number: int, line: Record, units: int) -> Record:
    bag = Currencies.of(order).bag
    return {
        "id": f"gid://shopify/FulfillmentLineItem/{number}",
        "quantity": units,
        "lineItem": line,
        "originalTotalSet": bag(read_amount(line["originalTotalSet"]).part(units, line["quantity"])),
        "discountedTotalSet": bag(net_of(line).part(units, line["quantity"])),
    }
