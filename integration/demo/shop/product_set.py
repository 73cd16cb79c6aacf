"""`productSet`: a product made or replaced in one call. The lists that are given replace what was there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from . import metafields
from .catalogue import add_level, default_options, new_option, new_product, new_variant, save, slug
from .errors import BadRequestError, ShopError, refusal
from .products import NO_PRODUCT, content_problems, write_content, write_variant
from .store import Record, Store

if TYPE_CHECKING:
    from .resolvers import Info, Resolver

MAX_QUANTITIES = 50_000


def set_product(
    _root: object, info: Info, input: Record, identifier: Record | None = None, synchronous: bool = True
) -> Record:
    if not synchronous:
        raise BadRequestError("The stand-in shop sets products at once only")
    store = info.context.store
    given = {name: value for name, value in (identifier or {}).items() if value is not None}
    if identifier is not None and len(given) != 1:
        raise BadRequestError("'ProductSetIdentifiers' requires exactly one argument")
    product = _identified(store, given)
    errors = list(_identifier_problems(product, given, input)) or list(_problems(store, product, input))
    if errors:
        return {"product": None, "userErrors": errors}
    return {"product": _write(store, product, given, input), "userErrors": []}


def resolve_identified(_root: object, info: Info, identifier: Record) -> Record | None:
    return _identified(info.context.store, identifier)


def _identified(store: Store, identifier: Record) -> Record | None:
    if (custom := identifier.get("customId")) is not None:
        definition = metafields.definition_of(store, custom.get("namespace") or "", custom["key"])
        if definition is None or definition["type"]["name"] != metafields.UNIQUE_TYPE:
            raise ShopError("Metafield definition of type 'id' is required when using custom ids.", "NOT_FOUND")
        gid = store.catalogue.keys.get((definition["namespace"], definition["key"], custom["value"]))
    else:
        gid = identifier.get("id") or store.catalogue.handles.get(slug(identifier.get("handle") or ""))
    return store.products.get(gid or "")


def _identifier_problems(product: Record | None, identifier: Record, given: Record) -> Iterator[Record]:
    """Its own words are not recorded but for the code."""
    custom, handle = identifier.get("customId"), identifier.get("handle")
    if "id" in identifier and product is None:
        yield refusal(["identifier", "id"], NO_PRODUCT, "NOT_FOUND")
    if handle is not None and given.get("handle") != handle:
        message = "The identifier value does not match the value of the corresponding field in the input."
        yield refusal(["input"], message, "INPUT_MISMATCH")
    if custom is not None and given.get("metafields") is not None:
        wanted = (custom.get("namespace"), custom["key"], custom["value"])
        if wanted not in [(row.get("namespace"), row.get("key"), row.get("value")) for row in given["metafields"]]:
            message = "The input argument `metafields` (if present) must contain the `customId` value."
            yield refusal(["input", "metafields"], message, "METAFIELD_MISMATCH")


def _problems(store: Store, product: Record | None, given: Record) -> Iterator[Record]:
    for error in content_problems(store, product, given, []):
        yield refusal(["input", *error["field"]], error["message"], error["code"] or "INVALID_INPUT")
    options, variants = given.get("productOptions"), given.get("variants")
    if options is not None and variants is None:
        message = "Variants input is required when updating product options"
        yield refusal(["input", "variants"], message, "VARIANTS_INPUT_MISSING")
    if variants is not None and options is None:
        message = "Product options input is required when updating variants"
        yield refusal(["input", "productOptions"], message, "PRODUCT_OPTIONS_INPUT_MISSING")
    if options is not None and variants is not None:
        yield from _variants_problems(store, product, options, variants)


def _variants_problems(
    store: Store, product: Record | None, options: list[Record], variants: list[Record]
) -> Iterator[Record]:
    rows = [row for variant in variants for row in variant.get("inventoryQuantities") or []]
    if sum(row["quantity"] for row in rows) > MAX_QUANTITIES:
        message = (
            f"Inventory quantity input exceeds the limit of {MAX_QUANTITIES}. "
            "Consider using separate `inventorySetQuantities` mutations."
        )
        yield refusal(["input", "variants"], message, "INVENTORY_QUANTITIES_LIMIT_EXCEEDED")
    values = {option["name"]: {value["name"] for value in option.get("values") or []} for option in options}
    known = {variant["id"] for variant in (product or {}).get("variants", [])}
    titles: set[str] = set()
    for index, variant in enumerate(variants):
        place, title = ["input", "variants", str(index)], _title(variant)
        if title in titles:
            message = f"The variant '{title}' already exists. Please change at least one option value."
            yield refusal(place, message, "INVALID_VARIANT")
        titles.add(title)
        if variant.get("id") is not None and variant["id"] not in known:
            yield refusal([*place, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
        yield from _variant_problems(store, place, values, variant)


def _variant_problems(store: Store, place: list[str], values: dict[str, set[str]], variant: Record) -> Iterator[Record]:
    for index, chosen in enumerate(variant["optionValues"]):
        where = [*place, "optionValues", str(index)]
        if chosen.get("optionName") not in values:
            yield refusal(where, "Option does not exist.", "OPTION_DOES_NOT_EXIST")
        elif chosen.get("name") not in values[chosen["optionName"]]:
            yield refusal(where, "Option value does not exist.", "OPTION_VALUE_DOES_NOT_EXIST")
    if variant.get("price") is not None and Decimal(str(variant["price"])) < 0:
        yield refusal([*place, "price"], "Price must be greater than or equal to 0", "INVALID_VARIANT")
    places = {location["id"] for location in store.locations if location.get("isActive", True)}
    for index, row in enumerate(variant.get("inventoryQuantities") or []):
        if row["locationId"] not in places:
            where = [*place, "inventoryQuantities", str(index), "locationId"]
            yield refusal(where, "Location does not exist", "INVALID_INPUT")


def _title(variant: Record) -> str:
    return " / ".join(value.get("name") or "" for value in variant["optionValues"])


def _write(store: Store, product: Record | None, identifier: Record, given: Record) -> Record:
    """Make the product with Shopify's defaults, or take the one that is there; then set what is given."""
    if product is None:
        product = new_product(store, given["title"])
        product["variants"] = [new_variant(store)]
    else:
        store.catalogue.forget(product)
    write_content(store, product, given)
    rows = given.get("metafields")
    custom = identifier.get("customId")
    if rows is None and custom is not None and not product["metafields"]:
        rows = [{**custom, "type": metafields.UNIQUE_TYPE}]
    if rows is not None:
        product["metafields"] = [metafields.stored(store, row) for row in rows]
    if given.get("variants") is not None:
        _write_variants(store, product, given["productOptions"], given["variants"])
    return save(store, product)


def _write_variants(store: Store, product: Record, options: list[Record], rows: list[Record]) -> None:
    """A variant is the one of its id, or of its title; those that are not named are gone."""
    old = {key: variant for variant in product["variants"] for key in (variant["id"], variant["title"])}
    product["options"] = [
        new_option(store.catalogue, option["name"], [value["name"] for value in option.get("values") or []], place)
        for place, option in enumerate(options, 1)
    ] or default_options(store.catalogue)
    product["variants"] = []
    for row in rows:
        title = _title(row)
        variant = old.get(row.get("id") or title) or new_variant(store)
        variant["title"] = title
        write_variant(variant, row)
        for quantity in row.get("inventoryQuantities") or []:
            _set_quantity(variant["inventoryItem"], quantity["locationId"], quantity["quantity"])
        product["variants"].append(variant)


def _set_quantity(item: Record, location: str, quantity: int) -> None:
    level = item["levels"].get(location) or add_level(item, location, 0)
    level["on_hand"] += quantity - level["available"]
    level["available"] = quantity


QUERIES: dict[str, Resolver] = {"productByIdentifier": resolve_identified}
MUTATIONS: dict[str, Resolver] = {"productSet": set_product}
