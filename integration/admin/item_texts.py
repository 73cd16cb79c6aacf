"""An item's texts in a form: one field for each text, and behind the globe the same text in the other languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django_prose_editor.widgets import prose_editor_admin_media
from js_asset import Script

from integration.items.html import sanitize
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
            row = rows.get((name, language)) or prextra.ItemText(item_id=item, field=name, language=language, text="")
            if (row.text or "") != text:
                row.text = text
                row.save(using=PREXTRA)


def tidy_html(html: str) -> str:
    """A web description as it is kept: clean, and empty where the editor left an empty paragraph."""
    clean = sanitize(html).strip()
    return clean if strip_tags(clean).replace("\xa0", " ").strip() or "<img" in clean else ""


class WebWidget(forms.Textarea):
    """HTML, of which web_description.js makes a rich text unless the editor would drop some of it."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 12, "class": "vLargeTextField", "data-web-description": True})

    @property
    def media(self) -> forms.Media:
        module = Script("prextra/web_description.js", type="module")
        media: forms.Media = prose_editor_admin_media + forms.Media(js=[module])
        return media


def web_widget() -> forms.Widget:
    return WebWidget()


def line_widget() -> forms.Widget:
    return forms.TextInput(attrs={"class": "vTextField"})


def area_widget() -> forms.Widget:
    return forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})


class TextsWidget(forms.Widget):
    """One input for each language: the company's own in sight, the others in a disclosure under a globe."""

    def __init__(self, inputs: Mapping[str, forms.Widget], label: str) -> None:
        super().__init__()
        self.inputs = dict(inputs)
        self.label = label

    @property
    def media(self) -> forms.Media:
        return sum((one.media for one in self.inputs.values()), forms.Media())

    def id_for_label(self, id_: str | None) -> str:
        return f"{id_}_{next(iter(self.inputs))}" if id_ else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Texts:
        return {
            language: one.value_from_datadict(data, files, f"{name}_{language}") or ""
            for language, one in self.inputs.items()
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(f"{name}_{language}" not in data for language in self.inputs)

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        texts, attrs = value or {}, dict(attrs or {})
        id_ = attrs.pop("id", f"id_{name}")
        if "aria-describedby" in attrs:  # the admin names the help by the label's target
            attrs["aria-describedby"] = f"{self.id_for_label(id_)}_helptext"
        shown = []
        for language, one in self.inputs.items():
            own = {**attrs, "id": f"{id_}_{language}", "lang": language}
            html = one.render(f"{name}_{language}", texts.get(language, ""), own, renderer)
            shown.append({"id": own["id"], "name": language_name(language), "html": html})
        context = {"main": shown[0], "others": shown[1:], "label": self.label}
        return mark_safe(render_to_string("admin/prextra_models/item/texts.html", context))  # noqa: S308 - of a template


class TextsField(forms.Field):
    """A text in its languages; `prepare` makes the text that is kept out of what was typed."""

    def __init__(self, make: Callable[[], forms.Widget], prepare: Callable[[str], str] = str.strip, **kwargs: Any):
        super().__init__(required=False, **kwargs)
        self.make = make
        self.prepare = prepare

    def speak(self, languages: Sequence[str], texts: Texts) -> Texts:
        """Takes the languages of the form, and gives what it begins with."""
        initial = {language: texts.get(language, "") for language in languages}
        if self.prepare is tidy_html:
            initial = {language: sanitize(text) for language, text in initial.items()}
        inputs = {language: self.make() for language in initial}
        self.widget = TextsWidget(inputs, str(self.label))
        return initial

    def clean(self, value: Texts) -> Texts:
        return {language: self.prepare(text.replace("\x00", "")) for language, text in value.items()}

    def has_changed(self, initial: Texts | None, data: Texts | None) -> bool:
        return self.changed(initial or {}, data or {}) != {}

    def changed(self, initial: Texts, data: Texts) -> Texts:
        """The languages whose text is another now; line ends do not count, for browsers send their own."""
        return {
            language: text
            for language, text in data.items()
            if _comparable(self.prepare(text)) != _comparable(self.prepare(initial.get(language, "")))
        }


def _comparable(text: str) -> str:
    return text.replace("\r\n", "\n")
