"""Prextra's card → the product as it should be, or why there is none (rules I1, I3–I7). Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from integration.ledger import Problem

TITLE_LENGTH = 255
TAG_LENGTH = 255
TAGS = 250
SEO_TITLE_LENGTH, SEO_DESCRIPTION_LENGTH = 255, 5000
HTML_BYTES = 500_000
LARGEST_PRICE = Decimal(10) ** 12
SHOP_DECIMALS = 2  # Shopify's Money

NOW = "now"
ACTIVE, DRAFT, ARCHIVED = "ACTIVE", "DRAFT", "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Card:
    """An item as Prextra's card says it. `texts` by (field, language); quantities in stock units; money in shop currency."""

    code: str
    shopify: bool
    visible: bool
    inactive: bool
    serials: bool
    warehouse: str | None
    publication_date: date | None = None
    barcode: str = ""
    price: Decimal | None = None
    available: Decimal = Decimal(0)
    buffer: Decimal = Decimal(0)
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemRules:
    """`language` is the company's, `primary` the shop's own locale, `locales` the others that it publishes; none of them
    where the company does not send several languages. `today` is the day in the shop's time zone.
    """

    warehouse: str
    language: str
    today: date
    time_zone: str
    location: str = ""
    publication: str = ""
    decimals: int = 2
    primary: str = ""
    locales: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    """Other warehouses whose items go out to a shop of their own."""
    sanitize: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The product as it should be. `translations` by locale and Shopify's key; `publish` is `NOW` or a day."""

    title: str
    html: str
    seo_title: str
    seo_description: str
    tags: tuple[str, ...]
    price: str
    barcode: str
    status: str
    publish: str
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()


# Eligibility (rules I1)


def why_not(card: Card, rules: ItemRules) -> Problem | None:
    """Why the card is not for this warehouse's shop, whatever its texts; such an item is withdrawn where it was sent."""
    if not card.shopify:
        return Problem("item_not_ticked", {"item": card.code})
    if card.inactive:
        return Problem("item_inactive", {"item": card.code})
    if card.serials:
        return Problem("item_by_serial_number", {"item": card.code})
    if not card.warehouse:
        return Problem("item_without_warehouse", {"item": card.code})
    if card.warehouse != rules.warehouse:
        return Problem("item_other_warehouse", {"item": card.code, "warehouse": card.warehouse})
    return None


def quantity_of(card: Card, held: int = 0) -> int:
    """What may be sold: available less the buffer, in whole units, less what held orders have sold already (rules I3)."""
    if not (card.available.is_finite() and card.buffer.is_finite()):
        return 0
    return max(0, min(int((card.available - card.buffer).to_integral_value("ROUND_FLOOR")) - held, 10**9))


def wanted(card: Card, rules: ItemRules) -> Wanted | Problem:
    """The product that this card makes, or the one thing that is missing."""
    cuts: list[str] = []
    base = _base_language(card, rules)
    texts = _texts(card, base, rules, cuts)
    if not texts["title"]:
        return Problem("item_without_description", {"item": card.code})
    if card.price is None:
        return Problem("item_without_price", {"item": card.code})
    price = _rounded(card.price, rules.decimals)
    if not 0 < price < LARGEST_PRICE:
        return Problem("item_price_refused", {"item": card.code, "price": f"{card.price:.2f}"})
    translations = {locale: _translation(card, texts, language, rules, cuts) for locale, language in _targets(rules)}
    tags = _keywords(
        card.texts.get(("meta_keywords", base)) or card.texts.get(("meta_keywords", rules.language), ""), cuts
    )
    return Wanted(
        title=texts["title"],
        html=texts["body_html"],
        seo_title=texts["meta_title"],
        seo_description=texts["meta_description"],
        tags=tags,
        price=f"{price:.2f}",
        barcode=card.barcode.strip(),
        status=ACTIVE if card.visible else DRAFT,
        publish=_publish(card.publication_date, rules.today),
        translations={locale: keys for locale, keys in translations.items() if keys},
        notices=(Problem("item_text_cut", {"item": card.code, "columns": ",".join(dict.fromkeys(cuts))}),)
        if cuts
        else (),
    )


