"""Products as they are read, and changed in part: `productUpdate`, `productVariantsBulkUpdate`, `tagsAdd`, `tagsRemove`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import metafields
from .catalogue import MAX_TAGS, MAX_TEXT, clean_tags, has_only_default_variant, money, save, slug
from .connections import Position, page, window_of
from .errors import AccessDeniedError, refusal
from .search import understand
from .store import Record, Store
from .variant_index import SEARCHED

if TYPE_CHECKING:
    from .resolvers import Asking, Info, Resolver

NO_PRODUCT = "Product does not exist"


def search_variants(asking: Asking, path: list[str | int], text: str | None) -> list[Record]:
    """The variants that the search index finds, by id, as they are now."""
    catalogue = asking.store.catalogue
    catalogue.index.settle(asking.store.now())
    gids = set(catalogue.index.skus)
    if text and text.strip():
        understood = understand(text, SEARCHED, (), None)
        if understood.warnings:
            row = {"path": path, "query": text, "parsed": understood.parsed, "warnings": understood.warnings}
            asking.searches.append(row)
        gids = catalogue.index.find(understood.query)
    found = [catalogue.variants[gid] for gid in gids if gid in catalogue.variants]
    return sorted(found, key=_position)


def _position(variant: Record) -> Position:
    number = int(variant["id"].rpartition("/")[2])
    return number, number


def resolve_variants(_root: object, info: Info, **arguments: Any) -> Record:
    found = search_variants(info.context, info.path.as_list(), arguments.get("query"))
    return page(found, window_of(arguments), _position)


def update_product(_root: object, info: Info, product: Record | None = None) -> Record:
    """Only the fields that are given change. A refusal shows the product as it was."""
    store, given = info.context.store, product or {}
    known = store.products.get(given.get("id") or "")
    if known is None:
        return {"product": None, "userErrors": [refusal(["id"], NO_PRODUCT)]}
    errors = list(content_problems(store, known, given, ["input"]))
    if not errors:
        store.catalogue.forget(known)
        write_content(store, known, given)
        _merge_metafields(store, known, given.get("metafields") or [])
        save(store, known)
    return {"product": known, "userErrors": errors}


def content_problems(store: Store, product: Record | None, given: Record, handle_place: list[str]) -> Iterator[Record]:
    """What is wrong with the texts of a product; the fields' paths are productUpdate's."""
    title, handle = given.get("title"), given.get("handle")
    if (title is None and ("title" in given or product is None)) or (title is not None and not title.strip()):
        yield refusal(["title"], "Title can't be blank")
    if len(title or "") > MAX_TEXT:
        yield refusal(["title"], f"Title is too long (maximum is {MAX_TEXT} characters)")
    if len(handle or "") > MAX_TEXT:
        yield refusal(["handle"], f"Handle is too long (maximum is {MAX_TEXT} characters)")
    elif handle and store.catalogue.handles.get(slug(handle)) not in (None, (product or {}).get("id")):
        message = f"Handle '{handle}' already in use. Please provide a new handle."
        yield refusal([*handle_place, "handle"], message, "HANDLE_NOT_UNIQUE")
    if tags_invalid(clean_tags(given.get("tags") or [])):
        yield refusal(["tags"], "Product tags is invalid")
    for index, row in enumerate(given.get("metafields") or []):
        if metafields.taken(store, product, row):
            message = f"Value '{row['value']}' is already in use."
            yield refusal(["metafields", str(index), "value"], message, "CAPABILITY_VIOLATION")


def tags_invalid(tags: list[str]) -> bool:
    return len(tags) > MAX_TAGS or any(len(tag) > MAX_TEXT for tag in tags)


def write_content(store: Store, product: Record, given: Record) -> None:
    """The fields that are given, each with Shopify's own reading of it."""
    for name in ("title", "status"):
        if given.get(name) is not None:
            product[name] = given[name]
    for name, default in (("descriptionHtml", ""), ("productType", ""), ("vendor", store.shop["name"])):
        if name in given:
            product[name] = given[name] or default
    if given.get("seo") is not None:
        product["seo"].update({name: text or None for name, text in given["seo"].items()})
    if given.get("tags") is not None:
        product["tags"] = clean_tags(given["tags"])
    if given.get("handle") is not None:
        _rename(store, product, given["handle"])


def _rename(store: Store, product: Record, handle: str) -> None:
    """A handle of blanks is made from the title again."""
    product["handle"] = slug(handle) or store.catalogue.free_handle(product["title"])


def _merge_metafields(store: Store, product: Record, rows: list[Record]) -> None:
    for row in rows:
        kept = [
            old for old in product["metafields"] if (old["namespace"], old["key"]) != (row["namespace"], row["key"])
        ]
        product["metafields"] = [*kept, metafields.stored(store, row)]


