"""T-SQL for a person to read and run: this program only prints it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from prextra_models.schema.expected import Expected
from prextra_models.schema.rights import VIEW_DEFINITION
from prextra_models.schema.shape import UNLIMITED, Column, Condition, Table, UniqueIndex

LENGTHS = {"nvarchar", "varchar", "nchar", "char", "varbinary", "binary"}
DIGITS = {"numeric", "decimal"}
BOUND = (
    "-- The column stands in a key, a foreign key or an index: drop what stands on it first, and make it again as it was,\n"
    "-- with the same change to the columns at the other end of its foreign keys."
)


def quoted(name: str) -> str:
    """As mssql-django quotes: a name in brackets, such as that of a table with its schema, is quoted already."""
    return name if name.startswith("[") and name.endswith("]") else f"[{name}]"


def plain(table: str) -> str:
    """A table's name for people: schema.table."""
    return table.replace("[", "").replace("]", "")


def literal(value: str | int | Decimal | date | bool | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date):
        return f"'{value:%Y%m%d}'"  # read the same way whatever the language of the login
    if isinstance(value, str):
        return "N'" + value.replace("'", "''") + "'"
    return str(value)


def type_of(column: Column) -> str:
    if column.type in LENGTHS and column.length:
        return f"{column.type}({'max' if column.length == UNLIMITED else column.length})"
    if column.type in DIGITS and column.precision:
        return f"{column.type}({column.precision}, {column.scale})"
    return column.type


def definition(column: Column) -> str:
    parts = [quoted(column.name), type_of(column), "IDENTITY(1, 1)" if column.identity else ""]
    return " ".join([*filter(None, parts), "NULL" if column.nullable else "NOT NULL"])


def create_table(expected: Expected) -> str:
    table = expected.table
    key = table.unique[0]
    lines = [definition(column) for column in table.columns]
    lines.append(f"CONSTRAINT {quoted(key.name)} PRIMARY KEY ({quoted(key.columns[0])})")
    for column, (other, target) in expected.references.items():
        name = quoted(f"FK_{expected.model}_{column}")
        lines.append(f"CONSTRAINT {name} FOREIGN KEY ({quoted(column)}) REFERENCES {quoted(other)} ({quoted(target)})")
    body = ",\n".join(f"    {line}" for line in lines)
    return f"CREATE TABLE {quoted(table.name)} (\n{body}\n);"


def create_unique(table: str, index: UniqueIndex) -> str:
    columns = ", ".join(map(quoted, index.columns))
    conditions = " AND ".join(sorted(map(_condition, index.where or ())))
    where = f" WHERE {conditions}" if conditions else ""
    return f"CREATE UNIQUE INDEX {quoted(index.name)} ON {quoted(table)} ({columns}){where};"


def _condition(condition: Condition) -> str:
    test = "IS NOT NULL" if condition.value is None else f"= {literal(condition.value)}"
    return f"{quoted(condition.column)} {test}"


def duplicates(table: str, index: UniqueIndex) -> str:
    """What has to be found empty before the index can be made."""
    columns = ", ".join(map(quoted, index.columns))
    conditions = " AND ".join(sorted(map(_condition, index.where or ())))
    where = f" WHERE {conditions}" if conditions else ""
    return f"-- SELECT {columns}, COUNT(*) FROM {quoted(table)}{where} GROUP BY {columns} HAVING COUNT(*) > 1;"  # noqa: S608 - printed


def drop_index(table: str, index: str) -> str:
    return f"DROP INDEX {quoted(index)} ON {quoted(table)};"


def add_column(table: str, column: Column) -> str:
    """One that may not be NULL needs a value for the rows that are there: none, zero, or, where no such thing is, a person's."""
    empty = {"nvarchar": "N''", "bit": "0", "numeric": "0", "int": "0", "smallint": "0"}.get(column.type)
    if column.nullable or column.identity:
        return f"ALTER TABLE {quoted(table)} ADD {definition(column)};"
    if empty:
        return f"ALTER TABLE {quoted(table)} ADD {definition(column)} DEFAULT {empty};"
    return (
        f"ALTER TABLE {quoted(table)} ADD {quoted(column.name)} {type_of(column)} NULL;\n"
        f"-- Fill it, then: {_alter_column(table, column)}"
    )


def alter_column(table: Table, column: Column) -> str:
    """SQL Server refuses it for most of what keys and indexes stand on: those are a person's to take away and make again."""
    sql = _alter_column(table.name, column)
    return f"{BOUND}\n-- {sql}" if column.name in table.bound else sql


def _alter_column(table: str, column: Column) -> str:
    collate = f" COLLATE {column.collation}" if column.collation else ""
    null = "NULL" if column.nullable else "NOT NULL"
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column.name)} {type_of(column)}{collate} {null};"


def grants(expected: Expected, login: str, *, missing: frozenset[str] | None = None) -> list[str]:
    """Exactly what the app uses of a table; of that, only what is `missing`, where that is said."""
    to = f"ON {quoted(expected.table.name)}%s TO {quoted(login)};"
    wanted = needed(expected) if missing is None else needed(expected) & missing
    lines = [f"GRANT {right} {to % ''}" for right in ("SELECT", "INSERT", VIEW_DEFINITION) if right in wanted]
    columns = [column for column in sorted(expected.updates) if f"UPDATE {column}" in wanted]
    if columns:
        lines.append(f"GRANT UPDATE {to % (' (' + ', '.join(map(quoted, columns)) + ')')}")
    return lines


def needed(expected: Expected) -> frozenset[str]:
    rights = {"SELECT", *(f"UPDATE {column}" for column in expected.updates)}
    rights |= {"INSERT"} if expected.inserts else set()
    rights |= {VIEW_DEFINITION} if any(index.where for index in expected.table.unique) else set()
    return frozenset(rights)
