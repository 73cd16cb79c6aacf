"""« Préalables »: each prerequisite of a company and a warehouse, how it stands, what to do, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from integration import erp_identity
from integration.admin.figures import last_runs
from integration.admin.links import shop_settings
from integration.check_kinds import CheckResult, Facts, Group, Tone
from integration.checks import COMPANY_CHECKS, examine, missing_prerequisites, shop_of, things_to_correct
from integration.configuration import read_configurations
from integration.errors import ConfigurationError, SyncError
from integration.flows import FLOWS
from integration.models import ItemSetting
from integration.reasons import advice, describe
from integration.secret_state import SecretState, secret_states
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA

PER_PAGE = 15
AT_MOST = 100
RIGHT = "prextra_models.view_warehouse"
COMPANY_RIGHT = "prextra_models.view_company"

TONES = {Tone.OK: _("in order"), Tone.WARN: _("to look at"), Tone.BAD: _("to correct"), Tone.OFF: _("not needed")}
GROUPS = {
    Group.COMPANY: _("Company"),
    Group.WAREHOUSE: _("Warehouse"),
    Group.ACCOUNTS: _("Accounts"),
    Group.ITEMS: _("Items"),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: the sentence, what to do, and the address of the very field."""

    message: str
    advice: str
    link: str

    @property
    def link_text(self) -> Any:
        if self.link.startswith("https:"):
            return _("Open the shop's settings")
        return _("Go to the field") if "#id_" in self.link else _("Open the page")


@dataclass(frozen=True, slots=True)
class Row:
    """A prerequisite as the page shows it."""

    title: str
    tone: str
    state: Any
    note: Any
    wrong: list[Wrong]


def urls(site: AdminSite) -> list[URLPattern]:
    return [
        path("prerequisites/", site.admin_view(lambda request: index(site, request)), name="prerequisites"),
        path(
            "prerequisites/<str:code>/",
            site.admin_view(lambda request, code: page(site, request, unquote(code))),
            name="prerequisites_of",
        ),
        path(
            "prerequisites/company/<str:company>/",
            site.admin_view(lambda request, company: company_page(site, request, unquote(company))),
            name="prerequisites_of_company",
        ),
    ]


