from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class PrextraModelsConfig(AppConfig):
    name = "prextra_models"
    verbose_name = "Prextra"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from prextra_models import names, sandbox

        if path := settings.PREXTRA_NAMES:
            names.fit(names.read_names(path), self.get_models(), path)
        post_migrate.connect(sandbox.create_tables_after_migrate, sender=self)
