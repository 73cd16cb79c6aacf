"""The prerequisites of a sync, one function for each: what is missing stops the flows and says where to correct it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from django.conf import settings

from integration.configuration import Configuration
from integration.errors import ConfigurationError
from integration.flows import FlowDefinition, enabled_flows
from integration.shopify.shop import ShopAddress
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

Check = Callable[[Warehouse, Configuration], Iterator[ConfigurationError]]

REQUIRED_FIELDS = ("shopify_url", "shopify_api_key", "shopify_access_token", "shopify_customer")


def missing_prerequisites(warehouse: Warehouse) -> list[ConfigurationError]:
    """What must be corrected in Prextra before the warehouse can be synchronised (rules C, W); nothing is asked of Shopify."""
    configuration = Configuration(warehouse.company_id)
    return [error for check in CHECKS for error in check(warehouse, configuration)]


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


def _integration_activated(warehouse: Warehouse, configuration: Configuration) -> Iterator[ConfigurationError]:
    if not configuration.is_on("ShopifyIntegration"):
        yield ConfigurationError("integration_off", company=warehouse.company_id)


def _company_ready(warehouse: Warehouse, configuration: Configuration) -> Iterator[ConfigurationError]:
    company = warehouse.company
    if configuration.has("software", "isbyproject"):
        yield ConfigurationError("company_by_project", company=company.pk)
    if not company.active:
        yield ConfigurationError("company_inactive", company=company.pk)
    if not company.shopify_enabled:
        yield ConfigurationError("company_not_enabled", company=company.pk)
    elif not company.shopify_payment_method_id:
        yield ConfigurationError("payment_method_missing", company=company.pk)


def _fields_filled(warehouse: Warehouse, _: Configuration) -> Iterator[ConfigurationError]:
    for name in REQUIRED_FIELDS:
        if not getattr(warehouse, name):
            yield ConfigurationError("warehouse_field_missing", columns=name, warehouse=warehouse.pk)


def _address_accepted(warehouse: Warehouse, _: Configuration) -> Iterator[ConfigurationError]:
    if warehouse.shopify_url:
        try:
            shop_of(warehouse)
        except ConfigurationError as error:
            yield error


def _shop_not_shared(warehouse: Warehouse, _: Configuration) -> Iterator[ConfigurationError]:
    """Two warehouses may not point at one shop with the same flow ticked (rules W2)."""
    try:
        shop = shop_of(warehouse)
    except ConfigurationError:
        return
    own = {definition.flow for definition in enabled_flows(warehouse)}
    others = Warehouse.objects.using(PREXTRA).exclude(pk=warehouse.pk)
    for other in others:
        shared = own & {definition.flow for definition in enabled_flows(other)}
        try:
            if shared and shop_of(other) == shop:
                yield ConfigurationError("warehouse_shop_shared", warehouse=warehouse.pk, other=other.pk)
        except ConfigurationError:
            continue


def shop_of(warehouse: Warehouse) -> ShopAddress:
    """The warehouse's shop; ConfigurationError where its address is not one of a shop (rules W5)."""
    return ShopAddress.parse(warehouse.shopify_url or "", allow_loopback=settings.SHOPIFY_ALLOW_LOOPBACK)


CHECKS: tuple[Check, ...] = (
    _integration_activated,
    _company_ready,
    _fields_filled,
    _address_accepted,
    _shop_not_shared,
)
