"""What the app needs to run by itself: leases, signs of life, what was told by e-mail, doorbells, the database it knows."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integration.reasons import describe
from prextra_models.fields import EncryptedTextField


class Lease(models.Model):
    """Who works on a warehouse. A pass begins by taking it, and ends by giving it back (`leases.py`).

    `ticket` is the right to begin one pass, and spent as it begins. `rung_at` says that another pass was asked for since
    the one under way began. `holder` is another text for each pass, so that none can take a later one's lease for its own.
    """

    FARTHEST: ClassVar = timedelta(minutes=10)
    """A lease that ends later than this was taken by a clock that was wrong: it counts for nothing."""

    warehouse = models.CharField(_("warehouse"), max_length=10, unique=True)
    ticket = models.CharField(_("ticket"), max_length=32, blank=True)
    ticketed_at = models.DateTimeField(_("ticket issued"), null=True, blank=True)
    rung_at = models.DateTimeField(_("pass asked for"), null=True, blank=True)
    holder = models.CharField(_("held by"), max_length=100, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    seconds = models.FloatField(_("seconds of the last pass"), default=0)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        ordering: ClassVar = ["warehouse"]

    def __str__(self) -> str:
        return self.warehouse

    @property
    def is_held(self) -> bool:
        now = timezone.now()
        return bool(self.holder and self.expires_at and now < self.expires_at <= now + self.FARTHEST)

    @property
    def seconds_taken(self) -> float:
        """Of the pass under way, or of the last one where that took longer."""
        under_way = (timezone.now() - self.taken_at).total_seconds() if self.is_held and self.taken_at else 0.0
        return max(under_way, self.seconds)


class Heartbeat(models.Model):
    """When a part of the app last gave a sign of life; `/health` and the supervisor look at it."""

    name = models.CharField(_("name"), max_length=30, unique=True)
    at = models.DateTimeField(_("last sign of life"), default=timezone.now)
    seconds = models.FloatField(_("seconds it took"), default=0)

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return self.name


class KnownDatabase(models.Model):
    """The Prextra database that the sync may write for: another one is a copy, until a manager confirms it (rules W6)."""

    server = models.CharField(_("server"), max_length=255)
    name = models.CharField(_("database"), max_length=255)
    confirmed_at = models.DateTimeField(_("confirmed"), default=timezone.now)
    confirmed_by = models.CharField(_("confirmed by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("known database")
        verbose_name_plural = _("known databases")
        ordering: ClassVar = ["-confirmed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.server} {self.name}"


class AlertRecipient(models.Model):
    """Who is told by e-mail when a warehouse needs somebody; since `summary_at` what lasts was not told again."""

    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    warehouse = models.CharField(
        _("warehouse"), max_length=10, blank=True, help_text=_("Empty: all warehouses."), db_index=True
    )
    summary_at = models.DateTimeField(_("last daily summary"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("recipient of alerts")
        verbose_name_plural = _("recipients of alerts")
        ordering: ClassVar = ["email", "warehouse"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["email", "warehouse"], name="one_row_for_each_recipient")
        ]

    def __str__(self) -> str:
        return self.email


class Alert(models.Model):
    """Something that people were told of, once: from when it began until it is over.

    `count` is how many records it is about, where it is about records. `claimed_at` says that somebody is about to tell it.
    `told_to` holds who was told, by address, and of which `things`; of these, who was told that it is over is taken away.
    """

    class Kind(models.TextChoices):
        OUT_OF_STEP = "out_of_step", _("out of step")
        CREDENTIALS = "credentials", _("credentials refused")
        CONFIGURATION = "configuration", _("to be configured")
        HELD = "held", _("records held")

    warehouse = models.CharField(_("warehouse"), max_length=10, db_index=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=50, blank=True)
    params = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(_("records"), default=0)
    since = models.DateTimeField(_("since"), default=timezone.now)
    claimed_at = models.DateTimeField(_("being told since"), null=True, blank=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    told_to = models.JSONField(_("told to"), default=dict, blank=True, editable=False)
    ended_at = models.DateTimeField(_("over since"), null=True, blank=True)
    end_told_at = models.DateTimeField(_("told that it is over"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering: ClassVar = ["-since", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["warehouse", "kind"], condition=models.Q(ended_at=None), name="one_open_alert_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.warehouse} {self.get_kind_display()}"

    @property
    def things(self) -> set[str]:
        """What each is told once while it lasts: every reason why records are held, every setting that stopped a pass."""
        if self.kind == self.Kind.HELD:
            return {reason for reason, _count in self.params.get("reasons", [])}
        return {"" if self.kind == self.Kind.OUT_OF_STEP else self.reason}

    def is_news_to(self, address: str) -> bool:
        if self.ended_at:
            return address in self.told_to
        return not self.things <= set(self.told_to.get(address, ()))

    def note_told(self, address: str) -> None:
        if self.ended_at:
            del self.told_to[address]
        else:
            self.told_to[address] = sorted(self.things.union(self.told_to.get(address, ())))

    @property
    def message(self) -> str:
        return describe(self.reason, self.params) if self.reason else ""


def new_path() -> str:
    return secrets.token_urlsafe(24)


class Doorbell(models.Model):
    """How a shop rings: the address that is its own, the key of its signatures, and which topics it has subscribed.

    `secret` is needed only for an app with a static token; with a client id, its secret signs. `previous_secret` still
    counts until `previous_until`, for Shopify goes on signing with it for up to an hour. `state` is a digest of what was
    subscribed for: shop, app, address and topics; where it is another, the subscriptions are looked at again at once.
    """

    warehouse = models.CharField(_("warehouse"), max_length=10, unique=True)
    path = models.CharField(_("last part of the address"), max_length=40, unique=True, default=new_path, editable=False)
    secret = EncryptedTextField(_("API secret key"), blank=True, default="")
    previous_secret = EncryptedTextField(_("previous API secret key"), blank=True, default="", editable=False)
    previous_until = models.DateTimeField(_("previous key until"), null=True, blank=True, editable=False)
    shop = models.CharField(_("shop"), max_length=255, blank=True, editable=False)
    topics = models.JSONField(_("topics subscribed"), default=list, blank=True, editable=False)
    state = models.CharField(_("subscribed for"), max_length=64, blank=True, editable=False)
    checked_at = models.DateTimeField(_("subscriptions looked at"), null=True, blank=True, editable=False)
    rung_at = models.DateTimeField(_("last rung"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=50, blank=True, editable=False)
    params = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("doorbell")
        verbose_name_plural = _("doorbells")
        ordering: ClassVar = ["warehouse"]

    def __str__(self) -> str:
        return self.warehouse

    @property
    def message(self) -> str:
        return describe(self.reason, self.params) if self.reason else ""
