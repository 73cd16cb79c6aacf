"""Django's own history of what people do in the admin, seen as a whole."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _


class HistoryLine(LogEntry):
    """One thing that somebody did. The table is Django's; only who may see all of it is decided here."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = _("line of the history")
        verbose_name_plural = _("history")
        ordering: ClassVar = ["-action_time", "-id"]
