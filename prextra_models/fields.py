"""Column types: money, quantities, Shopify identifiers, and secrets encrypted at rest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

CIPHERTEXT_PREFIX = "enc1:"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in the company's currency, to the cent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 15, "decimal_places": 2, "default": 0, **kwargs})


class QuantityField(models.DecimalField):  # type: ignore[type-arg]
    """A quantity in stock units; Prextra shows two decimals and allows negatives."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 15, "decimal_places": 4, "default": 0, **kwargs})


class DayField(models.DateField):  # type: ignore[type-arg]
    """A day. An ERP may keep it in a `datetime` column, at midnight: it comes back as a day all the same."""

    def from_db_value(self, value: date | None, *_: object) -> date | None:
        return value.date() if isinstance(value, datetime) else value


class ShopifyIdField(models.CharField):  # type: ignore[type-arg]
    """The Shopify identifier (a gid) that a document came from; empty for Prextra's own documents.

    It must stand under a unique index: that, and no lock or log elsewhere, makes a duplicate impossible
    (rules, principle 2).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 64, "null": True, "blank": True, "editable": False, **kwargs})


class Secret(str):
    """A text that shows itself to nobody: its repr is masked, so that a traceback or a log cannot leak it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRET_ENCRYPTION_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A secret: ciphertext in the column, a `Secret` in Python (rules W4).

    A plain value that was in the column before still works, and is encrypted at the next save. The first key of
    `SECRET_ENCRYPTION_KEYS` encrypts, all of them decrypt. A ciphertext that no key opens raises, rather than being
    taken for the secret and sent somewhere. A 40-byte secret takes about 145 characters.
    """

    def from_db_value(self, value: str | None, *_: object) -> Secret | None:
        if value is None or not value.startswith(CIPHERTEXT_PREFIX):
            return None if value is None else Secret(value)
        try:
            return Secret(_cipher().decrypt(value.removeprefix(CIPHERTEXT_PREFIX).encode()).decode())
        except InvalidToken:
            raise ImproperlyConfigured(
                f"A secret in {self.model._meta.label}.{self.name} was encrypted with another key: "
                "add that key to SECRET_ENCRYPTION_KEYS, or type the secret again."
            ) from None

    def get_prep_value(self, value: Any) -> Any:
        if not value or str(value).startswith(CIPHERTEXT_PREFIX):
            return value
        return CIPHERTEXT_PREFIX + _cipher().encrypt(str(value).encode()).decode()

    def value_to_string(self, obj: models.Model) -> str:
        """What a dump of the data shows: the ciphertext."""
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted: it cannot be searched.")
