"""The e-mails about alerts: one for each recipient and round, in their language, grouped by warehouse; text and HTML."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.admin.utils import quote as as_key
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integration.models import Alert, AlertRecipient, Heartbeat
from integration.reasons import advice, outline

log = logging.getLogger("integration.alerts")

FAILING = "alerts failing"  # there since the first e-mail that did not go, until one goes
Kind = Alert.Kind


@dataclass(frozen=True, slots=True)
class News:
    """What a round has to tell: what began, what is over, and, once a day, what lasts."""

    began: Sequence[Alert] = ()
    over: Sequence[Alert] = ()
    lasting: Sequence[Alert] = ()

    def __bool__(self) -> bool:
        return bool(self.began or self.over or self.lasting)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as the e-mail words it."""

    headline: str
    since: datetime | None = None
    message: str = ""
    advice: str = ""
    link: str = ""


def send(due: Sequence[tuple[AlertRecipient, News]], names: Mapping[str, str]) -> list[bool]:
    """Whether each is done with: it went, or was refused for good. All else is to be sent again.

    `names` are the warehouses' by code. Never raises for a server that does not do its work.
    """
    errors = _deliver([_message(recipient, partial(_composed, news, names)) for recipient, news in due])
    return [error is None or _is_for_good(error) for error in errors]


def send_trial(recipient: AlertRecipient) -> str:
    """Sends an e-mail that says that e-mails arrive; the error in a word or two, empty where it went."""
    text = {"began": [], "over": [], "lasting": [], "is_trial": True}
    error = _deliver([_message(recipient, lambda: (_("A trial e-mail"), text))])[0]
    return type(error).__name__ if error else ""


def failing_since() -> datetime | None:
    row = Heartbeat.objects.filter(name=FAILING).first()
    return row.at if row else None


def is_sent_for_real() -> bool:
    """Not where e-mails are only printed, or left in a folder."""
    return settings.EMAIL_BACKEND.endswith((".smtp.EmailBackend", ".locmem.EmailBackend"))


def _deliver(messages: Sequence[EmailMultiAlternatives]) -> list[Exception | None]:
    """For each what failed, or nothing. The log has one line of all of it."""
    if not messages:
        return []
    connection = get_connection()
    errors: list[Exception | None]
    try:
        connection.open()  # a server that does not answer is waited for once
    except (OSError, SMTPException) as error:
        errors = [error] * len(messages)
    else:
        errors = [_sent(message, connection) for message in messages]
        with suppress(OSError, SMTPException):
            connection.close()
    if failed := [type(error).__name__ for error in errors if error]:
        log.error("%d of %d e-mails could not be sent: %s", len(failed), len(messages), ", ".join(sorted(set(failed))))
        Heartbeat.objects.get_or_create(name=FAILING)
    else:
        Heartbeat.objects.filter(name=FAILING).delete()
    return errors


def _sent(message: EmailMultiAlternatives, connection: Any) -> Exception | None:
    try:
        message.connection = connection
        message.send()
    except (OSError, SMTPException, ValueError) as error:
        return error
    return None


def _is_for_good(error: Exception) -> bool:
    """The server does not know the address, or will not have this e-mail: it would say so each time."""
    codes = []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    elif isinstance(error, SMTPDataError):
        codes = [error.smtp_code]
    return bool(codes) and min(codes) >= 500


def _message(recipient: AlertRecipient, compose: Callable[[], tuple[str, dict[str, Any]]]) -> EmailMultiAlternatives:
    with translation.override(recipient.language):
        subject, context = compose()
        context = {
            **context,
            "subject": subject,
            "language": recipient.language,
            "admin": _link(reverse("admin:index")),
        }
        message = EmailMultiAlternatives(
            subject=" ".join(f"[Prextra – Shopify] {subject}".split()),
            body=render_to_string("email/alerts.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[recipient.email],
        )
        message.attach_alternative(render_to_string("email/alerts.html", context), "text/html")
    return message


def _composed(news: News, names: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    context = {
        "began": _grouped(news.began, names, _told),
        "over": _grouped(news.over, names, _told_over),
        "lasting": _grouped(news.lasting, names, _told),
        "is_trial": False,
    }
    return _subject(news, names), context


def _subject(news: News, names: Mapping[str, str]) -> str:
    """The first thing that is wrong and where, else the first that is over; and how many others."""
    if not news.began and not news.over:
        count = len(news.lasting)
        return ngettext("daily summary: one thing lasts", "daily summary: %(count)d things last", count) % {
            "count": count
        }
    first = (news.began or news.over)[0]
    what = headline(first) if news.began else _over(first)
    subject = _("{warehouse}: {what}").format(warehouse=names.get(first.warehouse, first.warehouse), what=what)
    if more := len(news.began) + len(news.over) - 1:
        others = ngettext("and one other message", "and %(count)d other messages", more) % {"count": more}
        subject = f"{subject} ({others})"
    return subject


def _grouped(
    alerts: Sequence[Alert], names: Mapping[str, str], told: Callable[[Alert], Told]
) -> list[tuple[str, list[Told]]]:
    by_warehouse: dict[str, list[Told]] = {}
    for alert in sorted(alerts, key=lambda one: (one.warehouse, one.since)):
        by_warehouse.setdefault(names.get(alert.warehouse, alert.warehouse), []).append(told(alert))
    return list(by_warehouse.items())


def headline(alert: Alert) -> str:
    if alert.kind == Kind.HELD:
        return ngettext("one record is held", "%(count)d records are held", alert.count) % {"count": alert.count}
    return {
        Kind.OUT_OF_STEP: _("not in step with its shop"),
        Kind.CREDENTIALS: _("Shopify refuses access"),
        Kind.CONFIGURATION: _("something is to be configured"),
    }[Kind(alert.kind)]


def _over(alert: Alert) -> str:
    return {
        Kind.OUT_OF_STEP: _("in step with its shop again"),
        Kind.CREDENTIALS: _("Shopify gives access again"),
        Kind.CONFIGURATION: _("configured, and synchronised again"),
        Kind.HELD: _("nothing is held any more"),
    }[Kind(alert.kind)]


def _told(alert: Alert) -> Told:
    since = timezone.localtime(alert.since)
    link = _link(_page(alert))
    if alert.kind != Kind.HELD:
        message = alert.message or _("No pass ended well lately.")
        return Told(capfirst(headline(alert)), since, message, advice(alert.reason, alert.params), link)
    # Of what is held only the kind of reason and the number are told: particulars may be a buyer's.
    reasons = [f"{outline(reason)} ({count})" for reason, count in alert.params.get("reasons", [])]
    names = ", ".join(alert.params.get("names", []))
    names = f"{names}, …" if alert.count > len(alert.params.get("names", [])) else names
    message = " ".join([*reasons, _("Records: {names}.").format(names=names)])
    to_do = _("Look at them under « To deal with »: each one says what to do.")
    return Told(capfirst(headline(alert)), since, message, to_do, link)


def _told_over(alert: Alert) -> Told:
    return Told(capfirst(_over(alert)), timezone.localtime(alert.ended_at) if alert.ended_at else None)


def _page(alert: Alert) -> str:
    """Where it is dealt with."""
    if alert.kind == Kind.HELD:
        page = reverse("admin:integration_heldrecord_changelist")
        return f"{page}?{urlencode({'warehouse': alert.warehouse}, quote_via=quote)}"
    return reverse("admin:prerequisites_of", args=[as_key(alert.warehouse)])


def _link(page: str) -> str:
    base = settings.ADMIN_URL or settings.PUBLIC_URL
    return f"{base}{page}" if base else ""
