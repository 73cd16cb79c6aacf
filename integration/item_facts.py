"""A warehouse's ticked items in figures: how many there are, which cannot go out, whose category has no account."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from integration.models import ProductLink
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

WITHOUT_SERIALS = ("", prextra.Item.Tracking.NONE)
NOT_MEANT = ("", "item_not_ticked", "item_other_warehouse")


def _ticked(warehouse: prextra.Warehouse) -> QuerySet[prextra.Item]:
    return prextra.Item.objects.using(PREXTRA).filter(shopify=True, default_warehouse=warehouse.pk)


def count_ticked(warehouse: prextra.Warehouse) -> int:
    return _ticked(warehouse).count()


def why_not_sent(warehouse: prextra.Warehouse) -> dict[str, int]:
    """How many ticked items are not in the shop, by reason: as the last pass noted, else what Prextra shows by itself."""
    links = ProductLink.objects.filter(warehouse=warehouse.pk, product="").exclude(reason__in=NOT_MEANT)
    noted = links.order_by("reason").values_list("reason").annotate(count=Count("pk"))
    if found := dict(noted):
        return found
    is_serial = Q(tracking__isnull=False) & ~Q(tracking__in=WITHOUT_SERIALS)
    counts = _ticked(warehouse).aggregate(
        item_by_serial_number=Count("pk", filter=is_serial),
        item_inactive=Count("pk", filter=~is_serial & Q(inactive=True)),
    )
    return {reason: count for reason, count in counts.items() if count}


def categories_without_account(warehouse: prextra.Warehouse) -> list[str]:
    """The product categories of ticked items that have no account for the sale transaction in the company (rules F2)."""
    accounts = prextra.ProductCategoryAccount.objects.using(PREXTRA).filter(
        company=warehouse.company_id, transaction=prextra.ProductCategoryAccount.Transaction.SALE, account__isnull=False
    )
    used = _ticked(warehouse).exclude(category__in=accounts.values("category")).exclude(category=None)
    return list(used.order_by("category").values_list("category", flat=True).distinct())
