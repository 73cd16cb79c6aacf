"""Warehouses: their tab « Shopify », and « Test the connection » (specification §1.3). The secret is on no page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.admin.kept import KeptByPrextra, write_columns
from integration.admin.prerequisites import rows_of
from integration.admin.readonly import ReadOnlyAdmin
from integration.admin.warehouse_form import COLUMNS, FIELDS, SECRET, STORED, TRIAL, WarehouseForm, bell_secret_state
from integration.check_kinds import Tone
from integration.checks import bell_in_use, shop_of
from integration.connection import try_connection
from integration.doorbell import current_key, keep_key, note_former_key
from integration.errors import ConfigurationError
from integration.models import AccessToken, ItemSetting
from integration.secret_state import SecretState, secret_state
from prextra_models import models as prextra

VERDICTS = {
    Tone.OK: _("All is well: this warehouse can be synchronised."),
    Tone.WARN: _("The connection works; look at what is marked below."),
    Tone.BAD: _("The connection is not ready yet: correct what is marked below."),
}


IN_WORDS = {"access_token": "secret", "location": "place", "webhook_secret": "webhook_key"}


@admin.register(prextra.Warehouse)
class WarehouseAdmin(KeptByPrextra):
    form = WarehouseForm
    list_display = (
        "code",
        "name",
        "company",
        "shopify_url",
        "sync_items",
        "sync_orders",
        "sync_shipments",
        "sync_invoices",
    )
    list_filter = ("company",)
    list_select_related = ("company",)
    ordering = ("code",)
    search_fields = ("code", "name")
    search_help_text = _("By code or name.")
    autocomplete_fields = ("shopify_customer",)
    readonly_fields = ("code", "name", "company", "secret", "place", "webhook_key", "webhooks")
    change_form_template = "admin/prextra_models/warehouse/change_form.html"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[prextra.Warehouse]:
        return super().get_queryset(request).select_related("company", "shopify_customer")

    def get_fieldsets(self, request: HttpRequest, obj: prextra.Warehouse | None = None) -> Any:
        """Who may only look sees in words what the fields that are not Prextra's own hold."""
        shown = {} if self.has_change_permission(request, obj) else IN_WORDS
        fields = (*(shown.get(name, name) for name in FIELDS), "webhooks")
        required = _("(*) Required once a flow is ticked.")
        return [
            (_("Warehouses"), {"classes": ["tab"], "fields": ("code", "name", "company")}),
            ("Shopify", {"classes": ["tab"], "fields": fields, "description": required}),
        ]

    @admin.display(description=_("access token"))
    def secret(self, warehouse: prextra.Warehouse) -> str:
        return _in_words(secret_state(warehouse))

    @admin.display(description=_("API secret key"))
    def webhook_key(self, warehouse: prextra.Warehouse) -> str:
        return _in_words(bell_secret_state(warehouse))

    @admin.display(description=_("Webhooks"))
    def webhooks(self, warehouse: prextra.Warehouse) -> str:
        """Whether its shop tells of changes at once, and if not, why."""
        bell = bell_in_use(warehouse)
        if bell is None:
            return gettext("Not used: this installation has no public address. Each pass finds out by itself.")
        if bell.checked_at is None:
            return gettext("Not subscribed yet: the next pass does it.")
        said = [bell.message] if bell.reason else []
        if bell.topics:
            said.append(gettext("Subscribed: {topics}.").format(topics=", ".join(bell.topics)))
            rung = date_format(timezone.localtime(bell.rung_at), "DATETIME_FORMAT") if bell.rung_at else ""
            said.append(gettext("Last rung: {when}.").format(when=rung) if rung else gettext("Not rung yet."))
        return " ".join(said)

    @admin.display(description=_("location in Shopify"))
    def place(self, warehouse: prextra.Warehouse) -> str:
        setting = ItemSetting.objects.filter(warehouse=warehouse.pk).first()
        if not setting or not setting.location:
            return gettext("the shop's only active one")
        return str(setting.locations.get(setting.location, setting.location))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Warehouses"), **(extra_context or {})})

    # « Test the connection »

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The connection is tried once Django's transaction is over: nobody waits for a shop that does not answer."""
        context = {"title": _("Warehouse"), **(extra_context or {})}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        if TRIAL in request.POST and isinstance(response, TemplateResponse) and response.context_data:
            form: WarehouseForm = response.context_data["adminform"].form
            if form.is_trial and not form.errors:
                response.context_data |= _tried(form)
        return response

    # Saving

    def save_model(self, request: HttpRequest, obj: prextra.Warehouse, form: Any, change: bool) -> None:
        """Only what was changed, and the secret where it was typed or stands there in plain (rules W4)."""
        columns = [name for name in form.changed_data if name in COLUMNS]
        former = current_key(obj) if {"access_token", "webhook_secret"} & set(form.changed_data) else ""
        if typed := form.cleaned_data["access_token"]:
            obj.shopify_access_token = typed
        if typed or form.secret is SecretState.PLAIN:
            columns.append(SECRET)
        write_columns(obj, columns)
        if key := form.cleaned_data["webhook_secret"]:
            keep_key(obj, key)
        note_former_key(obj, former)
        if {"shopify_api_key", "access_token"} & set(form.changed_data):
            _forget_token(obj)
        if form.is_other_shop:
            _keep(form, location=form.chosen, locations={})
        elif "location" in form.changed_data:
            _keep(form, location=form.chosen)


def _in_words(state: SecretState) -> str:
    is_kept = state in {SecretState.KEPT, SecretState.PLAIN}
    return gettext("One is stored, and is never shown.") if is_kept else str(STORED[state])


def _tried(form: WarehouseForm) -> dict[str, Any]:
    """What the stored shop says of its locations is kept; of another one, they are only offered to choose from."""
    trial = try_connection(form.typed(), location=form.chosen)
    if trial.locations is not None and form.is_other_shop:
        form.offer_locations(trial.locations)
    elif trial.locations is not None and dict(trial.locations) != form.setting.locations:
        form.setting.locations = dict(trial.locations)
        _keep(form, locations=form.setting.locations)
        form.offer_locations()
    return {
        "trial": rows_of(trial.results, form.instance, off=_("not looked at")),
        "verdict": VERDICTS[trial.tone],
        "tone": trial.tone.value,
        "retype": bool(form.cleaned_data["access_token"]),
    }


def _keep(form: WarehouseForm, **values: Any) -> None:
    ItemSetting.objects.update_or_create(warehouse=form.setting.warehouse, defaults=values)


def _forget_token(warehouse: prextra.Warehouse) -> None:
    """A token that was granted for the former secret would hide for a day that the new one is wrong."""
    try:
        host = shop_of(warehouse).host
    except ConfigurationError:
        return
    rows = AccessToken.objects.filter(shop=host, client_id=warehouse.shopify_api_key)
    rows.update(token="", expires_at=timezone.now())  # the row stays: somebody may be waiting for its renewal


@admin.register(prextra.Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """For the search within the warehouse's form."""

    list_display = ("number", "name", "city", "sector")
    list_select_related = ("sector",)
    search_fields = ("number", "name")
    ordering = ("number",)
    show_full_result_count = False
