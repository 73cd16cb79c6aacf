"""Prextra's documents, to be looked at from the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from integration.admin.links import log_link
from integration.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from integration.admin.shown import figure, grouped, labelled, trimmed
from prextra_models import models as prextra

AMOUNTS = ("subtotal", "federal_tax", "provincial_tax", "total")
PRICED = ("quantity", "unit_price", "discount", *AMOUNTS[1:])


def _amount(name: str) -> Callable[[Any], str]:
    """In the currency of the document; the lines of one do not repeat it."""

    def show(record: Any) -> str:
        currency = getattr(record, "currency", "")
        return f"{grouped(getattr(record, name), 2)}\N{NO-BREAK SPACE}{currency}".rstrip()

    return show


def _listed(model: type[Any], *names: str) -> tuple[Any, ...]:
    """The same for a list, where on a phone each says what it is."""

    def with_label(name: str) -> Callable[[Any], str]:
        label, show = model._meta.get_field(name).verbose_name, _amount(name)
        return lambda record: labelled(label, show(record))

    return tuple(figure(model, name, with_label(name)) for name in names)


def _figures(model: type[Any], *names: str) -> tuple[Any, ...]:
    """These fields as a person writes them: a price at the company's decimals, a quantity without idle zeros."""
    ways: dict[str, Callable[[Any], str]] = {
        "quantity": lambda line: trimmed(line.quantity),
        "unit_price": lambda line: grouped(line.unit_price, line.decimals),
    }
    return tuple(figure(model, name, ways.get(name) or _amount(name)) for name in names)


ORDER = _figures(prextra.SalesOrder, *AMOUNTS)
ROUNDING = _figures(prextra.SalesOrder, "cash_rounding")
PREPAYMENT = _figures(prextra.Prepayment, "amount", "applied")
DEPOSIT = _figures(prextra.Deposit, "total")
INVOICE = _figures(prextra.Invoice, *AMOUNTS, "balance")
LESS = _figures(prextra.Invoice, "discount", "cash_rounding")


def _address(prefix: str) -> tuple[tuple[str, ...], ...]:
    rows = (("name", "phone"), ("address1", "address2"), ("city", "province", "country", "postal_code"))
    return tuple(tuple(f"{prefix}_{column}" for column in row) for row in rows)


class SalesOrderLineInline(ReadOnlyInline):
    model = prextra.SalesOrderLine
    readonly_fields = _figures(prextra.SalesOrderLine, *PRICED)
    fields = ("line_number", "kind", "item", "description", *readonly_fields)
    related = ("item",)
    computed: ClassVar = {"decimals": F("order__company__sale_price_decimals")}


class PrepaymentInline(ReadOnlyInline):
    model = prextra.Prepayment
    readonly_fields = PREPAYMENT
    fields = ("number", "received_on", *PREPAYMENT, "deposit", "payment_method", "account")
    related = ("deposit", "payment_method", "account")
    computed: ClassVar = {"currency": F("company__currency")}


class ShipmentInline(ReadOnlyInline):
    model = prextra.Shipment
    fields = ("number", "ship_date", "status", "carrier", "tracking_number")


class InvoiceInline(ReadOnlyInline):
    model = prextra.Invoice
    fk_name = "order"
    readonly_fields = INVOICE
    fields = ("number", "invoice_date", *INVOICE)


@admin.register(prextra.SalesOrder)
class SalesOrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "in_log", "order_date", "buyer_name", "status", *_listed(prextra.SalesOrder, "total"))
    list_filter = ("status", "warehouse")
    search_fields = ("number", "shopify_name", "buyer_name")
    fieldsets = (
        (
            None,
            {"fields": (("number", "order_date", "status"), ("company", "warehouse", "customer", "sector"), "in_log")},
        ),
        (_("Amounts"), {"fields": (ORDER, (*ROUNDING, "prices_include_taxes"))}),
        (_("Buyer"), {"fields": (("buyer_name", "buyer_email", "buyer_phone"), ("customer_po", "note"))}),
        (_("Ship to"), {"fields": _address("ship")}),
        (_("Bill to"), {"fields": _address("bill")}),
    )
    readonly_fields = ("in_log", *ORDER, *ROUNDING)
    inlines = (SalesOrderLineInline, PrepaymentInline, ShipmentInline, InvoiceInline)

    @admin.display(description=_("in the log"))
    def in_log(self, order: prextra.SalesOrder) -> str:
        return log_link(order.shopify_name)


class InCompanysCurrency(ReadOnlyAdmin):
    """For documents that have no currency of their own."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(currency=F("company__currency"))
        return rows


@admin.register(prextra.Prepayment)
class PrepaymentAdmin(InCompanysCurrency):
    list_display = (
        "number",
        "order",
        "received_on",
        *_listed(prextra.Prepayment, "amount", "applied"),
        "deposit",
        "account",
    )
    search_fields = ("number", "order__number", "order__shopify_name")
    list_select_related = ("order", "deposit", "account")
    fields = (
        ("number", "received_on"),
        ("company", "order", "deposit"),
        PREPAYMENT,
        ("payment_method", "account"),
    )
    readonly_fields = PREPAYMENT


@admin.register(prextra.Deposit)
class DepositAdmin(InCompanysCurrency):
    list_display = ("number", "deposit_date", "bank", "status", *_listed(prextra.Deposit, "total"))
    list_filter = ("status",)
    list_select_related = ("bank",)
    fields = (("number", "deposit_date", "status"), ("company", "bank"), DEPOSIT)
    readonly_fields = DEPOSIT
    inlines = (PrepaymentInline,)


class ShipmentLineInline(ReadOnlyInline):
    model = prextra.ShipmentLine
    readonly_fields = _figures(prextra.ShipmentLine, "quantity")
    fields = ("item", *readonly_fields)
    related = ("item",)


@admin.register(prextra.Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = ("number", "order", "ship_date", "status", "carrier", "tracking_number")
    list_filter = ("status", "warehouse")
    search_fields = ("number", "order__number", "order__shopify_name", "tracking_number")
    list_select_related = ("order",)
    inlines = (ShipmentLineInline,)


class InvoiceLineInline(ReadOnlyInline):
    model = prextra.InvoiceLine
    readonly_fields = _figures(prextra.InvoiceLine, *PRICED)
    fields = ("item", "account", *readonly_fields)
    related = ("item", "account")
    computed: ClassVar = {"decimals": F("invoice__company__sale_price_decimals")}


@admin.register(prextra.Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "order", "shipment", "invoice_date", *_listed(prextra.Invoice, "total", "balance"))
    search_fields = ("number", "order__number", "order__shopify_name")
    list_select_related = ("order", "shipment")
    fields = (
        ("number", "invoice_date"),
        ("company", "customer", "order", "shipment"),
        INVOICE,
        LESS,
    )
    readonly_fields = (*INVOICE, *LESS)
    inlines = (InvoiceLineInline,)
