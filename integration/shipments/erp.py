"""Shipments: read from Prextra and written to it. To be called within a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from integration import stock
from integration.ledger import ZERO, Rules, SalesOrder, Shipment
from integration.numbering import Kind, Numbers
from prextra_models import models as prextra
from prextra_models.router import PREXTRA


def read_shipments(orders: Collection[SalesOrder]) -> dict[str, tuple[Shipment, ...]]:
    """All shipments of these orders, users' own too, by the Shopify id of the order."""
    order_ids = {order.pk: order.shopify_id for order in orders}
    line_ids = {line.pk: line.shopify_id for order in orders for line in order.lines}
    rows = list(prextra.Shipment.objects.using(PREXTRA).filter(order__in=list(order_ids)).order_by("pk"))
    quantities: dict[int, dict[str, Decimal]] = defaultdict(dict)
    lines = prextra.ShipmentLine.objects.using(PREXTRA).filter(shipment__order__in=list(order_ids))
    for shipment, line, quantity in lines.values_list("shipment_id", "order_line_id", "quantity"):
        quantities[shipment][line_ids[line]] = quantity
    found: dict[str, list[Shipment]] = defaultdict(list)
    for row in rows:
        found[order_ids[row.order_id]].append(
            Shipment(
                shopify_id=row.shopify_id or "",
                ship_date=row.ship_date,
                lines=quantities[row.pk],
                carrier=row.carrier,
                tracking_number=row.tracking_number,
                pk=row.pk,
                number=row.number,
            )
        )
    return {order_id: tuple(shipments) for order_id, shipments in found.items()}


def write(
    due: Collection[Shipment], order: SalesOrder, earlier: Collection[Shipment], rules: Rules, numbers: Numbers
) -> tuple[Shipment, ...]:
    """Writes the shipments that are due, takes them from stock, and closes the order once all of it is shipped."""
    written = []
    line_rows = []
    for shipment in due:
        row = prextra.Shipment(
            company_id=rules.company,
            number=numbers.take(Kind.SHIPMENT),
            order_id=order.pk,
            warehouse_id=order.warehouse,
            ship_date=shipment.ship_date,
            carrier=shipment.carrier,
            tracking_number=shipment.tracking_number,
            shopify_id=shipment.shopify_id,
        )
        row.save(using=PREXTRA)
        line_rows += _line_rows(row.pk, shipment, order)
        written.append(replace(shipment, pk=row.pk, number=row.number))
    prextra.ShipmentLine.objects.using(PREXTRA).bulk_create(line_rows)
    quantities = _item_quantities(due, order)
    if order.cancelled:
        stock.reserve(order.warehouse, quantities)  # a cancelled order has reserved nothing that shipping could release
    stock.ship(order.warehouse, quantities)
    if _all_shipped(order, (*earlier, *due)):
        rows = prextra.SalesOrder.objects.using(PREXTRA).filter(pk=order.pk, status=prextra.SalesOrder.Status.OPEN)
        rows.update(status=prextra.SalesOrder.Status.SHIPPED)
    return tuple(written)


def _line_rows(shipment_pk: int, shipment: Shipment, order: SalesOrder) -> list[prextra.ShipmentLine]:
    by_id = {line.shopify_id: line for line in order.lines}
    return [
        prextra.ShipmentLine(
            shipment_id=shipment_pk, order_line_id=by_id[line_id].pk, item_id=by_id[line_id].item, quantity=quantity
        )
        for line_id, quantity in shipment.lines.items()
    ]


def _item_quantities(shipments: Collection[Shipment], order: SalesOrder) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    for line in order.lines:
        shipped = _shipped(line.shopify_id, shipments)
        if line.item and shipped:
            quantities[line.item] = quantities.get(line.item, ZERO) + shipped
    return quantities


def _all_shipped(order: SalesOrder, shipments: Collection[Shipment]) -> bool:
    return all(_shipped(line.shopify_id, shipments) >= line.quantity for line in order.lines if line.kind.shipped)


def _shipped(line_id: str, shipments: Collection[Shipment]) -> Decimal:
    return sum((shipment.lines.get(line_id, ZERO) for shipment in shipments), ZERO)
