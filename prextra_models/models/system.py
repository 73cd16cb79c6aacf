"""Module "Gestion de système": companies, sectors, configuration values, document numbers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

ONLY_SHOWN = (
    "single_currency", "manufactured_cost_method", "purchased_cost_method", "inventory_by_location",
    "untaxed_products_allowed", "international_payments", "product_account_tracking", "level_count",
    "quebec_transport_number", "fax", "toll_free_phone", "email", "website", "rbq_licence", "report_logo",
)  # fmt: skip
"""Fields of a company that no rule of the sync looks at. They are read for the company's page alone."""


class CompanyManager(models.Manager["Company"]):
    """Leaves in the database what is only shown: its columns are inferred, and no pass may depend on them."""

    def get_queryset(self) -> models.QuerySet[Company]:
        return super().get_queryset().defer(*ONLY_SHOWN)


class Company(models.Model):
    """Fiche « Compagnie » (specification §1.2). Inferred: `managed_by_sector`, the columns of `ONLY_SHOWN`, the lengths of
    phones and tax numbers. What Prextra stores for a choice in its lists is not known: such fields are plain texts.
    """

    code = models.CharField(_("code"), primary_key=True, max_length=8)
    name = models.CharField(_("name"), max_length=50)
    active = models.BooleanField(_("active"), default=True)
    address1 = models.CharField(_("address 1"), max_length=30, blank=True)
    address2 = models.CharField(_("address 2"), max_length=30, blank=True)
    city = models.CharField(_("city"), max_length=30, blank=True)
    province = models.CharField(_("province"), max_length=30, blank=True)
    country = models.CharField(_("country"), max_length=30, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=30, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    federal_tax_number = models.CharField(_("federal tax number"), max_length=30, blank=True)
    provincial_tax_number = models.CharField(_("provincial tax number"), max_length=30, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=5, default="fr")
    sale_price_decimals = models.PositiveSmallIntegerField(_("decimals of sale prices"), default=2)
    managed_by_sector = models.BooleanField(_("managed by sector"), default=False)
    single_currency = models.BooleanField(_("single currency"), default=False)
    manufactured_cost_method = models.CharField(_("cost method (made)"), max_length=50, blank=True)
    purchased_cost_method = models.CharField(_("cost method (bought)"), max_length=50, blank=True)
    inventory_by_location = models.BooleanField(_("inventory tracked by location"), default=False)
    untaxed_products_allowed = models.BooleanField(_("non-taxable products allowed"), default=False)
    international_payments = models.BooleanField(_("international payments"), default=False)
    product_account_tracking = models.CharField(_("tracking of G/L accounts by product"), max_length=50, blank=True)
    level_count = models.PositiveSmallIntegerField(_("number of levels"), default=0)
    quebec_transport_number = models.CharField(_("Transports Québec number"), max_length=30, blank=True)
    fax = models.CharField(_("fax"), max_length=50, blank=True)
    toll_free_phone = models.CharField(_("toll-free number"), max_length=50, blank=True)
    email = models.CharField(_("email"), max_length=100, blank=True)
    website = models.CharField(_("website"), max_length=100, blank=True)
    rbq_licence = models.CharField(_("RBQ licence"), max_length=30, blank=True)
    report_logo = models.CharField(_("logo for reports"), max_length=255, blank=True)
    shopify_enabled = models.BooleanField(
        _("synchronisation"),
        default=False,
        help_text=_("Tick to activate the synchronisation between Shopify and Prextra."),
    )
    shopify_multilingual = models.BooleanField(
        _("multi-language"),
        default=False,
        help_text=_("Tick to activate several languages in the synchronisation with Shopify."),
    )
    shopify_payment_method = models.ForeignKey(
        "PaymentMethod",
        models.DO_NOTHING,
        verbose_name=_("payment method"),
        null=True,
        blank=True,
        help_text=_(
            "Choose the payment method of the payments that are received by the synchronisation. An order that is paid "
            "in Shopify makes a prepayment in Prextra by itself."
        ),
    )

    objects = CompanyManager()

    class Meta:
        managed = False
        base_manager_name = "objects"
        db_table = "Company"
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return f"{self.code} – {self.name}"


class Sector(models.Model):
    """Secteur (specification §1.3). `id` follows the order of creation; inferred: that sectors are the database's."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("code"), max_length=10, unique=True)
    name = models.CharField(_("name"), max_length=50, blank=True)

    class Meta:
        managed = False
        db_table = "Sector"
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")

    def __str__(self) -> str:
        return self.code


class ConfigurationValue(models.Model):
    """A named setting, for one company or, where `company` is empty, for all (rules C4). Inferred: its columns."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=100)
    value = models.CharField(_("value"), max_length=255, blank=True)

    class Meta:
        managed = False
        db_table = "ConfigurationValue"
        verbose_name = _("configuration value")
        verbose_name_plural = _("configuration values")

    def __str__(self) -> str:
        return self.name


class DocumentNumber(models.Model):
    """The next number of each kind of document of a company. Inferred altogether: how Prextra numbers is not known."""

    class Kind(models.TextChoices):
        SALES_ORDER = "sales_order", _("sales order")
        PREPAYMENT = "prepayment", _("prepayment")
        DEPOSIT = "deposit", _("deposit")
        SHIPMENT = "shipment", _("shipment")
        INVOICE = "invoice", _("invoice")

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    next_number = models.PositiveIntegerField(_("next number"), default=1)

    class Meta:
        managed = False
        db_table = "DocumentNumber"
        verbose_name = _("document number")
        verbose_name_plural = _("document numbers")
        constraints = [models.UniqueConstraint(fields=["company", "kind"], name="UX_DocumentNumber")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.kind}"
