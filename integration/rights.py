"""Who may do what in the admin: two groups, made by migration, and what each of them may see and change.

Project managers configure; staff review, retry and ignore. Nobody changes the log, or a document of Prextra's.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions

PROJECT_MANAGERS = "Chargés de projet"
STAFF = "Personnel"

SEEN = (
    "integration.syncrun", "integration.syncentry", "integration.heldrecord", "integration.watermark",
    "integration.productlink", "integration.itemsetting", "integration.taxtitle", "integration.syncrequest",
    "integration.alert", "integration.alertrecipient", "integration.knowndatabase",
    "prextra_models.company", "prextra_models.warehouse", "prextra_models.item", "prextra_models.salesorder",
    "prextra_models.prepayment", "prextra_models.deposit", "prextra_models.shipment", "prextra_models.invoice",
    "prextra_models.configurationvalue", "prextra_models.productcategoryaccount", "prextra_models.customer",
)  # fmt: skip
"""What both groups may look at."""

REVIEWED = ("change integration.heldrecord", "add integration.syncrequest", "add integration.taxtitle")
"""What staff may do beside: try again and ignore what is held, synchronise now, say which tax a title is."""

CONFIGURED = (
    "change prextra_models.company", "change prextra_models.warehouse", "change prextra_models.item",
    "change integration.itemsetting", "change integration.taxtitle", "delete integration.taxtitle",
    "add integration.alertrecipient", "change integration.alertrecipient", "delete integration.alertrecipient",
    "change integration.knowndatabase", "view integration.historyline",
)  # fmt: skip
"""What project managers may do beside that."""


def grant_rights(apps: Any, database: str) -> None:
    """Gives both groups exactly these rights. Called by migrations: a later one calls it again when the lists change."""
    from django.apps import apps as current

    for label in ("integration", "prextra_models"):
        create_permissions(current.get_app_config(label), verbosity=0, using=database)
    seen = [f"view {model}" for model in SEEN]
    groups = {PROJECT_MANAGERS: [*seen, *REVIEWED, *CONFIGURED], STAFF: [*seen, *REVIEWED]}
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for name, rights in groups.items():
        group, _ = apps.get_model("auth", "Group").objects.using(database).get_or_create(name=name)
        group.permissions.set([_permission(permissions, right) for right in rights])


def _permission(permissions: Any, right: str) -> Any:
    verb, _, label = right.partition(" ")
    app, _, model = label.partition(".")
    return permissions.get(content_type__app_label=app, codename=f"{verb}_{model}")
