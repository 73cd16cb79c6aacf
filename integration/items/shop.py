"""What the items flow asks a shop: where things go, which products exist, their digests, their stock."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integration.batches import batched
from integration.errors import ConfigurationError, TransientError
from integration.items.levels import Level
from integration.items.plan import KEY, NAMESPACE
from integration.shopify.batch import ask_many, outcome_of
from integration.shopify.bulk import Bulk
from integration.shopify.client import ShopClient, load_document

SKUS_AT_ONCE = 50
IDS_AT_ONCE = 250
CATALOGUE_FROM = 200  # more SKUs than this are found by reading the whole catalogue once, in bulk
DIGESTS_IN_BULK_FROM = 1000


log = logging.getLogger("integration.items")


@dataclass(frozen=True, slots=True)
class Setup:
    """`locations` are the active ones, by id; `locales` those that customers see."""

    locations: Mapping[str, str]
    publication: str
    primary: str
    locales: tuple[str, ...]
    time_zone: str
    keyed: bool = True
    """Whether the metafield that keeps an item's code is there; only a dry run may find that it is not yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """A variant in the shop, with its product."""

    variant: str
    sku: str
    inventory_item: str
    product: str
    status: str
    tags: tuple[str, ...]
    alone: bool
    key: str = ""
    """The item's code under which we created the product; nothing where the merchant did."""
    quantity: int | None = None
    """Units on sale at all locations; only where the whole catalogue is read."""


def read_setup(client: ShopClient, *, dry_run: bool = False) -> Setup:
    """Raises ConfigurationError where the shop lacks what items need."""
    setup, missing = survey_setup(client, dry_run=dry_run)
    if missing:
        raise missing[0]
    return setup


def survey_setup(client: ShopClient, *, dry_run: bool) -> tuple[Setup, list[ConfigurationError]]:
    """What the shop has, and what of it items lack. A dry run does not make the key of products where there is none."""
    data = client.execute(load_document("items_setup"), {"namespace": NAMESPACE, "key": KEY}).data
    try:
        locations = {one["id"]: str(one["name"]) for one in data["locations"]["nodes"] if one["isActive"]}
        locales = data["shopLocales"]
        setup = Setup(
            locations=locations,
            publication=_online_store(data["publications"]["nodes"]),
            primary=next((one["locale"] for one in locales if one["primary"]), ""),
            locales=tuple(sorted(one["locale"] for one in locales if one["published"] and not one["primary"])),
            time_zone=data["shop"]["ianaTimezone"],
            keyed=not dry_run or data.get("metafieldDefinition") is not None,
        )
    except (KeyError, TypeError):
        raise TransientError("shopify_answer_unreadable") from None
    missing = [] if setup.publication else [ConfigurationError("online_store_missing")]
    if not missing and not _has_key(client, data.get("metafieldDefinition"), dry_run):
        missing.append(ConfigurationError("item_key_refused"))
    return setup, missing


def _online_store(publications: Sequence[Mapping[str, Any]]) -> str:
    """By its channel's handle; failing that, the one that can publish on a date: only online stores can. Empty: none."""
    for one in publications:
        if any(channel["handle"] == "online_store" for channel in one["channels"]["nodes"]):
            return str(one["id"])
    for one in publications:
        if one["supportsFuturePublishing"]:
            return str(one["id"])
    return ""


def _has_key(client: ShopClient, definition: Mapping[str, Any] | None, dry_run: bool) -> bool:
    """A product's item code is a key of the shop: what is created under it twice is one product (rules I2)."""
    if definition is None and not dry_run:
        wish = {"ownerType": "PRODUCT", "namespace": NAMESPACE, "key": KEY, "type": "id", "name": "Code d'item Prextra"}
        answer = client.execute(load_document("item_code_definition"), {"definition": wish})
        outcome = outcome_of(answer.data.get("metafieldDefinitionCreate"))
        return all(refusal.code == "TAKEN" for refusal in outcome.refusals)
    return definition is None or definition["type"]["name"] == "id"


def find_products(client: ShopClient, skus: Sequence[str]) -> dict[str, list[Found]]:
    """The variants with exactly these SKUs, by SKU, from the search index: few SKUs, many are found in the catalogue."""
    wanted = set(skus)
    found: dict[str, list[Found]] = {}
    for one in _search(client, skus):
        if one.sku in wanted and one not in found.get(one.sku, []):
            found.setdefault(one.sku, []).append(one)
    return found


