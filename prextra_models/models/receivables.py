"""Module "Comptes à recevoir": deposits, prepayments and what they are applied to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prextra_models.fields import DayField, MoneyField, ShopifyIdField
from prextra_models.models.accounting import GLAccount, PaymentMethod
from prextra_models.models.sales import Invoice, SalesOrder
from prextra_models.models.system import Company


class Deposit(models.Model):
    """Encaissement: the slip of one date and bank that holds receipts (specification §3).

    Inferred: the statuses, and that a posted one takes no more. At most one is open for a company, bank and date.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        POSTED = "posted", _("posted")

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=14)
    bank = models.ForeignKey(GLAccount, models.DO_NOTHING, verbose_name=_("bank"))
    deposit_date = DayField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    total = MoneyField(_("total"))

    class Meta:
        managed = False
        db_table = "Deposit"
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="UX_Deposit_Number"),
            models.UniqueConstraint(
                fields=["company", "bank", "deposit_date"], condition=Q(status="open"), name="UX_Deposit_Open"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Prepayment(models.Model):
    """Payé d'avance: money received for an order before it is invoiced (specification §3). `applied` ≤ `amount`.

    Inferred: all columns but the order, the deposit and the payment method.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=14)
    order = models.ForeignKey(SalesOrder, models.DO_NOTHING, verbose_name=_("order"), related_name="prepayments")
    deposit = models.ForeignKey(Deposit, models.DO_NOTHING, verbose_name=_("deposit"), related_name="prepayments")
    payment_method = models.ForeignKey(PaymentMethod, models.DO_NOTHING, verbose_name=_("payment method"))
    account = models.ForeignKey(GLAccount, models.DO_NOTHING, verbose_name=_("account"))
    received_on = DayField(_("received on"))
    amount = MoneyField(_("amount"))
    applied = MoneyField(_("applied"))
    shopify_id = ShopifyIdField(_("Shopify transaction"))

    class Meta:
        managed = False
        db_table = "Prepayment"
        verbose_name = _("prepayment")
        verbose_name_plural = _("prepayments")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="UX_Prepayment_Number"),
            models.UniqueConstraint(
                fields=["shopify_id"], condition=Q(shopify_id__isnull=False), name="UX_Prepayment_Shopify"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PrepaymentApplication(models.Model):
    """What of a prepayment pays an invoice. Inferred altogether."""

    id = models.BigAutoField(primary_key=True)
    prepayment = models.ForeignKey(
        Prepayment, models.DO_NOTHING, verbose_name=_("prepayment"), related_name="applications"
    )
    invoice = models.ForeignKey(Invoice, models.DO_NOTHING, verbose_name=_("invoice"), related_name="applications")
    applied_on = DayField(_("date"))
    amount = MoneyField(_("amount"))

    class Meta:
        managed = False
        db_table = "PrepaymentApplication"
        verbose_name = _("application of a prepayment")
        verbose_name_plural = _("applications of prepayments")
        constraints = [models.UniqueConstraint(fields=["prepayment", "invoice"], name="UX_PrepaymentApplication")]

    def __str__(self) -> str:
        return f"{self.prepayment_id} → {self.invoice_id}"
