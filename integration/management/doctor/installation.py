"""The settings, and the machine: what can be told without a database."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integration import dotenv
from integration.databases import file_of
from integration.erp_identity import THIS_MACHINE
from integration.management.doctor.findings import Finding, Sign
from prextra_models.router import PREXTRA

OWN_WORDS = {
    "security.W009": Finding(
        Sign.ERROR,
        gettext_lazy("SECRET_KEY is short or easy to guess: who guesses it is logged in as anybody."),
        gettext_lazy("Make another as .env.example says, and restart."),
    ),
    "security.W018": Finding(
        Sign.ERROR,
        gettext_lazy("DEBUG is on: an error shows the program's insides to whoever meets it."),
        gettext_lazy("Set DEBUG to off, and restart."),
    ),
    "security.W025": Finding(
        Sign.WARNING,
        gettext_lazy("A key of SECRET_KEY_FALLBACKS is short or easy to guess."),
        gettext_lazy("Take it away."),
    ),
}
FOLLOWS_FROM_COOKIES = {"security.W004", "security.W008", "security.W012", "security.W016"}
ADDRESS = gettext_lazy("Set PREXTRA_DATABASE_HOST and the variables that follow it in .env.example, and restart.")
LITTLE, VERY_LITTLE = 1_000_000_000, 100_000_000  # bytes
SHORT = 16  # characters


def settings_checked() -> Iterator[Finding]:
    """Django's own checks, those of a deployment too; what is ours is said in our words."""
    for said in checks.run_checks(include_deployment_checks=True):
        if said.is_silenced() or said.id in FOLLOWS_FROM_COOKIES:
            continue
        own = OWN_WORDS.get(said.id or "")
        sign = Sign.ERROR if said.level >= checks.ERROR else Sign.WARNING
        yield own or Finding(sign, str(said.msg), str(said.hint or ""))
    token = settings.METRICS_TOKEN
    if token and (len(token) < SHORT or " " in token):
        yield Finding(
            Sign.WARNING,
            _("METRICS_TOKEN is short, or still what the guide has in its place: who guesses it reads the figures."),
            _("Make another as SECRET_KEY is made, and restart."),
        )


def addresses() -> Iterator[Finding]:
    """Under which the app is reached: each agrees with the others."""
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            Sign.WARNING,
            _("ALLOWED_HOSTS takes any name, so links may be forged that lead elsewhere."),
            _("Name the hosts under which the admin is reached."),
        )
    host = urlsplit(settings.ADMIN_URL).hostname
    if not host:
        yield Finding(
            Sign.WARNING, _("ADMIN_URL is empty: e-mails have no links."), _("Set it to the admin's address.")
        )
    elif not validate_host(host, settings.ALLOWED_HOSTS):
        yield Finding(
            Sign.ERROR,
            _("The host of ADMIN_URL is not among ALLOWED_HOSTS: pages are refused there."),
            _("Add it to ALLOWED_HOSTS, and restart."),
        )
    yield from _https()


def _https() -> Iterator[Finding]:
    is_alone = all(host.strip("[]") in THIS_MACHINE for host in settings.ALLOWED_HOSTS)
    if not settings.SECURE_COOKIES and (settings.ADMIN_URL.startswith("https:") or not is_alone):
        yield Finding(
            Sign.WARNING,
            _("SECURE_COOKIES is off: who listens on the network may take a session over."),
            _("Serve the admin by https, and set SECURE_COOKIES to on."),
        )
    if settings.SECURE_COOKIES and settings.ADMIN_URL.startswith("http:"):
        yield Finding(
            Sign.WARNING,
            _("SECURE_COOKIES is on, but ADMIN_URL is an address by http."),
            _("Set ADMIN_URL to the address by https."),
        )
    if settings.SHOPIFY_ALLOW_LOOPBACK:
        yield Finding(
            Sign.WARNING,
            _("SHOPIFY_ALLOW_LOOPBACK is on, which is for the stand-in shop only."),
            _("Set it to off on a real installation."),
        )


def environment_file() -> Iterator[Finding]:
    """Where rights are a matter of users and groups; Windows has its own."""
    path = settings.BASE_DIR / ".env"
    if os.name == "posix" and path.is_file() and path.stat().st_mode & 0o007:
        yield Finding(
            Sign.WARNING,
            _("Any user of this machine may read .env, and the keys in it."),
            _("Take that right away: chmod o= .env"),
        )
    yield from _misspelt(path)


def _misspelt(path: Path) -> Iterator[Finding]:
    """A variable with another name is none: what it should set stays as it was, and nothing else says so."""
    example = path.with_name(".env.example")
    known = set(re.findall(r"^(?:# )?([A-Z_]+)=", example.read_text(), re.MULTILINE)) if example.is_file() else set()
    for name in dotenv.names(dotenv.text_of(path)):
        if name not in known and (close := get_close_matches(name.upper(), known, n=1, cutoff=0.8)):
            yield Finding(
                Sign.WARNING,
                _("{name} in .env is no setting: is it {close}?").format(name=name, close=close[0]),
                _("Correct the name, and restart."),
            )


def prextra_address(databases: Mapping[str, Any] = settings.DATABASES) -> Iterator[Finding]:
    """Without one, Prextra is an empty file for trials, in which all would look well."""
    if file_of(databases[PREXTRA]):
        yield Finding(
            Sign.ERROR,
            _("No address of Prextra's SQL Server is set: a trial file stands for it."),
            ADDRESS,
        )


def mail_server() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend")):
        yield Finding(
            Sign.WARNING,
            _("EMAIL_URL names no mail server: nobody is told when something is wrong."),
            _("Set EMAIL_URL, and who is told in the admin."),
        )


def database_files(databases: Mapping[str, Any] = settings.DATABASES) -> Iterator[Finding]:
    """Those that are files here: the account of the services must write each, and its folder, where SQLite keeps a journal."""
    for path in _files(databases):
        places = [path.parent, *(one for one in (path, *path.parent.glob(f"{path.name}-*")) if one.is_file())]
        for place in places:
            if not os.access(place, os.R_OK | os.W_OK):
                yield Finding(
                    Sign.ERROR,
                    _("{path}, which belongs to {owner}, cannot be written by this account.").format(
                        path=place, owner=_owner(place)
                    ),
                    _("Give file and folder to the account of the services, and ask under that account."),
                )
            elif _owner(place) != _owner(path.parent):
                yield Finding(
                    Sign.WARNING,
                    _("{path} belongs to {owner}, its folder to {other}.").format(
                        path=place, owner=_owner(place), other=_owner(path.parent)
                    ),
                    _("Give file and folder to the account of the services, and ask under that account."),
                )


def _owner(path: Path) -> str:
    """Where it is a matter of users and groups; one that has no name has a number."""
    try:
        return path.owner()
    except (KeyError, NotImplementedError):
        return str(path.stat().st_uid)


def _free(place: Path) -> int:
    return shutil.disk_usage(place).free


def disk_space(
    databases: Mapping[str, Any] = settings.DATABASES, free: Callable[[Path], int] = _free
) -> Iterator[Finding]:
    """Of the databases that are files on this machine."""
    left = min((free(path.parent) for path in _files(databases) if path.parent.is_dir()), default=LITTLE)
    if left < LITTLE:
        yield Finding(
            Sign.ERROR if left < VERY_LITTLE else Sign.WARNING,
            _("Only {megabytes} MB are left on the disk of the database.").format(megabytes=left // 1_000_000),
            _("Make room: a database that cannot be written stops everything."),
        )


def _files(databases: Mapping[str, Any]) -> list[Path]:
    return [path for database in databases.values() if (path := file_of(database))]
