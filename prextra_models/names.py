"""Other names of Prextra's tables and columns, for one installation: a TOML file, read once as the program starts.

`prextra_names.example.toml` holds every name there is. A table in another schema is "schema.table".
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Field, Model

_NAME = re.compile(r"[^\[\]\"%{}\x00-\x1f]{1,128}")  # 128 is SQL Server's limit


@dataclass(frozen=True, slots=True)
class Names:
    """Of one model; an empty `table` is the model's own."""

    table: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def read_names(path: Path) -> dict[str, Names]:
    """The names by model. Whatever is wrong with the file stops the program, with where it is and what it is."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error}") from None
    return {model: _names_of(model, values, path) for model, values in content.items()}


def _names_of(model: str, values: Any, path: Path) -> Names:
    if not isinstance(values, dict):
        raise ImproperlyConfigured(f"{path}: {model} is not a table of names; write [{model}] above them.")
    if unknown := values.keys() - {"table", "columns"}:
        raise ImproperlyConfigured(
            f"{path}: [{model}] holds {_listed(unknown)}; only table and columns may stand there. "
            f"A column's name belongs under [{model}.columns]."
        )
    columns = values.get("columns", {})
    if not isinstance(columns, dict):
        raise ImproperlyConfigured(f"{path}: columns of [{model}] is not a table of names.")
    table = _table(values["table"], f"{path}: the table of [{model}]") if "table" in values else ""
    return Names(table, {one: _name(name, f"{path}: {one} of [{model}.columns]") for one, name in columns.items()})


def _table(value: Any, what: str) -> str:
    """As the models take it: "schema.table" with brackets, so that it passes for quoted already."""
    parts = value.split(".") if isinstance(value, str) else []
    if len(parts) != 2:
        return _name(value, what, without=".")
    return ".".join(f"[{_name(part, what)}]" for part in parts)


def _name(value: Any, what: str, without: str = "") -> str:
    if not isinstance(value, str) or value != value.strip() or not _NAME.fullmatch(value) or set(value) & set(without):
        raise ImproperlyConfigured(f"{what} cannot be {value!r}: it is a name, as Prextra's database has it.")
    return value


def fit(names: Mapping[str, Names], models: Iterable[type[Model]], path: Path) -> None:
    """Gives the models these names. To be done before anything asks the database."""
    known = {model.__name__: model for model in models}
    if unknown := names.keys() - known.keys():
        raise ImproperlyConfigured(f"{path}: there is no model {_listed(unknown)}. Known: {_listed(known)}.")
    for label, its in names.items():
        _fit_model(known[label], its, path)
    _refuse_twice((model._meta.db_table for model in known.values()), f"{path}: two models have the table")


def _fit_model(model: type[Model], names: Names, path: Path) -> None:
    for name, column in names.columns.items():
        one = _field(model, name, path)
        one.db_column = column
        one.set_attributes_from_name(one.name)
    model._meta.db_table = names.table or model._meta.db_table
    columns = (str(one.column) for one in model._meta.local_concrete_fields)
    _refuse_twice(columns, f"{path}: two fields of {model.__name__} have the column")


def _field(model: type[Model], name: str, path: Path) -> Field[Any, Any]:
    fields = {one.name: one for one in model._meta.local_concrete_fields}
    try:
        return fields[name]
    except KeyError:
        raise ImproperlyConfigured(f"{path}: {model.__name__} has no field {name}. Known: {_listed(fields)}.") from None


def _refuse_twice(names: Iterable[str], what: str) -> None:
    for name, count in Counter(one.casefold() for one in names).items():
        if count > 1:
            raise ImproperlyConfigured(f"{what} {name}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
