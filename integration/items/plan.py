"""The product as it should be, against what was last pushed of it, to operations (rules I2, I4–I7, I11).

Pure, and level-triggered: `plan_product` gives what can be done now; once that is done and noted on the link, it is asked
again, until nothing is left. So a push that was cut anywhere goes on from where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from integration.items.card import ACTIVE, ARCHIVED, DRAFT, NOW, TAGS, ItemRules, Wanted, short
from integration.ledger import Problem

INITIAL_QUANTITY = 50_000  # what productSet takes
NAMESPACE, KEY = "prextra", "item_code"
NOWHERE = "nowhere"
FIELDS = {
    "title": ("title", "title"),
    "html": ("html", "descriptionHtml"),
    "seo_title": ("seo", "title"),
    "seo_description": ("seo", "description"),
}
"""Of each text that is pushed: what it is called in the log, and its name in Shopify; those of `seo` stand in an object of its own."""
VARIANT_MARKS = frozenset({"price", "barcode", "tracked"})  # of what is pushed, beside its SKU


@dataclass(frozen=True, slots=True)
class Link:
    """An item's product in the shop. `pushed` holds what was last sent: short texts as they are, long ones as a hash."""

    item: str
    product: str = ""
    variant: str = ""
    inventory_item: str = ""
    pushed: Mapping[str, Any] = field(default_factory=dict)


class Kind(StrEnum):
    """The operations, each named as the document that carries it."""

    CREATE = "product_create"
    UPDATE = "product_update"
    VARIANT = "variant_update"
    TAGS_ADD = "tags_add"
    TAGS_REMOVE = "tags_remove"
    TRANSLATE = "translations_register"
    UNTRANSLATE = "translations_remove"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"


@dataclass(frozen=True, slots=True)
class Operation:
    """One mutation for one item: the document's variables, and what the link's `pushed` gains once it succeeded.

    `what` names what it changes, for the log.
    """

    kind: Kind
    item: str
    variables: Mapping[str, Any]
    then: Mapping[str, Any]
    what: tuple[str, ...] = ()


def plan_product(want: Wanted, link: Link, rules: ItemRules, quantity: int = 0) -> list[Operation]:
    """What can be done now towards the product. Nothing is shown before all of it is there, and it is hidden first of all.

    `quantity` is what a new product begins with; the stock of one that is there is compared and set elsewhere.
    """
    if not link.product:
        return [_create(want, link, rules, quantity)]
    for stage in (_hiding, _contents, _presence):
        if operations := list(stage(want, link, rules)):
            return operations
    return [_status(link, want.status)] if link.pushed.get("status") != want.status else []


def plan_withdrawal(link: Link) -> list[Operation]:
    """The item is not for this shop any more: archived, never deleted (rules I5). Its stock becomes zero elsewhere."""
    return [_status(link, ARCHIVED)] if link.product and link.pushed.get("status") != ARCHIVED else []


def _create_input(want: Wanted, item: str, rules: ItemRules, quantity: int) -> dict[str, Any]:
    variant: dict[str, Any] = {
        "optionValues": [{"optionName": "Title", "name": "Default Title"}],
        "sku": item,
        "price": want.price,
        "inventoryPolicy": "DENY",
        "inventoryItem": {"tracked": True},
        "inventoryQuantities": [{"locationId": rules.location, "name": "available", "quantity": quantity}],
    }
    if want.barcode:
        variant["barcode"] = want.barcode
    return {
        "title": want.title,
        "descriptionHtml": want.html,
        "seo": {"title": want.seo_title, "description": want.seo_description},
        "tags": list(want.tags),
        "status": DRAFT,
        "productOptions": [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}],
        "variants": [variant],
        "metafields": [{"namespace": NAMESPACE, "key": KEY, "type": "id", "value": item}],
    }


