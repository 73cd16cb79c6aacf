"""A SQL Server's catalogue without a SQL Server: tables on SQLite with the names and columns of Microsoft's views.

It is filled by reading T-SQL, that of `manage.py prextra_sql` and `check_prextra --grants`; then the product's own queries
run on it. What SQL Server says otherwise than this, no test here can tell.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

VIEWS = {
    "schemas": "name, schema_id",
    "objects": "name, object_id, schema_id, type_desc",
    "types": "name, system_type_id, user_type_id",
    "columns": "object_id, name, column_id, system_type_id, user_type_id, max_length, precision, scale, collation_name, "
    "is_nullable, is_identity, is_computed, default_object_id, generated_always_type",
    "indexes": "object_id, name, index_id, is_unique, is_disabled, is_hypothetical, ignore_dup_key, has_filter, "
    "filter_definition",
    "index_columns": "object_id, index_id, index_column_id, column_id, key_ordinal, is_included_column",
    "foreign_key_columns": "parent_object_id, parent_column_id, referenced_object_id, referenced_column_id",
    "triggers": "name, object_id, parent_id, is_disabled, is_instead_of_trigger",
    "trigger_events": "object_id, type, type_desc",
    "databases": "name, collation_name, is_read_committed_snapshot_on, is_read_only, compatibility_level",
}
# The type's number, the bytes it takes, its precision and scale, as `sys.types` and `sys.columns` have them.
TYPES = {
    "bigint": (127, 8, 19, 0), "bit": (104, 1, 1, 0), "char": (175, 0, 0, 0), "date": (40, 3, 10, 0),
    "datetime": (61, 8, 23, 3), "decimal": (106, 9, 0, 0), "float": (62, 8, 53, 0), "int": (56, 4, 10, 0),
    "money": (60, 8, 19, 4), "nchar": (239, 0, 0, 0), "ntext": (99, 16, 0, 0), "numeric": (108, 9, 0, 0),
    "nvarchar": (231, 0, 0, 0), "smallint": (52, 2, 5, 0), "smallmoney": (122, 4, 10, 4), "text": (35, 16, 0, 0),
    "timestamp": (189, 8, 0, 0), "tinyint": (48, 1, 3, 0), "uniqueidentifier": (36, 16, 0, 0), "varchar": (167, 0, 0, 0),
}  # fmt: skip
COLLATION = "French_CI_AS"
NAME = r"((?:\[[^\]]+\]\.)?\[[^\]]+\])"
TABLE = re.compile(rf"^CREATE TABLE {NAME} \(\n(.*?)\n\);$", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(r"\[(.+?)\] (\w+)(?:\((max|\d+)(?:, (\d+))?\))?( IDENTITY\(1, 1\))? (NOT NULL|NULL)")
KEY = re.compile(r"CONSTRAINT \[(.+?)\] PRIMARY KEY \(\[(.+?)\]\)")
REFERENCE = re.compile(rf"CONSTRAINT \[.+?\] FOREIGN KEY \(\[(.+?)\]\) REFERENCES {NAME} \(\[(.+?)\]\)")
UNIQUE = re.compile(rf"^CREATE UNIQUE INDEX \[(.+?)\] ON {NAME} \((.+?)\)(?: WHERE (.+))?;$", re.MULTILINE)
GRANT = re.compile(rf"^GRANT ([A-Z ]+) ON {NAME}(?: \((.+)\))? TO \[(.+)\];$")


class Server:
    """`say` reads T-SQL; `change` and `add` alter what the catalogue shows."""

    def __init__(self) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.execute("ATTACH ':memory:' AS sys")
        for view, columns in VIEWS.items():
            self.base.execute(f"CREATE TABLE sys.{view} ({columns.replace('precision', '[precision]')})")
        self.rights: set[str] = set()
        self.roles: set[str] = set()
        self.names: dict[int, str] = {}
        self.clock = "2026-11-24 16:04:39.1234567 -05:00"
        self._functions()
        self.add("schemas", name="dbo", schema_id=1)
        for name, (number, *_) in TYPES.items():
            self.add("types", name=name, system_type_id=number, user_type_id=number)
        self.add("types", name="sysname", system_type_id=231, user_type_id=256)
        self.add(
            "databases",
            name="Prextra",
            collation_name=COLLATION,
            is_read_committed_snapshot_on=1,
            is_read_only=0,
            compatibility_level=160,
        )

    def _functions(self) -> None:
        make = self.base.create_function
        make("DB_NAME", 0, lambda: "Prextra")
        make("SCHEMA_NAME", 0, lambda: "dbo")
        make("SYSDATETIMEOFFSET", 0, lambda: self.clock)
        make("IS_SRVROLEMEMBER", 1, lambda role: int(role in self.roles))
        make("IS_ROLEMEMBER", 1, lambda role: int(role in self.roles))
        make("HAS_PERMS_BY_NAME", -1, self._may)
        make("SEEN", 2, lambda id, text: text if f"VIEW DEFINITION {self.names[id]}" in self.rights else None)

    def _may(self, securable: str, kind: str, right: str, column: str = "", sub: str = "") -> int:
        assert kind == "OBJECT"
        assert sub == ("COLUMN" if column else "")
        return int({f"{right} {securable}", f"{right} {securable}.{column}"} & self.rights != set())

    # As a server does

    def cursor(self) -> Server:
        return self

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """A filter's text is NULL for who may not see it, as documented of `sys.indexes`."""
        assert len(params) < 2_100
        sql = sql.replace("i.filter_definition", "SEEN(i.object_id, i.filter_definition)")
        self._rows = self.base.execute(sql.replace("%s", "?"), list(params))

    def fetchone(self) -> Any:
        return self._rows.fetchone()

    def fetchall(self) -> list[Any]:
        return self._rows.fetchall()

    # What it is told

    def say(self, sql: str) -> None:
        for name, body in TABLE.findall(sql):
            self._table(name, body.split(",\n"))
        for index, name, columns, where in UNIQUE.findall(sql):
            self.unique(name, index, re.findall(r"\[(.+?)\]", columns), where)
        for line in sql.splitlines():
            if match := GRANT.match(line):
                right, name, columns, _ = match.groups()
                some = re.findall(r"\[(.+?)\]", columns or "")
                self.rights |= {f"{right} {name}.{column}" for column in some} or {f"{right} {name}"}

    def _table(self, name: str, lines: Iterable[str]) -> None:
        schema, _, table = name.replace("[", "").replace("]", "").rpartition(".")
        if schema and not self.select("SELECT 1 FROM sys.schemas WHERE name = ?", schema):
            self.add("schemas", name=schema, schema_id=self._next("schemas"))
        ((schema_id,),) = self.select("SELECT schema_id FROM sys.schemas WHERE name = ?", schema or "dbo")
        self.names[id := self._next("objects")] = name
        self.add("objects", name=table, object_id=id, schema_id=schema_id, type_desc="USER_TABLE")
        for line in map(str.strip, lines):
            if match := COLUMN.fullmatch(line):
                self.column(name, *match.groups())
            elif match := KEY.fullmatch(line):
                self.unique(name, match[1], [match[2]], "")
            else:
                own, other, column = REFERENCE.fullmatch(line).groups()  # type: ignore[union-attr]
                self.add(
                    "foreign_key_columns",
                    parent_object_id=self.object_id(name),
                    parent_column_id=self.column_id(name, own),
                    referenced_object_id=self.object_id(other),
                    referenced_column_id=self.column_id(other, column),
                )

    def column(
        self, table: str, name: str, kind: str, size: str = "", scale: str = "", identity: str = "", null: str = "NULL"
    ) -> None:
        number, length, precision, decimals = TYPES[kind]
        if kind in {"numeric", "decimal"}:
            precision, decimals = int(size), int(scale)
        elif "char" in kind:
            length = -1 if size == "max" else int(size) * (2 if kind.startswith("n") else 1)
        self.add(
            "columns",
            object_id=self.object_id(table),
            name=name,
            column_id=self._next("columns"),
            system_type_id=number,
            user_type_id=number,
            max_length=length,
            precision=precision,
            scale=decimals,
            collation_name=COLLATION if "char" in kind or "text" in kind else None,
            is_nullable=int(null == "NULL"),
            is_identity=int(bool(identity)),
            is_computed=0,
            default_object_id=0,
            generated_always_type=0,
        )

    def unique(self, table: str, name: str, columns: Iterable[str], where: str = "") -> None:
        """SQL Server keeps a filter in its own words: brackets around it, no blanks around the sign."""
        object_id, index_id = self.object_id(table), self._next("indexes")
        self.add(
            "indexes",
            object_id=object_id,
            name=name,
            index_id=index_id,
            is_unique=1,
            is_disabled=0,
            is_hypothetical=0,
            ignore_dup_key=0,
            has_filter=int(bool(where)),
            filter_definition=f"({where.replace(' = ', '=')})" if where else None,
        )
        for place, column in enumerate(columns, 1):
            self.add(
                "index_columns",
                object_id=object_id,
                index_id=index_id,
                index_column_id=place,
                column_id=self.column_id(table, column),
                key_ordinal=place,
                is_included_column=0,
            )

    def trigger(self, table: str, name: str, event: str, *, instead_of: bool = False, disabled: bool = False) -> None:
        id = self._next("triggers")
        self.add(
            "triggers",
            name=name,
            object_id=id,
            parent_id=self.object_id(table),
            is_disabled=int(disabled),
            is_instead_of_trigger=int(instead_of),
        )
        self.add("trigger_events", object_id=id, type=1, type_desc=event)

    def retype(self, table: str, name: str, kind: str, size: str = "", scale: str = "") -> None:
        """Another type, and all else as it was."""
        ((nullable, identity),) = self.select(
            "SELECT is_nullable, is_identity FROM sys.columns WHERE object_id = ? AND name = ?",
            self.object_id(table), name,
        )  # fmt: skip
        self.drop_column(table, name, with_indexes=False)
        self.column(table, name, kind, size, scale, "yes" if identity else "", "NULL" if nullable else "NOT NULL")
        self.base.execute(
            "UPDATE sys.columns SET column_id = ? WHERE object_id = ? AND name = ?",
            [self._dropped, self.object_id(table), name],
        )

    def drop_column(self, table: str, name: str, *, with_indexes: bool = True) -> None:
        id = self._dropped = self.column_id(table, name)
        self.base.execute("DELETE FROM sys.columns WHERE object_id = ? AND column_id = ?", [self.object_id(table), id])
        if with_indexes:
            self.base.execute(
                "DELETE FROM sys.index_columns WHERE object_id = ? AND column_id = ?", [self.object_id(table), id]
            )

    def drop_index(self, table: str, name: str) -> None:
        self.base.execute("DELETE FROM sys.indexes WHERE object_id = ? AND name = ?", [self.object_id(table), name])

    def change(self, view: str, where: dict[str, Any], **values: Any) -> None:
        done = self.base.execute(
            f"UPDATE sys.{view} SET {', '.join(f'[{name}] = ?' for name in values)} "
            f"WHERE {' AND '.join(f'[{name}] = ?' for name in where)}",
            [*values.values(), *where.values()],
        )
        assert done.rowcount == 1, (view, where)

    def change_column(self, table: str, column: str, /, **values: Any) -> None:
        self.change("columns", {"object_id": self.object_id(table), "name": column}, **values)

    def change_index(self, name: str, **values: Any) -> None:
        self.change("indexes", {"name": name}, **values)

    def add(self, view: str, **values: Any) -> None:
        assert set(values) <= set(VIEWS[view].split(", ")), view
        columns = ", ".join(f"[{name}]" for name in values)
        self.base.execute(
            f"INSERT INTO sys.{view} ({columns}) VALUES ({', '.join('?' * len(values))})", [*values.values()]
        )

    def select(self, sql: str, *params: Any) -> list[Any]:
        return self.base.execute(sql, params).fetchall()

    def object_id(self, table: str) -> int:
        name = table.replace("[", "").replace("]", "").rpartition(".")[2]
        ((id,),) = self.select("SELECT object_id FROM sys.objects WHERE name = ?", name)
        return int(id)

    def column_id(self, table: str, name: str) -> int:
        ((id,),) = self.select(
            "SELECT column_id FROM sys.columns WHERE object_id = ? AND name = ?", self.object_id(table), name
        )
        return int(id)

    def _next(self, view: str) -> int:
        ((count,),) = self.select(f"SELECT COALESCE(MAX(rowid), 0) FROM sys.{view}")
        return 100 + int(count)
