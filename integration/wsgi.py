from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration.settings")

django = get_wsgi_application()

from integration import webhooks  # noqa: E402 - it needs Django to be set up
from integration.doorbell import PATH  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Shopify's webhooks come in hundreds: they are answered before Django's middleware, all else by Django."""
    if environ.get("PATH_INFO", "").startswith(PATH):
        return webhooks.application(environ, start_response)
    return django(environ, start_response)
