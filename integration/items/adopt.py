"""Which product of the shop is an item's: found by exactly its SKU, and looked for again where it was lost (rules I8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from integration.items.links import Links, Work, lose, note_adopted
from integration.items.shop import CATALOGUE_FROM, Found, find_products, read_catalogue, read_existing
from integration.ledger import Problem
from integration.models import ItemSetting
from integration.shopify.bulk import Bulk
from integration.shopify.client import ShopClient

CATALOGUE_AGE = timedelta(days=1)


class Adoption:
    """Links items to products. What the shop has is read in bulk at most once in its life, which is a pass."""

    def __init__(self, client: ShopClient, bulk: Bulk, links: Links) -> None:
        self._client = client
        self._bulk = bulk
        self._links = links
        self._catalogue: dict[str, list[Found]] | None = None

    def miss(self, *, drift: bool) -> None:
        """Once a day all that the shop has is read: what is linked and not there any more is lost.

        With `drift`, which needs a shop with one location, stock that shows something else than was noted is looked at.
        """
        setting = ItemSetting.objects.get(warehouse=self._links.warehouse)
        now = timezone.now()
        if setting.catalogue_read_at and now - setting.catalogue_read_at < CATALOGUE_AGE:
            return
        linked = self._links.rows.exclude(variant="")
        if linked.exists():
            shown = {one.variant: one.quantity for some in self._read_catalogue().values() for one in some}
            missing = [row.variant for row in linked if row.variant not in shown]
            gone = set(missing) - read_existing(self._client, missing)
            changed = []
            for row in linked:
                if row.variant in gone:
                    lose(row)
                    changed.append(row)
                elif drift and not row.missing_since and shown.get(row.variant, row.quantity) != row.quantity:
                    row.missing_since = now
                    changed.append(row)
            self._links.save(changed)
        setting.catalogue_read_at = now
        setting.save()

    def adopt(self, work: Sequence[Work]) -> list[Work]:
        """Links the items that have no variant in the shop, and gives back those that can be pushed.

        A product that was lost may still be there, with other variants: it is the merchant's then, and nothing is created over it.
        """
        seeking = [one for one in work if not one.row.variant and (one.is_lost or not one.withdrawn)]
        lost = [one.row.product for one in seeking if one.is_lost]
        gone = set(lost) - read_existing(self._client, lost)
        found = self._find([one.item for one in seeking])
        for one in seeking:
            if one.row.product in gone:
                self._links.forget(one.row)
            # The search index may still show what is deleted.
            products = [product for product in found.get(one.item, ()) if product.product not in gone]
            if problem := _link(one, products):
                self._links.refuse(one, problem)
        return [one for one in work if one.problem is None]

    def _find(self, skus: Sequence[str]) -> Mapping[str, list[Found]]:
        if self._catalogue is None and len(skus) > CATALOGUE_FROM:
            self._read_catalogue()
        if self._catalogue is not None:
            return self._catalogue
        return find_products(self._client, skus) if skus else {}

    def _read_catalogue(self) -> dict[str, list[Found]]:
        self._catalogue = {}
        for one in read_catalogue(self._bulk):
            self._catalogue.setdefault(one.sku, []).append(one)
        return self._catalogue


def _link(one: Work, products: Sequence[Found]) -> Problem | None:
    """Notes the one product that has the item's SKU; without any, a new one may be made unless the old one is there."""
    if len(products) == 1 and products[0].alone:
        note_adopted(one, products[0])
    elif one.withdrawn:
        one.row.product, one.row.inventory_item, one.row.pushed = "", "", {}
    elif len(products) > 1:
        return Problem("sku_ambiguous", {"item": one.item, "count": len(products)})
    elif products:
        return Problem("sku_among_variants", {"item": one.item})
    elif one.row.product:
        return Problem("variant_gone", {"item": one.item})
    return None
