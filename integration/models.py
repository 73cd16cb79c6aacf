"""What the app keeps for itself in `default`: the log, what is held, how far each flow has read, tax titles, tokens.

Nothing here is needed to avoid a duplicate: the keys that do so live with Prextra's documents.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from integration.models_history import HistoryLine
from integration.models_running import Alert, AlertRecipient, Doorbell, Heartbeat, KnownDatabase, Lease
from integration.reasons import describe
from prextra_models.fields import EncryptedTextField

__all__ = [
    "AccessToken", "Alert", "AlertRecipient", "Doorbell", "Flow", "Heartbeat", "HeldRecord", "HistoryLine",
    "ItemSetting", "KnownDatabase", "Lease", "OpenOrder", "PendingWrite", "ProductLink", "SyncEntry", "SyncRequest",
    "SyncRun", "TaxTitle", "Watermark",
]  # fmt: skip


class Flow(models.TextChoices):
    """The four flows; `flows.py` says what each one does."""

    ITEMS = "items", _("items")
    ORDERS = "orders", _("orders")
    SHIPMENTS = "shipments", _("shipments")
    INVOICES = "invoices", _("invoices")


class Explained(models.Model):
    """Has a reason where there is something to say, kept as a code so that each reader has it in their language."""

    reason = models.CharField(_("reason"), max_length=50, blank=True)
    params = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def message(self) -> str:
        return describe(self.reason, self.params) if self.reason else ""


class SyncRun(Explained):
    """One pass of one flow over one warehouse. Written before anything is done, closed when it ends.

    The flows that bring orders in share one feed: its requests, points and waiting are on the first of their runs.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        HELD = "held", _("done, some held")
        TRANSIENT = "transient", _("stopped, will be tried again")
        CONFIGURATION = "configuration", _("stopped, to be configured")
        INTERRUPTED = "interrupted", _("interrupted")

    warehouse = models.CharField(_("warehouse"), max_length=10, db_index=True)
    shop = models.CharField(_("shop"), max_length=255, blank=True)
    flow = models.CharField(_("flow"), max_length=10, choices=Flow.choices)
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome.choices, default=Outcome.RUNNING)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    examined = models.PositiveIntegerField(_("examined"), default=0)
    written = models.PositiveIntegerField(_("written"), default=0)
    held = models.PositiveIntegerField(_("held"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    points = models.PositiveIntegerField(_("points"), default=0)
    waited = models.FloatField(_("seconds of waiting for Shopify's limit"), default=0)
    traceback = models.TextField(_("details for the technician"), blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering: ClassVar = ["-started_at", "-id"]

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.started_at), "SHORT_DATETIME_FORMAT")
        return f"{self.warehouse} {self.get_flow_display()} {at}"

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class SyncEntry(Explained):
    """What became of one record in a run: a document that was written, or why there is none.

    Written as pending before the document is, and closed after. One that stays pending belongs to a run that was cut, or
    could not be closed: its document may or may not be there, and the next pass writes it if it is not.
    """

    class Outcome(models.TextChoices):
        PENDING = "pending", _("pending")
        WRITTEN = "written", _("written")
        HELD = "held", _("held")
        SKIPPED = "skipped", _("skipped")
        NOTICE = "notice", _("to look at")

    class Kind(models.TextChoices):
        ORDER = "order", _("order")
        SALES_ORDER = "sales_order", _("sales order")
        PREPAYMENT = "prepayment", _("prepayment")
        SHIPMENT = "shipment", _("shipment")
        INVOICE = "invoice", _("invoice")
        APPLICATION = "application", _("application of a prepayment")
        PRODUCT = "product", _("product")
        STOCK = "stock", _("stock")

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="entries", verbose_name=_("run"))
    at = models.DateTimeField(_("time"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    kind = models.CharField(_("record"), max_length=20, choices=Kind.choices)
    shopify_id = models.CharField(_("Shopify identifier"), max_length=64, blank=True, db_index=True)
    shopify_name = models.CharField(_("Shopify number"), max_length=50, blank=True, db_index=True)
    shopify_order = models.CharField(_("Shopify order"), max_length=64, blank=True)
    prextra_number = models.CharField(_("Prextra number"), max_length=14, blank=True, db_index=True)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2, null=True, blank=True)
    traceback = models.TextField(_("details for the technician"), blank=True)

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.shopify_name or self.shopify_id} {self.get_kind_display()}"


