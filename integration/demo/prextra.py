"""A small Prextra for the demo: one company of which all is set, its warehouse on the sample shop, and what it sells."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from integration.demo.catalogue import CATEGORIES, PRODUCTS, Product
from prextra_models.models import (
    AccountsReceivableControl,
    Company,
    ConfigurationValue,
    Customer,
    GLAccount,
    Item,
    ItemPrice,
    ItemStock,
    ItemText,
    PaymentMethod,
    ProductCategory,
    ProductCategoryAccount,
    Sector,
    Warehouse,
)
from prextra_models.router import PREXTRA

ACCOUNTS = {
    "1010": "Banque – compte courant",
    "2050": "Payés d'avance",
    "2060": "Cartes-cadeaux à honorer",
    "4010": "Ventes – outils",
    "4020": "Ventes – peinture",
    "4030": "Ventes – cuisine",
    "4040": "Ventes – jardin",
    "4050": "Ventes – éclairage",
    "4060": "Ventes – maison",
    "4900": "Transport facturé",
    "4950": "Pourboires",
}
CONFIGURATION = {
    "ShopifyIntegration": "1",
    "ItemMaintenanceShowFields": "imgbtnweb",
    "glShippingShopify": "4900",
    "glTipShopify": "4950",
    "glGiftCardShopify": "2060",
}
STOCK = Decimal(500)


@transaction.atomic(using=PREXTRA)
def sample_prextra(shop_url: str, api_key: str, token: str) -> None:
    """Fills an empty `prextra` database. The warehouse has orders, shipments and invoices ticked."""
    company = _company()
    accounts = _accounting(company)
    warehouse = _warehouse(company, shop_url, api_key, token)
    _categories(company, accounts)
    for product in PRODUCTS:
        _item(product, company, warehouse)


def _company() -> Company:
    method = PaymentMethod.objects.create(code="COMPTANT", name="Comptant")
    company = Company.objects.create(
        code="DC",
        name="Documentation Prextra",
        address1="11535, 1e Avenue",
        address2="Bureau 190",
        city="St-Georges",
        province="QUÉBEC",
        country="CANADA",
        postal_code="G5Y 7H5",
        phone="418 227-7767",
        fax="418 227-3755",
        toll_free_phone="888 594-8378",
        email="info@cdid.com",
        website="www.cdid.com",
        federal_tax_number="F0123123123001",
        provincial_tax_number="P654654654001",
        currency="CAD",
        manufactured_cost_method="Premier entré, premier sorti",
        purchased_cost_method="Coût standard",
        product_account_tracking="Aucun",
        managed_by_sector=True,
        shopify_enabled=True,
        shopify_payment_method=method,
    )
    for name, value in CONFIGURATION.items():
        ConfigurationValue.objects.create(company=company, name=name, value=value)
    return company


def _accounting(company: Company) -> dict[str, GLAccount]:
    accounts = {
        code: GLAccount.objects.create(company=company, code=code, name=name) for code, name in ACCOUNTS.items()
    }
    AccountsReceivableControl.objects.create(
        company=company, prepayment_account=accounts["2050"], default_bank=accounts["1010"]
    )
    return accounts


def _warehouse(company: Company, shop_url: str, api_key: str, token: str) -> Warehouse:
    sector = Sector.objects.create(code="DETAIL", name="Vente au détail")
    Sector.objects.create(code="WEB", name="Vente en ligne")
    customer = Customer.objects.create(
        number="SHOPIFY",
        name="Ventes en ligne Shopify",
        city="St-Georges",
        province="QUÉBEC",
        country="CANADA",
        sector=sector,
    )
    return Warehouse.objects.create(
        code="WEB",
        company=company,
        name="Entrepôt St-Georges",
        shopify_url=shop_url,
        shopify_api_key=api_key,
        shopify_access_token=token,
        shopify_customer=customer,
        sync_orders=True,
        sync_shipments=True,
        sync_invoices=True,
    )


def _categories(company: Company, accounts: dict[str, GLAccount]) -> None:
    for row in CATEGORIES:
        category = ProductCategory.objects.create(code=row.code, name=row.name)
        if row.account:
            ProductCategoryAccount.objects.create(
                category=category,
                company=company,
                transaction=ProductCategoryAccount.Transaction.SALE,
                account=accounts[row.account],
            )


def _item(product: Product, company: Company, warehouse: Warehouse) -> None:
    item = Item.objects.create(
        code=product.sku,
        category_id=product.category,
        default_warehouse=warehouse,
        visible_web=True,
        shopify=True,
        shopify_buffer=Decimal(2),
    )
    for language, text in (("fr", product.french), ("en", product.english)):
        for field in (ItemText.Field.DESCRIPTION, ItemText.Field.NAME):
            ItemText.objects.create(item=item, field=field, language=language, text=text)
    ItemStock.objects.create(item=item, warehouse=warehouse, on_hand=STOCK, available=STOCK)
    ItemPrice.objects.create(item=item, company=company, price=product.price)
