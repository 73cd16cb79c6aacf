"""`manage.py rotate_keys`: puts every secret of both databases under the first encryption key."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, Error, InterfaceError, OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integration.databases import kind_of
from integration.management.encryption import StoredSecret, rotate, survey
from integration.secret_state import SecretState

TO_MEND, NOT_LOOKED = 1, 2


class Command(BaseCommand):
    help = (
        "Encrypts again, with the first key of SECRET_ENCRYPTION_KEYS, every secret that is under an older key or plain. "
        "Put the new key first, leave the others behind it, restart the services, then run this; it may be run again at "
        "any time. Exit status: 0 all are under the first key, 1 some are not, 2 a database did not answer. "
        "SECRET_KEY is another matter: it signs sessions, forms and queued tasks, and encrypts nothing. Replace it at any "
        "time and restart: everybody logs in again, unless the former key stands in SECRET_KEY_FALLBACKS for a day; tasks "
        "that waited are dropped, and the passes are announced again within two intervals."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be encrypted again; write nothing")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        try:
            secrets = list(survey())
            failed = [] if dry_run else self._rotate([secret for secret in secrets if secret.is_due])
            left = secrets if dry_run else list(survey())
        except Error as error:
            message = _("A database does not answer as it should: {error}").format(error=type(error).__name__)
            raise CommandError(message, returncode=NOT_LOOKED) from None
        if dry_run:
            self._count(sum(one.is_due for one in secrets), len(secrets), is_done=False)
        for secret, refusal in failed:
            self.stdout.write(_refused(secret, refusal))
        unreadable = [one for one in left if one.state is SecretState.UNREADABLE]
        for secret in unreadable:
            self.stdout.write(_("{secret}: no key opens it.").format(secret=secret))
        if unreadable:
            self.stdout.write(
                _(
                    "Add the key that they were encrypted with to the end of SECRET_ENCRYPTION_KEYS, or type these "
                    "secrets again; an access token that Shopify granted is asked for again by itself."
                )
            )
        self._tell_keys(left)
        raise SystemExit(TO_MEND if unreadable or (not dry_run and any(one.is_due for one in left)) else 0)

    def _rotate(self, due: list[StoredSecret]) -> list[tuple[StoredSecret, Error]]:
        """Row by row, each for good at once; those that the database refused. One that is away ends it."""
        failed = []
        done = 0
        for secret in due:
            try:
                done += rotate(secret)
            except (OperationalError, InterfaceError):
                raise
            except Error as error:
                failed.append((secret, error))
        self._count(done, len(due), is_done=True)
        return failed

    def _count(self, count: int, total: int, *, is_done: bool) -> None:
        if not is_done:
            text = ngettext(
                "{count} secret of {total} would be encrypted again.",
                "{count} secrets of {total} would be encrypted again.",
                count,
            )
        elif not total:
            text = _("Every secret that can be opened is under the first key already.")
        else:
            text = ngettext("{count} secret was encrypted again.", "{count} secrets were encrypted again.", count)
        self.stdout.write(text.format(count=count, total=total))

    def _tell_keys(self, left: list[StoredSecret]) -> None:
        """By their places: what opens nothing that the first key does not open may go."""
        needed = {secret.key for secret in left if secret.state is SecretState.KEPT}
        for place in range(1, len(settings.SECRET_ENCRYPTION_KEYS)):
            text = (
                _("Key {place} of SECRET_ENCRYPTION_KEYS is still needed.")
                if place in needed
                else _(
                    "Key {place} of SECRET_ENCRYPTION_KEYS is not needed any more: take it away, and keep it with the "
                    "backups that were made before now."
                )
            )
            self.stdout.write(text.format(place=place + 1))


def _refused(secret: StoredSecret, error: Error) -> str:
    """Not in the driver's words, which may quote what was to be written."""
    if isinstance(error, DataError):
        return _("{secret}: the column does not take it. Is it long enough?").format(secret=secret)
    return _(
        "{secret}: the database refuses it: {error}. May the login write that column? Does a trigger object?"
    ).format(secret=secret, error=kind_of(error))
