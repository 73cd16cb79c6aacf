"""Module "Ventes": customers, sales orders, shipments, invoices."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prextra_models.fields import DayField, MoneyField, QuantityField, ShopifyIdField
from prextra_models.models.accounting import GLAccount
from prextra_models.models.inventory import Item, Warehouse
from prextra_models.models.system import Company, Sector


class Customer(models.Model):
    """Fiche « Client »; every order of a shop goes to one customer (specification §1.3). Inferred: `language`'s length."""

    number = models.CharField(_("number"), primary_key=True, max_length=14)
    name = models.CharField(_("name"), max_length=40)
    address1 = models.CharField(_("address 1"), max_length=40, blank=True)
    address2 = models.CharField(_("address 2"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=30, blank=True)
    province = models.CharField(_("province"), max_length=30)
    country = models.CharField(_("country"), max_length=30)
    postal_code = models.CharField(_("postal code"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=5, default="fr")
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    cell_phone = models.CharField(_("cell phone"), max_length=50, blank=True)
    fax = models.CharField(_("fax"), max_length=50, blank=True)
    sector = models.ForeignKey(Sector, models.DO_NOTHING, verbose_name=_("sector"), null=True, blank=True)

    class Meta:
        managed = False
        db_table = "Customer"
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return f"{self.number} – {self.name}"


class Amounts(models.Model):
    """The amounts of a document or of a line: `subtotal` is after `discount`, `total` = `subtotal` + both taxes."""

    discount = MoneyField(_("discount"))
    subtotal = MoneyField(_("subtotal before taxes"))
    federal_tax = MoneyField(_("federal tax"))
    provincial_tax = MoneyField(_("provincial tax"))
    total = MoneyField(_("total"))

    class Meta:
        abstract = True


class SalesOrder(Amounts):
    """Commande de vente (specification §3). Inferred altogether but for the customer and the company.

    The buyer is not a Prextra customer: who bought, where it goes and who is billed are texts of the order.
    Amounts are Shopify's, in the company's currency; `total` = Σ its lines' totals. `cash_rounding` is what a cash
    payment was rounded by: it changes what is received, not the total.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        SHIPPED = "shipped", _("shipped")
        CANCELLED = "cancelled", _("cancelled")

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=14)
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, verbose_name=_("warehouse"))
    customer = models.ForeignKey(Customer, models.DO_NOTHING, verbose_name=_("customer"))
    sector = models.ForeignKey(Sector, models.DO_NOTHING, verbose_name=_("sector"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    order_date = DayField(_("date"))
    currency = models.CharField(_("currency"), max_length=3)
    customer_po = models.CharField(_("customer's purchase order"), max_length=30, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)

    buyer_name = models.CharField(_("buyer"), max_length=40, blank=True)
    buyer_email = models.CharField(_("email"), max_length=70, blank=True)
    buyer_phone = models.CharField(_("phone"), max_length=50, blank=True)
    ship_name = models.CharField(_("ship to: name"), max_length=40, blank=True)
    ship_address1 = models.CharField(_("ship to: address 1"), max_length=40, blank=True)
    ship_address2 = models.CharField(_("ship to: address 2"), max_length=40, blank=True)
    ship_city = models.CharField(_("ship to: city"), max_length=30, blank=True)
    ship_province = models.CharField(_("ship to: province"), max_length=30, blank=True)
    ship_country = models.CharField(_("ship to: country"), max_length=30, blank=True)
    ship_postal_code = models.CharField(_("ship to: postal code"), max_length=30, blank=True)
    ship_phone = models.CharField(_("ship to: phone"), max_length=50, blank=True)
    bill_name = models.CharField(_("bill to: name"), max_length=40, blank=True)
    bill_address1 = models.CharField(_("bill to: address 1"), max_length=40, blank=True)
    bill_address2 = models.CharField(_("bill to: address 2"), max_length=40, blank=True)
    bill_city = models.CharField(_("bill to: city"), max_length=30, blank=True)
    bill_province = models.CharField(_("bill to: province"), max_length=30, blank=True)
    bill_country = models.CharField(_("bill to: country"), max_length=30, blank=True)
    bill_postal_code = models.CharField(_("bill to: postal code"), max_length=30, blank=True)
    bill_phone = models.CharField(_("bill to: phone"), max_length=50, blank=True)

    prices_include_taxes = models.BooleanField(_("prices include taxes"), default=False)
    cash_rounding = MoneyField(_("cash rounding"))

    shopify_id = ShopifyIdField(_("Shopify order"))
    shopify_name = models.CharField(_("Shopify order number"), max_length=50, blank=True, editable=False)

    class Meta:
        managed = False
        db_table = "SalesOrder"
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="UX_SalesOrder_Number"),
            models.UniqueConstraint(
                fields=["shopify_id"], condition=Q(shopify_id__isnull=False), name="UX_SalesOrder_Shopify"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(Amounts):
    """A line of a sales order: an item, or an amount that the buyer pays besides items. Inferred altogether.

    `subtotal` = quantity × unit price − discount, less the taxes where prices include them.
    """

    class Kind(models.TextChoices):
        ITEM = "item", _("item")
        GIFT_CARD = "gift_card", _("gift card")
        SHIPPING = "shipping", _("shipping")
        TIP = "tip", _("tip")
        DUTY = "duty", _("duty")
        FEE = "fee", _("fee")

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(SalesOrder, models.DO_NOTHING, verbose_name=_("order"), related_name="lines")
    line_number = models.PositiveIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), null=True, blank=True)
    description = models.CharField(_("description"), max_length=100, blank=True)
    quantity = QuantityField(_("quantity"))
    unit_price = MoneyField(_("unit price"), decimal_places=4)
    shopify_id = ShopifyIdField(_("Shopify line"))

    class Meta:
        managed = False
        db_table = "SalesOrderLine"
        verbose_name = _("line of a sales order")
        verbose_name_plural = _("lines of sales orders")
        constraints = [models.UniqueConstraint(fields=["order", "line_number"], name="UX_SalesOrderLine")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_number}"


class Shipment(models.Model):
    """Expédition (specification §4): active until it is invoiced, then inactive. Inferred: all other columns."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=14)
    order = models.ForeignKey(SalesOrder, models.DO_NOTHING, verbose_name=_("order"), related_name="shipments")
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, verbose_name=_("warehouse"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    ship_date = DayField(_("date"))
    carrier = models.CharField(_("carrier"), max_length=50, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    shopify_id = ShopifyIdField(_("Shopify fulfilment"))

    class Meta:
        managed = False
        db_table = "Shipment"
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="UX_Shipment_Number"),
            models.UniqueConstraint(
                fields=["shopify_id"], condition=Q(shopify_id__isnull=False), name="UX_Shipment_Shopify"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """What of an order's line is in a shipment. Inferred altogether."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, models.DO_NOTHING, verbose_name=_("shipment"), related_name="lines")
    order_line = models.ForeignKey(SalesOrderLine, models.DO_NOTHING, verbose_name=_("order line"), related_name="+")
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), null=True, blank=True)
    quantity = QuantityField(_("quantity"))

    class Meta:
        managed = False
        db_table = "ShipmentLine"
        verbose_name = _("line of a shipment")
        verbose_name_plural = _("lines of shipments")
        constraints = [models.UniqueConstraint(fields=["shipment", "order_line"], name="UX_ShipmentLine")]

    def __str__(self) -> str:
        return f"{self.shipment_id}/{self.order_line_id}"


class Invoice(Amounts):
    """Facture (specification §5): one for each shipment. Inferred: all columns but the link to the shipment.

    `balance` = total + cash rounding − prepayments applied.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=14)
    order = models.ForeignKey(SalesOrder, models.DO_NOTHING, verbose_name=_("order"), related_name="invoices")
    shipment = models.OneToOneField(Shipment, models.DO_NOTHING, verbose_name=_("shipment"))
    customer = models.ForeignKey(Customer, models.DO_NOTHING, verbose_name=_("customer"))
    invoice_date = DayField(_("date"))
    currency = models.CharField(_("currency"), max_length=3)
    cash_rounding = MoneyField(_("cash rounding"))
    balance = MoneyField(_("balance"))
    shopify_id = ShopifyIdField(_("Shopify fulfilment"))

    class Meta:
        managed = False
        db_table = "Invoice"
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="UX_Invoice_Number"),
            models.UniqueConstraint(
                fields=["shopify_id"], condition=Q(shopify_id__isnull=False), name="UX_Invoice_Shopify"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(Amounts):
    """What of an order's line is invoiced, and to which G/L account. Inferred altogether."""

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, models.DO_NOTHING, verbose_name=_("invoice"), related_name="lines")
    order_line = models.ForeignKey(SalesOrderLine, models.DO_NOTHING, verbose_name=_("order line"), related_name="+")
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), null=True, blank=True)
    account = models.ForeignKey(GLAccount, models.DO_NOTHING, verbose_name=_("account"))
    quantity = QuantityField(_("quantity"))
    unit_price = MoneyField(_("unit price"), decimal_places=4)

    class Meta:
        managed = False
        db_table = "InvoiceLine"
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        constraints = [models.UniqueConstraint(fields=["invoice", "order_line"], name="UX_InvoiceLine")]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.order_line_id}"
