"""Prextra's settings → the rules of a pass over one warehouse, and the facts of the items on its orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from integration.batches import batched
from integration.ledger import CHARGE_CONFIGURATIONS, Account, ItemFacts, Rules
from integration.models import HeldRecord, TaxTitle
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.spelling import as_asked, joined

MENDED_IN_PREXTRA = frozenset({
    "unknown_sku", "sale_account_missing", "charge_account_missing", "prepayment_account_missing", "bank_missing",
    "account_unknown",
})  # fmt: skip


class Configuration:
    """The configuration values that hold for a company: its own rows win over those for all (rules C4)."""

    def __init__(self, company: str, rows: Iterable[prextra.ConfigurationValue] | None = None) -> None:
        """`rows` are those of the company and those for all, where they were read already."""
        rows = _rows([company]) if rows is None else rows
        own_last = sorted(rows, key=lambda row: row.company_id is not None)
        self._values = {row.name.strip().casefold(): (row.value or "").strip() for row in own_last}

    def get(self, name: str) -> str:
        return self._values.get(name.casefold(), "")

    def is_on(self, name: str) -> bool:
        """What Prextra stores for "activated" is not known: any value counts but those that say no."""
        return self.get(name).casefold() not in {"", "0", "false", "off", "no", "non", "faux"}

    def has(self, name: str, value: str) -> bool:
        """Whether the value is among those of a setting that may list several, by commas or semicolons."""
        values = self.get(name).replace(";", ",").split(",")
        return value.casefold() in {one.strip().casefold() for one in values}


def read_configurations(companies: Collection[str]) -> dict[str, Configuration]:
    """Of all these companies, by their code as they write it, in one statement."""
    rows = list(_rows(companies).annotate(own=joined("company"), owner=F("own__code"))) if companies else []
    return {
        code: Configuration(code, [row for row in rows if row.company_id is None or row.owner == code])
        for code in companies
    }


def _rows(companies: Collection[str]) -> QuerySet[prextra.ConfigurationValue]:
    of_these = Q(company__in=companies) | Q(company=None)
    return prextra.ConfigurationValue.objects.using(PREXTRA).filter(of_these)


def read_rules(warehouse: prextra.Warehouse, now: datetime | None = None) -> Rules:
    """The rules of a pass. `now` is UTC; "today" is its day in the company's time zone (rules O8)."""
    company = warehouse.company
    configuration = Configuration(company.pk)
    accounts = {a.code: a.pk for a in prextra.GLAccount.objects.using(PREXTRA).filter(company=company.pk)}
    own = as_asked(accounts)
    control = prextra.AccountsReceivableControl.objects.using(PREXTRA).filter(company=company.pk).first()
    control = control or prextra.AccountsReceivableControl()

    def account(name: str, default: int | None, missing: str) -> Account:
        code = configuration.get(name)
        if not code:
            return Account(default) if default else Account(reason=missing)
        if own(code) not in accounts:
            return Account(reason="account_unknown", params={"name": name, "code": code, "company": company.pk})
        return Account(accounts[own(code)])

    return Rules(
        company=company.pk,
        currency=company.currency,
        warehouse=warehouse.pk,
        customer=warehouse.shopify_customer_id or "",
        sector=_sector(warehouse),
        payment_method=company.shopify_payment_method_id or "",
        today=(now or timezone.now()).astimezone(ZoneInfo(settings.TIME_ZONE)).date(),
        time_zone=settings.TIME_ZONE,
        taxes={row.title.strip().casefold(): row.tax for row in TaxTitle.objects.all()},
        prepayment_account=account("glCashadvanceShopify", control.prepayment_account_id, "prepayment_account_missing"),
        bank=account("glBankShopify", control.default_bank_id, "bank_missing"),
        charge_accounts={
            kind: account(name, None, "") for kind, name in CHARGE_CONFIGURATIONS.items() if configuration.get(name)
        },
    )


def read_items(codes: Collection[str], company: str) -> dict[str, ItemFacts]:
    """The facts of these items, by code exactly as typed. Codes that Prextra does not know are not in the answer."""
    accounts = prextra.ProductCategoryAccount.objects.using(PREXTRA).filter(
        company=company, transaction=prextra.ProductCategoryAccount.Transaction.SALE, account__isnull=False
    )
    sale_account = Subquery(accounts.filter(category=OuterRef("category")).values("account")[:1])
    facts: dict[str, ItemFacts] = {}
    for some in batched(sorted(codes), 1000):
        rows = prextra.Item.objects.using(PREXTRA).filter(code__in=some).values_list("code", "category", sale_account)
        # A database that ignores case may give `BOEF` for `BoeF`: only the code as it was asked for counts (rules I2).
        facts |= {code: ItemFacts(code, category, account) for code, category, account in rows if code in codes}
    return facts


def corrected(held: Iterable[HeldRecord], rules: Rules) -> set[int]:
    """The keys of those of these records that wait for an item or an account which Prextra has by now.

    They need not wait for their time: whoever made it expects them to go through with the next pass.
    """
    waiting = [record for record in held if record.reason in MENDED_IN_PREXTRA]
    codes = {str(record.params.get("sku") or record.params.get("item") or "") for record in waiting} - {""}
    items = read_items(codes, rules.company) if codes else {}
    accounts = (rules.prepayment_account, rules.bank, *rules.charge_accounts.values())
    missing = [(account.reason, dict(account.params)) for account in accounts if account.reason]
    charged = {CHARGE_CONFIGURATIONS[kind] for kind, account in rules.charge_accounts.items() if not account.reason}

    def is_mended(record: HeldRecord) -> bool:
        match record.reason:
            case "unknown_sku":
                return record.params.get("sku") in items
            case "sale_account_missing":
                item = items.get(str(record.params.get("item")))
                return bool(item and item.sale_account)
            case "charge_account_missing":
                return record.params.get("configuration") in charged
        return (record.reason, record.params) not in missing

    return {record.pk for record in waiting if is_mended(record)}


def _sector(warehouse: prextra.Warehouse) -> int | None:
    """The customer's sector, else the first one created; none where the company has no sectors (rules C5)."""
    if not warehouse.company.managed_by_sector:
        return None
    if warehouse.shopify_customer and warehouse.shopify_customer.sector_id:
        return warehouse.shopify_customer.sector_id
    return prextra.Sector.objects.using(PREXTRA).order_by("pk").values_list("pk", flat=True).first()
