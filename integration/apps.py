from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class IntegrationConfig(AppConfig):
    name = "integration"
    verbose_name = _("Shopify synchronisation")
    default_auto_field = "django.db.models.BigAutoField"


class SyncAdminConfig(AdminConfig):
    default_site = "integration.site.SyncAdminSite"
