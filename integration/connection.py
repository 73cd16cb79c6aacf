"""A warehouse's connection, tried once with the values that it holds: what works, what does not, and what to do.

It asks with the functions of a pass, so that the two cannot differ, and writes nothing, neither here nor in the shop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from integration.check_kinds import CheckResult, Facts, Group, Tone
from integration.checks import CHECKS, examine, location_of, missing_in_shop, shop_of
from integration.errors import ConfigurationError, SyncError
from integration.flows import enabled_flows
from integration.items.shop import Setup, survey_setup
from integration.models import Flow, ItemSetting
from integration.shopify.client import Limits, ShopClient
from integration.shopify.credentials import MemoryTokenCache, credentials_for
from integration.shopify.orders import ShopFacts, read_shop
from prextra_models.models import Warehouse

PATIENCE = Limits(timeout=7, connect_timeout=5, deadline=8, attempts=2)
"""Somebody is waiting: two questions within about a quarter of a minute."""

OF_TOKEN = frozenset({"shopify_refused_token", "shopify_grant_refused", "shopify_credentials_unusable"})
FIELDS_OF = {
    "shop_url_refused": {"shop_url_refused", "shopify_url"},
    "shopify_credentials_unusable": {"shopify_api_key", "shopify_access_token"},
}
IN_PREXTRA = tuple(check for check in CHECKS if check.stops and check.group in (Group.COMPANY, Group.WAREHOUSE))

Connect = Callable[[Warehouse], ShopClient]


def connect_briefly(warehouse: Warehouse) -> ShopClient:
    """With a token that is asked for anew: one that was kept would hide that the secret is wrong."""
    credentials = credentials_for(warehouse.shopify_api_key, warehouse.shopify_access_token, MemoryTokenCache())
    return ShopClient(shop_of(warehouse), credentials, api_version=settings.SHOPIFY_API_VERSION, limits=PATIENCE)


@dataclass(slots=True)
class Trial:
    """`locations` are the shop's active ones, by identifier; None where they were not asked for, or not told."""

    results: list[CheckResult] = field(default_factory=list)
    locations: Mapping[str, str] | None = None

    @property
    def tone(self) -> Tone:
        tones = {result.tone for result in self.results}
        return next((tone for tone in (Tone.BAD, Tone.WARN) if tone in tones), Tone.OK)

    def say(self, title: Any, *errors: SyncError, note: Any = "", tone: Tone = Tone.BAD) -> None:
        self.results.append(CheckResult(title, tone if errors else Tone.OK, errors, note))


def try_connection(warehouse: Warehouse, connect: Connect = connect_briefly, *, location: str | None = None) -> Trial:
    """Never raises for what a person or time can mend. `warehouse` may hold values that were typed and not saved.

    `location` is the one that was chosen and not saved; None takes the one that is kept.
    """
    if location is None:
        kept = ItemSetting.objects.filter(warehouse=warehouse.pk).first()
        location = kept.location if kept else ""
    trial = Trial([result for result in examine(Facts(warehouse), IN_PREXTRA) if result.tone is not Tone.OK])
    try:
        with connect(warehouse) as client:
            shop = read_shop(client)
            trial.say(_("Shop reached"), note=client.shop.host)
            trial.say(_("Access token accepted"))
            _compare_versions(trial, client)
            _hear_shop(trial, warehouse, shop)
            _look_at_items(trial, warehouse, client, location)
    except ImproperlyConfigured:  # the secret cannot be opened: among the prerequisites already
        _leave_rest(trial)
    except SyncError as error:
        _fail(trial, error)
        _leave_rest(trial)
    return trial


def _fail(trial: Trial, error: SyncError) -> None:
    if error.reason in FIELDS_OF:
        if not _is_said(trial, FIELDS_OF[error.reason]):
            trial.say(_("Access token accepted"), error)
    elif error.reason in OF_TOKEN:
        if error.params.get("request_id"):  # Shopify numbers its answers; another server may refuse too
            trial.say(_("Shop reached"))
        trial.say(_("Access token accepted"), error)
    else:
        trial.say(_("Shop reached"), error)


