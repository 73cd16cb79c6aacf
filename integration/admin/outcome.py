"""What came of a requested synchronisation, as its page shows it: the runs of a pass, or the documents of a preview."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.formats import number_format

from integration.admin.figures import DOCUMENTS
from integration.admin.shown import duration, outcome_pill
from integration.models import SyncEntry, SyncRequest, SyncRun
from integration.particulars import COLUMNS
from integration.reasons import advice, describe
from prextra_models import models as prextra

KINDS = dict(SyncEntry.Kind.choices)
NAMES = {
    SyncEntry.Kind.SALES_ORDER: prextra.SalesOrder._meta.verbose_name_plural,
    SyncEntry.Kind.PREPAYMENT: prextra.Prepayment._meta.verbose_name_plural,
    SyncEntry.Kind.SHIPMENT: prextra.Shipment._meta.verbose_name_plural,
    SyncEntry.Kind.INVOICE: prextra.Invoice._meta.verbose_name_plural,
}
"""The documents that are counted, by their names in the plural."""


def outcome_of(asked: SyncRequest) -> dict[str, Any]:
    """`sums`, and of a pass its runs, of a preview what would be done to each order and item."""
    result = asked.result
    if not asked.dry_run:
        runs = list(SyncRun.objects.filter(pk__in=result.get("runs", ())).order_by("pk").defer("traceback"))
        return {"sums": _sums_of(runs), "held": result.get("held", 0), "runs": [_run(run) for run in runs]}
    found = result.get("documents", {})
    sums = [(name, found[kind][0], money(Decimal(found[kind][1]))) for kind, name in NAMES.items() if kind in found]
    orders, items = result.get("orders", ()), result.get("items", ())
    return {
        "sums": sums,
        "held": result.get("held", 0),
        "resting": result.get("resting", 0) if orders or items else 0,
        "order_rows": [_order(order) for order in orders],
        "more_orders": result.get("order_count", 0) - len(orders),
        "item_rows": [(one["name"], labels(one["what"]), _told(one["problems"])) for one in items],
        "more_items": result.get("item_count", 0) - len(items),
    }


def money(amount: Decimal | None) -> str:
    """In the reader's format; empty where there is none, as on a shipment."""
    return number_format(amount, 2, force_grouping=True) if amount else ""


def labels(what: Sequence[str]) -> str:
    """What changes of an item, each once, in words: the product itself, its stock, or what of it and in which language."""
    names: dict[str, None] = {}
    for one in what:
        name, _colon, locale = one.partition(":")
        label = str(COLUMNS.get(name) or KINDS.get(name, name))
        names[f"{label} ({locale})" if locale else label] = None
    return ", ".join(names)


def _run(run: SyncRun) -> tuple[SyncRun, str, str]:
    return run, outcome_pill(run), duration(run.seconds)


def _sums_of(runs: Sequence[SyncRun]) -> list[tuple[Any, int, str]]:
    entries = SyncEntry.objects.filter(run__in=runs, outcome=SyncEntry.Outcome.WRITTEN, kind__in=DOCUMENTS).order_by()
    rows = entries.values_list("kind").annotate(count=Count("pk"), sum=Sum("amount"))
    found = {kind: (count, amount) for kind, count, amount in rows}
    return [(name, found[kind][0], money(found[kind][1])) for kind, name in NAMES.items() if kind in found]


def _order(order: dict[str, Any]) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]]:
    """The order's name, the documents that would be made with their amounts, and what is to be known of it."""
    documents = [
        (str(KINDS.get(kind, kind)), money(Decimal(amount) if amount else None)) for kind, amount in order["documents"]
    ]
    return order["name"], documents, _told(order["problems"])


def _told(problems: Sequence[Any]) -> list[tuple[str, str]]:
    return [(describe(reason, params), advice(reason, params)) for reason, params in problems]
