"""The form of a warehouse's tab « Shopify » (specification §1.3, rules W1, W2, W4, W5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration.admin.company import REQUIRED_SUFFIX
from integration.admin.own_changes import OwnChanges
from integration.check_kinds import Facts, Group
from integration.checks import CHECKS
from integration.errors import ConfigurationError
from integration.models import Doorbell, ItemSetting
from integration.reasons import advice, describe
from integration.secret_state import SecretState, secret_state
from integration.shopify.shop import ShopAddress
from prextra_models import models as prextra

SECRET = "shopify_access_token"  # noqa: S105 - the column's name
FIELDS = ("shopify_url", "shopify_api_key", "access_token", "shopify_customer", "sync_items", "sync_orders",
          "sync_shipments", "sync_invoices", "location", "webhook_secret")  # fmt: skip
COLUMNS = tuple(name for name in FIELDS if name not in {"access_token", "location", "webhook_secret"})
REQUIRED = ("shopify_url", "shopify_api_key", "access_token", "shopify_customer")
TRIAL = "_test"
LOCATION = re.compile(r"gid://shopify/Location/\d{1,20}")

STORED = {
    SecretState.NONE: _("None is stored yet."),
    SecretState.KEPT: _("One is stored, and is never shown. Leave this empty to keep it; what you type replaces it."),
    SecretState.PLAIN: _("One is stored, not encrypted yet: it is at the next save. What you type replaces it."),
    SecretState.UNREADABLE: _(
        "One is stored, but it was encrypted with a key that is not there any more: type it again."
    ),
}


class WarehouseForm(OwnChanges):
    """The secret is a field of its own, so that what is stored is never read to be shown.

    Where the connection is tried, it is tried as the page shows it, and nothing is refused here: what is missing is said
    among the results.
    """

    access_token = forms.CharField(
        label=_("Access token"),
        required=False,
        max_length=255,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "class": "vTextField", "spellcheck": "false"}
        ),
        help_text=_("Type your access token for the synchronisation with Shopify."),
    )
    location = forms.ChoiceField(
        label=_("Location in Shopify"),
        required=False,
        help_text=_(
            "Choose at which of the shop's locations this warehouse's stock is kept. « Test the connection » brings the "
            "list up to date."
        ),
    )

    webhook_secret = forms.CharField(
        label=_("API secret key"),
        required=False,
        max_length=255,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "class": "vTextField", "spellcheck": "false"}
        ),
        help_text=_(
            "Only for webhooks, and only where the access token begins with shpat_: it is on the same page of Shopify. With "
            "a client secret, leave it empty."
        ),
    )

    class Meta:
        model = prextra.Warehouse
        fields = COLUMNS

    class Media:
        js = ("prextra/warehouse.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret_state(self.instance)
        self.setting = ItemSetting.objects.filter(warehouse=self.instance.pk).first() or ItemSetting(
            warehouse=self.instance.pk
        )
        self.is_trial = TRIAL in self.data
        for name in REQUIRED:
            if name in self.fields:
                self.fields[name].label_suffix = REQUIRED_SUFFIX
        if "access_token" in self.fields:
            token = self.fields["access_token"]
            token.help_text = f"{token.help_text} {STORED[self.secret]}"
        if "webhook_secret" in self.fields:
            key = self.fields["webhook_secret"]
            key.help_text = f"{key.help_text} {STORED[bell_secret_state(self.instance)]}"
        if "location" in self.fields:
            self.initial["location"] = self.setting.location
            self.offer_locations()

    @property
    def is_other_shop(self) -> bool:
        """Whether the URL that was typed leads to another shop than the stored one: each has locations of its own."""
        if not self.is_bound:
            return False
        url: Any = self["shopify_url"]
        return (self.is_trial or url._has_changed()) and _host(url.data) != _host(self.initial.get("shopify_url"))

    @property
    def chosen(self) -> str:
        """The location that was chosen for the shop that was typed; one of the former shop's is none of its."""
        location = str(self.cleaned_data["location"])
        is_former = location in self.setting.locations or location == self.setting.location
        return "" if self.is_other_shop and is_former else location

    def offer_locations(self, of_typed: Mapping[str, str] | None = None) -> None:
        """Those that the shop had when it was last asked; `of_typed` are those of the other shop that was just tried."""
        names = dict(self.setting.locations if of_typed is None else of_typed)
        typed = str(self.data.get("location", "")) if self.is_other_shop else ""
        if of_typed is None and typed not in names and LOCATION.fullmatch(typed):
            names[typed] = typed.rpartition("/")[2]  # chosen at a trial, which saved nothing: the next pass looks at it
        if of_typed is None and (chosen := self.setting.location) and chosen not in names:
            gone = gettext("not active any more: {location}") if names else "{location}"
            names[chosen] = gone.format(location=chosen.rpartition("/")[2])
        field: Any = self.fields["location"]
        field.choices = [("", gettext("the shop's only active one")), *names.items()]

    def is_valid(self) -> bool:
        """A trial is never saved, whatever was typed."""
        return super().is_valid() and not self.is_trial

    def clean_shopify_url(self) -> str:
        text = str(self.cleaned_data["shopify_url"] or "").strip()
        if not text:
            return ""
        try:
            return ShopAddress.parse(text, allow_loopback=settings.SHOPIFY_ALLOW_LOOPBACK).base_url
        except ConfigurationError as error:
            if self.is_trial:
                return text
            raise forms.ValidationError(_sentence(error)) from None

    def clean_access_token(self) -> str:
        return str(self.cleaned_data["access_token"]).strip()

    def clean_webhook_secret(self) -> str:
        return str(self.cleaned_data["webhook_secret"]).strip()

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data if self.is_trial else super().clean()
        if not self.is_trial:
            facts = Facts(self.typed(cleaned), secret=SecretState.KEPT if cleaned.get("access_token") else self.secret)
            for check in CHECKS if facts.flows else ():
                if check.stops and check.group is Group.WAREHOUSE:
                    self._refuse(list(check.find(facts)))
        return cleaned

    def _refuse(self, errors: list[ConfigurationError]) -> None:
        for error in errors:
            column = str(error.params.get("columns", "shopify_url"))
            name = "access_token" if column == SECRET or error.reason == "secret_unreadable" else column
            if name in self.fields and not self.errors.get(name):
                is_empty = error.reason == "warehouse_field_missing"
                text = gettext("Fill it in: it is required once a flow is ticked.") if is_empty else _sentence(error)
                self.add_error(name, text)

    def typed(self, cleaned: dict[str, Any] | None = None) -> prextra.Warehouse:
        """The warehouse with what was typed, the secret too where one was; nothing of it is saved."""
        values = self.cleaned_data if cleaned is None else cleaned
        warehouse: prextra.Warehouse = copy(self.instance)
        for name in COLUMNS:
            if name in values:
                setattr(warehouse, name, values[name])
        if values.get("access_token"):
            warehouse.shopify_access_token = values["access_token"]
        return warehouse


def bell_secret_state(warehouse: prextra.Warehouse) -> SecretState:
    bell = Doorbell.objects.defer("secret", "previous_secret").filter(warehouse=warehouse.pk).first()
    try:
        return SecretState.KEPT if bell and bell.secret else SecretState.NONE
    except ImproperlyConfigured:
        return SecretState.UNREADABLE


def _host(url: str | None) -> str:
    """The shop that the address leads to; the text itself where it leads to none."""
    text = (url or "").strip()
    try:
        return ShopAddress.parse(text, allow_loopback=settings.SHOPIFY_ALLOW_LOOPBACK).host
    except ConfigurationError:
        return text


def _sentence(error: ConfigurationError) -> str:
    return f"{describe(error.reason, error.params)} {advice(error.reason, error.params)}"
