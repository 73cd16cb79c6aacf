"""Telling people, once for each thing: what a round of `jobs.tell` begins, ends, and sends (`alert_mail.py`).

Alerts are rows. One is claimed before it is sent, so that of two rounds at once one tells it, and notes to whom it went;
who is left is told in the next round. A program that is killed between the two leaves the claim to run out: then the same
e-mail may go twice, at worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone

from integration import alert_mail
from integration.flows import enabled_flows
from integration.models import Alert, AlertRecipient, HeldRecord, SyncRun
from integration.runs import LONGEST_RUN
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

Kind = Alert.Kind

CREDENTIALS = frozenset(
    {"shopify_refused_token", "shopify_grant_refused", "shopify_credentials_unusable", "secret_unreadable"}
)
GOOD = (SyncRun.Outcome.DONE, SyncRun.Outcome.HELD)
ATTEMPTS = 2  # what is held for the first time often heals by itself a few minutes later
CLAIM = timedelta(minutes=10)
NAMED = 5  # held records


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticked warehouse stands: when the flow that is furthest behind last ended well, as far as one looks back,
    the last run, the last one that a setting stopped unless one went well since, and what is held."""

    warehouse: str
    good_at: datetime | None = None
    last: SyncRun | None = None
    stopped: SyncRun | None = None
    held: Sequence[HeldRecord] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    kind: str
    since: datetime
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    count: int = 0


def troubles(standing: Standing, now: datetime, grace: timedelta) -> list[Trouble]:
    """What is wrong with a warehouse. `grace` is how long it may be without a good pass before that is noted."""
    found = []
    if run := standing.stopped:
        kind = Kind.CREDENTIALS if run.reason in CREDENTIALS else Kind.CONFIGURATION
        found.append(Trouble(kind, run.started_at, run.reason, run.params))
    if standing.good_at is None or now - standing.good_at > grace:
        since = max(standing.good_at or now, now - grace)
        last = standing.last
        found.append(Trouble(Kind.OUT_OF_STEP, since, last.reason if last else "", last.params if last else {}))
    if standing.held:
        held = standing.held
        reasons = Counter(record.reason for record in held).most_common()
        names = [record.shopify_name or record.shopify_id for record in held[:NAMED]]
        params = {"reasons": [list(one) for one in reasons], "names": names}
        found.append(Trouble(Kind.HELD, min(record.held_since for record in held), held[0].reason, params, len(held)))
    return found


def in_step_for(minutes: int) -> timedelta:
    """How long ago a pass may have ended well for a warehouse to be in step: so long, and no less than three passes take."""
    return timedelta(minutes=max(minutes, 3 * settings.SYNC_INTERVAL_MINUTES))


def is_due(alert: Alert, now: datetime) -> bool:
    """A warehouse that is out of step is told of only after a while; all else at once."""
    return alert.kind != Kind.OUT_OF_STEP or now - alert.since >= in_step_for(settings.ALERT_AFTER_MINUTES)


# A round


@dataclass(frozen=True, slots=True)
class Reader:
    """An address, however many rows it has; the first one has its language and when it last had a summary."""

    recipient: AlertRecipient
    warehouses: frozenset[str]

    @property
    def address(self) -> str:
        return self.recipient.email.casefold()

    def hears_of(self, alert: Alert) -> bool:
        return "" in self.warehouses or alert.warehouse in self.warehouses

    def wants(self, alert: Alert) -> bool:
        return self.hears_of(alert) and alert.is_news_to(self.address)


def tell(now: datetime | None = None) -> None:
    """Begins and ends alerts by how the warehouses stand, then sends what is new, what is over, and once a day the rest."""
    now = now or timezone.now()
    ticked, is_sure = _ticked()
    _note(_standings(ticked, now, is_sure=is_sure), now, is_sure=is_sure)
    readers = _readers()
    claimed = _claimed(now, readers)
    before = {one.address: at for one in readers if (at := _claim_summary(one.recipient, now))}
    lasting = list(Alert.objects.filter(ended_at=None)) if before else []
    each = [(one, _news(one, claimed, lasting if one.address in before else ())) for one in readers]
    due = [(reader, news) for reader, news in each if news]
    settled = [False] * len(due)
    try:
        names = {code: one.name for code, one in ticked.items()}
        settled = alert_mail.send([(reader.recipient, news) for reader, news in due], names)
    finally:  # what did not go to somebody is theirs in the next round
        for (reader, news), is_settled in zip(due, settled, strict=True):
            if is_settled:
                for alert in (*news.began, *news.over):
                    alert.note_told(reader.address)
            elif news.lasting:
                rows = AlertRecipient.objects.filter(pk=reader.recipient.pk, summary_at=now)
                rows.update(summary_at=before[reader.address])
        for alert in claimed:
            _release(alert, readers, now)


