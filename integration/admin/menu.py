"""The menu: the admin's pages in the order of a day's work, rather than by Django's apps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Page = dict[str, Any]

# Models by their label. Those that no group names stand in the last one.
GROUPS: tuple[tuple[str, Promise, tuple[str, ...]], ...] = (
    (
        "sync",
        _("Synchronisation"),
        (
            "integration.heldrecord",
            "integration.syncrun",
            "integration.syncentry",
            "integration.productlink",
            "integration.alert",
        ),
    ),
    (
        "setup",
        _("Configuration"),
        (
            "prextra_models.company",
            "prextra_models.warehouse",
            "prextra_models.item",
            "prerequisites",
            "integration.taxtitle",
            "integration.alertrecipient",
            "prextra_models.configurationvalue",
            "prextra_models.productcategoryaccount",
        ),
    ),
    (
        "documents",
        _("Prextra documents"),
        (
            "prextra_models.salesorder",
            "prextra_models.prepayment",
            "prextra_models.deposit",
            "prextra_models.shipment",
            "prextra_models.invoice",
        ),
    ),
)
REST = ("technical", _("Technical"))
LOOKED_UP = {"prextra_models.customer", "prextra_models.paymentmethod"}
"""Registered for the search within a form; nobody comes to look at them."""


def grouped(app_list: Sequence[dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    """The app list of Django, cut anew. It holds only what this reader may see, and so does this."""
    pages = {f"{app['app_label']}.{page['object_name']}".lower(): page for app in app_list for page in app["models"]}
    if "prextra_models.warehouse" in pages:
        pages["prerequisites"] = _prerequisites()
    for label in LOOKED_UP:
        pages.pop(label, None)
    groups = [
        _group(code, name, [pages.pop(label) for label in labels if label in pages]) for code, name, labels in GROUPS
    ]
    groups.append(_group(*REST, list(pages.values())))
    return [group for group in groups if group["models"]]


def _group(code: str, name: Promise, pages: list[Page]) -> dict[str, Any]:
    url = next((page["admin_url"] for page in pages if page["admin_url"]), "")
    return {"app_label": code, "name": name, "app_url": url, "has_module_perms": True, "models": pages}


def _prerequisites() -> Page:
    return {
        "name": _("Prerequisites"),
        "object_name": "Prerequisites",
        "admin_url": reverse("admin:prerequisites"),
        "add_url": None,
        "view_only": True,
        "perms": {"view": True},
    }
