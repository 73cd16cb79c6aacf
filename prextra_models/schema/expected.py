"""What the models expect of Prextra's database, in SQL Server's types.

The types are mssql-django's, which a test holds; written out here, since reading them needs its ODBC driver, which an
installation on SQLite has no use for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import (
    AutoField,
    BigAutoField,
    Field,
    ForeignKey,
    Model,
    OneToOneField,
    Q,
    SmallAutoField,
    UniqueConstraint,
)

from prextra_models.fields import EncryptedTextField, ShopifyIdField
from prextra_models.schema.rights import updated_columns, writes_of
from prextra_models.schema.shape import UNLIMITED, Column, Condition, Table, UniqueIndex

TYPES = {
    "BigAutoField": "bigint",
    "BooleanField": "bit",
    "CharField": "nvarchar",
    "DateField": "date",
    "DecimalField": "numeric",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "smallint",
    "TextField": "nvarchar",
}
SHORTEST_SECRET = 160  # characters: a token of Shopify's takes about 145, encrypted


@dataclass(frozen=True, slots=True)
class Expected:
    """A model's table: what is in it, what the app writes there, and to which columns its foreign keys lead.

    `at_least`: the length that does for a secret, which has no limit. `ascii`: columns of which nothing but ASCII is
    written.
    """

    model: str
    table: Table
    inserts: bool
    updates: frozenset[str]
    references: dict[str, tuple[str, str]]
    at_least: dict[str, int]
    ascii: frozenset[str]

    def writes(self, column: str) -> bool:
        return self.inserts or column in self.updates


def expected_schema() -> list[Expected]:
    """By the order in which the tables can be made: what a foreign key leads to comes before it."""
    return [_expected(model) for model in _in_order(list(apps.get_app_config("prextra_models").get_models()))]


def _in_order(models: list[type[Model]]) -> Iterator[type[Model]]:
    done: set[type[Model]] = set()
    while left := [model for model in models if model not in done]:
        ready = [model for model in left if _leads_to(model) <= done | {model}]
        done.update(ready)
        yield from ready


def _leads_to(model: type[Model]) -> set[Any]:
    return {field.related_model for field in model._meta.local_concrete_fields if isinstance(field, ForeignKey)}


def _expected(model: type[Model]) -> Expected:
    fields: list[Any] = list(model._meta.local_concrete_fields)
    secrets = {str(field.column): SHORTEST_SECRET for field in fields if isinstance(field, EncryptedTextField)}
    ids = {str(field.column) for field in fields if isinstance(field, ShopifyIdField)}
    return Expected(
        model=model.__name__,
        table=Table(model._meta.db_table, tuple(map(_column, fields)), tuple(_unique(model))),
        inserts=writes_of(model).inserts,
        updates=frozenset(updated_columns(model)),
        references={
            str(field.column): (field.related_model._meta.db_table, str(field.target_field.column))
            for field in fields
            if isinstance(field, ForeignKey)
        },
        at_least=secrets,
        ascii=frozenset(ids | secrets.keys()),
    )


def _column(field: Any) -> Column:
    typed = field
    while isinstance(typed, ForeignKey):
        typed = typed.target_field
    kind = typed.get_internal_type()
    is_text = TYPES[kind] == "nvarchar"
    return Column(
        name=field.column,
        type=TYPES[kind],
        length=(typed.max_length or UNLIMITED) if is_text else 0,
        precision=typed.max_digits if kind == "DecimalField" else 0,
        scale=typed.decimal_places if kind == "DecimalField" else 0,
        nullable=field.null,
        identity=isinstance(field, AutoField | BigAutoField | SmallAutoField),
    )


def _unique(model: type[Model]) -> Iterator[UniqueIndex]:
    """The primary key first. A name is the index's own where it has one."""
    table = model.__name__
    yield UniqueIndex(f"PK_{table}", (str(model._meta.pk.column),))
    for field in model._meta.local_concrete_fields:
        if not field.primary_key and (isinstance(field, OneToOneField) or field.unique):
            yield UniqueIndex(f"UX_{table}_{field.name}", (str(field.column),))
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            columns = tuple(_column_of(model, name) for name in constraint.fields)
            yield UniqueIndex(constraint.name, columns, _conditions(model, constraint.condition))


def _conditions(model: type[Model], condition: Q | None) -> frozenset[Condition]:
    return frozenset(_condition(model, part) for part in condition.children) if condition else frozenset()


def _condition(model: type[Model], part: Any) -> Condition:
    name, value = part
    name, _, lookup = name.partition("__")
    if (lookup, value) == ("isnull", False):
        return Condition(_column_of(model, name))
    if lookup:
        raise NotImplementedError(f"a unique index of {model.__name__} where {name} {lookup}")
    return Condition(_column_of(model, name), str(value))


def _column_of(model: type[Model], name: str) -> str:
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return str(field.column)