def _create(want: Wanted, link: Link, rules: ItemRules, quantity: int) -> Operation:
    """As a draft, under the item's code as a key: a second attempt finds the first one's product (rules I2)."""
    identifier = {"customId": {"namespace": NAMESPACE, "key": KEY, "value": link.item}}
    return Operation(
        Kind.CREATE,
        link.item,
        {"identifier": identifier, "input": _create_input(want, link.item, rules, min(quantity, INITIAL_QUANTITY))},
        {**_content_marks(want), **_variant_marks(want, link), "tags": list(want.tags), "status": DRAFT,
         "publish": "", "translations": {}},
        ("product",),
    )  # fmt: skip


def with_room(want: Wanted, link: Link) -> Wanted:
    """No more tags than there is room for beside the merchant's own (rules I4)."""
    theirs = {tag.casefold() for tag in link.pushed.get("merchant_tags", ())}
    ours = [tag for tag in want.tags if tag.casefold() not in theirs]
    room = max(0, TAGS - len(theirs))
    if len(ours) <= room:
        return want
    cut = Problem("item_text_cut", {"item": link.item, "columns": "meta_keywords"})
    return replace(want, tags=tuple(ours[:room]), notices=(*want.notices, cut))


def _hiding(want: Wanted, link: Link, rules: ItemRules) -> Iterable[Operation]:
    """What may be on sale, and should not be, or not yet."""
    if link.pushed.get("status") != ACTIVE:
        return
    if want.status == DRAFT:
        yield _status(link, DRAFT)
    elif want.publish != NOW:
        yield from (one for one in _publication(want, link, rules) if one.kind is Kind.UNPUBLISH)


def _content_marks(want: Wanted) -> dict[str, str]:
    return {
        "title": short(want.title),
        "html": short(want.html),
        "seo_title": short(want.seo_title),
        "seo_description": short(want.seo_description),
    }


def _variant_marks(want: Wanted, link: Link) -> dict[str, Any]:
    return {"price": want.price, "barcode": want.barcode, "sku": link.item, "tracked": True}


def _contents(want: Wanted, link: Link, rules: ItemRules) -> Iterable[Operation]:
    texts = {
        "title": want.title,
        "html": want.html,
        "seo_title": want.seo_title,
        "seo_description": want.seo_description,
    }
    # A text that Prextra does not have is the merchant's own, until it has had one.
    marks = {
        name: mark
        for name, mark in _content_marks(want).items()
        if link.pushed.get(name) != mark and (texts[name] or name in link.pushed)
    }
    if marks:
        product: dict[str, Any] = {"id": link.product, "seo": {}}
        for name in marks:
            place, key = FIELDS[name]
            (product["seo"] if place == "seo" else product)[key] = texts[name]
        if not product["seo"]:
            del product["seo"]
        yield Operation(
            Kind.UPDATE, link.item, {"product": product}, marks, tuple(dict.fromkeys(FIELDS[one][0] for one in marks))
        )
    yield from _variant(want, link)
    yield from _tags(want, link)


def _variant(want: Wanted, link: Link) -> Iterable[Operation]:
    marks = {name: mark for name, mark in _variant_marks(want, link).items() if link.pushed.get(name) != mark}
    if not marks or (set(marks) == {"barcode"} and not want.barcode and "barcode" not in link.pushed):
        return  # a barcode that Prextra does not have is the merchant's own
    variant: dict[str, Any] = {"id": link.variant}
    if "price" in marks:
        variant["price"] = want.price
    if "barcode" in marks and (want.barcode or "barcode" in link.pushed):
        variant["barcode"] = want.barcode
    item = {name: marks[name] for name in ("sku", "tracked") if name in marks}
    if item:
        variant["inventoryItem"] = item
    yield Operation(Kind.VARIANT, link.item, {"productId": link.product, "variants": [variant]}, marks, tuple(marks))


def _tags(want: Wanted, link: Link) -> Iterable[Operation]:
    """Only what we pushed is ever removed; what the merchant added stays (rules I4)."""
    ours = {tag.casefold(): tag for tag in link.pushed.get("tags", ())}
    theirs = {tag.casefold() for tag in link.pushed.get("merchant_tags", ())}
    new = {tag.casefold(): tag for tag in want.tags if tag.casefold() not in theirs}
    gone = [tag for key, tag in ours.items() if key not in new]
    added = [tag for key, tag in new.items() if key not in ours]
    kept = [tag for key, tag in ours.items() if key in new]
    if gone:
        yield Operation(Kind.TAGS_REMOVE, link.item, {"id": link.product, "tags": gone}, {"tags": kept}, ("tags",))
    elif added:
        yield Operation(
            Kind.TAGS_ADD, link.item, {"id": link.product, "tags": added}, {"tags": [*kept, *added]}, ("tags",)
        )


