"""What holds for the database as a whole, for a table's triggers, and for what the login may do: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from prextra_models.schema.expected import Expected
from prextra_models.schema.findings import Finding, Severity
from prextra_models.schema.rights import LOGIN, MORE_THAN_NEEDED, VIEW_DEFINITION
from prextra_models.schema.shape import Facts, Table
from prextra_models.schema.tsql import grants, needed, plain, quoted

OLDEST_COMPATIBILITY = 130  # SQL Server 2016
CLOCKS_APART = timedelta(minutes=1)
MIGHTY = ("sysadmin", "db_owner", "db_ddladmin")


def compare_facts(facts: Facts, zone: ZoneInfo, now: datetime) -> Iterator[Finding]:
    name = quoted(facts.name)
    if facts.read_only:
        yield Finding(
            "read_only",
            Severity.ERROR,
            _("The database is read-only."),
            _("Make it writable, or point the app at the one that is."),
            sql=f"ALTER DATABASE {name} SET READ_WRITE;",
        )
    if facts.snapshot_reads is False:
        yield Finding(
            "readers_block",
            Severity.WARNING,
            _("READ_COMMITTED_SNAPSHOT is off: the app and Prextra's users wait for one another's reads."),
            _("The owner of the database decides that, once for all its programs."),
            sql=f"ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK AFTER 60 SECONDS;",
        )
    if facts.compatibility is not None and facts.compatibility < OLDEST_COMPATIBILITY:
        yield Finding(
            "old_compatibility",
            Severity.WARNING,
            _("The compatibility level is {level}; the app is made for {least} (SQL Server 2016) and later.").format(
                level=facts.compatibility, least=OLDEST_COMPATIBILITY
            ),
            _("Try the app on a copy first, or raise the level with Prextra's supplier."),
        )
    yield from _clock(facts.clock, zone, now)
    if mighty := [role for role in facts.roles if role in MIGHTY]:
        yield Finding(
            "login_mighty",
            Severity.WARNING,
            _("The login is {roles}: it may do anything, and the app needs very little.").format(
                roles=", ".join(mighty)
            ),
            _("Give the app a login of its own, with what `manage.py check_prextra --grants` prints."),
        )


def compare_accents(expected: Sequence[Expected], tables: Mapping[str, Table]) -> Iterator[Finding]:
    """By the keys; what leads to them is collated as they are. Of the whole database it says nothing, but of new columns."""
    names = [
        f"{plain(table.name)}.{column.name}"
        for one in expected
        if (table := tables.get(one.table.name))
        for name in dict.fromkeys(name for index in one.table.unique for name in index.columns)
        if name not in one.references and name not in one.ascii and (column := table.column(name))
        if "_AI" in column.collation.upper()
    ]
    if names:
        yield Finding(
            "accents_ignored",
            Severity.WARNING,
            _("Collated so that « é » is « e »: {columns}. Two codes that differ by an accent alone are one.").format(
                columns=", ".join(names)
            ),
            _("Nothing, where no two items or documents differ by an accent alone."),
        )


def _clock(clock: datetime | None, zone: ZoneInfo, now: datetime) -> Iterator[Finding]:
    if clock is None:
        return
    if abs(clock - now) > CLOCKS_APART:
        yield Finding(
            "clocks_differ",
            Severity.WARNING,
            _("The server's clock and this machine's differ by {seconds} seconds.").format(
                seconds=round(abs(clock - now).total_seconds())
            ),
            _("Let both follow a time server."),
        )
    if clock.utcoffset() != now.astimezone(zone).utcoffset():
        yield Finding(
            "zones_differ",
            Severity.WARNING,
            _(
                "The server is at UTC{offset:+g}, the company ({zone}) at UTC{ours:+g}: around midnight it has another day."
            ).format(offset=_hours(clock), zone=zone.key, ours=_hours(now.astimezone(zone))),
            _("TIME_ZONE is to be where the company is; deposits take their day from it."),
        )


def _hours(moment: datetime) -> float:
    return (moment.utcoffset() or timedelta()) / timedelta(hours=1)


def compare_triggers(expected: Expected, table: Table) -> Iterator[Finding]:
    """SQL Server gives no key back where a trigger makes the row (SCOPE_IDENTITY is NULL)."""
    events = {"INSERT"} if expected.inserts else set()
    events |= {"UPDATE"} if expected.updates else set()
    numbered = any(column.identity for column in expected.table.columns)
    for trigger in table.triggers:
        shared = sorted(trigger.events & events)
        if not shared:
            continue
        names = {"name": trigger.name, "events": ", ".join(shared)}
        if trigger.instead_of and "INSERT" in shared and numbered:
            yield Finding(
                "trigger_instead",
                Severity.ERROR,
                _("The trigger {name} stands in for INSERT: the app would not learn the key of its new row.").format(
                    **names
                ),
                _("Ask Prextra's supplier for the table that the trigger writes to."),
                table.name,
            )
        elif trigger.instead_of:
            yield Finding(
                "trigger_instead",
                Severity.WARNING,
                _(
                    "The trigger {name} stands in for {events}: of what the app writes, only what it does itself is done."
                ).format(**names),
                _("See that it writes all that the app writes, and raises where it refuses."),
                table.name,
            )
        else:
            yield Finding(
                "trigger",
                Severity.INFORMATION,
                _("The trigger {name} runs when the app writes ({events}).").format(**names),
                _("See that it has SET NOCOUNT ON, and that it may do what it does as the app's login."),
                table.name,
            )


def compare_rights(expected: Expected, table: Table) -> Iterator[Finding]:
    if table.rights is None:
        return
    if any(index.hidden for index in table.unique) or VIEW_DEFINITION in needed(expected) - table.rights:
        yield Finding(
            "filter_hidden",
            Severity.WARNING,
            _(
                "The login may not see how unique indexes are filtered (VIEW DEFINITION): whether they are the right ones "
                "is not known."
            ),
            _("Grant it; {login} stands for the database user of the app.").format(login=LOGIN),
            table.name,
            sql=f"GRANT {VIEW_DEFINITION} ON {quoted(table.name)} TO {quoted(LOGIN)};",
        )
    missing = needed(expected) - table.rights - {VIEW_DEFINITION}
    if missing:
        yield Finding(
            "right_missing",
            Severity.ERROR,
            _("The login may not: {rights}.").format(rights=", ".join(sorted(missing))),
            _("Grant it; {login} stands for the database user of the app.").format(login=LOGIN),
            table.name,
            sql="\n".join(grants(expected, LOGIN, missing=missing)),
        )
    beyond = [right for right in MORE_THAN_NEEDED if right in table.rights]
    beyond += ["INSERT"] if "INSERT" in table.rights - needed(expected) else []
    beyond += ["UPDATE"] if "UPDATE" in table.rights and not expected.updates else []
    if beyond:
        yield Finding(
            "right_beyond",
            Severity.INFORMATION,
            _("The login may also: {rights}. The app never does.").format(rights=", ".join(beyond)),
            _("Give it what `manage.py check_prextra --grants` prints, and no role."),
            table.name,
        )
