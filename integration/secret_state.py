"""What is kept as a warehouse's secret, told without opening it to anybody (rules W4)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured
from django.db.models import TextField
from django.db.models.functions import Cast

from prextra_models.fields import CIPHERTEXT_PREFIX, EncryptedTextField
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

FIELD = "shopify_access_token"


class SecretState(StrEnum):
    NONE = "none"
    KEPT = "kept"
    PLAIN = "plain"  # as someone wrote it into the column: it works, and is encrypted at the next save
    UNREADABLE = "unreadable"  # encrypted with a key that is not there any more


def secret_state(warehouse: Warehouse) -> SecretState:
    """Of a secret that was typed but not saved too: then there is one, or none."""
    if FIELD in warehouse.__dict__:
        return SecretState.KEPT if warehouse.shopify_access_token else SecretState.NONE
    return secret_states([warehouse.pk]).get(warehouse.pk, SecretState.NONE)


def secret_states(codes: Collection[str]) -> dict[str, SecretState]:
    """Of all these warehouses, in one statement: one secret that no key opens does not take the others with it."""
    rows = Warehouse.objects.using(PREXTRA).filter(pk__in=codes).annotate(stored=Cast(FIELD, TextField()))
    return {code: _state(stored) for code, stored in rows.values_list("pk", "stored")}


def _state(stored: str | None) -> SecretState:
    if not stored:
        return SecretState.NONE
    if not stored.startswith(CIPHERTEXT_PREFIX):
        return SecretState.PLAIN
    field = Warehouse._meta.get_field(FIELD)
    assert isinstance(field, EncryptedTextField)  # noqa: S101
    try:
        return SecretState.KEPT if field.from_db_value(stored) else SecretState.NONE
    except ImproperlyConfigured:
        return SecretState.UNREADABLE
