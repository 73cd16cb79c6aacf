"""The form of an item's card: its own fields, and its texts in the languages of the company (specification §1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.admin.item_texts import (
    USUAL_LANGUAGES,
    Texts,
    TextsField,
    area_widget,
    clean_language,
    digest,
    language_name,
    line_widget,
    read_texts,
    shown_name,
    tidy_html,
    web_widget,
)
from integration.admin.own_changes import OwnChanges, words
from integration.item_facts import WITHOUT_SERIALS
from integration.items import erp
from integration.items.card import ItemRules, quantity_of, wanted, why_not
from integration.items.html import sanitize
from integration.ledger import Problem
from integration.models import ProductLink
from integration.reasons import advice, describe
from prextra_models import models as prextra

TEXTS = tuple(prextra.ItemText.Field.values)


def languages_of(item: prextra.Item, found: Iterable[str] = ()) -> list[str]:
    """The company's language first; then, where it sends several, the usual ones and those that the item has."""
    warehouse = item.default_warehouse
    if warehouse is None:
        return [USUAL_LANGUAGES[0]]
    own = clean_language(warehouse.company.language)[:2] or USUAL_LANGUAGES[0]
    if not warehouse.company.shopify_multilingual:
        return [own]
    return list(dict.fromkeys([own, *USUAL_LANGUAGES, *sorted(filter(None, found))]))


class ItemForm(OwnChanges):
    description = TextsField(
        line_widget, label=_("Description"), help_text=_("Required where « Shopify » is ticked. Type a description of the item.")
    )  # fmt: skip
    description2 = TextsField(
        line_widget, label=_("Second description"), help_text=_("Type a second description of the item, if it has one.")
    )
    name = TextsField(
        line_widget, label=_("Name (web)"), help_text=_("Type the item's name. Without one, the description is its title.")
    )  # fmt: skip
    web_description = TextsField(
        web_widget, tidy_html, label=_("Web description"),
        help_text=_("Lets you add a description of the item for the web, and lay it out."),
    )  # fmt: skip
    meta_name = TextsField(
        line_widget, label=_("Meta name (web)"),
        help_text=_("Lets you give the item a web name, by which it is searched for in Shopify."),
    )  # fmt: skip
    meta_keywords = TextsField(
        line_widget, label=_("Meta keywords (web)"),
        help_text=_("Lets you give the item keywords, by which it is searched for in Shopify. Put commas between them."),
    )  # fmt: skip
    meta_description = TextsField(
        area_widget, str.strip, label=_("Meta description (web)"),
        help_text=_("Lets you give the item a web description, by which it is searched for in Shopify."),
    )  # fmt: skip

    class Meta:
        model = prextra.Item
        fields = ("visible_web", "shopify", "shopify_buffer", "publication_date")
        labels = {
            "visible_web": _("Visible (web)"),
            "shopify": _("Shopify"),
            "shopify_buffer": _("Shopify buffer"),
            "publication_date": _("Publication date"),
        }

    class Media:
        js = ("prextra/item.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = read_texts(self.instance.pk)
        languages = languages_of(self.instance, (language for found in texts.values() for language in found))
        for name in filter(self.fields.__contains__, TEXTS):
            if name not in (self._meta.fields or ()):
                del self.fields[name]  # its section is not shown, so it must not be emptied either
                continue
            field: Any = self.fields[name]
            field.show_hidden_initial = False  # each language carries its own
            self.initial[name] = field.speak(languages, texts[name])
        if "shopify_buffer" in self.fields:
            self._show_buffer()
        self.language = languages[0]

    def _show_buffer(self) -> None:
        buffer = self.initial.get("shopify_buffer") or Decimal(0)
        whole = buffer.to_integral_value()
        self.initial["shopify_buffer"] = whole if whole == buffer else buffer.normalize()
        self.fields["shopify_buffer"].widget.attrs["min"] = 0

    def clean_shopify_buffer(self) -> Decimal:
        buffer: Decimal = self.cleaned_data["shopify_buffer"] or Decimal(0)
        if buffer < 0:
            raise forms.ValidationError(gettext("A quantity to keep back cannot be below zero."))
        return buffer

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in [name for name in TEXTS if name in cleaned]:
            self._refuse_overwritten(name)
        if cleaned.get("shopify") and "description" in cleaned and not cleaned["description"][self.language].strip():
            self.add_error("description", gettext("An item that goes to Shopify must have a description."))
        is_newly_ticked = cleaned.get("shopify") and not self.instance.shopify
        if is_newly_ticked and (reason := obstacle(self.instance)):
            params = {"item": self.instance.pk}
            self.add_error("shopify", f"{describe(reason, params)} {advice(reason, params)}")
        return cleaned

    def merged(self, name: str) -> Any:
        return {**self.initial[name], **self._typed(name)} if name in TEXTS else super().merged(name)

    def _refuse_overwritten(self, name: str) -> None:
        """Once: saved again, the text replaces knowingly what stands there."""
        field: Any = self.fields[name]
        found = field.overwritten(self.initial[name], self[name].data)
        if found:
            self.refuse(name, ", ".join(f"{language_name(language)} {words(text)}" for language, text in found.items()))
            data: Any = self.data
            self.data = data.copy()
            self.data.update({shown_name(name, language): digest(text) for language, text in found.items()})  # type: ignore[attr-defined]

    def _typed(self, name: str) -> Texts:
        field: Any = self.fields[name]
        return dict(field.changed(self.initial[name], field.clean(self[name].data)))

    def changed_texts(self) -> dict[str, Texts]:
        """The texts that this person changed, by field and language."""
        return {name: self._typed(name) for name in set(TEXTS) & set(self.changed_data)}


def obstacle(item: prextra.Item) -> str:
    """Why « Shopify » cannot be ticked on this item, as a reason's code. One that is ticked already stays so."""
    if item.default_warehouse is None:
        return "item_without_warehouse"
    if item.inactive:
        return "item_inactive"
    return "" if not item.tracking or item.tracking in WITHOUT_SERIALS else "item_by_serial_number"


def doubts(item: prextra.Item) -> list[Problem]:
    """What the sync will say of a ticked item at the next pass: why it does not go out, or what is cut."""
    if not item.shopify:
        return []
    warehouse = item.default_warehouse or prextra.Warehouse(company=prextra.Company())
    card = erp.read_cards([item.pk], warehouse).get(item.pk)
    if card is None:
        return []
    rules = ItemRules(
        warehouse=warehouse.pk,
        language=languages_of(item)[0],
        today=timezone.localdate(),
        time_zone="UTC",
        decimals=warehouse.company.sale_price_decimals,
        sanitize=sanitize,
    )
    want = why_not(card, rules) or wanted(card, rules)
    if isinstance(want, Problem):
        return [want]
    if not quantity_of(card) and not ProductLink.objects.filter(item=item.pk).exclude(product="").exists():
        return [*want.notices, Problem("item_without_stock", {"item": item.pk})]
    return list(want.notices)