class HeldRecord(models.Model):
    """A record that could not go through: why, since when, and when it is tried again (rules, "Errors")."""

    warehouse = models.CharField(_("warehouse"), max_length=10)
    shop = models.CharField(_("shop"), max_length=255, blank=True)
    flow = models.CharField(_("flow"), max_length=10, choices=Flow.choices)
    shopify_id = models.CharField(_("Shopify identifier"), max_length=64)
    shopify_name = models.CharField(_("Shopify number"), max_length=50, blank=True)
    buyer = models.CharField(_("buyer"), max_length=100, blank=True)
    reason = models.CharField(_("reason"), max_length=50)
    params = models.JSONField(default=dict, blank=True)
    traceback = models.TextField(_("details for the technician"), blank=True)
    held_since = models.DateTimeField(_("held since"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    shop_updated_at = models.DateTimeField(_("last changed in Shopify"), null=True, blank=True)
    sold = models.JSONField(_("units sold"), default=dict, blank=True)
    """Units by SKU of an order that is not in Prextra yet: sold in the shop, so not to be sold again (rules I9)."""
    ignored_at = models.DateTimeField(_("ignored since"), null=True, blank=True)
    """Since when nobody wants to hear of it: it is not tried again by itself, and counts nowhere as held."""
    ignored_by = models.CharField(_("ignored by"), max_length=150, blank=True)
    note = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("held record")
        verbose_name_plural = _("held records")
        ordering: ClassVar = ["held_since", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "flow", "shopify_id"], name="one_hold_for_each_record")
        ]

    def __str__(self) -> str:
        return f"{self.shopify_name or self.shopify_id} {self.get_flow_display()}"

    @property
    def message(self) -> str:
        return describe(self.reason, self.params)


class Watermark(models.Model):
    """How far a flow of a warehouse has read: all that changed in the shop up to here has been dealt with (rules O1).

    Each flow has its own, so that a flow that is ticked later reads what it has not seen.
    """

    warehouse = models.CharField(_("warehouse"), max_length=10)
    flow = models.CharField(_("flow"), max_length=10, choices=Flow.choices)
    shop = models.CharField(_("shop"), max_length=255)
    read_until = models.DateTimeField(_("read until"))

    class Meta:
        verbose_name = _("watermark")
        verbose_name_plural = _("watermarks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "flow", "shop"], name="one_watermark_for_each_flow")
        ]

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.read_until), "SHORT_DATETIME_FORMAT")
        return f"{self.warehouse} {self.get_flow_display()} {at}"


class OpenOrder(models.Model):
    """An order of the shop that was read, with the units that the shop keeps for it: what `committed` is made of.

    Units that are committed beyond these belong to orders that are on their way, and are not to be sold again (rules I9).
    """

    warehouse = models.CharField(_("warehouse"), max_length=10)
    shopify_id = models.CharField(_("Shopify order"), max_length=64)
    units = models.JSONField(_("units kept for it"), default=dict)

    class Meta:
        verbose_name = _("open order")
        verbose_name_plural = _("open orders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "shopify_id"], name="one_row_for_each_open_order")
        ]

    def __str__(self) -> str:
        return self.shopify_id


class ProductLink(Explained):
    """An item's product in the shop of a warehouse: its identifiers, and what was last pushed there (rules I11).

    Without `product` it says by `reason` why the item, although ticked, is not in the shop. Losing this table costs no
    duplicate: products carry the item's code, and are found again by it.
    """

    warehouse = models.CharField(_("warehouse"), max_length=10)
    shop = models.CharField(_("shop"), max_length=255)
    item = models.CharField(_("item"), max_length=30)
    product = models.CharField(_("product in Shopify"), max_length=64, blank=True)
    variant = models.CharField(_("variant in Shopify"), max_length=64, blank=True)
    inventory_item = models.CharField(_("inventory item in Shopify"), max_length=64, blank=True)
    fingerprint = models.CharField(_("fingerprint of the card"), max_length=24, blank=True)
    pushed = models.JSONField(_("last pushed"), default=dict, blank=True)
    location = models.CharField(_("location in Shopify"), max_length=64, blank=True)
    quantity = models.IntegerField(_("quantity"), null=True, blank=True)
    sold = models.IntegerField(_("units sold by then"), default=0)
    missing = models.IntegerField(_("units on their way"), default=0)
    missing_since = models.DateTimeField(_("on their way since"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last changed"), default=timezone.now)

    class Meta:
        verbose_name = _("item in Shopify")
        verbose_name_plural = _("items in Shopify")
        ordering: ClassVar = ["item"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "shop", "item"], name="one_product_for_each_item")
        ]

    def __str__(self) -> str:
        return self.item


