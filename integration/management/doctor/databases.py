"""Both databases: whether their schema is as it must be, and Prextra's the right one; clocks, and secrets at rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integration import erp_identity
from integration.databases import kind_of
from integration.leases import MARGIN
from integration.management.commands.run import PUT_BACK, is_migrated, later_migrations, newer_than_code
from integration.management.doctor.findings import Finding, Sign, told
from integration.management.doctor.installation import ADDRESS
from integration.management.encryption import survey
from integration.models import AlertRecipient
from integration.secret_state import SecretState
from prextra_models.router import PREXTRA
from prextra_models.schema import live
from prextra_models.schema.compare import compare
from prextra_models.schema.expected import expected_schema
from prextra_models.schema.findings import Severity
from prextra_models.schema.tsql import plain

SHOWN = 5  # findings about Prextra's schema; `check_prextra` tells all


def silence(alias: str, error: Exception | None) -> Finding:
    """Why it does not answer, as far as that names no address and no password; None where it said nothing yet."""
    if isinstance(error, FileNotFoundError):
        advice = ADDRESS if alias == PREXTRA else _("Run: python manage.py migrate")
        return Finding(Sign.UNKNOWN, _("There is no file {path}.").format(path=error), advice)
    advice = _(
        "See that its server runs and lets this machine in, and that address, port, name of the database, login and "
        "password are right; that this machine trusts the server's certificate; and that the driver's libraries are there."
    )
    if alias == PREXTRA:
        advice = advice + " " + _("python manage.py check_prextra says what the driver says.")
    if error is None:
        return Finding(Sign.UNKNOWN, _("The database did not answer in time."), advice)
    return Finding(Sign.UNKNOWN, _("The database does not answer: {error}").format(error=kind_of(error)), advice)


def migrations() -> Iterator[Finding]:
    if not is_migrated():
        yield Finding(Sign.ERROR, _("The app's database is not up to date."), _("Run: python manage.py migrate"))
    if later := later_migrations():
        yield Finding(Sign.ERROR, newer_than_code(later), PUT_BACK)


def schema() -> Iterator[Finding]:
    connection = connections[PREXTRA]
    if not live.can_read(connection):
        kind = connection.display_name
        yield Finding(
            Sign.UNKNOWN, _("Prextra's database is on SQL Server; {kind} cannot be looked into.").format(kind=kind)
        )
        return
    expected = expected_schema()
    found = compare(expected, live.read(connection, expected), ZoneInfo(settings.TIME_ZONE), timezone.now())
    errors = [one for one in found if one.severity is Severity.ERROR]
    for one in errors[:SHOWN]:
        said = _("{title}: {message}").format(title=plain(one.table), message=one.message) if one.table else one.message
        yield Finding(Sign.ERROR, said, one.advice)
    more = len(errors) - SHOWN
    if more > 0:
        text = ngettext("{count} more error", "{count} more errors", more).format(count=more)
        yield Finding(Sign.ERROR, f"{text}.", _("See them all: python manage.py check_prextra"))
    if not errors and (remarks := sum(one.severity is Severity.WARNING for one in found)):
        text = ngettext("{count} remark", "{count} remarks", remarks).format(count=remarks)
        yield Finding(Sign.WARNING, f"{text}.", _("See them all: python manage.py check_prextra"))


def identity() -> Iterator[Finding]:
    yield from told(erp_identity.objections())


def clock(alias: str) -> Iterator[Finding]:
    if time := _clock(connections[alias]):
        yield from clock_held_against(time, _("the database « {name} »").format(name=alias))


def _clock(connection: Any) -> datetime | None:
    """None where the database has none but this machine's."""
    if live.can_read(connection):
        return live.read(connection, ()).facts.clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        clock = cursor.fetchone()[0]
    return clock if isinstance(clock, datetime) and timezone.is_aware(clock) else None


def clock_held_against(clock: datetime, whose: str) -> Iterator[Finding]:
    """A few seconds are nothing; by more than leases allow, two machines could hold one at the same time."""
    apart = abs(clock - timezone.now())
    if apart > MARGIN:
        yield Finding(
            Sign.ERROR,
            _("This machine's clock and that of {whose} differ by {seconds} seconds.").format(
                whose=whose, seconds=round(apart.total_seconds())
            ),
            _("Let all machines follow a time server."),
        )


def secrets(alias: str) -> Iterator[Finding]:
    kept = list(survey(alias))
    for secret in kept:
        if secret.state is SecretState.UNREADABLE:
            yield Finding(
                Sign.ERROR,
                _("{secret}: no key opens it.").format(secret=secret),
                _("Add the key that it was encrypted with to SECRET_ENCRYPTION_KEYS, or type the secret again."),
            )
    if due := sum(secret.is_due for secret in kept):
        text = ngettext(
            "{count} secret is not under the first key.", "{count} secrets are not under the first key.", due
        )
        yield Finding(Sign.WARNING, text.format(count=due), _("Run: python manage.py rotate_keys"))


def recipients() -> Iterator[Finding]:
    if not AlertRecipient.objects.exists():
        yield Finding(
            Sign.WARNING,
            _("No recipient of alerts is noted: nobody is told when something is wrong."),
            _("Add one in the admin."),
        )
