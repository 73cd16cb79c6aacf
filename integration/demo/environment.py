"""Settings for the demo, so that it can never touch a real database or shop."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

FOLDER = Path(__file__).resolve().parent.parent.parent / "var"


def use_demo_environment(name: str) -> None:
    """Points both databases at fresh SQLite files in `var/<name>` and makes keys that live as long as the process.

    Each storm has a folder of its own, that of the system for what is temporary, since several may rage at once.
    """
    folder = Path(tempfile.mkdtemp(prefix="prextra-storm-")) if name == "storm" else FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sqlite3*"):
        old.unlink()
    os.environ.update(
        SECRET_KEY=secrets.token_urlsafe(50),
        SECRET_ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        DATABASE_URL=f"sqlite:///{folder / 'default.sqlite3'}",
        PREXTRA_DATABASE_URL=f"sqlite:///{folder / 'prextra.sqlite3'}",
        ALLOWED_HOSTS="localhost,127.0.0.1",
        SHOPIFY_ALLOW_LOOPBACK="on",
        **dict.fromkeys(("PUBLIC_URL", "REDIS_URL", "SENTRY_DSN", "METRICS_TOKEN"), ""),
        EMAIL_URL="consolemail://",
    )
