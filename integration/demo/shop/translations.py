"""Texts of products in other languages, each tied by a digest to the base text that it translates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from .connections import page_of_list, window_of
from .errors import refusal
from .store import Record, Store

if TYPE_CHECKING:
    from .resolvers import Info, Resolver

MAX_KEYS = 100
TYPES = {
    "title": "SINGLE_LINE_TEXT_FIELD", "body_html": "HTML", "handle": "URI", "product_type": "SINGLE_LINE_TEXT_FIELD",
    "meta_title": "SINGLE_LINE_TEXT_FIELD", "meta_description": "SINGLE_LINE_TEXT_FIELD",
}  # fmt: skip
# Texts that are shown even when they are empty.
ALWAYS = {"title", "handle", "product_type"}


def digest_of(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def base_texts(product: Record) -> dict[str, str]:
    """What can be translated: an empty text is not there, but for the three that always are."""
    texts = {
        "title": product["title"], "body_html": product["descriptionHtml"], "handle": product["handle"],
        "product_type": product["productType"], "meta_title": product["seo"]["title"],
        "meta_description": product["seo"]["description"],
    }  # fmt: skip
    return {key: text or "" for key, text in texts.items() if text or key in ALWAYS}


def content(store: Store, product: Record) -> list[Record]:
    primary = primary_locale(store)
    return [
        {"key": key, "value": text, "digest": digest_of(text), "locale": primary, "type": TYPES[key]}
        for key, text in base_texts(product).items()
    ]


def primary_locale(store: Store) -> str:
    return next(str(locale["locale"]) for locale in store.locales if locale["primary"])


def register(_root: object, info: Info, translations: list[Record], **arguments: Any) -> Record:
    """Good rows are kept although others are refused."""
    store, gid = info.context.store, arguments["resourceId"]
    product = store.products.get(gid)
    if product is None:
        return _refused(f"Resource {gid} does not exist", "RESOURCE_NOT_FOUND")
    if len(translations) > MAX_KEYS:
        return _refused(f"Too many keys for resource - maximum {MAX_KEYS} per mutation", "TOO_MANY_KEYS_FOR_RESOURCE")
    kept, errors = [], []
    for index, row in enumerate(translations):
        problem = next(_problems(store, product, row, index), None)
        if problem is not None:
            errors.append(problem)
            continue
        kept.append(_keep(store, product, row))
    return {"translations": kept, "userErrors": errors}


def _refused(message: str, code: str) -> Record:
    return {"translations": None, "userErrors": [refusal(["resourceId"], message, code)]}


def _problems(store: Store, product: Record, row: Record, index: int) -> Iterator[Record]:
    texts = base_texts(product)
    others = {locale["locale"] for locale in store.locales}
    place = ["translations", str(index)]
    if row["locale"] == primary_locale(store):
        message = "Locale cannot be the same as the shop's primary locale"
        yield refusal([*place, "locale"], message, "INVALID_LOCALE_FOR_SHOP")
    elif row["locale"] not in others:
        yield refusal([*place, "locale"], "Locale is not a valid locale for the shop", "INVALID_LOCALE_FOR_SHOP")
    if row["key"] not in TYPES:
        yield refusal([*place, "key"], f"Key {row['key']} is not valid", "INVALID_KEY_FOR_MODEL")
    elif row["key"] not in texts or row["translatableContentDigest"] != digest_of(texts[row["key"]]):
        message = "Translatable content hash is invalid"
        yield refusal([*place, "translatableContentDigest"], message, "INVALID_TRANSLATABLE_CONTENT")
    if not row["value"].strip():
        yield refusal([*place, "value"], "Value can't be blank", "FAILS_RESOURCE_VALIDATION")


def _keep(store: Store, product: Record, row: Record) -> Record:
    kept = {"value": row["value"], "digest": row["translatableContentDigest"], "updatedAt": store.stamp()}
    product["translations"][row["locale"], row["key"]] = kept
    return shown(product, row["locale"], row["key"], kept)


def shown(product: Record, locale: str, key: str, kept: Record) -> Record:
    """A translation is outdated once its base text is another one, or gone."""
    base = base_texts(product).get(key)
    outdated = base is None or digest_of(base) != kept["digest"]
    return {"key": key, "locale": locale, "value": kept["value"], "updatedAt": kept["updatedAt"], "outdated": outdated}


def remove(_root: object, info: Info, locales: list[str], **arguments: Any) -> Record:
    gid = arguments["resourceId"]
    product = info.context.store.products.get(gid)
    if product is None:
        return _refused(f"Resource {gid} does not exist", "RESOURCE_NOT_FOUND")
    gone = []
    for place in itertools.product(locales, arguments["translationKeys"]):
        kept = product["translations"].pop(place, None)
        if kept is not None:
            gone.append(shown(product, *place, kept))
    return {"translations": gone or None, "userErrors": []}


def resource(product: Record) -> Record:
    return {"id": product["id"], "resourceId": product["id"]}


def resources(store: Store) -> list[Record]:
    return [resource(product) for product in store.products.values()]


def resolve_by_ids(_root: object, info: Info, **arguments: Any) -> Record:
    """Those that are there, in the order they were asked for."""
    products = info.context.store.products
    found = [resource(products[gid]) for gid in arguments["resourceIds"] if gid in products]
    return page_of_list(found, window_of(arguments))


def resolve_one(_root: object, info: Info, **arguments: Any) -> Record | None:
    product = info.context.store.products.get(arguments["resourceId"])
    return None if product is None else resource(product)


def resolve_content(source: Record, info: Info) -> list[Record]:
    store = info.context.store
    return content(store, store.products[source["resourceId"]])


def resolve_translations(source: Record, info: Info, locale: str, outdated: bool | None = None) -> list[Record]:
    product = info.context.store.products[source["id"]]
    rows = [shown(product, where, key, kept) for (where, key), kept in product["translations"].items()]
    return [row for row in rows if row["locale"] == locale and outdated in (None, row["outdated"])]


QUERIES: dict[str, Resolver] = {
    "translatableResource": resolve_one,
    "translatableResources": lambda _root, info, **arguments: page_of_list(
        resources(info.context.store), window_of(arguments)
    ),
    "translatableResourcesByIds": resolve_by_ids,
}
MUTATIONS: dict[str, Resolver] = {"translationsRegister": register, "translationsRemove": remove}
COMPUTED: dict[str, Resolver] = {
    "TranslatableResource.translatableContent": resolve_content,
    "TranslatableResource.translations": resolve_translations,
    "Product.translations": resolve_translations,
}
