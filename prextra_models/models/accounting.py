"""Modules "Grand livre" and "Comptes à recevoir": accounts, the receivables control, payment methods."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from prextra_models.models.system import Company


class GLAccount(models.Model):
    """Compte de Grand Livre. A bank is an account too: Prextra names it by its G/L code. Codes stay texts. Inferred: lengths."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        managed = False
        db_table = "GLAccount"
        verbose_name = _("G/L account")
        verbose_name_plural = _("G/L accounts")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="UX_GLAccount_Code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".rstrip()


class AccountsReceivableControl(models.Model):
    """Contrôle des comptes à recevoir: « Payé d'avance » and « Banque par défaut » (specification §3).

    Inferred: one row for each company.
    """

    company = models.OneToOneField(Company, models.DO_NOTHING, verbose_name=_("company"), primary_key=True)
    prepayment_account = models.ForeignKey(
        GLAccount, models.DO_NOTHING, verbose_name=_("prepayment account"), null=True, blank=True, related_name="+"
    )
    default_bank = models.ForeignKey(
        GLAccount, models.DO_NOTHING, verbose_name=_("default bank"), null=True, blank=True, related_name="+"
    )

    class Meta:
        managed = False
        db_table = "AccountsReceivableControl"
        verbose_name = _("accounts receivable control")
        verbose_name_plural = _("accounts receivable controls")

    def __str__(self) -> str:
        return str(self.company_id)


class PaymentMethod(models.Model):
    """Méthode de paiement, such as « Comptant ». Inferred: its code and lengths."""

    code = models.CharField(_("code"), primary_key=True, max_length=20)
    name = models.CharField(_("name"), max_length=50)

    class Meta:
        managed = False
        db_table = "PaymentMethod"
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")

    def __str__(self) -> str:
        return self.name
