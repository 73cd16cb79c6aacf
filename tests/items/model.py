"""A shop in its plainest form: one product, changed by the variables that operations carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from integration.items.card import ACTIVE, DRAFT, NOW, Wanted
from integration.items.plan import NOWHERE, Kind, Operation, publish_stamp

BASE_FIELDS = {"title": "title", "body_html": "html", "meta_title": "seo_title", "meta_description": "seo_description"}


@dataclass
class ModelShop:
    """Where it is not known what Shopify does, it does the worst: a date given to what is on sale withdraws nothing."""

    time_zone: str
    texts: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    price: str = ""
    barcode: str = ""
    sku: str = ""
    status: str = DRAFT
    published: str = NOWHERE
    translations: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        if operation.kind in {Kind.TRANSLATE, Kind.UNTRANSLATE, Kind.PUBLISH, Kind.UNPUBLISH}:
            self._apply_presence(operation.kind, operation.variables)
        else:
            self._apply_contents(operation.kind, operation.variables)

    def _apply_contents(self, kind: Kind, sent: Mapping[str, Any]) -> None:
        match kind:
            case Kind.CREATE:
                self._set(sent["input"])
                self._set_variant(sent["input"]["variants"][0])
                self.tags = list(sent["input"]["tags"])
            case Kind.UPDATE:
                self._set(sent["product"])
            case Kind.VARIANT:
                self._set_variant(sent["variants"][0])
            case Kind.TAGS_ADD:
                self.add_tags(sent["tags"])
            case Kind.TAGS_REMOVE:
                self.tags = [tag for tag in self.tags if tag.casefold() not in folded(sent["tags"])]

    def _apply_presence(self, kind: Kind, sent: Mapping[str, Any]) -> None:
        match kind:
            case Kind.TRANSLATE:
                for one in sent["translations"]:
                    self.translations[one["locale"], one["key"]] = (one["value"], self.texts[one["key"]])
            case Kind.UNTRANSLATE:
                for place in product(sent["locales"], sent["translationKeys"]):
                    self.translations.pop(place)
            case Kind.PUBLISH if self.published != NOW:
                self.published = sent["input"][0].get("publishDate", NOW)
            case Kind.UNPUBLISH:
                self.published = NOWHERE

    def _set(self, sent: Mapping[str, Any]) -> None:
        seo = sent.get("seo", {})
        values = {
            "title": sent.get("title"),
            "body_html": sent.get("descriptionHtml"),
            "meta_title": seo.get("title"),
            "meta_description": seo.get("description"),
        }
        self.texts |= {key: text for key, text in values.items() if text is not None}
        self.status = sent.get("status", self.status)

    def _set_variant(self, sent: Mapping[str, Any]) -> None:
        self.price = sent.get("price", self.price)
        self.barcode = sent.get("barcode", self.barcode)
        self.sku = sent.get("sku", self.sku)

    def add_tags(self, tags: Iterable[str]) -> None:
        self.tags += [tag for tag in tags if tag.casefold() not in folded(self.tags)]

    def is_published(self, today: date) -> bool:
        if self.published in {NOW, NOWHERE}:
            return self.published == NOW
        return self.published <= publish_stamp(today.isoformat(), self.time_zone)

    def is_visible(self, today: date) -> bool:
        return self.status == ACTIVE and self.is_published(today)

    def has_contents(self, want: Wanted) -> bool:
        """All that a customer reads is there, in each language, and nothing of it is outdated."""
        texts = {key: getattr(want, name) for key, name in BASE_FIELDS.items()}
        translations = {
            (locale, key): (text, texts[key])
            for locale, keys in want.translations.items()
            for key, text in keys.items()
        }
        return (self.texts, self.price, self.sku, self.translations) == (texts, want.price, "A", translations)


def folded(tags: Iterable[str]) -> set[str]:
    return {tag.casefold() for tag in tags}
