"""Prextra's documents, to be looked at from the log."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from integration.admin.links import log_link
from integration.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from prextra_models import models as prextra

AMOUNTS = ("subtotal", "federal_tax", "provincial_tax", "total")


def _address(prefix: str) -> tuple[tuple[str, ...], ...]:
    rows = (("name", "phone"), ("address1", "address2"), ("city", "province", "country", "postal_code"))
    return tuple(tuple(f"{prefix}_{column}" for column in row) for row in rows)


class SalesOrderLineInline(ReadOnlyInline):
    model = prextra.SalesOrderLine
    fields = ("line_number", "kind", "item", "description", "quantity", "unit_price", "discount", "federal_tax",
              "provincial_tax", "total")  # fmt: skip


class PrepaymentInline(ReadOnlyInline):
    model = prextra.Prepayment
    fields = ("number", "received_on", "amount", "applied", "deposit", "payment_method", "account")


class ShipmentInline(ReadOnlyInline):
    model = prextra.Shipment
    fields = ("number", "ship_date", "status", "carrier", "tracking_number")


class InvoiceInline(ReadOnlyInline):
    model = prextra.Invoice
    fk_name = "order"
    fields = ("number", "invoice_date", "subtotal", "federal_tax", "provincial_tax", "total", "balance")


@admin.register(prextra.SalesOrder)
class SalesOrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "in_log", "order_date", "buyer_name", "status", "total")
    list_filter = ("status", "warehouse")
    search_fields = ("number", "shopify_name", "buyer_name")
    fieldsets = (
        (
            None,
            {"fields": (("number", "order_date", "status"), ("company", "warehouse", "customer", "sector"), "in_log")},
        ),
        (_("Amounts"), {"fields": (AMOUNTS, ("currency", "prices_include_taxes", "cash_rounding"))}),
        (_("Buyer"), {"fields": (("buyer_name", "buyer_email", "buyer_phone"), ("customer_po", "note"))}),
        (_("Ship to"), {"fields": _address("ship")}),
        (_("Bill to"), {"fields": _address("bill")}),
    )
    readonly_fields = ("in_log",)
    inlines = (SalesOrderLineInline, PrepaymentInline, ShipmentInline, InvoiceInline)

    @admin.display(description=_("in the log"))
    def in_log(self, order: prextra.SalesOrder) -> str:
        return log_link(order.shopify_name)


@admin.register(prextra.Prepayment)
class PrepaymentAdmin(ReadOnlyAdmin):
    list_display = ("number", "order", "received_on", "amount", "applied", "deposit", "account")
    search_fields = ("number", "order__number", "order__shopify_name")
    list_select_related = ("order", "deposit", "account")


@admin.register(prextra.Deposit)
class DepositAdmin(ReadOnlyAdmin):
    list_display = ("number", "deposit_date", "bank", "status", "total")
    list_filter = ("status",)
    list_select_related = ("bank",)
    inlines = (PrepaymentInline,)


class ShipmentLineInline(ReadOnlyInline):
    model = prextra.ShipmentLine
    fields = ("item", "quantity")


@admin.register(prextra.Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ("number", "order", "ship_date", "status", "carrier", "tracking_number")
    list_filter = ("status", "warehouse")
    search_fields = ("number", "order__number", "order__shopify_name", "tracking_number")
    list_select_related = ("order",)
    inlines = (ShipmentLineInline,)


class InvoiceLineInline(ReadOnlyInline):
    model = prextra.InvoiceLine
    fields = ("item", "account", "quantity", "unit_price", "discount", "federal_tax", "provincial_tax", "total")


@admin.register(prextra.Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "order", "shipment", "invoice_date", "total", "balance")
    search_fields = ("number", "order__number", "order__shopify_name")
    list_select_related = ("order", "shipment")
    inlines = (InvoiceLineInline,)
