"""French first, English too: the catalogue holds every text of the source, and French says what English says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext

from integration import reasons
from prextra_models import models as prextra

PACKAGES = ("integration", "prextra_models")
SOURCES = [path for package in PACKAGES for path in sorted((settings.BASE_DIR / package).rglob("*.py"))]
MODELS = [model for package in PACKAGES for model in apps.get_app_config(package).get_models()]
FOLDER = settings.LOCALE_PATHS[0] / "fr" / "LC_MESSAGES"
SPECIFICATION = settings.BASE_DIR.parent / "shared" / "mission" / "000_18097d86547361f9.txt"
CATALOGUE = polib.pofile(FOLDER / "django.po")
MARKERS = {
    "gettext": ("text",),
    "gettext_lazy": ("text",),
    "gettext_noop": ("text",),
    "ngettext": ("text", "text"),
    "ngettext_lazy": ("text", "text"),
    "pgettext": ("context", "text"),
    "pgettext_lazy": ("context", "text"),
    "npgettext": ("context", "text", "text"),
    "npgettext_lazy": ("context", "text", "text"),
}
SAME_WORD = {
    "Prextra",
    "Shopify",
    "code",
    "date",
    "description",
    "item",
    "items",
    "note",
    "points",
    "province",
    "stock",
    "synchronisation",
    "taxable",
    "total",
    "transaction",
    "inactive",
    "active",
    "visible (web)",
}

OTHER_REASONS = {"why", "remedy"}  # particulars that are themselves a reason's code, and told in its words
UNSEEN = {"id", "params", "lines"}

Key = tuple[str | None, str]


def test_every_text_of_the_source_is_in_the_catalogue() -> None:
    known = {key_of(entry) for entry in CATALOGUE}

    assert {key: str(path) for path in SOURCES for key in texts_of(path) if key not in known} == {}


def test_nothing_in_the_catalogue_waits_for_a_translator() -> None:
    assert [entry.msgid for entry in CATALOGUE if entry.fuzzy or entry.obsolete or not entry.translated()] == []


def test_the_compiled_catalogue_is_that_of_the_sources() -> None:
    compiled = polib.mofile(FOLDER / "django.mo")

    assert {key_of(entry): translations_of(entry) for entry in compiled} == {
        key_of(entry): translations_of(entry) for entry in CATALOGUE
    }


def test_french_has_the_placeholders_of_english_and_no_other() -> None:
    assert {
        text: entry.msgid
        for entry in CATALOGUE
        for text in translations_of(entry)
        if placeholders(text) not in (placeholders(entry.msgid), placeholders(entry.msgid_plural or entry.msgid))
    } == {}


def test_no_line_breaks_between_a_guillemet_or_a_colon_and_its_word() -> None:
    assert [text for entry in CATALOGUE for text in translations_of(entry) if re.search(r"« | »| :", text)] == []


@pytest.mark.parametrize("code", reasons.REASONS)
def test_a_reason_is_told_with_its_particulars_in_the_reader_s_language(code: str) -> None:
    reason = reasons.REASONS[code]
    names = {name for text in (reason.message, reason.advice) for name in placeholders(str(text))}
    params = {name: "item_inactive" if name in OTHER_REASONS else f"<{name}>" for name in names}

    with translation.override("en"):
        english = reasons.describe(code, params), reasons.advice(code, params)
    with translation.override("fr"):
        french = reasons.describe(code, params), reasons.advice(code, params)

    for in_english, in_french in zip(english, french, strict=True):
        assert in_french != in_english
        assert "{" not in in_french
    assert [params[name] for name in names - OTHER_REASONS if params[name] not in " ".join(french)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_its_fields_and_its_choices_are_named_in_french(model: type[Model]) -> None:
    english, french = labels_of(model, "en"), labels_of(model, "fr")

    same = {label for label, translated in zip(english, french, strict=True) if label == translated}
    assert same <= SAME_WORD


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_field_that_a_person_sees_is_named_by_its_column(model: type[Model]) -> None:
    assert {field.name for field in fields_of(model) if not isinstance(field.verbose_name, Promise)} <= UNSEEN


SCREENS: dict[type[Model], dict[str, str]] = {
    prextra.Company: {
        "name": "Nom",
        "address1": "Adresse 1",
        "address2": "Adresse 2",
        "city": "Ville",
        "province": "Province",
        "country": "Pays",
        "postal_code": "Code postal",
        "phone": "Téléphone",
        "federal_tax_number": "Taxe fédérale",
        "provincial_tax_number": "Taxe provinciale",
        "currency": "Devise",
        "language": "Langue",
        "sale_price_decimals": "Décimales pour prix de vente",
        "shopify_enabled": "Synchronisation",
        "shopify_multilingual": "Multi-langue",
        "shopify_payment_method": "Méthode de paiement",
    },
    prextra.Warehouse: {
        "shopify_url": "URL Boutique",
        "shopify_api_key": "Clé d'API",
        "shopify_access_token": "Jeton d'accès",
        "shopify_customer": "Client",
        "sync_items": "Synchronisation des items",
        "sync_orders": "Synchronisation des commandes",
        "sync_shipments": "Synchronisation des expéditions",
        "sync_invoices": "Synchronisation des factures",
    },
    prextra.Item: {
        "revision": "Révision",
        "source": "Fabr./Ach.",
        "visible_web": "Visible (web)",
        "shopify": "Shopify",
        "shopify_buffer": "Buffer Shopify",
        "publication_date": "Date de publication",
    },
    prextra.ItemStock: {
        "on_hand": "Quantité en main",
        "on_purchase": "Qté en achat",
        "in_production": "Qté en production",
        "raw_material_waiting": "Qté en attente MP",
        "on_sale": "Qté en vente",
        "on_work_order": "Qté sur BT",
        "available": "Qté disponible",
    },
    prextra.AccountsReceivableControl: {
        "prepayment_account": "Payé d'avance",
        "default_bank": "Banque par défaut",
    },
}


@pytest.mark.parametrize("model", SCREENS, ids=lambda model: model.__name__)
def test_the_fields_of_a_screen_of_prextra_have_the_labels_that_it_shows(model: type[Model]) -> None:
    with translation.override("fr"):
        shown = {name: label_of(model, name) for name in SCREENS[model]}

    assert shown == SCREENS[model]


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification is not beside the repository")
def test_those_labels_are_the_specification_s() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")

    assert [label for fields in SCREENS.values() for label in fields.values() if label not in text] == []


@pytest.mark.parametrize(("english", "french"), [("Order", "Commande"), ("Total", "Total"), ("Outcome", "Résultat")])
def test_our_words_win_over_django_s_own(english: str, french: str) -> None:
    with translation.override("fr"):
        assert gettext(english) == french


def test_a_page_whose_language_is_not_asked_for_is_french() -> None:
    assert settings.LANGUAGE_CODE == "fr"
    assert [code for code, _name in settings.LANGUAGES] == ["fr", "en"]


def texts_of(path: Path) -> Iterator[Key]:
    """The texts that a module gives to gettext, each with its context. One put together at run time has no entry."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            roles = MARKERS.get(names.get(call.func.id, ""), ())
            if roles and not isinstance(call.args[0], ast.Name):  # a name holds a text that was marked elsewhere
                yield key_of_call(call, roles)


def key_of_call(call: ast.Call, roles: tuple[str, ...]) -> Key:
    arguments = [ast.literal_eval(argument) for argument in call.args[: len(roles)]]
    context = arguments[0] if roles[0] == "context" else None
    return context, arguments[roles.index("text")]


def key_of(entry: polib.POEntry | polib.MOEntry) -> Key:
    return entry.msgctxt, entry.msgid


def translations_of(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def placeholders(text: str) -> set[str]:
    """`{name}` and `%d`, as `name` and `%d`."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None} | set(re.findall(r"%\(?\w+", text))


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.get_fields() if isinstance(field, Field)]


def label_of(model: type[Model], field: str) -> str:
    return next(capfirst(str(one.verbose_name)) for one in fields_of(model) if one.name == field)


def labels_of(model: type[Model], language: str) -> list[str]:
    """All that the admin calls a model by, in one language."""
    texts: list[Any] = [model._meta.verbose_name, model._meta.verbose_name_plural]
    for field in fields_of(model):
        if isinstance(field.verbose_name, Promise):
            texts += [field.verbose_name, field.help_text, *(label for _value, label in field.flatchoices)]
    with translation.override(language):
        return [str(text) for text in texts if text]
