"""The prerequisites of a sync, one function for each: what stops the flows, what is to be looked at, and what to do.

One list, `CHECKS`: a pass stops at what those find that `stops`, and the admin's page shows all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from integration import item_facts
from integration.check_kinds import Check, CheckResult, Facts, Group, Tone
from integration.errors import ConfigurationError, SyncError
from integration.flows import FlowDefinition, enabled_flows
from integration.ledger import Account
from integration.models import Doorbell, Flow, SyncRun
from integration.secret_state import SecretState
from integration.shopify.shop import ShopAddress
from prextra_models.models import Warehouse


def missing_prerequisites(warehouse: Warehouse, facts: Facts | None = None) -> list[ConfigurationError]:
    """What must be corrected in Prextra before the warehouse can be synchronised (rules C, W); nothing is asked of Shopify."""
    facts = facts or Facts(warehouse)
    return [error for check in CHECKS if check.stops for error in check.find(facts)]


def things_to_correct(facts: Facts) -> list[SyncError]:
    """What the admin counts: all that stops the next pass, and what stopped the last one."""
    results = examine(facts, [check for check in CHECKS if check.stops or check.may_have_stopped])
    return [error for result in results if result.tone is Tone.BAD for error in result.errors]


def examine(facts: Facts, checks: Collection[Check] | None = None) -> list[CheckResult]:
    """Each of the checks, and how the warehouse stands."""
    return [_examined(check, facts) for check in (CHECKS if checks is None else checks)]


def _examined(check: Check, facts: Facts) -> CheckResult:
    if check.flows and not check.flows & facts.flows:
        return CheckResult(check.title, Tone.OFF, note=_("Not needed by the flows that are ticked."), group=check.group)
    errors = tuple(check.find(facts))
    if not errors and check.untold and (state := check.untold(facts)):
        return CheckResult(check.title, Tone.OFF, group=check.group, state=state)
    is_bad = check.stops or (check.may_have_stopped and any(error.reason in _stopped_by(facts) for error in errors))
    tone = Tone.OK if not errors else Tone.BAD if is_bad else Tone.WARN
    return CheckResult(check.title, tone, errors, group=check.group)


def missing_in_shop(
    warehouse: Warehouse, flows: Collection[FlowDefinition], currency: str, granted: Collection[str] | None
) -> list[ConfigurationError]:
    """What the shop says against it: another currency (rules C6), or scopes that the token lacks. `write_x` holds `read_x`."""
    company = warehouse.company
    errors = []
    if currency != company.currency:
        errors.append(
            ConfigurationError(
                "currency_differs", shop_currency=currency, company=company.pk, company_currency=company.currency
            )
        )
    if granted is None:
        return errors
    held = set(granted) | {scope.replace("write_", "read_", 1) for scope in granted}
    needed = dict.fromkeys(scope for definition in flows for scope in definition.scopes)
    return errors + [ConfigurationError("shopify_scope_missing", scope=scope) for scope in needed if scope not in held]


def location_of(warehouse: str, chosen: str, locations: Mapping[str, str]) -> str:
    """The location that was chosen, else the shop's only active one (rules I3); ConfigurationError where there is none."""
    if chosen:
        if chosen not in locations:
            raise ConfigurationError("location_gone", warehouse=warehouse)
        return chosen
    if not locations:
        raise ConfigurationError("location_missing")
    if len(locations) > 1:
        raise ConfigurationError("location_to_choose", names=", ".join(locations.values()), warehouse=warehouse)
    return next(iter(locations))


def shop_of(warehouse: Warehouse) -> ShopAddress:
    """The warehouse's shop; ConfigurationError where its address is not one of a shop (rules W5)."""
    return ShopAddress.parse(warehouse.shopify_url or "", allow_loopback=settings.SHOPIFY_ALLOW_LOOPBACK)


# The company


def _database(facts: Facts) -> Iterator[ConfigurationError]:
    """A copy must not write to the live shop (rules W6)."""
    yield from facts.of_database


