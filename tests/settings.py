"""The product's own settings, with keys and in-memory databases for the tests, whatever this installation has in .env.

`TEST_DATABASE_URL` and `TEST_PREXTRA_DATABASE_URL` name databases on servers instead; beside each of them the tests make
their own, of that name with `test_` before it, and drop it in the end.
"""

import os

os.environ.update(
    SECRET_KEY="not-a-secret",
    SECRET_KEY_FALLBACKS="",
    SECRET_ENCRYPTION_KEYS="cHJleHRyYS1zaG9waWZ5LXRlc3RzLW9ubHkta2V5ISE=",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "sqlite:///var/tests/default.sqlite3"),
    PREXTRA_DATABASE_URL=os.environ.get("TEST_PREXTRA_DATABASE_URL", "sqlite:///var/tests/prextra.sqlite3"),
    PREXTRA_NAMES="",
    ALLOWED_HOSTS="localhost,127.0.0.1",
    CSRF_TRUSTED_ORIGINS="",
    SECURE_COOKIES="off",
    SECURE_HSTS_SECONDS="86400",
    DEBUG="off",
    TIME_ZONE="America/Toronto",
    SHOPIFY_API_VERSION="2026-10",
    SHOPIFY_TIMEOUT_SECONDS="30",
    SHOPIFY_ALLOW_LOOPBACK="on",
    PUBLIC_URL="",
    SYNC_OVERLAP_MINUTES="10",
    SYNC_HISTORY_DAYS="60",
    SYNC_INTERVAL_MINUTES="5",
    RUN_DEADLINE_MINUTES="20",
    WORKERS="2",
    REDIS_URL="",
    EMAIL_URL="consolemail://",
    EMAIL_FROM="prextra-shopify@localhost",
    ADMIN_URL="",
    ALERT_AFTER_MINUTES="30",
    ALERT_SUMMARY_HOUR="8",
    LOG_KEEP_DAYS="180",
    LOG_LEVEL="WARNING",
    LOG_FORMAT="line",
    METRICS_TOKEN="",
    SENTRY_DSN="",
)

from integration.settings import *  # noqa: F403
from integration.settings import INSTALLED_APPS as OURS

PREXTRA_NAMES = None  # nor what a file of this installation calls its tables
INSTALLED_APPS = ["tests", *OURS]  # for its `migrate`, which makes Prextra's tables on a server
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False  # but for the tests of the door itself
