"""All addresses of the admin, found by walking it: a page that is new is looked at, and knocked at, without being told of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, reverse

from integration.models import SyncRequest
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA

CATCH_ALL = "url"
FOR_SCRIPTS = ("jsi18n", "autocomplete", "logout", "view_on_site", "progress", "login")


def every_address() -> Iterator[tuple[str, str]]:
    """Name and address of each page of the site, those that change something too, with a record that exists."""
    yield from _walk(admin.site.get_urls(), "")


def pages_of(role: str) -> list[str]:
    """The addresses that this user's pages lead to: what may be looked at, of which there is something."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(username=role)
    there = [address for name, address in every_address() if _is_page(name, request)]
    return list(dict.fromkeys(there))


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str, model: Any = None) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern), _model_of(str(pattern.pattern)))
            continue
        names = list(pattern.pattern.regex.groupindex)
        if pattern.name and CATCH_ALL not in names:
            values = {name: _value(name, pattern.name, model) for name in names}
            yield pattern.name, reverse(f"admin:{pattern.name}", kwargs=values)


def _model_of(prefix: str) -> type[models.Model] | None:
    app, _, name = prefix.strip("/").partition("/")
    return apps.get_model(app, name) if name else None


def _value(name: str, page: str, model: type[models.Model] | None) -> Any:
    """Something that is there, for a page that asks for it."""
    if name in {"object_id", "id"} and model:
        record = model._default_manager.order_by("pk").first()
        return record.pk if record else "1"
    if name == "app_label":
        return "integration"
    if name == "content_type_id":
        return ContentType.objects.get_for_model(User).pk
    if name in {"code", "warehouse"}:
        return Warehouse.objects.using(PREXTRA).values_list("pk", flat=True)[0]
    if name == "company":
        return Company.objects.using(PREXTRA).values_list("pk", flat=True)[0]
    if page.startswith("sync_"):
        return SyncRequest.objects.values_list("pk", flat=True).first() or 1
    return "1"


def _is_page(name: str, request: Any) -> bool:
    if any(word in name for word in FOR_SCRIPTS) or (name in {"sync_request"} and not SyncRequest.objects.exists()):
        return False
    for model, model_admin in admin.site._registry.items():
        base = f"{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(base):
            what = name.removeprefix(base)
            if what == "changelist" or what == "export":
                return model_admin.has_view_permission(request)
            if what == "add":
                return model_admin.has_add_permission(request)
            if not model._default_manager.exists() or not model_admin.has_view_permission(request):
                return False
            return what != "delete" or model_admin.has_delete_permission(request)
    return True
