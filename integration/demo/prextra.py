"""A small Prextra for the demo: one company of which all is set, its warehouse on the sample shop, and what it sells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction
from django.db.models import AutoField, Model

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
    for row in sample_rows(shop_url, api_key, token):
        row.save(using=PREXTRA, force_insert=True)


def trial_rows() -> Iterator[Model]:
    """The same for an empty trial database elsewhere, with keys, and without a shop: that is typed in the admin."""
    keys: Counter[type[Model]] = Counter()
    for row in sample_rows("", "", ""):
        if isinstance(row, Warehouse):
            row.sync_orders = row.sync_shipments = row.sync_invoices = False
        if isinstance(row._meta.pk, AutoField):
            keys[type(row)] += 1
            row.pk = keys[type(row)]
        yield row


def sample_rows(shop_url: str, api_key: str, token: str) -> Iterator[Model]:
    """Each row is to have its key before the next one is asked for, which may refer to it."""
    method = PaymentMethod(code="COMPTANT", name="Comptant")
    company = _company(method)
    yield from (method, company)
    yield from (ConfigurationValue(company=company, name=name, value=value) for name, value in CONFIGURATION.items())
    accounts = {code: GLAccount(company=company, code=code, name=name) for code, name in ACCOUNTS.items()}
    yield from accounts.values()
    yield AccountsReceivableControl(company=company, prepayment_account=accounts["2050"], default_bank=accounts["1010"])
    sector = Sector(code="DETAIL", name="Vente au détail")
    yield from (sector, Sector(code="WEB", name="Vente en ligne"))
    customer = _customer(sector)
    warehouse = _warehouse(company, customer, shop_url, api_key, token)
    yield from (customer, warehouse)
    yield from _categories(company, accounts)
    for product in PRODUCTS:
        yield from _item(product, company, warehouse)


def _company(method: PaymentMethod) -> Company:
    return Company(
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


def _customer(sector: Sector) -> Customer:
    return Customer(
        number="SHOPIFY",
        name="Ventes en ligne Shopify",
        city="St-Georges",
        province="QUÉBEC",
        country="CANADA",
        sector=sector,
    )


def _warehouse(company: Company, customer: Customer, shop_url: str, api_key: str, token: str) -> Warehouse:
    return Warehouse(
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


def _categories(company: Company, accounts: dict[str, GLAccount]) -> Iterator[Model]:
    for row in CATEGORIES:
        category = ProductCategory(code=row.code, name=row.name)
        yield category
        if row.account:
            yield ProductCategoryAccount(
                category=category,
                company=company,
                transaction=ProductCategoryAccount.Transaction.SALE,
                account=accounts[row.account],
            )


def _item(product: Product, company: Company, warehouse: Warehouse) -> Iterator[Model]:
    item = Item(
        code=product.sku,
        category_id=product.category,
        default_warehouse=warehouse,
        visible_web=True,
        shopify=True,
        shopify_buffer=Decimal(2),
    )
    yield item
    for language, text in (("fr", product.french), ("en", product.english)):
        for field in (ItemText.Field.DESCRIPTION, ItemText.Field.NAME):
            yield ItemText(item=item, field=field, language=language, text=text)
    yield ItemStock(item=item, warehouse=warehouse, on_hand=STOCK, available=STOCK)
    yield ItemPrice(item=item, company=company, price=product.price)
