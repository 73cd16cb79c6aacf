"""A database's settings from the environment: by URL, or SQL Server by separate variables; and what each kind needs besides."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_ENGINE = "django.db.backends.sqlite3"
SQLITE = {  # several processes write at once: they wait for one another
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
POSTGRESQL = {  # a server that vanished is noticed within a minute
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
SQL_SERVER = {  # Microsoft's driver: it needs none on the machine, and tells a deadlock from other errors
    "python_driver": "mssql_python",
    "connection_timeout": 10,
    "query_timeout": 60,
    "isolation_level": "READ COMMITTED",
}
ENCRYPTED = {"Encrypt": "yes", "TrustServerCertificate": "no"}


def database(env: environ.Env, prefix: str, base: Path, default: str) -> dict[str, Any]:
    """What Django wants to know of the database whose variables begin with this prefix.

    `<prefix>_URL` counts where it is set; else `<prefix>_HOST` and its like, for SQL Server; else the SQLite file.

    Raises ImproperlyConfigured, never with the address itself, which may hold a password.
    """
    url = env.str(f"{prefix}_URL", default="")
    if not url and (host := env.str(f"{prefix}_HOST", default="")):
        return _with_what_it_needs(_sql_server(env, prefix, host), base)
    try:
        with warnings.catch_warnings(action="ignore"):  # which would print the address
            config: dict[str, Any] = env.db_url_config(url or default)
    except (ValueError, ImproperlyConfigured):
        config = {}
    if not config.get("ENGINE"):
        raise ImproperlyConfigured(f"{prefix}_URL is not the address of a database, such as those in .env.example.")
    return _with_what_it_needs(config, base)


def file_of(config: Mapping[str, Any]) -> Path | None:
    """Of a database that is a file; None for one on a server, or in memory."""
    name = str(config["NAME"])
    return None if config["ENGINE"] != SQLITE_ENGINE or ":memory:" in name or "mode=memory" in name else Path(name)


def kind_of(error: Exception) -> str:
    """What is missing on this machine in full; of what a driver says, which may quote the login, its fixed words alone."""
    if isinstance(error, ImportError | ImproperlyConfigured):
        return " ".join(str(error).split())
    said = getattr(error.__cause__, "driver_error", None) or getattr(error.__cause__, "sqlstate", None)
    return f"{type(error).__name__} ({said})" if said else type(error).__name__


def _sql_server(env: environ.Env, prefix: str, host: str) -> dict[str, Any]:
    """Without a user, the account that the program runs under is known to the server (Windows authentication)."""
    user = env.str(f"{prefix}_USER", default="")
    password = env.ENVIRON.get(
        f"{prefix}_PASSWORD", ""
    )  # as it is: `env` takes what begins with $ for another variable
    name, port = env.str(f"{prefix}_NAME", default=""), env.str(f"{prefix}_PORT", default="")
    if not name:
        raise ImproperlyConfigured(f"{prefix}_NAME is empty: it is the name of the database on {prefix}_HOST.")
    if bool(user) != bool(password):
        raise ImproperlyConfigured(
            f"{prefix}_USER and {prefix}_PASSWORD go together; Windows authentication has neither."
        )
    if port and not port.isdecimal():
        raise ImproperlyConfigured(f"{prefix}_PORT must be a whole number.")
    if port and "\\" in host:
        raise ImproperlyConfigured(
            f"{prefix}_HOST names an instance, whose port the server tells: leave {prefix}_PORT empty."
        )
    trust = env.str(f"{prefix}_TRUST_CERTIFICATE", default="off").lower()
    if trust not in {"on", "off"}:
        raise ImproperlyConfigured(f"{prefix}_TRUST_CERTIFICATE must be on or off.")
    extra = {"extra_params": "TrustServerCertificate=yes"} if trust == "on" else {}
    return {
        "ENGINE": "mssql", "HOST": host, "PORT": port, "NAME": name, "USER": user, "PASSWORD": password, "OPTIONS": extra,
    }  # fmt: skip


def _with_what_it_needs(config: dict[str, Any], base: Path) -> dict[str, Any]:
    engine, options = config["ENGINE"], config.get("OPTIONS", {})
    if engine == SQLITE_ENGINE:  # a relative path stands beside manage.py
        path = base / config["NAME"]
        path.parent.mkdir(parents=True, exist_ok=True)
        return config | {"NAME": path, "OPTIONS": SQLITE}
    if engine == "django.db.backends.postgresql":
        options = POSTGRESQL | options
    elif engine == "mssql":
        options = SQL_SERVER | options | {"extra_params": _encrypted(str(options.get("extra_params", "")))}
    # Workers and web keep their connection, and look whether it still stands before they use it again.
    return {"CONN_MAX_AGE": 60, **config, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _encrypted(extra: str) -> str:
    """Encrypted, and the server's certificate checked, wherever nothing else is said."""
    said = {part.partition("=")[0].strip().casefold() for part in extra.split(";")}
    added = [f"{name}={value}" for name, value in ENCRYPTED.items() if name.casefold() not in said]
    return ";".join([*filter(None, [extra.rstrip(";")]), *added])