def find_by_key(client: ShopClient, codes: Sequence[str]) -> dict[str, Found]:
    """The products that were created under these items' codes, by code; not from the search index, which lags."""
    keys = [{"identifier": {"customId": {"namespace": NAMESPACE, "key": KEY, "value": code}}} for code in codes]
    found: dict[str, Found] = {}
    for code, product in zip(codes, ask_many(client, "product_by_key", keys), strict=True):
        variants = (product or {}).get("variants", {}).get("nodes") or []
        if variants and (one := _found({**variants[0], "product": product})):
            found[code] = one
    return found


def read_catalogue(bulk: Bulk) -> Iterator[Found | None]:
    """Every variant of the shop; None for one that is not readable."""
    return map(_found, bulk.query("variants_bulk"))


def _search(client: ShopClient, skus: Sequence[str]) -> Iterator[Found]:
    for some in batched(skus, SKUS_AT_ONCE):
        query = " OR ".join(f"sku:'{_escaped(sku)}'" for sku in some)
        variables: dict[str, Any] = {"query": query, "first": IDS_AT_ONCE, "after": None}
        while True:
            page = client.execute(load_document("variants_by_sku"), variables).data.get("productVariants")
            if not isinstance(page, dict):
                raise TransientError("shopify_answer_unreadable")
            yield from filter(None, map(_found, page["nodes"]))
            if not page["pageInfo"]["hasNextPage"]:
                break
            variables = {**variables, "after": page["pageInfo"]["endCursor"]}


def _escaped(sku: str) -> str:
    return sku.replace("\\", "\\\\").replace("'", "\\'")


def _found(node: Mapping[str, Any]) -> Found | None:
    """None where it is not readable: one that is not must not hide the others."""
    try:
        product = node["product"]
        return Found(
            variant=node["id"],
            sku=node.get("sku") or "",
            inventory_item=node["inventoryItem"]["id"],
            product=product["id"],
            status=product["status"],
            tags=tuple(product.get("tags") or ()),
            alone=bool(product["hasOnlyDefaultVariant"]),
            key=(product.get("metafield") or {}).get("value") or "",
            quantity=node.get("inventoryQuantity"),
        )
    except (KeyError, TypeError):
        log.warning("a variant of the catalogue is not readable")
        return None


def read_existing(client: ShopClient, ids: Sequence[str]) -> set[str]:
    """Those of these products, or variants, that are still in the shop."""
    there: set[str] = set()
    for some in batched(ids, IDS_AT_ONCE):
        nodes = client.execute(load_document("existing_ids"), {"ids": list(some)}).data.get("nodes")
        if not isinstance(nodes, list):
            raise TransientError("shopify_answer_unreadable")
        there |= {node["id"] for node in nodes if node}
    return there


def read_digests(client: ShopClient, bulk: Bulk, products: Collection[str]) -> dict[str, dict[str, str]]:
    """The digest of each base text, by product and key; texts that are empty have none."""
    wanted = set(products)
    rows: Iterator[Mapping[str, Any]]
    rows = bulk.query("digests_bulk") if len(wanted) > DIGESTS_IN_BULK_FROM else _digest_rows(client, sorted(wanted))
    return {
        row["resourceId"]: {one["key"]: one["digest"] for one in row["translatableContent"] if one.get("digest")}
        for row in rows
        if row.get("resourceId") in wanted and row.get("translatableContent")
    }


def _digest_rows(client: ShopClient, products: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for ids in batched(products, IDS_AT_ONCE):
        data = client.execute(load_document("digests_by_ids"), {"ids": list(ids), "first": IDS_AT_ONCE}).data
        yield from (data.get("translatableResourcesByIds") or {}).get("nodes") or []


def read_levels(client: ShopClient, inventory_items: Sequence[str], location: str) -> dict[str, Level | None]:
    """The levels at the location, by inventory item. None where there is none yet; an item that is gone is not in it."""
    levels: dict[str, Level | None] = {}
    for ids in batched(inventory_items, IDS_AT_ONCE):
        data = client.execute(load_document("levels_by_item"), {"ids": list(ids), "locationId": location}).data
        nodes = data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise TransientError("shopify_answer_unreadable")
        levels |= {id: _level(node.get("inventoryLevel")) for id, node in zip(ids, nodes, strict=True) if node}
    return levels


def _level(node: Mapping[str, Any] | None) -> Level | None:
    """None where there is no level, or one that is not readable: nothing is written to it then."""
    try:
        quantities = {one["name"]: int(one["quantity"]) for one in node["quantities"]} if node else {}
        return Level(quantities["available"], quantities.get("committed", 0), bool(node and node["isActive"]))
    except (KeyError, TypeError, ValueError):
        return None
