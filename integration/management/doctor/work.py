"""What goes on by itself: the queue and its workers, and each warehouse that has a flow ticked, with its shop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import redis
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_q.brokers import get_broker

from integration import health, metrics
from integration.check_kinds import CheckResult, Facts, Tone
from integration.checks import bell_in_use, examine, shop_of
from integration.connection import PATIENCE, Trial, try_connection
from integration.errors import ConfigurationError
from integration.management.doctor.databases import clock_held_against
from integration.management.doctor.findings import Finding, Sign, told
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

SIGNS = {Tone.BAD: Sign.ERROR, Tone.WARN: Sign.WARNING}
REDIS_PATIENCE = 5.0  # seconds

UNREACHED = {"shopify_unreachable", "shopify_timeout"}
WAY_THERE = gettext_lazy(
    "See that this machine reaches the shop's address on port 443, without a proxy, and finds it by its name (DNS)."
)
NOT_ASKED = Finding(
    Sign.UNKNOWN,
    gettext_lazy("The shop could not be asked."),
    gettext_lazy("See what is said of the warehouse and of its shop."),
)

Try = Callable[[Warehouse], Trial]


# The queue


def dispatch() -> Iterator[Finding]:
    """Its sign of life comes from a worker, by way of the queue: where it is fresh, both live."""
    state = health.look()
    if not state.has_databases:
        yield Finding(
            Sign.UNKNOWN,
            _("Not looked at: a database lacks tables, or does not answer."),
            _("See what is said of migrations and of Prextra's schema."),
        )
    elif state.dispatch_age is None:
        yield Finding(
            Sign.WARNING, _("Nothing was dispatched here yet."), _("Start the services: python manage.py run")
        )
    elif not state.is_dispatched:
        minutes = round(state.dispatch_age / 60)
        text = ngettext(
            "Nothing was dispatched for {count} minute.", "Nothing was dispatched for {count} minutes.", minutes
        )
        yield Finding(
            Sign.ERROR,
            text.format(count=minutes),
            _("See that the workers run (python manage.py run), and what they write to their log."),
        )
    if state.is_overdue:
        yield Finding(
            Sign.ERROR,
            _("A pass is under way for longer than one may take."),
            _("Restart the workers; the next pass goes on from where it was."),
        )


def redis_answers() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        return
    try:
        patience = {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE}
        redis.Redis.from_url(settings.REDIS_URL, **patience).ping()
    except redis.RedisError as error:
        yield Finding(
            Sign.ERROR,
            _("Redis does not answer ({error}).").format(error=type(error).__name__),
            _("See that it runs, and that REDIS_URL is its address."),
        )


def queue() -> Iterator[Finding]:
    try:
        waiting = get_broker().queue_size()
    except redis.RedisError:
        yield Finding(Sign.UNKNOWN, _("Not looked at: Redis does not answer."), _("See what is said of it."))
        return
    if waiting > 10 + 2 * len(metrics.ticked_flows()):  # a task for each warehouse, and a few besides
        yield Finding(
            Sign.WARNING,
            _("{count} tasks wait in the queue, more than there are warehouses.").format(count=waiting),
            _("See that the workers run. If they do, raise WORKERS."),
        )


# The warehouses


def warehouses() -> Iterator[Finding]:
    """Nothing against them here: each has a check of its own, where they can be told at all."""
    metrics.ticked_flows()
    yield from ()


def _warehouse(code: str) -> Warehouse | None:
    """None where its company's row is missing."""
    return Warehouse.objects.using(PREXTRA).filter(pk=code).select_related("company").first()


def prerequisites(code: str) -> Iterator[Finding]:
    """What the page « Prerequisites » shows. The database, the same for all, is told of once, elsewhere."""
    warehouse = _warehouse(code)
    if not warehouse:
        yield Finding(
            Sign.ERROR, _("Its company is not in Prextra."), _("Correct the company of the warehouse in Prextra.")
        )
        return
    yield from _of_results(examine(Facts(warehouse, of_database=())))
    bell = bell_in_use(warehouse)
    if bell and not bell.checked_at:
        yield Finding(Sign.WARNING, _("Webhooks are not subscribed yet."), _("The next pass does it by itself."))
    yield from _last_good_pass(warehouse)


def _last_good_pass(warehouse: Warehouse) -> Iterator[Finding]:
    """Where nothing ran yet, the dispatch says so."""
    if health.look().dispatch_age is None:
        return
    flows = metrics.ticked_flows()[warehouse.pk]
    age = metrics.good_ages({warehouse.pk: flows})[warehouse.pk]
    if age > timedelta(minutes=settings.ALERT_AFTER_MINUTES).total_seconds():
        since = (
            _("The last pass that ended well is not known, or more than a week ago.")
            if math.isinf(age)
            else _("The last pass that ended well was {minutes} minutes ago.").format(minutes=round(age / 60))
        )
        yield Finding(Sign.ERROR, since, _("See the log of this warehouse in the admin."))


def shop(code: str, attempt: Try = try_connection) -> Iterator[Finding]:
    """What « Test the connection » shows; what stands in Prextra is among the prerequisites already."""
    if warehouse := _warehouse(code):
        yield from _of_results([result for result in attempt(warehouse).results if not result.group])
    else:
        yield NOT_ASKED


def _of_results(results: list[CheckResult]) -> Iterator[Finding]:
    for result in results:
        if sign := SIGNS.get(result.tone):
            for error in result.errors:
                (finding,) = told([error], sign)
                yield replace(finding, advice=WAY_THERE) if error.reason in UNREACHED else finding


def shopify_clock(code: str) -> Iterator[Finding]:
    """By the date of an answer, whatever it says else."""
    warehouse = _warehouse(code)
    try:
        address = shop_of(warehouse).base_url if warehouse else ""
        answer = httpx.head(address, timeout=PATIENCE.connect_timeout, trust_env=False)
        clock = parsedate_to_datetime(answer.headers["Date"])
    except (ConfigurationError, httpx.HTTPError, KeyError, ValueError):
        yield NOT_ASKED
        return
    if isinstance(clock, datetime) and clock.tzinfo:
        yield from clock_held_against(clock, "Shopify")
