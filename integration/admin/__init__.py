"""The admin: the log and what is held for staff, Prextra's records beside it. No rule of the sync lives here."""

from integration.admin import items, log, prextra

__all__ = ["items", "log", "prextra"]
