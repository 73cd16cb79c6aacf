"""Whether this installation is sound: each check by its name. One that breaks says so, and hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.db import Error, connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integration import health, metrics
from integration.management.doctor import databases, installation, work
from integration.management.doctor.findings import Check, Finding, Sign
from prextra_models.router import PREXTRA

PATIENCE = 20.0  # seconds that a database has for its first answer: drivers give up after ten or fifteen
BOTH = ("default", PREXTRA)

CHECKS = (
    Check(gettext_lazy("Settings"), installation.settings_checked),
    Check(gettext_lazy("Addresses and https"), installation.addresses),
    Check(gettext_lazy("The file .env"), installation.environment_file),
    Check(gettext_lazy("Mail server"), installation.mail_server),
    Check(gettext_lazy("Prextra's address"), installation.prextra_address),
    Check(gettext_lazy("Files of the databases"), installation.database_files),
    Check(gettext_lazy("Disk space"), installation.disk_space),
    Check(gettext_lazy("Migrations"), databases.migrations, ("default",)),
    Check(gettext_lazy("Prextra's schema"), databases.schema, (PREXTRA,)),
    Check(gettext_lazy("Prextra's database, known"), databases.identity, BOTH),
    Check(gettext_lazy("Clock of the app's database"), partial(databases.clock, "default"), ("default",)),
    Check(gettext_lazy("Clock of Prextra's database"), partial(databases.clock, PREXTRA), (PREXTRA,)),
    Check(gettext_lazy("Secrets of the app"), partial(databases.secrets, "default"), ("default",)),
    Check(gettext_lazy("Secrets in Prextra"), partial(databases.secrets, PREXTRA), (PREXTRA,)),
    Check(gettext_lazy("Recipients of alerts"), databases.recipients, ("default",)),
    Check(gettext_lazy("Workers"), work.dispatch, BOTH),
    Check(gettext_lazy("Redis"), work.redis_answers),
    Check(gettext_lazy("Queue"), work.queue, BOTH),
    Check(gettext_lazy("Warehouses"), work.warehouses, (PREXTRA,)),
)


def examine(
    *, with_shops: bool = True, began: Callable[[str], None] = lambda _title: None, checks: Sequence[Check] = CHECKS
) -> Iterator[tuple[str, Finding]]:
    """Each check's title, and what it found. `began` is told what is looked at next: some take a while."""
    began(_("Databases"))
    answers = health.reachable(PATIENCE)
    for alias, does_answer in answers.items():
        title = _("Database « {name} »").format(name=alias)
        yield title, Finding(Sign.OK) if does_answer else databases.silence(alias, health.error_of(alias))
    try:
        codes = sorted(metrics.ticked_flows()) if answers[PREXTRA] else []
    except Error:  # tables are missing, which the check of warehouses says
        _close_broken()
        codes = []
    for check in (*checks, *_of_warehouses(codes, with_shops=with_shops)):
        began(str(check.title))
        yield from _looked(check, answers)


def _of_warehouses(codes: Sequence[str], *, with_shops: bool) -> Iterator[Check]:
    for code in codes:
        yield Check(_("Warehouse {code}").format(code=code), partial(work.prerequisites, code), BOTH)
        if with_shops:
            yield Check(_("Shop of warehouse {code}").format(code=code), partial(work.shop, code), BOTH)
    if with_shops and codes:
        yield Check(_("Shopify's clock"), partial(work.shopify_clock, codes[0]), (PREXTRA,))


def _looked(check: Check, answers: dict[str, bool]) -> Iterator[tuple[str, Finding]]:
    is_well = True
    for finding in _found(check, answers):
        is_well = False
        yield str(check.title), finding
    if is_well:
        yield str(check.title), Finding(Sign.OK)


def _found(check: Check, answers: dict[str, bool]) -> Iterator[Finding]:
    """One by one: what was found before a check broke off is told."""
    if not all(answers[alias] for alias in check.needs):
        yield Finding(Sign.UNKNOWN, _("Not looked at: a database does not answer."))
        return
    try:
        yield from check.find()
    except Error as error:
        _close_broken()
        text = _("A database does not answer as it should: {error}").format(error=type(error).__name__)
        yield Finding(Sign.UNKNOWN, text, _("See what is said of migrations and of Prextra's schema."))
    except Exception as error:  # one check may be at fault: the others are worth telling
        text = _("This check broke off by itself ({error}).").format(error=type(error).__name__)
        yield Finding(Sign.ERROR, text, _("Tell whoever looks after the software."))


def _close_broken() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
