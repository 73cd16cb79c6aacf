"""The one settings file. Everything that differs between installations comes from the environment (see .env.example)."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from integration import dotenv, logs
from integration.databases import database

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(StringIO(dotenv.text_of(BASE_DIR / ".env")))


def number(variable: str, default: int, least: int, most: int) -> int:
    """A whole number within limits; anything else names the variable and stops the program."""
    try:
        value: int | None = env.int(variable, default=default)
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        raise ImproperlyConfigured(f"{variable} must be a whole number from {least} to {most}.")
    return value


def switch(variable: str) -> bool:
    """On or off, and off where it is not set. A word that is neither must not pass for off."""
    value = env.str(variable, default="off").lower()
    if value not in {"on", "true", "yes", "1", "off", "false", "no", "0"}:
        raise ImproperlyConfigured(f"{variable} must be on or off.")
    return value in {"on", "true", "yes", "1"}


def choice(variable: str, default: str, pattern: str) -> str:
    value: str = env.str(variable, default=default)
    if not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{variable} is set to what it cannot be.")  # an address may hold a password
    return value


# Required: a missing one stops the program at once and names itself.
SECRET_KEY: str = env("SECRET_KEY")
SECRET_ENCRYPTION_KEYS: list[str] = env.list("SECRET_ENCRYPTION_KEYS")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is empty.")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
try:
    MultiFernet([Fernet(key) for key in SECRET_ENCRYPTION_KEYS])
except ValueError:
    raise ImproperlyConfigured("SECRET_ENCRYPTION_KEYS is empty, or holds something that is not a key.") from None

DEBUG: bool = switch("DEBUG")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_COOKIES: bool = switch("SECURE_COOKIES")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
# With https goes all that follows from it; without, nothing of it. Machines on this one ask by http all the same.
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^health(/live)?$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
_hsts_seconds = number("SECURE_HSTS_SECONDS", 86_400, 0, 63_072_000)
SECURE_HSTS_SECONDS = _hsts_seconds if SECURE_COOKIES else 0
# Other hosts of the domain, and browsers' own lists, are for the domain's owner to decide, not for one application in it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a day at the office
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # forms carry their token; no script asks for it
SECURE_REFERRER_POLICY = "same-origin"

# No script and no style but our own files; pictures of web descriptions from anywhere that is encrypted.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Five wrong passwords for one name from one address close the door for a quarter of an hour.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_DISABLE_ACCESS_LOG = True  # who logged in stands in no table of its own

IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True  # a buyer's name may not become a formula in a spreadsheet

INSTALLED_APPS = [
    "integration.apps.IntegrationConfig",
    "prextra_models.apps.PrextraModelsConfig",
    "integration.apps.SyncAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_prose_editor",
    "django_q",
    "import_export",
]

MIDDLEWARE = [
    "integration.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "integration.middleware.machines",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "integration.urls"
WSGI_APPLICATION = "integration.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]


# The company's time zone: "today", for a deposit, is the day there (rules O8).
TIME_ZONE: str = env.str("TIME_ZONE", default="America/Toronto")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(f"TIME_ZONE cannot be {TIME_ZONE}: it is a name such as America/Toronto.")
USE_TZ = True

# `prextra` is the ERP's own database: the app reads and writes its documents, and never touches its schema. Its times, if
# there ever are any, are the company's.
DATABASES = {
    "default": database(env, "DATABASE", BASE_DIR, "sqlite:///var/default.sqlite3"),
    "prextra": database(env, "PREXTRA_DATABASE", BASE_DIR, "sqlite:///var/prextra.sqlite3"),
}
if DATABASES["prextra"]["ENGINE"] == "mssql":
    DATABASES["prextra"]["TIME_ZONE"] = TIME_ZONE
DATABASE_CONNECTION_POOLING = False  # of SQL Server's drivers: forked workers would share what their parent had pooled
DATABASE_ROUTERS = ["prextra_models.router.PrextraRouter"]
# Other names of its tables and columns, where this installation has any: see prextra_names.example.toml.
_named: str = env.str("PREXTRA_NAMES", default="")
_names = BASE_DIR / (_named or "prextra_names.toml")
if _named and not _names.is_file():
    raise ImproperlyConfigured(f"PREXTRA_NAMES: there is no file {_names}.")
PREXTRA_NAMES: Path | None = _names if _names.is_file() else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# French first, English too.
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "integration" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SHOPIFY_API_VERSION = choice("SHOPIFY_API_VERSION", "2026-10", r"20\d\d-(01|04|07|10)")
SHOPIFY_TIMEOUT_SECONDS = number("SHOPIFY_TIMEOUT_SECONDS", 30, 1, 600)
SHOPIFY_ALLOW_LOOPBACK: bool = switch("SHOPIFY_ALLOW_LOOPBACK")

# Where Shopify's webhooks reach the app. Shopify rings by https alone; a shop on this machine may do without.
_LOOPBACK = r"|http://(127\.0\.0\.1|localhost)(:\d+)?/?" if SHOPIFY_ALLOW_LOOPBACK else ""
PUBLIC_URL = choice("PUBLIC_URL", "", rf"|https://[\w.-]+(:\d+)?(/[\w.~/-]*)?{_LOOPBACK}").rstrip("/")

SYNC_OVERLAP_MINUTES = number("SYNC_OVERLAP_MINUTES", 10, 1, 1440)
SYNC_HISTORY_DAYS = number("SYNC_HISTORY_DAYS", 60, 0, 3650)
SYNC_INTERVAL_MINUTES = number("SYNC_INTERVAL_MINUTES", 5, 1, 60)
RUN_DEADLINE_MINUTES = number("RUN_DEADLINE_MINUTES", 20, 1, 30)
WORKERS = number("WORKERS", 2, 1, 64)
REDIS_URL: str = env.str("REDIS_URL", default="")
try:
    _is_redis = re.fullmatch(r"|(rediss?|unix)://\S+", REDIS_URL) and urlsplit(REDIS_URL).port != 0
except ValueError:  # its port
    _is_redis = False
if not _is_redis:  # without the address itself, which may hold a password
    raise ImproperlyConfigured("REDIS_URL is not the address of a Redis server, such as redis://127.0.0.1:6379/0.")
# One that hangs keeps nobody waiting for long. The workers wait for a task for one second at a time, which is not cut.
_PATIENT = f"{REDIS_URL}{'&' if '?' in REDIS_URL else '?'}socket_timeout=3&socket_connect_timeout=2"
# A bell for the workers, never a ledger: what has to be done is found by looking. A task is acknowledged as it starts.
Q_CLUSTER = {
    "name": "sync",
    **({"redis": _PATIENT} if REDIS_URL else {"orm": "default"}),
    "workers": WORKERS,
    "timeout": 1860,
    "retry": 7200,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "queue_limit": 1,
    "poll": 1,
    "save_limit": 500,
    "recycle": 100,
    "max_rss": 400_000,
}

# Who is told by e-mail stands in the admin; by which server, and of what address, here.
try:
    _mail = env.email_url("EMAIL_URL", default="consolemail://")
except (ValueError, ImproperlyConfigured):  # without the address itself, which may hold a password
    raise ImproperlyConfigured("EMAIL_URL is not the address of a mail server, such as smtp+tls://…:587.") from None
EMAIL_BACKEND: str = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"] or "localhost", _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = bool(_mail.get("EMAIL_USE_TLS")), bool(_mail.get("EMAIL_USE_SSL"))
EMAIL_FILE_PATH = BASE_DIR / _mail["EMAIL_FILE_PATH"]  # of filemail://, relative to manage.py
EMAIL_TIMEOUT = 15  # seconds
DEFAULT_FROM_EMAIL = choice(
    "EMAIL_FROM", "prextra-shopify@localhost", r"[^@\s<>]+@[^@\s<>]+|[^@<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>"
)
ADMIN_URL = choice("ADMIN_URL", "", r"|https?://[\w.-]+(:\d+)?/?").rstrip("/")
ALERT_AFTER_MINUTES = number("ALERT_AFTER_MINUTES", 30, 5, 1440)
ALERT_SUMMARY_HOUR = number("ALERT_SUMMARY_HOUR", 8, 0, 23)

LOG_KEEP_DAYS = number("LOG_KEEP_DAYS", 180, 1, 36500)

LOGGING = logs.configuration(
    choice("LOG_FORMAT", "line", logs.FORMATS), choice("LOG_LEVEL", "WARNING", "DEBUG|INFO|WARNING|ERROR")
)

METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
if not re.fullmatch(r"|https?://[^@/\s]+@[^@/\s]+/(\S+/)?\d+", SENTRY_DSN):
    raise ImproperlyConfigured("SENTRY_DSN is not the address of a project of Sentry.")
