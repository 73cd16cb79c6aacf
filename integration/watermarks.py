"""How far a shop's changes were read, for each flow: a pass begins there, and moves it over what it worked off (rules O1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from integration.models import Flow, Watermark


@dataclass(frozen=True, slots=True)
class Watermarks:
    """Those of these flows of a warehouse with one shop: with another shop each begins anew."""

    warehouse: str
    shop: str
    flows: Sequence[Flow]

    def unread_since(self) -> datetime:
        """Where the flow that is furthest behind has to read from, less the overlap, since Shopify's index lags."""
        marks = Watermark.objects.filter(warehouse=self.warehouse, shop=self.shop, flow__in=self.flows)
        times = list(marks.values_list("read_until", flat=True))
        if len(times) < len(self.flows):
            return timezone.now() - timedelta(days=settings.SYNC_HISTORY_DAYS)
        return min(times) - timedelta(minutes=settings.SYNC_OVERLAP_MINUTES)

    def move(self, seen: Collection[datetime]) -> None:
        """To the latest change among these, which were worked off in the order they happened; never backwards."""
        if not seen:
            return
        read_until = min(timezone.now(), max(seen))
        for flow in self.flows:
            mark, created = Watermark.objects.get_or_create(
                warehouse=self.warehouse, flow=flow, shop=self.shop, defaults={"read_until": read_until}
            )
            if not created and mark.read_until < read_until:
                Watermark.objects.filter(pk=mark.pk, read_until__lt=read_until).update(read_until=read_until)
