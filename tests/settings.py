"""The product's own settings, with keys and in-memory databases for the tests."""

import os

os.environ.update(
    SECRET_KEY="not-a-secret",
    SECRET_ENCRYPTION_KEYS="cHJleHRyYS1zaG9waWZ5LXRlc3RzLW9ubHkta2V5ISE=",
    SHOPIFY_ALLOW_LOOPBACK="on",
)

from integration.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