def forget_old() -> None:
    """As long as the log is kept, so are alerts that are over."""
    Alert.objects.filter(ended_at__lt=timezone.now() - timedelta(days=settings.LOG_KEEP_DAYS)).delete()


def _readers() -> list[Reader]:
    found: dict[str, list[AlertRecipient]] = {}
    for one in AlertRecipient.objects.order_by("pk"):
        found.setdefault(one.email.casefold(), []).append(one)
    return [Reader(rows[0], frozenset(row.warehouse for row in rows)) for rows in found.values()]


def _news(reader: Reader, claimed: Iterable[Alert], lasting: Iterable[Alert]) -> alert_mail.News:
    wanted = [one for one in claimed if reader.wants(one)]
    return alert_mail.News(
        [one for one in wanted if not one.ended_at],
        [one for one in wanted if one.ended_at],
        [one for one in lasting if reader.hears_of(one) and not reader.wants(one)],
    )


def _free(now: datetime) -> Q:
    """Nobody is about to tell it; a claim of a clock that is wrong counts for nothing."""
    return Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM) | Q(claimed_at__gte=now + CLAIM)


def _claimed(now: datetime, readers: Collection[Reader]) -> list[Alert]:
    """What somebody is to be told of, and all whose end nobody was told of yet."""
    untold = list(Alert.objects.filter(end_told_at=None))
    explained = {one.warehouse for one in untold if not one.ended_at and one.kind not in (Kind.OUT_OF_STEP, Kind.HELD)}
    rows, mine = Alert.objects.filter(_free(now), end_told_at=None), []
    for one in untold:
        is_hidden = not is_due(one, now) or (one.kind == Kind.OUT_OF_STEP and one.warehouse in explained)
        is_news = one.ended_at or (not is_hidden and any(reader.wants(one) for reader in readers))
        if is_news and rows.filter(pk=one.pk).update(claimed_at=now):
            mine.append(one.pk)
    return list(Alert.objects.filter(pk__in=mine))  # read again: another round may have told it to some meanwhile


def _release(alert: Alert, readers: Collection[Reader], now: datetime) -> None:
    """Notes who was told. An end that nobody waits for, any more, is none to tell to whoever comes later."""
    told_at = alert.told_at or (now if alert.told_to else None)
    is_done = alert.ended_at and not any(reader.wants(alert) for reader in readers)
    values = {"told_to": alert.told_to, "told_at": told_at, "end_told_at": now if is_done else None}
    Alert.objects.filter(pk=alert.pk, claimed_at=now).update(claimed_at=None, **values)


def _claim_summary(recipient: AlertRecipient, now: datetime) -> datetime | None:
    """When they had the summary before, where it is due and nobody else sends it; the first one is tomorrow's."""
    local = timezone.localtime(now)
    due = timezone.make_aware(datetime.combine(local.date(), time(settings.ALERT_SUMMARY_HOUR)))
    if now < due:
        due -= timedelta(days=1)
    before = recipient.summary_at
    if due <= before < now + CLAIM:
        return None
    is_ours = AlertRecipient.objects.filter(pk=recipient.pk, summary_at=before).update(summary_at=now)
    return before if is_ours else None


# How the warehouses stand


@dataclass(frozen=True, slots=True)
class _Ticked:
    name: str
    flows: frozenset[str]


def _ticked() -> tuple[dict[str, _Ticked], bool]:
    """The warehouses that have a flow ticked; and whether that is sure: while Prextra does not answer, those that had
    a run within a day stand for them."""
    try:
        rows = list(Warehouse.objects.using(PREXTRA).defer("shopify_access_token"))
        flows = {row: frozenset(str(one.flow) for one in enabled_flows(row)) for row in rows}
        return {row.pk: _Ticked(str(row), ticked) for row, ticked in flows.items() if ticked}, True
    except Error:
        lately = SyncRun.objects.filter(started_at__gte=timezone.now() - timedelta(days=1)).order_by()
        ran: dict[str, set[str]] = {}
        for code, flow in lately.values_list("warehouse", "flow").distinct():
            ran.setdefault(code, set()).add(flow)
        return {code: _Ticked(code, frozenset(some)) for code, some in ran.items()}, False


