"""What comes in when a shop rings: a few lines of WSGI before Django, for nothing of Django's request is needed here.

No session, no language, no form: who rings is known by the path, which nobody can guess, and by the signature. The body
is read for that alone, and it is in no log, nor is anything else that was sent.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from integration import dispatch, leases
from integration.checks import shop_of
from integration.doorbell import PATH, keys_of
from integration.errors import ConfigurationError
from integration.models import Doorbell, Lease
from integration.shopify.webhooks import Topic, is_signed
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

log = logging.getLogger("integration.webhooks")

Environ = dict[str, Any]

LARGEST: Final = 1_000_000  # bytes; what Shopify sends us is some hundred
STAMP_EVERY: Final = 60.0  # seconds
KNOWN_FOR: Final = 30.0  # seconds
REASONS: Final = {
    200: "OK", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
    503: "Service Unavailable",
}  # fmt: skip
_PATH: Final = re.compile(rf"{re.escape(PATH)}([A-Za-z0-9_-]{{1,40}})")


@dataclass(frozen=True, slots=True)
class Ringer:
    """Who may ring at one address."""

    warehouse: str
    shop: str
    keys: tuple[str, ...] = field(repr=False)
    read_at: float


class Ringers:
    """Who rings where, kept for half a minute, so that a shop in a hurry costs no statement for each of its deliveries.

    What does not fit is looked at anew: a key that was just replaced counts at once.
    """

    def __init__(self) -> None:
        self._known: dict[str, Ringer] = {}
        self._lock = threading.Lock()

    def get(self, path: str, is_it: Callable[[Ringer], bool]) -> tuple[Ringer | None, bool]:
        """The one of this path, if there is one, and whether it is who it should be."""
        ringer = self._known.get(path)
        if ringer and time.monotonic() - ringer.read_at < KNOWN_FOR and is_it(ringer):
            return ringer, True
        ringer = _read_ringer(path)
        with self._lock:
            self._known.pop(path, None)
            if ringer:
                self._known[path] = ringer
        return ringer, bool(ringer and is_it(ringer))


def _read_ringer(path: str) -> Ringer | None:
    bell = Doorbell.objects.defer("secret", "previous_secret").filter(path=path).first()  # opened where they count
    columns = ("shopify_url", "shopify_access_token")
    warehouse = bell and Warehouse.objects.using(PREXTRA).only(*columns).filter(pk=bell.warehouse).first()
    if not bell or not warehouse:
        return None
    try:
        shop = shop_of(warehouse).host
    except ConfigurationError:
        shop = ""
    return Ringer(bell.warehouse, shop, tuple(keys_of(warehouse, bell)), time.monotonic())


ringers = Ringers()
_stamped: dict[str, float] = {}  # when its last ring was noted, by warehouse: not each of hundreds


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """An answer without a body, whatever came in; 503 where a database or the queue does not answer: Shopify tries again.

    What fails is told by its kind alone, and no error leaves here: the web server would write the path into its log.
    """
    structlog.contextvars.clear_contextvars()  # of the request that this thread had before
    close_old_connections()
    try:
        status = _receive(environ)
    except Exception as error:
        log.error("a webhook could not be taken: %s", type(error).__name__)
        status = 503
        for connection in connections.all(initialized_only=True):
            connection.close()
    close_old_connections()
    structlog.contextvars.clear_contextvars()
    start_response(f"{status} {REASONS[status]}", [("Content-Length", "0")])
    return [b""]


def _receive(environ: Environ) -> int:
    match = _PATH.fullmatch(environ.get("PATH_INFO", ""))
    if not match:
        return 404
    if environ["REQUEST_METHOD"] != "POST":
        return 405
    body = _body(environ)
    if body is None:
        return 413
    signature = environ.get("HTTP_X_SHOPIFY_HMAC_SHA256", "")
    shop = environ.get("HTTP_X_SHOPIFY_SHOP_DOMAIN", "").lower()
    ringer, is_it = ringers.get(match[1], lambda one: one.shop == shop and is_signed(body, signature, one.keys))
    if ringer is None:
        return 404
    structlog.contextvars.bind_contextvars(warehouse=ringer.warehouse)
    if not is_it:
        return 401
    _ring(ringer, environ.get("HTTP_X_SHOPIFY_TOPIC", ""))
    return 200


def _body(environ: Environ) -> bytes | None:
    """None where it is larger than any of ours: by what it says of itself, and by what it is."""
    said = environ.get("CONTENT_LENGTH") or ""
    most = (
        int(said) if said.isdecimal() and len(said) < 20 else LARGEST + 1 if environ.get("wsgi.input_terminated") else 0
    )
    if said and most > LARGEST:
        return None
    body: bytes = environ["wsgi.input"].read(most)
    return body if len(body) <= LARGEST else None


def _ring(ringer: Ringer, topic: str) -> None:
    """The topic is not signed: what a forged one could do must be harmless."""
    if topic not in set(Topic) or (topic == Topic.BULK_OPERATIONS_FINISH and _asks_itself(ringer.warehouse)):
        return
    if topic == Topic.APP_UNINSTALLED:  # should it come back, it has no subscriptions any more
        Doorbell.objects.filter(warehouse=ringer.warehouse).update(state="")
    dispatch.ring(ringer.warehouse)
    now = time.monotonic()
    if now - _stamped.get(ringer.warehouse, -STAMP_EVERY) >= STAMP_EVERY:
        _stamped[ringer.warehouse] = now
        Doorbell.objects.filter(warehouse=ringer.warehouse).update(rung_at=timezone.now())


def _asks_itself(warehouse: str) -> bool:
    """A pass asks for the end of its bulk operations by itself, and may hear of it first: its own bell would make another
    pass, whose operation rings again. Whatever else ended is for the next pass, at most one interval away.
    """
    lately = timezone.now() - timedelta(minutes=settings.SYNC_INTERVAL_MINUTES)
    return bool(leases.current(warehouse)) or Lease.objects.filter(warehouse=warehouse, taken_at__gt=lately).exists()
