"""The admin: the log and what is held for staff, Prextra's records beside it. No rule of the sync lives here."""

from integration.admin import (
    alerts,
    company,
    database,
    held,
    item_card,
    items,
    log,
    prextra,
    tax_titles,
    technical,
    warehouse,
)

__all__ = [
    "alerts",
    "company",
    "database",
    "held",
    "item_card",
    "items",
    "log",
    "prextra",
    "tax_titles",
    "technical",
    "warehouse",
]