def _is_said(trial: Trial, fields: Collection[str]) -> bool:
    """Whether what was found in Prextra already says that one of these fields is empty or wrong."""
    errors = [error for result in trial.results for error in result.errors]
    return any(error.reason in fields or error.params.get("columns") in fields for error in errors)


def _leave_rest(trial: Trial) -> None:
    note = _("Not looked at: correct the above first, then test again.")
    trial.results.append(CheckResult(_("Rights, currency and the rest"), Tone.OFF, note=note))


def _compare_versions(trial: Trial, client: ShopClient) -> None:
    if client.served_version:
        differs = ConfigurationError("shopify_version_differs", asked=client.api_version, served=client.served_version)
        trial.say(_("Version of the API"), differs, tone=Tone.WARN)
    else:
        trial.say(_("Version of the API"), note=client.api_version)


def _hear_shop(trial: Trial, warehouse: Warehouse, shop: ShopFacts) -> None:
    """The currency, and each right that each ticked flow needs."""
    flows = enabled_flows(warehouse)
    errors = missing_in_shop(warehouse, flows, shop.currency, shop.scopes)
    lacking = {error.params["scope"]: error for error in errors if error.reason == "shopify_scope_missing"}
    trial.say(_("Currency"), *(error for error in errors if error.reason == "currency_differs"), note=shop.currency)
    if not flows:
        trial.say(_("Rights"), ConfigurationError("no_flow_enabled", warehouse=warehouse.pk), tone=Tone.WARN)
    elif shop.scopes is None:
        trial.say(_("Rights"), ConfigurationError("scopes_unknown"), tone=Tone.WARN)
    for scope in dict.fromkeys(scope for definition in flows for scope in definition.scopes if shop.scopes is not None):
        uses = ", ".join(str(one.flow.label) for one in flows if scope in one.scopes)
        trial.say(Titled(_("Right « {scope} »"), scope), *filter(None, [lacking.get(scope)]), note=uses)


def _look_at_items(trial: Trial, warehouse: Warehouse, client: ShopClient, location: str) -> None:
    """Where the items' stock and texts go; only a shop that gives all rights can tell."""
    if Flow.ITEMS not in {definition.flow for definition in enabled_flows(warehouse)}:
        return
    if any(error.reason == "shopify_scope_missing" for result in trial.results for error in result.errors):
        _leave_items(trial)
        return
    try:
        setup, missing = survey_setup(client, dry_run=True)
    except SyncError as error:
        trial.say(_("Locations, sales channels and languages"), error)
        return
    trial.locations = setup.locations
    _choose_location(trial, warehouse, setup, location)
    trial.say(_("Online Store"), *(error for error in missing if error.reason == "online_store_missing"))
    if keys := [error for error in missing if error.reason == "item_key_refused"]:
        trial.say(_("Key of products"), *keys)
    if warehouse.company.shopify_multilingual:
        alone = [] if setup.locales else [ConfigurationError("no_other_language", language=setup.primary)]
        trial.say(_("Languages"), *alone, note=", ".join([setup.primary, *setup.locales]), tone=Tone.WARN)


def _leave_items(trial: Trial) -> None:
    note = _("Not looked at: give the rights above first, then test again.")
    trial.results.append(CheckResult(_("Locations, sales channels and languages"), Tone.OFF, note=note))


def _choose_location(trial: Trial, warehouse: Warehouse, setup: Setup, location: str) -> None:
    try:
        chosen = location_of(warehouse.pk, location, setup.locations)
    except ConfigurationError as error:
        trial.say(_("Location in Shopify"), error)
    else:
        trial.say(_("Location in Shopify"), note=setup.locations[chosen])


@dataclass(frozen=True, slots=True)
class Titled:
    """A title that names a scope, in the language of whoever reads it."""

    text: Any
    scope: str

    def __str__(self) -> str:
        return str(self.text).format(scope=self.scope)
