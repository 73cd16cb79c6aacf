"""All pages of the admin: found by walking its addresses, so that a page that is new is looked at too."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, reverse

NOT_PAGES = {"jsi18n", "autocomplete", "logout", "view_on_site"}


def pages_of(request: HttpRequest) -> Iterator[str]:
    """The addresses that this user may look at: our own pages, and of each model the list, the form and one record's page."""
    yield from own_pages()
    for model, model_admin in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if not model_admin.has_view_or_change_permission(request):
            continue
        yield reverse(f"{base}_changelist")
        if model_admin.has_add_permission(request):
            yield reverse(f"{base}_add")
        if (record := model._default_manager.order_by("pk").first()) is not None:
            yield reverse(f"{base}_change", args=[record.pk])
            yield reverse(f"{base}_history", args=[record.pk])


def own_pages() -> Iterator[str]:
    for pattern in admin.site.get_urls():
        if isinstance(pattern, URLPattern) and pattern.name and pattern.name not in NOT_PAGES:
            try:
                yield reverse(f"admin:{pattern.name}")
            except NoReverseMatch:  # it wants an argument; the tests that know which one visit it
                continue