def update_variants(_root: object, info: Info, variants: list[Record], **arguments: Any) -> Record:
    """All of them or none, unless `allowPartialUpdates`."""
    store = info.context.store
    product = store.products.get(arguments["productId"])
    if product is None:
        error = refusal(["productId"], NO_PRODUCT, "PRODUCT_DOES_NOT_EXIST")
        return {"product": None, "productVariants": None, "userErrors": [error]}
    known = {variant["id"]: variant for variant in product["variants"]}
    problems = [list(_variant_problems(known, row, str(index))) for index, row in enumerate(variants)]
    errors = [error for found in problems for error in found]
    if errors and not arguments["allowPartialUpdates"]:
        return {"product": product, "productVariants": None, "userErrors": errors}
    good = [row for row, found in zip(variants, problems, strict=True) if not found]
    for row in good:
        write_variant(known[row["id"]], row)
    if good:
        save(store, product)
    return {"product": product, "productVariants": [known[row["id"]] for row in good], "userErrors": errors}


def _variant_problems(known: dict[str, Record], row: Record, index: str) -> Iterator[Record]:
    place = ["variants", index]
    if row.get("id") is None:
        yield refusal([*place, "id"], "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
    elif row["id"] not in known:
        yield refusal([*place, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
    if row.get("price") is not None and Decimal(str(row["price"])) < 0:
        message = "Price must be greater than or equal to 0"
        yield refusal([*place, "price"], message, "GREATER_THAN_OR_EQUAL_TO")
    if row.get("inventoryQuantities") is not None:
        message = (
            "Inventory quantities can only be provided during create. "
            "To update inventory for existing variants, use inventoryAdjustQuantities."
        )
        yield refusal([*place, "inventoryQuantities"], message, "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE")
    if len((row.get("inventoryItem") or {}).get("sku") or "") > MAX_TEXT:
        message = f"SKU is too long (maximum is {MAX_TEXT} characters)"
        yield refusal([*place, "inventoryItem", "sku"], message, "TOO_LONG")


def write_variant(variant: Record, row: Record) -> None:
    """The SKU stands on the variant in productSet, under its inventory item everywhere else."""
    item = row.get("inventoryItem") or {}
    if row.get("price") is not None:
        variant["price"] = money(row["price"])
    for name in ("taxable", "inventoryPolicy"):
        if row.get(name) is not None:
            variant[name] = row[name]
    if "barcode" in row:
        variant["barcode"] = row["barcode"]
    for given in (item, row):
        if "sku" in given:
            variant["sku"] = given["sku"]
    for name in ("tracked", "requiresShipping"):
        if item.get(name) is not None:
            variant["inventoryItem"][name] = item[name]


def add_tags(_root: object, info: Info, id: str, tags: list[str]) -> Record:
    product = _tagged(info, id)
    return _retag(info.context.store, product, clean_tags([*(product or {}).get("tags", []), *tags]))


def remove_tags(_root: object, info: Info, id: str, tags: list[str]) -> Record:
    """Whatever the case in which they are written."""
    product, gone = _tagged(info, id), {tag.casefold() for tag in clean_tags(tags)}
    kept = [tag for tag in (product or {}).get("tags", []) if tag.casefold() not in gone]
    return _retag(info.context.store, product, kept)


def _tagged(info: Info, gid: str) -> Record | None:
    """Only products are tagged here: each other type needs a scope of its own."""
    kind = gid.split("/")[3]
    if kind != "Product":
        raise AccessDeniedError(info.field_name, f"`write_{kind.lower()}s` access scope.")
    return info.context.store.products.get(gid)


def _retag(store: Store, product: Record | None, tags: list[str]) -> Record:
    if product is None:
        return {"node": None, "userErrors": [refusal(["id"], NO_PRODUCT)]}
    if tags_invalid(tags):
        return {"node": product, "userErrors": [refusal(["tags"], "Product tags is invalid")]}
    product["tags"] = tags
    save(store, product)
    return {"node": product, "userErrors": []}


def _available(variant: Record) -> int:
    return sum(level["available"] for level in variant["inventoryItem"]["levels"].values() if level["isActive"])


QUERIES: dict[str, Resolver] = {
    "product": lambda _root, info, id: info.context.store.products.get(id),
    "productVariant": lambda _root, info, id: info.context.store.catalogue.variants.get(id),
    "productVariants": resolve_variants,
}
MUTATIONS: dict[str, Resolver] = {
    "productUpdate": update_product,
    "productVariantsBulkUpdate": update_variants,
    "tagsAdd": add_tags,
    "tagsRemove": remove_tags,
}
COMPUTED: dict[str, Resolver] = {
    "Product.hasOnlyDefaultVariant": lambda source, _info: has_only_default_variant(source),
    "ProductVariant.inventoryQuantity": lambda source, _info: _available(source),
    "ProductVariant.product": lambda source, info: info.context.store.catalogue.product_of(source["id"]),
    "InventoryItem.sku": lambda source, info: info.context.store.catalogue.variant_of(source["id"])["sku"],
}
