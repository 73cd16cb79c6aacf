"""The admin's site: the dashboard is its first page, and a few pages of our own stand beside those of the models."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog


class SyncAdminSite(admin.AdminSite):
    index_title = _("Dashboard")
    index_template = "admin/dashboard.html"
    site_url = None  # there is no other site to go to
    enable_nav_sidebar = False  # the menu of base_site.html stands in its place

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from integration.admin import prerequisites, sync_now

        return [*prerequisites.urls(self), *sync_now.urls(self), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the admin passes here: what no database would take never reaches one."""
        from integration.admin.asked import refuse_nul, refuse_year, shorten_search

        @wraps(view)
        def asked_with_care(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refuse_nul(request)
            refuse_year(request)
            shorten_search(request)
            return view(request, *args, **kwargs)

        return super().admin_view(asked_with_care, cacheable)

    def i18n_javascript(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What scripts say: the admin's own, and the editor of web descriptions with what we add to its catalogue."""
        packages = ["django.contrib.admin", "django_prose_editor", "integration"]
        catalogue = JavaScriptCatalog()
        catalogue.packages = packages
        return catalogue.get(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from integration.admin import dashboard

        return super().index(request, {**dashboard.context(request), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        from integration.admin import menu

        listed: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return listed if app_label else menu.grouped(listed, request)
