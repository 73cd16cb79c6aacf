"""Secrets at rest, in both databases: which key each of them is under, and the first key for all (rules W4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import router, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.text import capfirst

from integration.secret_state import SecretState
from prextra_models.fields import CIPHERTEXT_PREFIX, EncryptedTextField


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """Where it stands, never what it is. Of one that is kept, `key` is the place of the key that opens it: 0 encrypts."""

    field: EncryptedTextField
    pk: Any
    state: SecretState
    key: int = 0

    @property
    def is_due(self) -> bool:
        return self.state is SecretState.PLAIN or self.key > 0

    def __str__(self) -> str:
        meta = self.field.model._meta
        return f"{capfirst(str(meta.verbose_name))} {self.pk}, {self.field.verbose_name}"


def survey(alias: str = "") -> Iterator[StoredSecret]:
    """All that are kept, whatever model they belong to; those of one database where it is named."""
    for model in apps.get_models():
        if alias and router.db_for_read(model) != alias:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                rows = model._base_manager.using(router.db_for_read(model)).order_by("pk")
                for pk, stored in _stored(rows, field):
                    if stored:
                        yield StoredSecret(field, pk, *_state(stored))


def rotate(secret: StoredSecret) -> bool:
    """Whether it was put under the first key: from what stands there now, locked, so that nobody's change is undone."""
    using = router.db_for_write(secret.field.model)
    rows = secret.field.model._base_manager.using(using).filter(pk=secret.pk).order_by()
    with transaction.atomic(using=using):
        for _pk, stored in list(_stored(rows.select_for_update(), secret.field)):
            if stored and StoredSecret(secret.field, secret.pk, *_state(stored)).is_due:
                return bool(rows.update(**{secret.field.name: _under_first_key(stored)}))
    return False


def _stored(rows: QuerySet[Any], field: EncryptedTextField) -> QuerySet[Any]:
    """The key of each row and its column as it is, which the field itself would open."""
    stored: QuerySet[Any] = rows.annotate(stored=Cast(field.name, TextField())).values_list("pk", "stored")
    return stored


def _state(stored: str) -> tuple[SecretState, int]:
    if not stored.startswith(CIPHERTEXT_PREFIX):
        return SecretState.PLAIN, 0
    for place, key in enumerate(settings.SECRET_ENCRYPTION_KEYS):
        try:
            Fernet(key).decrypt(stored.removeprefix(CIPHERTEXT_PREFIX).encode())
        except InvalidToken:
            continue
        return SecretState.KEPT, place
    return SecretState.UNREADABLE, 0


def _under_first_key(stored: str) -> str:
    if not stored.startswith(CIPHERTEXT_PREFIX):
        return CIPHERTEXT_PREFIX + Fernet(settings.SECRET_ENCRYPTION_KEYS[0]).encrypt(stored.encode()).decode()
    keys = MultiFernet([Fernet(key) for key in settings.SECRET_ENCRYPTION_KEYS])
    return CIPHERTEXT_PREFIX + keys.rotate(stored.removeprefix(CIPHERTEXT_PREFIX).encode()).decode()