def _presence(want: Wanted, link: Link, rules: ItemRules) -> Iterable[Operation]:
    """Languages, once the base texts stand, and the Online Store: together, unless the product would show without the former."""
    languages = list(_translations(want, link))
    yield from languages
    if not languages or link.pushed.get("status") != ACTIVE:
        yield from _publication(want, link, rules)


def publish_stamp(day: str, time_zone: str) -> str:
    """The first moment of a day in the shop's time zone, as UTC."""
    start = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(time_zone))
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_published(pushed: str, today: date) -> bool:
    """Shopify itself publishes on the day."""
    return pushed == NOW or (pushed not in {"", NOWHERE} and date.fromisoformat(pushed) <= today)


def _publication(want: Wanted, link: Link, rules: ItemRules) -> Iterable[Operation]:
    """Only from nowhere is a date sure to hold: before, the product may be on sale."""
    pushed = link.pushed.get("publish", "")
    if want.publish == pushed or (want.publish == NOW and _is_published(pushed, rules.today)):
        return
    target = {"publicationId": rules.publication}
    kind, then = Kind.PUBLISH, want.publish
    if want.publish != NOW and pushed != NOWHERE:
        kind, then = Kind.UNPUBLISH, NOWHERE
    elif want.publish != NOW:
        target["publishDate"] = publish_stamp(want.publish, rules.time_zone)
    yield Operation(kind, link.item, {"id": link.product, "input": [target]}, {"publish": then}, ("publish",))


def _translations(want: Wanted, link: Link) -> Iterable[Operation]:
    base = {
        "title": want.title,
        "body_html": want.html,
        "meta_title": want.seo_title,
        "meta_description": want.seo_description,
    }
    marks = {
        locale: {key: short(f"{base[key]}\0{text}") for key, text in texts.items()}
        for locale, texts in want.translations.items()
    }
    removed = list(_removed_translations(marks, link))
    yield from removed or _new_translations(want, marks, link)


def _removed_translations(marks: Mapping[str, Mapping[str, str]], link: Link) -> Iterable[Operation]:
    """Each language by itself, all in one round: the link gains what is left after it and those before it."""
    left: dict[str, Mapping[str, str]] = dict(link.pushed.get("translations", {}))
    for locale, pushed in list(left.items()):
        wanted_keys = marks.get(locale, {})
        if gone := sorted(set(pushed) - set(wanted_keys)):
            left = {**left, locale: {key: mark for key, mark in pushed.items() if key in wanted_keys}}
            variables = {"resourceId": link.product, "translationKeys": gone, "locales": [locale]}
            yield Operation(Kind.UNTRANSLATE, link.item, variables, {"translations": left}, (f"translations:{locale}",))


def _new_translations(want: Wanted, marks: Mapping[str, Mapping[str, str]], link: Link) -> Iterable[Operation]:
    """Also those that are as they were, where the base text that they translate has changed."""
    pushed: Mapping[str, Mapping[str, str]] = link.pushed.get("translations", {})
    new = [
        {"locale": locale, "key": key, "value": want.translations[locale][key]}
        for locale, keys in marks.items()
        for key, mark in keys.items()
        if pushed.get(locale, {}).get(key) != mark
    ]
    if new:
        what = tuple(f"translations:{locale}" for locale in sorted({one["locale"] for one in new}))
        variables = {"resourceId": link.product, "translations": new}
        yield Operation(Kind.TRANSLATE, link.item, variables, {"translations": marks}, what)


def _status(link: Link, status: str) -> Operation:
    product = {"id": link.product, "status": status}
    return Operation(Kind.UPDATE, link.item, {"product": product}, {"status": status}, ("status",))