def fingerprint(card: Card, rules: ItemRules) -> str:
    """Equal as long as nothing that `wanted` reads has changed: the cheap question of a cycle over a whole catalogue."""
    seen = (
        card.shopify, card.visible, card.inactive, card.serials, card.warehouse, card.barcode, card.price,
        card.publication_date, sorted(card.texts.items()),
        rules.language, rules.primary, rules.locales, rules.decimals, rules.publication,
    )  # fmt: skip
    return short(repr(seen))


def short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


# Texts (rules I4, I7)

_FIELDS = {
    "title": ("name", "description"),
    "body_html": ("web_description",),
    "meta_title": ("meta_name",),
    "meta_description": ("meta_description",),
}
_LENGTHS = {"title": TITLE_LENGTH, "meta_title": SEO_TITLE_LENGTH, "meta_description": SEO_DESCRIPTION_LENGTH}


def language_of(locale: str) -> str:
    return locale.partition("-")[0].lower()


def _base_language(card: Card, rules: ItemRules) -> str:
    """The shop's own language where Prextra has the item's name in it, else the company's."""
    base = language_of(rules.primary)
    return (
        base if base and any(_clean(card.texts.get((name, base), "")) for name in _FIELDS["title"]) else rules.language
    )


def _targets(rules: ItemRules) -> list[tuple[str, str]]:
    """The locales to translate to, each with the language of its texts."""
    locales = [locale for locale in rules.locales if locale != rules.primary]
    return [(locale, language_of(locale)) for locale in locales]


def _texts(card: Card, language: str, rules: ItemRules, cuts: list[str]) -> dict[str, str]:
    """The texts in one language; a field that is missing there is taken from the company's language."""
    found = {}
    for key in _FIELDS:
        text = _text(card, key, language) or _text(card, key, rules.language)
        found[key] = _fitted(key, text, rules, cuts)
    return found


def _translation(
    card: Card, base: Mapping[str, str], language: str, rules: ItemRules, cuts: list[str]
) -> dict[str, str]:
    """The texts in this language. One whose base is empty cannot be translated: Shopify has nothing to hold it against."""
    found = {key: _fitted(key, _text(card, key, language), rules, cuts) for key in _FIELDS if base[key]}
    return {key: text for key, text in found.items() if text}


def _text(card: Card, key: str, language: str) -> str:
    return next((text for name in _FIELDS[key] if (text := _clean(card.texts.get((name, language), "")))), "")


def _fitted(key: str, text: str, rules: ItemRules, cuts: list[str]) -> str:
    if key == "body_html":
        return _fitted_html(text, rules, cuts)
    if len(text) > _LENGTHS[key]:
        cuts.append(key)
    return text[: _LENGTHS[key]].rstrip()


def _fitted_html(text: str, rules: ItemRules, cuts: list[str]) -> str:
    """Cut once it is clean, for an `&` becomes five characters; and cleaned again, to close what the cut left open."""
    html = rules.sanitize(text)
    size = HTML_BYTES
    sent = html.encode()
    while len(sent) > HTML_BYTES:
        cuts.append("body_html")
        html = rules.sanitize(sent[:size].decode(errors="ignore"))
        sent = html.encode()
        size -= max(len(sent) - HTML_BYTES, 0)
    return html


def _clean(text: str) -> str:
    """Without what cannot be sent: control characters, and halves of a surrogate pair."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", "", text or "").strip()


def _keywords(text: str, cuts: list[str]) -> tuple[str, ...]:
    """Keywords are separated by commas, semicolons or lines; Shopify compares tags without regard to case."""
    words: dict[str, str] = {}
    tags = [" ".join(word.split()) for word in re.split(r"[,;\n\r]", _clean(text))]
    for tag in filter(None, tags):
        fitted = tag[:TAG_LENGTH].strip()
        words.setdefault(fitted.casefold(), fitted)
    if len(words) > TAGS or any(len(tag) > TAG_LENGTH for tag in tags):
        cuts.append("meta_keywords")
    return tuple(list(words.values())[:TAGS])


def _rounded(price: Decimal, decimals: int) -> Decimal:
    return price.quantize(Decimal(1).scaleb(-min(decimals, SHOP_DECIMALS)), ROUND_HALF_UP)


# Visibility (rules I5, I6)


def _publish(day: date | None, today: date) -> str:
    return day.isoformat() if day and day > today else NOW
