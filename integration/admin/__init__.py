"""The admin: the log and what is held for staff, Prextra's documents beside it. No rule of the sync lives here."""

from integration.admin import log, prextra

__all__ = ["log", "prextra"]