def index(site: AdminSite, request: HttpRequest) -> TemplateResponse:
    """All warehouses that somebody began to configure, their companies, and the other warehouses below."""
    _allow(request, RIGHT)
    begun = _begun()
    pages = Paginator(_warehouses().filter(begun).order_by("company", "pk"), PER_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    context = {
        **site.each_context(request),
        "title": _("Prerequisites"),
        "cards": _cards(list(shown)),
        "page": shown,
        "companies": _companies() if request.user.has_perm(COMPANY_RIGHT) else [],
        "others": _warehouses().exclude(pk__in=_warehouses().filter(begun).values("pk")).order_by("pk")[:AT_MOST],
    }
    return TemplateResponse(request, "admin/prerequisites.html", context)


def page(site: AdminSite, request: HttpRequest, code: str) -> TemplateResponse:
    _allow(request, RIGHT)
    warehouse = _warehouses().filter(pk=code).first()
    if warehouse is None:
        raise Http404
    facts = Facts(warehouse)
    results = examine(facts)
    context = {
        **site.each_context(request),
        "title": _("Prerequisites of warehouse %(warehouse)s") % {"warehouse": warehouse},
        "warehouse": warehouse,
        "key": quote(warehouse.pk),
        "groups": _groups(results, warehouse),
        "to_correct": len(things_to_correct(facts)),
        "stops": bool(missing_prerequisites(warehouse, facts)),
        "to_look_at": [result.tone for result in results].count(Tone.WARN),
        "may_change": request.user.has_perm("prextra_models.change_warehouse"),
    }
    return TemplateResponse(request, "admin/prerequisites_of.html", context)


def company_page(site: AdminSite, request: HttpRequest, code: str) -> TemplateResponse:
    """What can be told of a company before it has a warehouse, and which warehouse comes next."""
    _allow(request, COMPANY_RIGHT)
    company = Company.objects.using(PREXTRA).filter(pk=code).first()
    if company is None:
        raise Http404
    facts = Facts.of_company(company)
    results = examine(facts, COMPANY_CHECKS)
    tones = [result.tone for result in results]
    warehouses = Warehouse.objects.using(PREXTRA).filter(company=company).order_by("pk")
    context = {
        **site.each_context(request),
        "title": _("Prerequisites of company %(company)s") % {"company": company},
        "company": company,
        "groups": _groups(results, facts.warehouse),
        "to_correct": tones.count(Tone.BAD),
        "to_look_at": tones.count(Tone.WARN),
        "warehouses": warehouses[:AT_MOST] if request.user.has_perm(RIGHT) else [],
        "begun": warehouses.filter(_begun()).exists(),
    }
    return TemplateResponse(request, "admin/prerequisites_of_company.html", context)


def _allow(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied


def _begun() -> Q:
    """Of a warehouse that somebody began to configure: a flow is ticked, or a field of the tab Shopify filled."""
    begun = Q(shopify_url__gt="") | Q(shopify_api_key__gt="") | Q(shopify_customer__isnull=False)
    for definition in FLOWS:
        begun |= Q(**{definition.flag: True})
    return begun


def _warehouses() -> QuerySet[Warehouse]:
    return Warehouse.objects.using(PREXTRA).select_related("company", "shopify_customer")


def missing_of(warehouses: Collection[Warehouse]) -> dict[str, list[SyncError]]:
    """What is to be corrected of each of them. What several checks look at is read once for all of them."""
    codes = [warehouse.pk for warehouse in warehouses]
    configurations = read_configurations({warehouse.company.pk for warehouse in warehouses})
    secrets, runs = secret_states(codes), last_runs(codes)
    settings = {setting.warehouse: setting for setting in ItemSetting.objects.filter(warehouse__in=codes)}
    others = list(Warehouse.objects.using(PREXTRA).exclude(shopify_url="")) if warehouses else []
    of_database = erp_identity.objections() if warehouses else []
    return {
        warehouse.pk: things_to_correct(
            Facts(
                warehouse,
                configurations[warehouse.company.pk],
                others,
                secrets.get(warehouse.pk, SecretState.NONE),
                runs.get(warehouse.pk, {}),
                settings.get(warehouse.pk) or ItemSetting(warehouse=warehouse.pk),
                of_database,
            )
        )
        for warehouse in warehouses
    }


def _cards(warehouses: list[Warehouse]) -> list[dict[str, Any]]:
    missing = missing_of(warehouses)
    return [
        {"warehouse": warehouse, "key": quote(warehouse.pk), "missing": len(missing[warehouse.pk])}
        for warehouse in warehouses
    ]


def _companies() -> list[dict[str, Any]]:
    """Those that are to be synchronised, and those that have no warehouse for it yet, with what is to be corrected of
    the company itself."""
    linked = Warehouse.objects.using(PREXTRA).filter(_begun()).values("company")
    wanted = Q(shopify_enabled=True) | ~Q(pk__in=linked)
    companies = list(Company.objects.using(PREXTRA).filter(wanted).order_by("-shopify_enabled", "pk")[:AT_MOST])
    configurations = read_configurations([company.pk for company in companies])
    stopping = [check for check in COMPANY_CHECKS if check.stops]
    of_database = erp_identity.objections() if companies else []
    found = [Facts.of_company(company, configurations[company.pk], of_database) for company in companies]
    return [
        {"company": facts.company, "missing": sum(len(list(check.find(facts))) for check in stopping)}
        for facts in found
    ]


def _groups(results: Collection[CheckResult], warehouse: Warehouse) -> list[tuple[Any, list[Row]]]:
    groups = [(name, [result for result in results if result.group == group]) for group, name in GROUPS.items()]
    return [(name, rows_of(some, warehouse)) for name, some in groups if some]


def rows_of(results: Iterable[CheckResult], warehouse: Warehouse, off: Any = TONES[Tone.OFF]) -> list[Row]:
    """`off` is how what was not looked at is called."""
    return [
        Row(
            title=str(result.title),
            tone=result.tone.value,
            state=result.state or (off if result.tone is Tone.OFF else TONES[result.tone]),
            note=result.note,
            wrong=[
                Wrong(describe(error.reason, error.params), _advice(error), address_of(error, warehouse))
                for error in result.errors
            ],
        )
        for result in results
    ]


def _advice(error: SyncError) -> str:
    """Nothing is tried again by itself while somebody looks."""
    if error.reason in {"shopify_unreachable", "shopify_timeout"}:
        return str(_("Check the shop's address and this server's access to the Internet, then test again in a moment."))
    if error.kind == "transient":
        return str(_("Test again in a moment."))
    return advice(error.reason, error.params)


# Where each reason is corrected: a page of the admin, and the field in it.

COMPANY_FIELDS = {
    "company_not_enabled": "shopify_enabled",
    "payment_method_missing": "shopify_payment_method",
    "no_other_language": "shopify_multilingual",
    "company_inactive": "active",
    "currency_differs": "currency",
    "sector_missing": "managed_by_sector",
}
WAREHOUSE_FIELDS = {
    "no_flow_enabled": "sync_items",
    "shop_url_refused": "shopify_url",
    "warehouse_shop_shared": "shopify_url",
    "secret_unreadable": "access_token",
    "location_to_choose": "location",
    "location_gone": "location",
    "locations_unknown": "location",
    "shopify_not_found": "shopify_url",
    "shopify_not_json": "shopify_url",
    "shopify_unreachable": "shopify_url",
    "shopify_refused_token": "access_token",
    "shopify_grant_refused": "access_token",
    "shopify_credentials_unusable": "access_token",
    "webhook_secret_missing": "webhook_secret",
}
CONFIGURATIONS = {
    "integration_off": "ShopifyIntegration",
    "company_by_project": "software",
    "web_section_hidden": "ItemMaintenanceShowFields",
    "prepayment_account_missing": "glCashadvanceShopify",
    "bank_missing": "glBankShopify",
}
SHOP_PAGES = {
    "shopify_scope_missing": "apps",
    "webhook_scope_missing": "apps",
    "online_store_missing": "apps",
    "item_key_refused": "custom_data/product/metafields",
    "location_missing": "locations",
}


def address_of(error: SyncError, warehouse: Warehouse) -> str:
    """The address of the field where it is corrected, or of the page of the shop; empty where there is none."""
    reason, params = error.reason, error.params
    if reason == "warehouse_field_missing":
        return _field("warehouse", warehouse.pk, str(params["columns"]).replace("shopify_access_token", "access_token"))
    if field := WAREHOUSE_FIELDS.get(reason):
        return _field("warehouse", warehouse.pk, field)
    if field := COMPANY_FIELDS.get(reason):
        return _field("company", warehouse.company_id, field)
    if shop_page := SHOP_PAGES.get(reason):
        return _shop_page(warehouse, shop_page)
    if name := CONFIGURATIONS.get(reason) or (params.get("name") if reason == "account_unknown" else None):
        return _list("prextra_models_configurationvalue", q=str(name))
    if reason == "categories_without_account":
        return _list("prextra_models_productcategoryaccount", company__code__exact=warehouse.company_id)
    if reason == "no_item_ticked":
        return _list("prextra_models_item", default_warehouse__code__exact=warehouse.pk)
    if reason == "items_not_sent":
        return _list("integration_productlink", warehouse=warehouse.pk, state=str(params["why"]))
    if reason in erp_identity.REASONS:
        return reverse("admin:integration_knowndatabase_confirm")
    return ""


def _field(model: str, key: str, field: str) -> str:
    return reverse(f"admin:prextra_models_{model}_change", args=[quote(key)]) + f"#id_{field}"


def _shop_page(warehouse: Warehouse, page: str) -> str:
    try:
        return shop_settings(shop_of(warehouse).host, page)
    except ConfigurationError:
        return ""


def _list(name: str, **query: str) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(query)}"