class PendingWrite(models.Model):
    """Writes to the shop that were begun: noted before Shopify is asked, and taken away when their outcome is.

    So what a killed process left is found and finished, not repeated: a bulk operation by `mark`, which its text carries,
    a stock write by the same idempotency key. `lines` says for each part what it was, and what it makes true.
    """

    warehouse = models.CharField(_("warehouse"), max_length=10, db_index=True)
    shop = models.CharField(_("shop"), max_length=255)
    kind = models.CharField(_("operation"), max_length=30)
    mark = models.CharField(_("mark"), max_length=40, unique=True)
    operation_id = models.CharField(_("Shopify identifier"), max_length=64, blank=True)
    lines = models.JSONField(default=list)
    started_at = models.DateTimeField(_("started"), default=timezone.now)

    class Meta:
        verbose_name = _("pending write to Shopify")
        verbose_name_plural = _("pending writes to Shopify")
        ordering: ClassVar = ["started_at", "id"]

    def __str__(self) -> str:
        return f"{self.warehouse} {self.kind} {self.mark}"


class ItemSetting(models.Model):
    """What a warehouse's items need beyond Prextra's own tab: at which of the shop's locations their stock is kept.

    `locations` are those the shop had when it was last asked, by identifier, to choose from.
    """

    warehouse = models.CharField(_("warehouse"), max_length=10, unique=True)
    location = models.CharField(
        _("location in Shopify"), max_length=64, blank=True, help_text=_("Empty: the shop's only active one.")
    )
    locations = models.JSONField(_("locations of the shop"), default=dict, blank=True, editable=False)
    catalogue_read_at = models.DateTimeField(_("catalogue read"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("setting of a warehouse's items")
        verbose_name_plural = _("settings of warehouses' items")

    def __str__(self) -> str:
        return self.warehouse


class SyncRequest(Explained):
    """A pass over a warehouse that someone asked for in the admin, or its preview: how far it is, and what came of it.

    `result` is written by `jobs.py`: while it is under way which records are counted; afterwards the runs of a pass, or
    what a preview found.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting its turn")
        UNATTENDED = "unattended", _("nobody takes it")
        RUNNING = "running", _("running")
        LOST = "lost", _("lost")
        STOPPED = "stopped", _("stopped")
        FINISHED = "finished", _("finished")

    TAKEN_WITHIN = timedelta(seconds=30)

    warehouse = models.CharField(_("warehouse"), max_length=10, db_index=True)
    dry_run = models.BooleanField(_("preview"), default=False)
    requested_by = models.CharField(_("requested by"), max_length=150)
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    done = models.PositiveIntegerField(_("records done"), default=0)
    total = models.PositiveIntegerField(_("records in all"), default=0)
    result = models.JSONField(_("what was found"), default=dict, blank=True)

    class Meta:
        verbose_name = _("requested synchronisation")
        verbose_name_plural = _("requested synchronisations")
        ordering: ClassVar = ["-requested_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["warehouse"], condition=models.Q(finished_at=None), name="one_request_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.warehouse} {timezone.localtime(self.requested_at):%Y-%m-%d %H:%M:%S}"

    @property
    def state(self) -> State:
        now = timezone.now()
        if self.finished_at:
            return self.State.STOPPED if self.result.get("stopped") else self.State.FINISHED
        if self.started_at:  # no task outlives its time-out, so its worker is gone
            limit: Any = settings.Q_CLUSTER["timeout"]
            is_late = self.started_at < now - timedelta(seconds=limit)
            return self.State.LOST if is_late else self.State.RUNNING
        return self.State.UNATTENDED if self.requested_at < now - self.TAKEN_WITHIN else self.State.WAITING


class TaxTitle(models.Model):
    """Which of Prextra's two taxes a tax of Shopify is, by its title (rules O3). Staff may add rows."""

    class Tax(models.TextChoices):
        FEDERAL = "federal", _("federal")
        PROVINCIAL = "provincial", _("provincial")

    title = models.CharField(
        _("title in Shopify"), max_length=100, unique=True, help_text=_("Compared without regard to case.")
    )
    tax = models.CharField(_("tax in Prextra"), max_length=10, choices=Tax.choices)

    class Meta:
        verbose_name = _("tax title")
        verbose_name_plural = _("tax titles")
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [models.UniqueConstraint(Lower("title"), name="one_tax_for_a_title")]

    def __str__(self) -> str:
        return self.title


class AccessToken(models.Model):
    """The token of a client credentials grant, kept for all processes until it expires (rules W3)."""

    shop = models.CharField(_("shop"), max_length=255)
    client_id = models.CharField(_("client id"), max_length=100)
    token = EncryptedTextField(_("token"))
    expires_at = models.DateTimeField(_("expires"))
    renewing_until = models.DateTimeField(_("being renewed until"), default=timezone.now)

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "client_id"], name="one_token_for_each_app"),
        ]

    def __str__(self) -> str:
        return self.shop