def _grace() -> timedelta:
    """Two passes may fail before anything is noted."""
    return timedelta(minutes=2 * settings.SYNC_INTERVAL_MINUTES)


def _standings(ticked: Mapping[str, _Ticked], now: datetime, *, is_sure: bool) -> list[Standing]:
    """In three statements for all warehouses: of the log only its last hours are read."""
    recent = SyncRun.objects.filter(started_at__gte=now - LONGEST_RUN - 2 * max(_grace(), timedelta(minutes=30)))
    ended = recent.exclude(outcome=SyncRun.Outcome.RUNNING).order_by().values("warehouse", "flow")
    told = Q(outcome__in=[*GOOD, SyncRun.Outcome.CONFIGURATION])
    good = Q(outcome__in=GOOD, finished_at__lte=now + CLAIM)  # not what a clock that was ahead has noted
    figures = {
        (row["warehouse"], row["flow"]): row
        for row in ended.annotate(good=Max("finished_at", filter=good), telling=Max("pk", filter=told), last=Max("pk"))
    }
    wanted = {row[name] for row in figures.values() for name in ("telling", "last")}
    runs = SyncRun.objects.defer("traceback").in_bulk([pk for pk in wanted if pk])
    held: dict[str, list[HeldRecord]] = {}
    for record in HeldRecord.objects.filter(ignored_at=None, attempts__gte=ATTEMPTS).defer("traceback", "sold"):
        if record.warehouse in ticked and record.flow in ticked[record.warehouse].flows:
            held.setdefault(record.warehouse, []).append(record)
    standings = []
    for code, one in ticked.items():
        rows = [figures.get((code, flow)) for flow in sorted(one.flows)]
        goods = [row["good"] if row else None for row in rows]
        telling = [runs[row["telling"]] for row in rows if row and row["telling"]]
        last = max((runs[row["last"]] for row in rows if row), key=lambda run: run.started_at, default=None)
        if not is_sure:
            last = SyncRun(warehouse=code, reason="database_busy")
        good_at = None if None in goods else min(good for good in goods if good)
        stopped = [run for run in telling if run.outcome == SyncRun.Outcome.CONFIGURATION]
        newest = max(stopped, key=lambda run: run.started_at, default=None)
        standings.append(Standing(code, good_at, last, newest, held.get(code, ())))
    return standings


# Rows


def _note(standings: Collection[Standing], now: datetime, *, is_sure: bool) -> None:
    """Makes the open alerts say how the warehouses stand."""
    open_ones = {(one.warehouse, one.kind): one for one in Alert.objects.filter(ended_at=None)}
    for standing in standings:
        found = troubles(standing, now, _grace())
        for trouble in found:
            _begin(standing.warehouse, trouble, open_ones.pop((standing.warehouse, trouble.kind), None))
        if standing.stopped or standing.good_at is None:  # what another setting hides, or nobody tried since, may last
            for kind in (Kind.CREDENTIALS, Kind.CONFIGURATION):
                open_ones.pop((standing.warehouse, kind), None)
    ticked = {standing.warehouse for standing in standings}
    for alert in open_ones.values():
        if alert.warehouse in ticked:
            _end(alert, now)
        elif is_sure:  # nobody wants to hear of a warehouse that was unticked
            _end(alert, now, silently=True)


def _begin(warehouse: str, trouble: Trouble, known: Alert | None) -> None:
    values = {"reason": trouble.reason, "params": dict(trouble.params), "count": trouble.count}
    if known is None:
        with suppress(IntegrityError), transaction.atomic(using="default"):
            Alert.objects.create(warehouse=warehouse, kind=trouble.kind, since=trouble.since, **values)
        return
    if known.reason != trouble.reason and trouble.kind in (Kind.CREDENTIALS, Kind.CONFIGURATION):
        values["since"] = trouble.since  # another setting is another thing to tell
    if any(getattr(known, name) != value for name, value in values.items()):
        Alert.objects.filter(pk=known.pk, ended_at=None).update(**values)


def _end(alert: Alert, now: datetime, *, silently: bool = False) -> None:
    """What nobody was told of leaves no trace. What somebody is telling at this moment ends in the next round."""
    row = Alert.objects.filter(_free(now), pk=alert.pk, ended_at=None)
    if row.filter(told_at=None).delete()[0] == 0:
        row.update(ended_at=now, end_told_at=now if silently else None, claimed_at=None)
