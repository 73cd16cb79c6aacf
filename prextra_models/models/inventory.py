"""Module "Inventaire": warehouses, items, their texts, stock figures, prices and product categories."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from prextra_models.fields import DayField, EncryptedTextField, MoneyField, QuantityField
from prextra_models.models.accounting import GLAccount
from prextra_models.models.system import ONLY_SHOWN, Company


class WarehouseManager(models.Manager["Warehouse"]):
    """Leaves the secret in the database until it is asked for: one that no key opens must not take pages with it.

    Of its company, where that is read along, it leaves what the company's own manager leaves.
    """

    def get_queryset(self) -> models.QuerySet[Warehouse]:
        return super().get_queryset().defer("shopify_access_token", *(f"company__{name}" for name in ONLY_SHOWN))


class Warehouse(models.Model):
    """Fiche « Entrepôt » with its tab « Shopify » (specification §1.3). Inferred: lengths; the secret wants 255 or more."""

    code = models.CharField(_("code"), primary_key=True, max_length=10)
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=50, blank=True)
    shopify_url = models.CharField(
        _("shop URL"), max_length=255, blank=True, help_text=_("Type the URL of your Shopify shop.")
    )
    shopify_api_key = models.CharField(
        _("API key"), max_length=100, blank=True, help_text=_("Type your API key for the synchronisation with Shopify.")
    )
    shopify_access_token = EncryptedTextField(
        _("access token"), blank=True, help_text=_("Type your access token for the synchronisation with Shopify.")
    )
    shopify_customer = models.ForeignKey(
        "Customer",
        models.DO_NOTHING,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_(
            "Choose the customer to whom the orders from Shopify go in Prextra. Where the company is managed by sector, "
            "the sector is this customer's; without one, the first sector that was created."
        ),
    )
    sync_items = models.BooleanField(
        _("synchronise items"), default=False, help_text=_("Tick to synchronise this warehouse's items with Shopify.")
    )
    sync_orders = models.BooleanField(
        _("synchronise orders"), default=False, help_text=_("Tick to synchronise this warehouse's orders from Shopify.")
    )
    sync_shipments = models.BooleanField(
        _("synchronise shipments"),
        default=False,
        help_text=_("Tick to synchronise this warehouse's shipments from Shopify."),
    )
    sync_invoices = models.BooleanField(
        _("synchronise invoices"),
        default=False,
        help_text=_("Tick to synchronise this warehouse's invoices from Shopify."),
    )

    objects = WarehouseManager()

    class Meta:
        managed = False
        base_manager_name = "objects"
        db_table = "Warehouse"
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")

    def __str__(self) -> str:
        return f"{self.code} – {self.name}" if self.name else self.code

    def save(self, **options: Any) -> None:
        """Saves the secret with the rest, so that one that stands there in plain is encrypted (rules W4)."""
        if options.get("update_fields") is None:
            self.shopify_access_token  # noqa: B018 - left in the database until now
        super().save(**options)

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Reads these fields and no others: `only` upon the manager's `defer` would read all, over what was changed."""
        if fields is not None and from_queryset is None:
            from_queryset = models.QuerySet(Warehouse, using=using or self._state.db)
        super().refresh_from_db(using, fields, from_queryset)


class ProductCategory(models.Model):
    """Catégorie de produit. Inferred: its columns."""

    code = models.CharField(_("code"), primary_key=True, max_length=20)
    name = models.CharField(_("name"), max_length=50, blank=True)

    class Meta:
        managed = False
        db_table = "ProductCategory"
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")

    def __str__(self) -> str:
        return self.code


class ProductCategoryAccount(models.Model):
    """The G/L account of a category for one transaction type and company; the sync uses `sale` (specification §1.4).

    Inferred: the other types and the company's part in the key.
    """

    class Transaction(models.TextChoices):
        SALE = "sale", _("sale")

    id = models.BigAutoField(primary_key=True)
    category = models.ForeignKey(
        ProductCategory, models.DO_NOTHING, verbose_name=_("category"), related_name="accounts"
    )
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    transaction = models.CharField(_("transaction"), max_length=20, choices=Transaction.choices)
    account = models.ForeignKey(GLAccount, models.DO_NOTHING, verbose_name=_("account"), null=True, blank=True)

    class Meta:
        managed = False
        db_table = "ProductCategoryAccount"
        verbose_name = _("account of a category")
        verbose_name_plural = _("accounts of categories")
        constraints = [
            models.UniqueConstraint(fields=["category", "company", "transaction"], name="UX_ProductCategoryAccount")
        ]

    def __str__(self) -> str:
        return f"{self.category_id} {self.transaction}"


