from __future__ import annotations

from typing import Any

import structlog
from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from integration.logs import task_failure


class IntegrationConfig(AppConfig):
    name = "integration"
    verbose_name = _("Shopify synchronisation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import post_execute_in_worker, pre_execute  # it has models

        from integration import sentry

        pre_execute.connect(_acknowledge, dispatch_uid="acknowledge as a task starts")
        post_execute_in_worker.connect(_hide_rows, dispatch_uid="hide what a failure quotes")
        if settings.SENTRY_DSN:
            sentry.start(settings.SENTRY_DSN)


def _acknowledge(task: dict[str, Any], **_: Any) -> None:
    """A task is taken off the queue as it starts: one whose worker is killed would come back for ever."""
    from django_q.brokers import get_broker

    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.get("id", ""))
    if task.get("ack_id"):
        get_broker().acknowledge(task["ack_id"])


def _hide_rows(task: dict[str, Any], **_: Any) -> None:
    """A failed task's result is its error's message, which may quote a row: it would be logged, kept, and sent to Sentry."""
    if not task.get("success", True):
        task["result"] = task_failure(str(task.get("result", "")))


class SyncAdminConfig(AdminConfig):
    default_site = "integration.site.SyncAdminSite"
