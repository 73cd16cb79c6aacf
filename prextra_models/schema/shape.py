"""What a schema is made of, as value types: the same for what the models expect and for what a database has."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

UNLIMITED = -1  # the length of nvarchar(max)


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is SQL Server's name of it; `length` counts characters. `filled` by the server where an INSERT leaves it out."""

    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nullable: bool = False
    identity: bool = False
    computed: bool = False
    filled: bool = False
    collation: str = ""

    @property
    def counts_bytes(self) -> bool:
        """In UTF-8 the length of a varchar is one of bytes: up to three for a character, four for two of nvarchar's."""
        return self.type in {"varchar", "char"} and "_UTF8" in self.collation.upper()


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a filter: `column` = `value`, or where that is None, `column` IS NOT NULL."""

    column: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class UniqueIndex:
    """`where` is None for a filter that is not understood; `filter` is its text, empty where the login may not see it."""

    name: str
    columns: tuple[str, ...]
    where: frozenset[Condition] | None = frozenset()
    filter: str = ""
    disabled: bool = False
    ignores_duplicates: bool = False

    @property
    def hidden(self) -> bool:
        return self.where is None and not self.filter


@dataclass(frozen=True, slots=True)
class Trigger:
    name: str
    events: frozenset[str]
    instead_of: bool = False


class Kind(StrEnum):
    TABLE = "table"
    VIEW = "view"
    SYNONYM = "synonym"


@dataclass(frozen=True, slots=True)
class Table:
    """`name` as the models have it, with the schema where it is named. `rights`: INSERT, `UPDATE column`, …

    `exact`: whether the database tells capitals in names apart. `bound`: columns that stand in a key, a foreign key or an
    index.
    """

    name: str
    columns: tuple[Column, ...]
    unique: tuple[UniqueIndex, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    kind: Kind = Kind.TABLE
    rights: frozenset[str] | None = None
    exact: bool = False
    bound: frozenset[str] = frozenset()

    def column(self, name: str) -> Column | None:
        for one in self.columns:
            if one.name == name or (not self.exact and one.name.casefold() == name.casefold()):
                return one
        return None


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for the whole database; None where it is not known, as on SQLite."""

    name: str = ""
    collation: str = ""
    snapshot_reads: bool | None = None
    read_only: bool = False
    compatibility: int | None = None
    clock: datetime | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Database:
    """`elsewhere`: in which other schemas a table of that name stands. `nulls_collide`: whether a unique index takes two NULLs."""

    tables: dict[str, Table]
    elsewhere: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Facts = Facts()
    nulls_collide: bool = True
