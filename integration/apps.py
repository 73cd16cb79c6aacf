from __future__ import annotations

from typing import Any

import structlog
from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class IntegrationConfig(AppConfig):
    name = "integration"
    verbose_name = _("Shopify synchronisation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import pre_execute  # it has models

        from integration import sentry

        pre_execute.connect(_acknowledge, dispatch_uid="acknowledge as a task starts")
        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN)


def _acknowledge(task: dict[str, Any], **_: Any) -> None:
    """A task is taken off the queue as it starts: one whose worker is killed would come back for ever."""
    from django_q.brokers import get_broker

    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.get("id", ""))
    if task.get("ack_id"):
        get_broker().acknowledge(task["ack_id"])


class SyncAdminConfig(AdminConfig):
    default_site = "integration.site.SyncAdminSite"
