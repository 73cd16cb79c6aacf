"""An item's texts in a form: one field for each text, and behind the globe the same text in the other languages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext
from django_prose_editor.widgets import prose_editor_admin_media
from js_asset import Script

from integration.admin.kept import write_columns
from integration.items.html import unsent
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

Texts = dict[str, str]
Field = prextra.ItemText.Field
USUAL_LANGUAGES = ("fr", "en")


def language_name(code: str) -> str:
    """The language in the reader's own, or the code where Django does not know it."""
    try:
        return str(capfirst(get_language_info(code)["name_translated"]))
    except KeyError:
        return code


def clean_language(code: str) -> str:
    """As the sync reads it: without spaces and capitals."""
    return code.strip().lower()


def read_texts(item: str) -> dict[str, Texts]:
    """All texts of an item, by field and language."""
    texts: dict[str, Texts] = {name: {} for name in Field.values}
    rows = prextra.ItemText.objects.using(PREXTRA).filter(item=item).order_by("pk")
    for name, language, text in rows.values_list("field", "language", "text"):
        texts.setdefault(name, {})[clean_language(language)] = text or ""
    return texts


def save_texts(item: str, changed: Mapping[str, Texts]) -> None:
    """Writes, updates or empties the rows of these texts; no row is ever deleted, and none made for an empty text."""
    rows = {
        (row.field, clean_language(row.language)): row
        for row in prextra.ItemText.objects.using(PREXTRA).filter(item=item).order_by("pk")
    }
    for name, texts in changed.items():
        for language, text in texts.items():
            row = rows.get((name, language))
            if row is None and text:
                row = prextra.ItemText(item_id=item, field=name, language=language, text=text)
                row.save(using=PREXTRA, force_insert=True)
            elif row is not None and (row.text or "") != text:
                row.text = text
                write_columns(row, ["text"])


def one_line(text: str) -> str:
    """As a field of one line sends it: what it cannot show is no change."""
    return re.sub(r"[\r\n]", "", text).strip()


def tidy_html(html: str) -> str:
    """A web description as it is kept: as it was typed, but empty where the editor left an empty paragraph.

    Prextra's own layout is Prextra's; what the shop may have of it is taken out on the way there (rules I4).
    """
    text = html.strip()
    return text if strip_tags(text).replace("\xa0", " ").strip() or _OTHER_THAN_PARAGRAPH.search(text) else ""


_OTHER_THAN_PARAGRAPH = re.compile(r"<(?!/?(?:p|br)\b)", re.IGNORECASE)


class Typed(dict[str, str]):
    """What was typed, by the languages that the page showed; `shown` are digests of what stood there then."""

    shown: Mapping[str, str] = {}


def digest(text: str) -> str:
    return hashlib.sha256(_comparable(text).encode()).hexdigest()[:24]


class WebWidget(forms.Textarea):
    """HTML, of which web_description.js makes a rich text unless the editor would drop some of it.

    Below it stands what of it the shop does not get.
    """

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 12, "class": "vLargeTextField", "data-web-description": True})

    @property
    def media(self) -> forms.Media:
        module = Script("prextra/web_description.js", type="module")
        media: forms.Media = prose_editor_admin_media + forms.Media(js=[module])
        return media

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        area = super().render(name, value, attrs, renderer)
        sentence = left_out(str(value or ""))
        return format_html('{}<p class="advice">{}</p>', area, sentence) if sentence else area


def left_out(html: str) -> str:
    """What of a web description the shop does not get, in a sentence; empty where it gets all of it."""
    names = unsent(html)
    sentence = gettext("This text stays in Prextra as it is. Shopify does not get of it: {names}.")
    return sentence.format(names=", ".join(names)) if names else ""


def web_widget() -> forms.Widget:
    return WebWidget()


def line_widget() -> forms.Widget:
    return forms.TextInput(attrs={"class": "vTextField"})


def area_widget() -> forms.Widget:
    return forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})


