"""Prextra's records for the tests: each factory makes one that is ready for a sync unless told otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import factory

from prextra_models import models
from prextra_models.router import PREXTRA

# What a ready company of the tests has for an account, and what for.
BANK, PREPAYMENTS, SALES = "1010", "2050", "4010"


class PaymentMethodFactory(factory.django.DjangoModelFactory[models.PaymentMethod]):
    class Meta:
        model = models.PaymentMethod
        database = PREXTRA
        django_get_or_create = ("code",)

    code = "COMPTANT"
    name = "Comptant"


class CompanyFactory(factory.django.DjangoModelFactory[models.Company]):
    """Enabled for Shopify, with a payment method, not managed by sector."""

    class Meta:
        model = models.Company
        database = PREXTRA
        django_get_or_create = ("code",)

    code = "DC"
    name = "Documentation Prextra"
    city = "St-Georges"
    province = "QUÉBEC"
    country = "CANADA"
    postal_code = "G5Y 7H5"
    currency = "CAD"
    shopify_enabled = True
    shopify_payment_method = factory.SubFactory(PaymentMethodFactory)


class ConfigurationValueFactory(factory.django.DjangoModelFactory[models.ConfigurationValue]):
    """A configuration for all companies; `company=` makes it one company's."""

    class Meta:
        model = models.ConfigurationValue
        database = PREXTRA

    name = "ShopifyIntegration"
    value = "1"


class SectorFactory(factory.django.DjangoModelFactory[models.Sector]):
    class Meta:
        model = models.Sector
        database = PREXTRA

    code = factory.Sequence(lambda n: f"S{n}")
    name = "Vente au détail"


class GLAccountFactory(factory.django.DjangoModelFactory[models.GLAccount]):
    class Meta:
        model = models.GLAccount
        database = PREXTRA
        django_get_or_create = ("company", "code")

    company = factory.SubFactory(CompanyFactory)
    code = SALES
    name = "Ventes"


class AccountsReceivableControlFactory(factory.django.DjangoModelFactory[models.AccountsReceivableControl]):
    class Meta:
        model = models.AccountsReceivableControl
        database = PREXTRA
        django_get_or_create = ("company",)

    company = factory.SubFactory(CompanyFactory)
    prepayment_account = factory.SubFactory(
        GLAccountFactory, company=factory.SelfAttribute("..company"), code=PREPAYMENTS, name="Payés d'avance"
    )
    default_bank = factory.SubFactory(
        GLAccountFactory, company=factory.SelfAttribute("..company"), code=BANK, name="Banque"
    )


class CustomerFactory(factory.django.DjangoModelFactory[models.Customer]):
    class Meta:
        model = models.Customer
        database = PREXTRA
        django_get_or_create = ("number",)

    number = "SHOPIFY"
    name = "Ventes en ligne Shopify"


class WarehouseFactory(factory.django.DjangoModelFactory[models.Warehouse]):
    """The Shopify tab filled; orders, shipments and invoices ticked. The shop is nobody's: tests say which one they mean."""

    class Meta:
        model = models.Warehouse
        database = PREXTRA

    code = factory.Sequence(lambda n: f"W{n}")
    company = factory.SubFactory(CompanyFactory)
    name = "Entrepôt St-Georges"
    shopify_url = factory.LazyAttribute(lambda warehouse: f"https://boutique-{warehouse.code.lower()}.myshopify.com")
    shopify_api_key = "api-key"
    shopify_access_token = "shpat_test"
    shopify_customer = factory.SubFactory(CustomerFactory)
    sync_orders = True
    sync_shipments = True
    sync_invoices = True


class ProductCategoryFactory(factory.django.DjangoModelFactory[models.ProductCategory]):
    class Meta:
        model = models.ProductCategory
        database = PREXTRA
        django_get_or_create = ("code",)

    code = "OUTILS"
    name = "Outils"


class ProductCategoryAccountFactory(factory.django.DjangoModelFactory[models.ProductCategoryAccount]):
    class Meta:
        model = models.ProductCategoryAccount
        database = PREXTRA
        django_get_or_create = ("category", "company", "transaction")

    category = factory.SubFactory(ProductCategoryFactory)
    company = factory.SubFactory(CompanyFactory)
    transaction = models.ProductCategoryAccount.Transaction.SALE
    account = factory.SubFactory(GLAccountFactory, company=factory.SelfAttribute("..company"))


class ItemFactory(factory.django.DjangoModelFactory[models.Item]):
    """In a category that has a sale account for company DC; `category=` another one brings no account with it."""

    class Meta:
        model = models.Item
        database = PREXTRA
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"ITEM-{n}")
    category = factory.LazyFunction(lambda: ProductCategoryAccountFactory().category)
    visible_web = True
    shopify = True


class ItemStockFactory(factory.django.DjangoModelFactory[models.ItemStock]):
    class Meta:
        model = models.ItemStock
        database = PREXTRA

    item = factory.SubFactory(ItemFactory)
    warehouse = factory.SubFactory(WarehouseFactory)
    on_hand = Decimal(100)
    available = Decimal(100)


class ItemPriceFactory(factory.django.DjangoModelFactory[models.ItemPrice]):
    class Meta:
        model = models.ItemPrice
        database = PREXTRA

    item = factory.SubFactory(ItemFactory)
    company = factory.SubFactory(CompanyFactory)
    price = Decimal("24.99")


class ItemTextFactory(factory.django.DjangoModelFactory[models.ItemText]):
    class Meta:
        model = models.ItemText
        database = PREXTRA

    item = factory.SubFactory(ItemFactory)
    field = models.ItemText.Field.DESCRIPTION
    language = "fr"
    text = "Marteau"


def ready_warehouse(**overrides: Any) -> models.Warehouse:
    """A warehouse of a company of which all is set: configuration, control accounts, payment method, customer.

    `overrides` are the warehouse's own fields; `company__...` reaches the company's.
    """
    warehouse: models.Warehouse = WarehouseFactory(**overrides)
    if not models.ConfigurationValue.objects.using(PREXTRA).filter(company=None, name="ShopifyIntegration").exists():
        ConfigurationValueFactory()
    AccountsReceivableControlFactory(company=warehouse.company)
    ProductCategoryAccountFactory(company=warehouse.company)
    return warehouse