def _integration_activated(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.configuration.is_on("ShopifyIntegration"):
        yield ConfigurationError("integration_off", company=facts.company.pk)


def _not_by_project(facts: Facts) -> Iterator[ConfigurationError]:
    if facts.configuration.has("software", "isbyproject"):
        yield ConfigurationError("company_by_project", company=facts.company.pk)


def _company_active(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.company.active:
        yield ConfigurationError("company_inactive", company=facts.company.pk)


def _company_enabled(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.company.shopify_enabled:
        yield ConfigurationError("company_not_enabled", company=facts.company.pk)


def _payment_method(facts: Facts) -> Iterator[ConfigurationError]:
    if facts.company.shopify_enabled and not facts.company.shopify_payment_method_id:
        yield ConfigurationError("payment_method_missing", company=facts.company.pk)


def _sector(facts: Facts) -> Iterator[ConfigurationError]:
    if facts.company.managed_by_sector and facts.rules.sector is None:
        yield ConfigurationError("sector_missing", company=facts.company.pk)


# The warehouse


def _flow_ticked(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.flows:
        yield ConfigurationError("no_flow_enabled", warehouse=facts.warehouse.pk)


def _url(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.warehouse.shopify_url:
        yield _empty(facts, "shopify_url")
        return
    try:
        shop_of(facts.warehouse)
    except ConfigurationError as error:
        yield error


def _api_key(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.warehouse.shopify_api_key:
        yield _empty(facts, "shopify_api_key")


def _access_token(facts: Facts) -> Iterator[ConfigurationError]:
    if facts.secret is SecretState.NONE:
        yield _empty(facts, "shopify_access_token")
    elif facts.secret is SecretState.UNREADABLE:
        yield ConfigurationError("secret_unreadable", warehouse=facts.warehouse.pk)


def _customer(facts: Facts) -> Iterator[ConfigurationError]:
    try:
        is_there = facts.warehouse.shopify_customer is not None
    except ObjectDoesNotExist:
        is_there = False
    if not is_there:
        yield _empty(facts, "shopify_customer")


def _empty(facts: Facts, column: str) -> ConfigurationError:
    return ConfigurationError("warehouse_field_missing", columns=column, warehouse=facts.warehouse.pk)


def shop_not_shared(facts: Facts) -> Iterator[ConfigurationError]:
    """Two warehouses may not point at one shop with the same flow ticked (rules W2)."""
    code = facts.warehouse.pk
    try:
        shop = shop_of(facts.warehouse)
    except ConfigurationError:
        return
    for other in facts.others:
        shared = facts.flows & {definition.flow for definition in enabled_flows(other)}
        try:
            if other.pk != code and shared and shop_of(other) == shop:
                yield ConfigurationError("warehouse_shop_shared", warehouse=code, other=other.pk)
        except ConfigurationError:
            continue


def _last_of_shop(facts: Facts) -> list[SyncRun]:
    """The last run of each flow that is ticked, the newest first, where it was with this shop."""
    try:
        host = shop_of(facts.warehouse).host
    except ConfigurationError:
        host = ""
    runs = [run for flow, run in facts.last_runs.items() if flow in facts.flows and run.shop in ("", host)]
    return sorted(runs, key=lambda run: run.started_at, reverse=True)


def _stopped_by(facts: Facts) -> set[str]:
    return {run.reason for run in _last_of_shop(facts) if run.outcome == SyncRun.Outcome.CONFIGURATION}


def _is_said_by_shop(run: SyncRun) -> bool:
    of_shop = run.reason.startswith("shopify_") or run.reason in SAID_BY_SHOP
    return of_shop and run.outcome == SyncRun.Outcome.CONFIGURATION


def _last_pass(facts: Facts) -> Iterator[ConfigurationError]:
    """What the shop said against it when it was last spoken to, each once: a right, its currency, its sales channel."""
    said = [run for run in _last_of_shop(facts) if _is_said_by_shop(run)]
    for run in {(run.reason, run.message): run for run in said}.values():
        yield ConfigurationError(run.reason, **run.params)


def _not_asked_yet(facts: Facts) -> Any:
    """A pass that stopped before it had the shop's answer tells nothing."""
    answered = {SyncRun.Outcome.DONE, SyncRun.Outcome.HELD}
    return "" if any(run.outcome in answered for run in _last_of_shop(facts)) else _("not asked yet")


def bell_in_use(warehouse: Warehouse) -> Doorbell | None:
    """How its shop rings; None where nobody can, for there is no public address."""
    if not settings.PUBLIC_URL:
        return None
    rows = Doorbell.objects.defer("secret", "previous_secret")  # whoever looks needs none
    return rows.filter(warehouse=warehouse.pk).first() or Doorbell(warehouse=warehouse.pk)


def _webhooks(facts: Facts) -> Iterator[ConfigurationError]:
    bell = bell_in_use(facts.warehouse)
    if bell and bell.reason:
        yield ConfigurationError(bell.reason, **bell.params)


def _not_subscribed(facts: Facts) -> Any:
    bell = bell_in_use(facts.warehouse)
    return _("not used") if bell is None else "" if bell.checked_at else _("not asked yet")


SAID_BY_SHOP = frozenset({"currency_differs", "online_store_missing", "item_key_refused"})


# The accounts


def _of_account(account: Account) -> Iterator[ConfigurationError]:
    if account.reason:
        yield ConfigurationError(account.reason, **account.params)


def _prepayments(facts: Facts) -> Iterator[ConfigurationError]:
    yield from _of_account(facts.rules.prepayment_account)


def _bank(facts: Facts) -> Iterator[ConfigurationError]:
    yield from _of_account(facts.rules.bank)


def _charges(facts: Facts) -> Iterator[ConfigurationError]:
    for account in facts.rules.charge_accounts.values():
        yield from _of_account(account)


def _categories(facts: Facts) -> Iterator[ConfigurationError]:
    if lacking := item_facts.categories_without_account(facts.warehouse):
        names = ", ".join(lacking[:5]) + (", …" if len(lacking) > 5 else "")
        yield ConfigurationError("categories_without_account", count=len(lacking), names=names)


# The items


def _location(facts: Facts) -> Iterator[ConfigurationError]:
    """Among the locations that the shop had when it was last asked; the pass asks again."""
    code = facts.warehouse.pk
    locations = facts.setting.locations
    if not locations and "location_missing" not in _stopped_by(facts):
        yield ConfigurationError("locations_unknown", warehouse=code)
        return
    try:
        location_of(code, facts.setting.location, locations)
    except ConfigurationError as error:
        yield error


def _web_section(facts: Facts) -> Iterator[ConfigurationError]:
    if not facts.configuration.has("ItemMaintenanceShowFields", "imgbtnweb"):
        yield ConfigurationError("web_section_hidden", company=facts.company.pk)


def _items_ticked(facts: Facts) -> Iterator[ConfigurationError]:
    if not item_facts.count_ticked(facts.warehouse):
        yield ConfigurationError("no_item_ticked", warehouse=facts.warehouse.pk)


def _items_sent(facts: Facts) -> Iterator[ConfigurationError]:
    for reason, count in item_facts.why_not_sent(facts.warehouse).items():
        yield ConfigurationError("items_not_sent", count=count, why=reason, remedy=reason)


ITEMS = frozenset({Flow.ITEMS})
ORDERS = frozenset({Flow.ORDERS, Flow.SHIPMENTS, Flow.INVOICES})
INVOICES = frozenset({Flow.INVOICES})

CHECKS: tuple[Check, ...] = (
    Check(_("Prextra's database, known"), Group.COMPANY, _database),
    Check(_("Configuration « ShopifyIntegration »"), Group.COMPANY, _integration_activated),
    Check(_("Configuration « software » without « isbyproject »"), Group.COMPANY, _not_by_project),
    Check(_("Company active"), Group.COMPANY, _company_active),
    Check(_("« Synchronisation » ticked"), Group.COMPANY, _company_enabled),
    Check(_("Payment method"), Group.COMPANY, _payment_method),
    Check(_("Sector"), Group.COMPANY, _sector, stops=False, flows=ORDERS),
    Check(_("Flows to synchronise"), Group.WAREHOUSE, _flow_ticked, stops=False),
    Check(_("Shop URL"), Group.WAREHOUSE, _url),
    Check(_("API key"), Group.WAREHOUSE, _api_key),
    Check(_("Access token"), Group.WAREHOUSE, _access_token),
    Check(_("Customer"), Group.WAREHOUSE, _customer),
    Check(_("A shop of its own"), Group.WAREHOUSE, shop_not_shared),
    Check(
        _("What the shop said at the last pass"),
        Group.WAREHOUSE,
        _last_pass,
        stops=False,
        may_have_stopped=True,
        untold=_not_asked_yet,
    ),
    Check(_("Webhooks"), Group.WAREHOUSE, _webhooks, stops=False, untold=_not_subscribed),
    Check(_("Account of prepayments"), Group.ACCOUNTS, _prepayments, stops=False, flows=ORDERS),
    Check(_("Bank of deposits"), Group.ACCOUNTS, _bank, stops=False, flows=ORDERS),
    Check(_("Accounts of carriage and other charges"), Group.ACCOUNTS, _charges, stops=False, flows=INVOICES),
    Check(_("Sale accounts of product categories"), Group.ACCOUNTS, _categories, stops=False, flows=INVOICES),
    Check(_("Location in Shopify"), Group.ITEMS, _location, stops=False, flows=ITEMS, may_have_stopped=True),
    Check(_("Section « www:// » of items"), Group.ITEMS, _web_section, stops=False, flows=ITEMS),
    Check(_("Items ticked « Shopify »"), Group.ITEMS, _items_ticked, stops=False, flows=ITEMS),
    Check(_("Items that go out"), Group.ITEMS, _items_sent, stops=False, flows=ITEMS),
)

COMPANY_CHECKS = tuple(
    check
    for check in CHECKS
    if check.group == Group.COMPANY or check.find in {_prepayments, _bank, _charges, _web_section}
)
"""What can be told of a company before it has any warehouse."""
