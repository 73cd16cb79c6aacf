"""Prextra's tables as unmanaged models, one file for each of its modules.

Names of tables and columns stand here and nowhere else. What is marked *inferred* in a docstring was not seen on a
screen of Prextra: it is to be held against the live database before a first sync.
"""

from prextra_models.models.accounting import AccountsReceivableControl, GLAccount, PaymentMethod
from prextra_models.models.inventory import (
    Item,
    ItemPrice,
    ItemStock,
    ItemText,
    ProductCategory,
    ProductCategoryAccount,
    Warehouse,
)
from prextra_models.models.receivables import Deposit, Prepayment, PrepaymentApplication
from prextra_models.models.sales import (
    Customer,
    Invoice,
    InvoiceLine,
    SalesOrder,
    SalesOrderLine,
    Shipment,
    ShipmentLine,
)
from prextra_models.models.system import Company, ConfigurationValue, DocumentNumber, Sector

__all__ = [
    "AccountsReceivableControl",
    "Company",
    "ConfigurationValue",
    "Customer",
    "Deposit",
    "DocumentNumber",
    "GLAccount",
    "Invoice",
    "InvoiceLine",
    "Item",
    "ItemPrice",
    "ItemStock",
    "ItemText",
    "PaymentMethod",
    "Prepayment",
    "PrepaymentApplication",
    "ProductCategory",
    "ProductCategoryAccount",
    "SalesOrder",
    "SalesOrderLine",
    "Sector",
    "Shipment",
    "ShipmentLine",
    "Warehouse",
]