class TextsWidget(forms.Widget):
    """One input for each language: the company's own in sight, the others in a disclosure under a globe."""

    def __init__(self, inputs: Mapping[str, forms.Widget], label: str, prepare: Callable[[str], str]) -> None:
        super().__init__()
        self.inputs = dict(inputs)
        self.label = label
        self.prepare = prepare

    @property
    def media(self) -> forms.Media:
        return sum((one.media for one in self.inputs.values()), forms.Media())

    def id_for_label(self, id_: str | None) -> str:
        return f"{id_}_{next(iter(self.inputs))}" if id_ else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Texts:
        """A language that the page did not show is not there, and stays as it is."""
        typed = Typed()
        for language, one in self.inputs.items():
            if f"{name}_{language}" in data:
                typed[language] = one.value_from_datadict(data, files, f"{name}_{language}") or ""
        typed.shown = {language: data.get(shown_name(name, language), "") for language in typed}
        return typed

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(f"{name}_{language}" not in data for language in self.inputs)

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        texts, attrs = value or {}, dict(attrs or {})
        carried = texts.shown if isinstance(texts, Typed) else None
        id_ = attrs.pop("id", f"id_{name}")
        if "aria-describedby" in attrs:  # the admin names the help by the label's target
            attrs["aria-describedby"] = f"{self.id_for_label(id_)}_helptext"
        shown = []
        for language, one in self.inputs.items():
            own = {**attrs, "id": f"{id_}_{language}", "lang": language}
            text = texts.get(language, "")
            html = one.render(f"{name}_{language}", text, own, renderer)
            as_shown = digest(self.prepare(text)) if carried is None else carried.get(language, "")
            html += format_html('<input type="hidden" name="{}" value="{}">', shown_name(name, language), as_shown)
            shown.append({"id": own["id"], "name": language_name(language), "html": html})
        context = {"main": shown[0], "others": shown[1:], "label": self.label}
        return mark_safe(render_to_string("admin/prextra_models/item/texts.html", context))  # noqa: S308 - of a template


class TextsField(forms.Field):
    """A text in its languages; `prepare` makes the text that is kept out of what was typed."""

    def __init__(self, make: Callable[[], forms.Widget], prepare: Callable[[str], str] = one_line, **kwargs: Any):
        super().__init__(required=False, **kwargs)
        self.make = make
        self.prepare = prepare

    def speak(self, languages: Sequence[str], texts: Texts) -> Texts:
        """Takes the languages of the form, and gives what it begins with."""
        initial = {language: texts.get(language, "") for language in languages}
        inputs = {language: self.make() for language in initial}
        self.widget = TextsWidget(inputs, str(self.label), self.prepare)
        return initial

    def clean(self, value: Texts) -> Texts:
        typed = Typed({language: self.prepare(text.replace("\x00", "")) for language, text in value.items()})
        typed.shown = value.shown if isinstance(value, Typed) else {}
        return typed

    def has_changed(self, initial: Texts | None, data: Texts | None) -> bool:
        return self.changed(initial or {}, data or {}) != {}

    def changed(self, initial: Texts, data: Texts) -> Texts:
        """The languages whose text this person changed; line ends do not count, for browsers send their own."""
        shown = data.shown if isinstance(data, Typed) else {}
        changed = {}
        for language, text in data.items():
            typed, kept = self.prepare(text), self.prepare(initial.get(language, ""))
            if _comparable(typed) != _comparable(kept) and digest(typed) != shown.get(language):
                changed[language] = text
        return changed

    def overwritten(self, initial: Texts, data: Texts) -> Texts:
        """Of these, those that somebody else changed while the page stood open: what stands there now."""
        shown = data.shown if isinstance(data, Typed) else {}
        kept = {language: self.prepare(initial.get(language, "")) for language in self.changed(initial, data)}
        return {language: text for language, text in kept.items() if shown.get(language, "") not in ("", digest(text))}


def shown_name(name: str, language: str) -> str:
    return f"shown-{name}_{language}"


def _comparable(text: str) -> str:
    return text.replace("\r\n", "\n")
