"""Which database holds what: Prextra's tables in `prextra`, all else in `default`."""

from __future__ import annotations

from typing import Any

from django.db import models

PREXTRA = "prextra"


class PrextraRouter:
    def db_for_read(self, model: type[models.Model], **_: Any) -> str:
        return PREXTRA if model._meta.app_label == "prextra_models" else "default"

    db_for_write = db_for_read

    def allow_relation(self, one: models.Model, other: models.Model, **_: Any) -> bool:
        return self.db_for_read(type(one)) == self.db_for_read(type(other))

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool:
        """Prextra's schema belongs to Prextra: no migration ever runs there, and ours run nowhere else."""
        return db != PREXTRA and app_label != "prextra_models"