class Item(models.Model):
    """Fiche « Item » with its section « www:// » (specification §1.4). Inferred: lengths, `taxable`, `inactive`, `barcode`."""

    class Tracking(models.TextChoices):
        NONE = "none", _("none")
        SERIAL_UNIQUE = "serial_unique", _("unique serial numbers")
        SERIAL_QUANTITY = "serial_quantity", _("serial numbers by quantity")

    class Source(models.TextChoices):
        MAKE = "make", _("made")
        BUY = "buy", _("bought")

    code = models.CharField(
        _("code"), primary_key=True, max_length=30, help_text=_("Shows the item's code. Its case is kept as typed.")
    )
    revision = models.CharField(
        _("revision"), max_length=10, blank=True, help_text=_("Shows the item's revision, if it has one.")
    )
    source = models.CharField(
        _("made / bought"),
        max_length=4,
        choices=Source.choices,
        default=Source.BUY,
        help_text=_("Shows whether the item is made or bought."),
    )
    category = models.ForeignKey(
        ProductCategory,
        models.DO_NOTHING,
        verbose_name=_("category"),
        null=True,
        blank=True,
        help_text=_("Its account for the sale transaction is that of the item's invoices."),
    )
    default_warehouse = models.ForeignKey(
        Warehouse,
        models.DO_NOTHING,
        verbose_name=_("default warehouse"),
        null=True,
        blank=True,
        help_text=_("The warehouse that is linked to Shopify: its shop is the one that gets the item."),
    )
    tracking = models.CharField(
        _("serial numbers"),
        max_length=20,
        choices=Tracking.choices,
        default=Tracking.NONE,
        help_text=_("Items managed by serial numbers, unique or by quantity, are not synchronised."),
    )
    inactive = models.BooleanField(_("inactive item"), default=False)
    taxable = models.BooleanField(_("taxable"), default=True)
    barcode = models.CharField(_("bar code"), max_length=50, blank=True)
    visible_web = models.BooleanField(
        _("visible (web)"), default=False, help_text=_("Tick to make the item visible on the web.")
    )
    shopify = models.BooleanField(
        _("Shopify"),
        default=False,
        help_text=_(
            "Tick to make the item available in Shopify. Where it is ticked, a field for the quantity to keep back shows."
        ),
    )
    shopify_buffer = QuantityField(
        _("Shopify buffer"), blank=True, help_text=_("Type the quantity to keep back in Shopify, where needed.")
    )
    publication_date = DayField(
        _("publication date"),
        null=True,
        blank=True,
        help_text=_(
            "Choose a date if the item should be visible in Shopify only from that day on. Without one, it always is."
        ),
    )

    class Meta:
        managed = False
        db_table = "Item"
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return self.code


class ItemText(models.Model):
    """One text of an item in one language. Inferred: that Prextra keeps a row for each (item, field, language)."""

    class Field(models.TextChoices):
        DESCRIPTION = "description", _("description")
        DESCRIPTION2 = "description2", _("second description")
        NAME = "name", _("web name")
        WEB_DESCRIPTION = "web_description", _("web description")
        META_NAME = "meta_name", _("meta name")
        META_KEYWORDS = "meta_keywords", _("meta keywords")
        META_DESCRIPTION = "meta_description", _("meta description")

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), related_name="texts")
    field = models.CharField(_("field"), max_length=20, choices=Field.choices)
    language = models.CharField(_("language"), max_length=5)
    text = models.TextField(_("text"), blank=True)

    class Meta:
        managed = False
        db_table = "ItemText"
        verbose_name = _("text of an item")
        verbose_name_plural = _("texts of items")
        constraints = [models.UniqueConstraint(fields=["item", "field", "language"], name="UX_ItemText")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.field} {self.language}"


class ItemStock(models.Model):
    """The figures of « En main par entrepôt » (specification §1.4). `available` is Prextra's own: its formula is not known."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), related_name="stock")
    warehouse = models.ForeignKey(Warehouse, models.DO_NOTHING, verbose_name=_("warehouse"))
    on_hand = QuantityField(_("on hand"))
    on_purchase = QuantityField(_("on purchase"))
    in_production = QuantityField(_("in production"))
    raw_material_waiting = QuantityField(_("raw material waiting"))
    on_sale = QuantityField(_("on sale"))
    on_work_order = QuantityField(_("on work order"))
    available = QuantityField(_("available"))

    class Meta:
        managed = False
        db_table = "ItemStock"
        verbose_name = _("stock of an item")
        verbose_name_plural = _("stock of items")
        constraints = [models.UniqueConstraint(fields=["item", "warehouse"], name="UX_ItemStock")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.warehouse_id}"


class ItemPrice(models.Model):
    """The sale price of an item in a company's currency. Inferred: which of Prextra's price lists feeds Shopify."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.DO_NOTHING, verbose_name=_("item"), related_name="prices")
    company = models.ForeignKey(Company, models.DO_NOTHING, verbose_name=_("company"))
    price = MoneyField(_("price"), decimal_places=4)

    class Meta:
        managed = False
        db_table = "ItemPrice"
        verbose_name = _("price of an item")
        verbose_name_plural = _("prices of items")
        constraints = [models.UniqueConstraint(fields=["item", "company"], name="UX_ItemPrice")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.price}"
