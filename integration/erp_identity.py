"""Which Prextra database this is, and whether the sync may write for it (rules W6).

A database that was copied to another server, to try things out, holds the live shop's address and keys. So a pass
begins only for the database that is known: the first one noted itself, another one waits until a manager confirms it.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.models import Model

from integration.errors import ConfigurationError
from integration.models import KnownDatabase
from prextra_models.models import Invoice, Prepayment, SalesOrder, Shipment
from prextra_models.router import PREXTRA

THIS_MACHINE = frozenset({"", ".", "localhost", "127.0.0.1", "::1"})
REASONS = frozenset({"database_copied", "database_unknown"})
DOCUMENTS: tuple[type[Model], ...] = (SalesOrder, Prepayment, Shipment, Invoice)


@dataclass(frozen=True, slots=True)
class Identity:
    server: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.server})"


def current_identity() -> Identity:
    return identity_of(connections[PREXTRA])


def identity_of(connection: Any) -> Identity:
    """As the database says it on SQL Server, where one address may lead to another server tomorrow."""
    if connection.vendor == "microsoft":
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(SERVERPROPERTY('ServerName') AS nvarchar(255)), DB_NAME()")
            server, name = cursor.fetchone()
        return Identity(str(server), str(name))
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        if connection.is_in_memory_db():
            return Identity("memory", "memory")
        return Identity(socket.gethostname(), str(Path(values["NAME"]).resolve())[-255:])
    host = str(values.get("HOST") or "")
    server = socket.gethostname() if host.casefold() in THIS_MACHINE else host
    return Identity(f"{server}:{values['PORT']}" if values.get("PORT") else server, str(values["NAME"]))


def known_identity() -> Identity | None:
    """The one that was confirmed last: going back to an earlier one is a change too."""
    row = KnownDatabase.objects.first()
    return Identity(row.server, row.name) if row else None


def objections() -> list[ConfigurationError]:
    """Why no pass may write for this database; empty where nothing is against it.

    Where none is known, a Prextra without anything of Shopify's is new to it. One that has documents of Shopify's was
    synchronised by another installation, which may still do so.
    """
    known = known_identity()
    if known is None and _has_documents():
        known = known_identity()  # another warehouse's first pass may have noted it just before it wrote them
        if known is None:
            return [ConfigurationError("database_unknown", current=str(current_identity()))]
    if known is None:
        return []
    current = current_identity()
    if current == known:
        return []
    return [ConfigurationError("database_copied", known=str(known), current=str(current))]


def note_first() -> None:
    """Called by a pass that nothing was said against, before it writes: the first database is known from then on."""
    if not KnownDatabase.objects.exists():
        confirm(current_identity(), by="")


def confirm(identity: Identity, *, by: str) -> KnownDatabase:
    return KnownDatabase.objects.create(server=identity.server, name=identity.name, confirmed_by=by)


def _has_documents() -> bool:
    return any(model._default_manager.using(PREXTRA).filter(shopify_id__isnull=False).exists() for model in DOCUMENTS)
