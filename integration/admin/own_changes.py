"""Saving a form changes what this person changed, and nothing that others wrote while it stood open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import gettext

SHOWN_LENGTH = 200


class OwnChanges(forms.ModelForm):  # type: ignore[type-arg]
    """Each field carries what it showed, so that `changed_data` is what this person changed.

    After `clean`, `cleaned_data` is what will be stored: what others wrote meanwhile, and what this person changed. Where
    both changed one field the form is refused, with what stands there now; saved once more, it overwrites it knowingly.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and (chosen := getattr(self.instance, name, None)):
                self.initial[name] = chosen.pk  # as the list writes it: the foreign key may write it otherwise
            says = not self.is_bound or self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = says and not is_secret(field)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in [name for name in self.fields if name in cleaned and not is_secret(self.fields[name])]:
            if name in self.changed_data and (news := self.overwritten(name)):
                self._refuse_once(name, news)
            else:
                cleaned[name] = self.merged(name)
        return cleaned

    def stored(self, name: str) -> Any:
        """What stands there now; asked for before the form writes into its instance."""
        columns = {field.name for field in self.instance._meta.fields}
        return getattr(self.instance, name) if name in columns else self.initial.get(name)

    def merged(self, name: str) -> Any:
        return self.cleaned_data[name] if name in self.changed_data else self.stored(name)

    def overwritten(self, name: str) -> str:
        """What others wrote there meanwhile, and this form would replace by something else."""
        bound, field = self[name], self.fields[name]
        if not field.show_hidden_initial or self.data[bound.html_initial_name] == self._to_carry(name):
            return ""
        return self._words(name) if field.has_changed(bound.initial, bound.data) else ""

    def _to_carry(self, name: str) -> str:
        """What the page would carry of this field if it were opened now."""
        field: Any = self.fields[name]
        return field.hidden_widget().format_value(field.prepare_value(self[name].initial)) or ""

    def refuse(self, name: str, news: str) -> None:
        sentence = gettext(
            "« {field} » was changed by somebody else while this page stood open. It is now: {value}. Save once more to "
            "replace it by yours."
        )
        self.add_error(name, sentence.format(field=self.fields[name].label, value=news))

    def _refuse_once(self, name: str, news: str) -> None:
        self.refuse(name, news)
        data: Any = self.data
        self.data = data.copy()
        self.data[self[name].html_initial_name] = self._to_carry(name)  # type: ignore[index]

    def _words(self, name: str) -> str:
        value, field = self.stored(name), self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            value = dict(field.choices).get(value, value)  # type: ignore[arg-type]
        return words(value)


def is_secret(field: forms.Field) -> bool:
    """One that is only written: the page never carries what stands there."""
    return isinstance(field.widget, forms.PasswordInput)


def words(value: Any) -> str:
    """A value of a form in a sentence."""
    if isinstance(value, bool):
        return gettext("ticked") if value else gettext("not ticked")
    if value is None or value == "":
        return gettext("empty")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return number_format(value.normalize(), force_grouping=True)
    return f"« {Truncator(str(value)).chars(SHOWN_LENGTH)} »"
