"""Which product of the shop is an item's: found by exactly its SKU, and looked for again where it was lost (rules I8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from integration.batches import batched
from integration.items.links import Links, Work, drop, lose, note_adopted
from integration.items.shop import (
    CATALOGUE_FROM,
    IDS_AT_ONCE,
    Found,
    find_by_key,
    find_products,
    read_catalogue,
    read_existing,
)
from integration.ledger import Problem
from integration.models import ItemSetting
from integration.shopify.bulk import Bulk
from integration.shopify.client import ShopClient

CATALOGUE_AGE = timedelta(days=1)


@dataclass(slots=True)
class Catalogue:
    """All variants of the shop, by SKU and by the code under which their product was created."""

    skus: dict[str, list[Found]] = field(default_factory=dict)
    keys: dict[str, Found] = field(default_factory=dict)
    is_whole: bool = True

    def take(self, one: Found | None) -> None:
        """None stands for one that is not readable: what has its SKU is not known then."""
        if one is None:
            self.is_whole = False
            return
        self.skus.setdefault(one.sku, []).append(one)
        if one.key:
            self.keys[one.key] = one


class Adoption:
    """Links items to products. What the shop has is read in bulk at most once in its life, which is a pass."""

    def __init__(self, client: ShopClient, bulk: Bulk, links: Links, *, keyed: bool) -> None:
        """`keyed`: the shop knows the metafield that keeps an item's code; before the first pass it does not."""
        self._client = client
        self._keyed = keyed
        self._bulk = bulk
        self._links = links
        self._catalogue: Catalogue | None = None

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
            shown = {one.variant: one.quantity for some in self._read_catalogue().skus.values() for one in some}
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

        A product that was lost, or was created under the item's code, may still be there with other variants: it is the
        merchant's then, and nothing is created over it.
        """
        seeking = [one for one in work if not one.row.variant and (one.is_lost or not one.withdrawn)]
        lost = [one.row.product for one in seeking if one.is_lost]
        gone = set(lost) - read_existing(self._client, lost)
        found, keyed = self._find([one.item for one in seeking])
        for one in seeking:
            if one.row.product in gone:
                self._links.forget(one.row)
            # The search index may still show what is deleted.
            products = [product for product in found.get(one.item, ()) if product.product not in gone]
            if problem := _link(one, products, keyed.get(one.item)):
                self._links.refuse(one, problem)
        self._take_over(seeking, work)
        return [one for one in work if one.problem is None]

    def _take_over(self, adopting: Sequence[Work], work: Sequence[Work]) -> None:
        """A product whose SKU is another item's now, for its code was changed, is not the old one's any more."""
        owners = {one.row.product: one.item for one in adopting if one.adopted}
        others = {one.item: one.row for one in work}
        for some in batched(list(owners), IDS_AT_ONCE):
            for noted in self._links.rows.filter(product__in=some):
                row = others.get(noted.item, noted)
                if owners[noted.product] != row.item and row.product == noted.product:
                    drop(row)
                    self._links.save([row])

    def _find(self, skus: Sequence[str]) -> tuple[Mapping[str, list[Found]], Mapping[str, Found]]:
        """The products with these SKUs, and those that were created under these codes."""
        if self._catalogue is None and len(skus) > CATALOGUE_FROM:
            self._read_catalogue()
        if self._catalogue is not None and self._catalogue.is_whole:
            return self._catalogue.skus, self._catalogue.keys
        found = find_products(self._client, skus)
        return found, find_by_key(self._client, [sku for sku in skus if sku not in found]) if self._keyed else {}

    def _read_catalogue(self) -> Catalogue:
        self._catalogue = Catalogue()
        for one in read_catalogue(self._bulk):
            self._catalogue.take(one)
        return self._catalogue


def _link(one: Work, products: Sequence[Found], keyed: Found | None) -> Problem | None:
    """Notes the one product that has the item's SKU; without any, a new one may be made unless the old one is there."""
    if not products and keyed and keyed.sku == one.item:
        products = [keyed]
    if len(products) == 1 and products[0].alone:
        note_adopted(one, products[0])
    elif one.withdrawn:
        drop(one.row)
    elif len(products) > 1:
        return Problem("sku_ambiguous", {"item": one.item, "count": len(products)})
    elif products:
        return Problem("sku_among_variants", {"item": one.item})
    elif one.row.product or keyed:
        return Problem("variant_gone", {"item": one.item})
    return None
