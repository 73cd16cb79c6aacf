"""What a check is: the facts that it looks at, how it stands, and what it says. The checks themselves are in `checks.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from integration import erp_identity
from integration.configuration import Configuration, read_rules
from integration.errors import ConfigurationError, SyncError
from integration.flows import FLOWS, enabled_flows
from integration.ledger import Rules
from integration.models import Flow, ItemSetting, SyncRun
from integration.secret_state import SecretState, secret_state
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA


class Facts:
    """What the checks of one warehouse look at, read once, and only where one of them asks.

    `warehouse` may hold values that were typed and not saved; its secret is told by `secret_state` alone.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        configuration: Configuration | None = None,
        others: Collection[Warehouse] | None = None,
        secret: SecretState | None = None,
        last_runs: Mapping[str, SyncRun] | None = None,
        setting: ItemSetting | None = None,
        of_database: Sequence[ConfigurationError] | None = None,
    ) -> None:
        self.warehouse = warehouse
        self.company = warehouse.company
        self.flows = {definition.flow for definition in enabled_flows(warehouse)}
        if configuration is not None:
            self.configuration = configuration
        if others is not None:
            self.others = others
        if secret is not None:
            self.secret = secret
        if last_runs is not None:
            self.last_runs = last_runs
        if setting is not None:
            self.setting = setting
        if of_database is not None:
            self.of_database = of_database

    @classmethod
    def of_company(
        cls,
        company: Company,
        configuration: Configuration | None = None,
        of_database: Sequence[ConfigurationError] | None = None,
    ) -> Facts:
        """As of a warehouse that it does not have yet, with all flows ticked: only `COMPANY_CHECKS` may look at it."""
        flags = {definition.flag: True for definition in FLOWS}
        return cls(Warehouse(company=company, **flags), configuration, of_database=of_database)

    @cached_property
    def configuration(self) -> Configuration:
        return Configuration(self.company.pk)

    @cached_property
    def others(self) -> Collection[Warehouse]:
        return Warehouse.objects.using(PREXTRA).exclude(pk=self.warehouse.pk)

    @cached_property
    def secret(self) -> SecretState:
        return secret_state(self.warehouse)

    @cached_property
    def last_runs(self) -> Mapping[str, SyncRun]:
        """The last run of each flow."""
        found: dict[str, SyncRun] = {}
        for run in SyncRun.objects.filter(warehouse=self.warehouse.pk).defer("traceback")[:40]:  # the newest first
            found.setdefault(run.flow, run)
        return found

    @cached_property
    def setting(self) -> ItemSetting:
        code = self.warehouse.pk
        return ItemSetting.objects.filter(warehouse=code).first() or ItemSetting(warehouse=code)

    @cached_property
    def of_database(self) -> Sequence[ConfigurationError]:
        """What is said against writing for this database, the same for all warehouses."""
        return erp_identity.objections()

    @cached_property
    def rules(self) -> Rules:
        return read_rules(self.warehouse)


class Group(StrEnum):
    COMPANY = "company"
    WAREHOUSE = "warehouse"
    ACCOUNTS = "accounts"
    ITEMS = "items"


class Tone(StrEnum):
    """How a prerequisite stands: as it should, to be looked at, to be corrected, or not needed or not known yet."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite: `find` gives what is wrong. `stops`: no flow runs before it is corrected; else some records are
    held, or something stays unused. `flows` are those that need it, all where it is empty.

    `may_have_stopped`: the last pass may have stopped at what it finds. Then it is to be corrected too, but the next pass
    begins all the same: it may be corrected by then. `untold` says that it is not known yet; empty where it is.
    """

    title: Any
    group: Group
    find: Callable[[Facts], Iterator[ConfigurationError]]
    stops: bool = True
    flows: frozenset[Flow] = frozenset()
    may_have_stopped: bool = False
    untold: Callable[[Facts], Any] | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a check. `note` says what was found where nothing is wrong; `state` is a word instead of the tone's."""

    title: Any
    tone: Tone
    errors: tuple[SyncError, ...] = ()
    note: Any = ""
    group: str = ""
    state: Any = ""
