"""What a check is: the facts that it looks at, how it stands, and what it says. The checks themselves are in `checks.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from integration.configuration import Configuration, read_rules
from integration.errors import ConfigurationError, SyncError
from integration.flows import enabled_flows
from integration.ledger import Rules
from integration.models import Flow
from integration.secret_state import SecretState, secret_state
from prextra_models.models import Warehouse
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
    def rules(self) -> Rules:
        return read_rules(self.warehouse)


class Group(StrEnum):
    COMPANY = "company"
    WAREHOUSE = "warehouse"
    ACCOUNTS = "accounts"
    ITEMS = "items"


class Tone(StrEnum):
    """How a prerequisite stands: as it should, to be looked at, stopping the sync, or not needed."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite: `find` gives what is wrong. `stops`: no flow runs before it is corrected; else some records are
    held, or something stays unused. `flows` are those that need it, all where it is empty.
    """

    title: Any
    group: Group
    find: Callable[[Facts], Iterator[ConfigurationError]]
    stops: bool = True
    flows: frozenset[Flow] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a check. `note` says what was found where nothing is wrong."""

    title: Any
    tone: Tone
    errors: tuple[SyncError, ...] = ()
    note: Any = ""
    group: str = ""
