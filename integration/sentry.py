"""Errors reported to Sentry, where an installation gives its address. No secret, no buyer, no value of a variable goes there.

What stands in a foreign exception's message is left out: a database puts the row that it refused into it.
"""

from __future__ import annotations

from typing import cast

import sentry_sdk
import structlog
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

from integration.scrub import HIDDEN, scrub_all

OURS = "integration."


def start(dsn: str, transport: type[Transport] | None = None) -> None:
    """Personal data is off by Sentry's default, which it must stay: naming the option is deprecated."""
    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False)],
        before_send=_scrubbed,
        before_breadcrumb=_breadcrumb,
    )


def _scrubbed(event: Event, _hint: Hint) -> Event:
    event["request"] = {"method": (event.get("request") or {}).get("method", "")}  # its address may be a key
    event["tags"] = {name: str(value) for name, value in structlog.contextvars.get_contextvars().items()}
    for unwanted in ("user", "extra"):
        event.pop(unwanted, None)  # type: ignore[misc]
    for one in (event.get("exception") or {}).get("values", []):
        if not str(one.get("module")).startswith(OURS):
            one["value"] = HIDDEN
    return cast(Event, scrub_all(event))


def _breadcrumb(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb | None:
    """Only log lines: requests to a shop and statements of a database would come with addresses and values."""
    if crumb.get("type") != "log":
        return None
    return cast(Breadcrumb, {name: value for name, value in crumb.items() if name != "data"})
