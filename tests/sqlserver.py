"""What SQL Server would be asked: any query of the ORM, compiled by mssql-django without a server, and what bites in it.

`compiled` gives the T-SQL, `bites` what is wrong with it there, though SQLite takes it. Facts are mssql-django 2.0's own
source and what Microsoft documents.

Tables with triggers. SQL Server refuses an OUTPUT clause without INTO on a table that has one (error 334). A single row
is inserted as `SET NOCOUNT ON INSERT … ; SELECT CAST(SCOPE_IDENTITY() AS bigint)`, which triggers do not disturb (an
INSTEAD OF trigger does: the key is then NULL). `bulk_create` asks for no keys unless the option `return_rows_bulk_insert`
is on, and that option changes every SQL Server connection of the process. So nothing has to be configured but to leave it
off, and no code may use the keys of rows that `bulk_create` made: here SQLite withholds them too (`sqlserver_watch.py`).
An UPDATE or a DELETE reports the first count that it hears: a trigger without SET NOCOUNT ON falsifies it, so no decision
on Prextra's rows may hang on a count.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db import ConnectionHandler, router
from django.db.models import Aggregate, BooleanField, Case, Count, DateTimeField, Exists, Func, Q, Subquery, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Extract
from django.db.models.functions.datetime import TruncBase
from django.db.models.lookups import In, IRegex, Lookup, Regex
from django.db.models.sql import AggregateQuery, InsertQuery, Query
from django.db.models.sql.where import WhereNode
from mssql.base import CursorWrapper
from mssql.base import DatabaseWrapper as MssqlWrapper

from integration.admin.item_list import AT_ONCE, FEW
from integration.admin.log import MOST_NAMED, MOST_ORDERS
from integration.items.card import NOW
from integration.items.plan import NOWHERE
from integration.reasons import REASONS
from prextra_models.router import PREXTRA

MOST_PARAMETERS = 2_100
LONGEST_LIST = 2_048  # mssql-django sends a longer one as a temporary table, always the same one
OURS = ("integration", "prextra_models")
WORDS = {"", NOW, NOWHERE, *REASONS}  # a list of such words is as long as the code makes it
# Lists of one query that the code itself cuts: their columns, and how many values they hold together at most.
BOUNDED = [
    # log.matching_entries: of each of the two databases so many orders
    (
        ["integration.SyncEntry.id", "integration.SyncEntry.shopify_name", "integration.SyncEntry.shopify_order"],
        MOST_NAMED + 2 * 2 * MOST_ORDERS,
    ),
    # item_list: what is searched for, among those of a state
    (["prextra_models.Item.code", "prextra_models.Item.code"], FEW + AT_ONCE),
]
INSTEAD = {
    "compile": "another query: this one raises NotSupportedError or the like before it is sent",
    "two lists": "one long list in a query and the rest in Python, a subquery, or the lists in batches: "
    "of two that are longer than 2,048 the second replaces the first, and the rows are wrong",
    "parameters": "batches (integration/batches.py): a statement takes 2,100 parameters, and a list up to 2,048 of them",
    "time zone": "a range of aware times: the zone's standard offset is used all year",
    "regex": "startswith, contains, or Python: a CLR function would have to be installed",
    "upsert": "a unique index and a caught IntegrityError: the clause is left out silently",
    "boolean": "Case(When(…)) around it: a comparison is no value, neither as an argument nor as the other side of one",
    "boolean aggregate": "Count(filter=…), or a Case of numbers: a bit can be neither summed nor compared",
    "aggregate of a subquery": "a join, two queries, or Python: error 130",
    "group by a subquery": "a join or two queries: the subquery is dropped from GROUP BY, error 8120",
    "group by with decimals": "numbers compared in Python: a Decimal is declared as NUMERIC(18, 0), and rounded",
    "order of distinct": "ordering by columns that are selected: error 145",
    "identity": "no key of one's own: SET IDENTITY_INSERT asks for a right on the table that the app has not",
    "output": "return_rows_bulk_insert off, and rows read again by their natural key: error 334 where a table has triggers",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    query: Query
    sql: str
    params: tuple[Any, ...]
    sent: int  # so many of them: where there is a GROUP BY, equal ones become one variable
    nodes: tuple[Any, ...]  # all that was compiled, in order
    compilers: tuple[Any, ...]  # the query's own and those of its subqueries


class _List(NamedTuple):
    column: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class _Watched:
    nodes: list[Any] = field(default_factory=list)
    compilers: list[Any] = field(default_factory=list)


class _WatchedCompiler:
    connection: Unconnected

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection.watched.compilers.append(self)

    def get_order_by(self) -> Any:
        self.ordering = super().get_order_by()  # type: ignore[misc]
        return self.ordering

    def compile(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self.connection.watched.nodes.append(node)
        return super().compile(node, *args, **kwargs)  # type: ignore[misc]


class _Cursor:
    """Takes the statements by which mssql-django prepares a query: long lists, the database's collation."""

    def __enter__(self) -> _Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, *_: object) -> None:
        pass

    def fetchone(self) -> tuple[str]:
        return ("SQL_Latin1_General_CP1_CI_AS",)


class Unconnected(MssqlWrapper):  # type: ignore[misc]
    """The backend as it is on SQL Server 2022, with the driver that we use, within a transaction."""

    sql_server_version = 2022
    to_azure_sql_db = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.watched = _Watched()
        self.ops.compiler = lambda name: _watched_compiler(super(type(self.ops), self.ops).compiler(name))

    def get_autocommit(self) -> bool:
        return False

    def cursor(self) -> _Cursor:
        return _Cursor()

    def connect(self) -> None:
        raise AssertionError("There is no server to ask.")


@cache
def _watched_compiler(compiler: type) -> type:
    return type(compiler.__name__, (_WatchedCompiler, compiler), {})


_settings = {"ENGINE": "mssql", "NAME": "any", "OPTIONS": {"python_driver": "mssql_python"}}
_connections = ConnectionHandler({"default": {**_settings}, PREXTRA: {**_settings}})
_connections.create_connection = lambda alias: Unconnected(_connections.databases[alias], alias)  # type: ignore[method-assign]


def compiled(query: Query, returning: Any = None) -> Compiled:
    """The query as SQL Server would get it; the query itself stays as it was."""
    connection: Any = _connections[router.db_for_read(query.model)]
    connection.watched = _Watched()
    clone = query.clone()
    if isinstance(clone, InsertQuery):
        clone.raw = (
            True  # what is saved was made ready when the real statement was compiled; twice would be once too often
        )
        clone.objs = clone.objs[: connection.ops.bulk_batch_size(clone.fields, clone.objs)]
    if isinstance(clone, AggregateQuery):  # it asks for its inner query's compiler by alias
        inner = clone.inner_query.clone()
        inner.get_compiler = lambda *_, elide_empty=True, **__: type(inner).get_compiler(
            inner, connection=connection, elide_empty=elide_empty
        )
        clone.inner_query = inner
    compiler = clone.get_compiler(connection=connection)
    if isinstance(clone, InsertQuery):
        compiler.returning_fields = returning
        statements = compiler.as_sql()
    else:
        statements = [compiler.as_sql()]
    sql, params = max(((sql, params or ()) for sql, params in statements), key=lambda one: len(one[1]))
    sent = CursorWrapper(None, connection).format_group_by_params(sql, params)[1] if "GROUP BY" in sql else params
    watched = connection.watched
    return Compiled(query, sql, tuple(params), len(sent), tuple(watched.nodes), tuple(watched.compilers))


def bites(query: Query, returning: Any = None) -> list[str]:
    """What would go wrong on SQL Server, each with the statement and with what to write instead."""
    try:
        found = compiled(query, returning)
    except Exception as error:
        return [f"compile: {error!r}\n  {query.model}\n  instead: {INSTEAD['compile']}"]
    return [f"{name}\n  {found.sql}\n  instead: {INSTEAD[name]}" for name, bitten in BITES.items() if bitten(found)]


def _lists(found: Compiled) -> list[_List]:
    """The lists of values that may be long: not those of words that are fixed in the code or by the column."""
    lists = [node for node in found.nodes if isinstance(node, In) and node.rhs_is_direct_value()]
    return [_List(str(getattr(node.lhs, "target", node.lhs)), tuple(node.rhs)) for node in lists if not _is_short(node)]


def _two_lists(found: Compiled) -> bool:
    columns = Counter(one.column for one in _lists(found))
    bounds = (most for bounded, most in BOUNDED if columns <= Counter(bounded))
    return columns.total() > 1 and min(bounds, default=MOST_PARAMETERS) > LONGEST_LIST


def _is_short(node: In) -> bool:
    output = node.lhs.output_field
    return bool(
        isinstance(output, BooleanField)
        or getattr(output, "choices", None)
        or all(isinstance(value, enum.Enum) or value is None or value in WORDS for value in node.rhs)
    )


def _too_many_parameters(found: Compiled) -> bool:
    """More than a statement takes; or so many beside a list, which may be long, that its length makes it too many.

    A list whose values stand elsewhere in the statement too (CASE WHEN for each of them) is as long as its batch.
    """
    if found.sent > MOST_PARAMETERS:
        return True
    longest = max(_lists(found), key=lambda one: len(one.values), default=None)
    if longest is None or any(found.params.count(value) > 1 for value in longest.values):
        return False
    return found.sent - len(longest.values) > MOST_PARAMETERS - LONGEST_LIST


def _in_a_time_zone(found: Compiled) -> bool:
    if found.query.get_meta().app_label not in OURS:  # the headings by year of an admin that is not ours
        return False
    return "AT TIME ZONE" in found.sql or any(
        isinstance(node, (TruncBase, Extract)) and isinstance(node.lhs.output_field, DateTimeField)
        for node in found.nodes
    )


def _boolean_as_value(found: Compiled) -> bool:
    comparisons = (Lookup, WhereNode, Exists, Q)
    return any(isinstance(value, comparisons) for node in found.nodes for value in _values_of(node))


def _values_of(node: Any) -> Iterator[Any]:
    """The places within an expression where T-SQL wants a value."""
    if isinstance(node, When):
        yield node.result
    elif isinstance(node, Case):
        yield node.default
    elif isinstance(node, Aggregate):
        yield from node.source_expressions
    elif isinstance(node, (Func, CombinedExpression)):
        yield from node.get_source_expressions()
    elif isinstance(node, Lookup) and not isinstance(node.rhs, (bool, Exists)):  # these mssql-django wraps itself
        yield from (side for side in (node.lhs, node.rhs) if not isinstance(side, Exists))


def _aggregates(found: Compiled) -> list[Aggregate]:
    return [node for node in found.nodes if isinstance(node, Aggregate)]


def _boolean_aggregate(found: Compiled) -> bool:
    return any(
        not isinstance(node, Count) and isinstance(node.source_expressions[0].output_field, BooleanField)
        for node in _aggregates(found)
    )


def _holds_subquery(node: Any) -> bool:
    if isinstance(node, (Subquery, Query)) or isinstance(getattr(node, "rhs", None), (Subquery, Query)):
        return True
    inner = node.children if isinstance(node, WhereNode) else getattr(node, "get_source_expressions", list)()
    return any(_holds_subquery(one) for one in inner if one is not None)


def _group_by_subquery(found: Compiled) -> bool:
    return any(
        compiler.query.group_by is not None
        and any(
            _holds_subquery(expression) and not getattr(expression, "contains_aggregate", False)
            for expression, _, _ in compiler.select or ()
        )
        for compiler in found.compilers
    )


def _order_of_distinct(found: Compiled) -> bool:
    """Each ordering of a DISTINCT must be a column that is selected as it stands: one with a parameter never is."""
    return any(
        compiler.query.distinct and (params or "CASE WHEN" in sql) and not is_ref
        for compiler in found.compilers
        for _, (sql, params, is_ref) in getattr(compiler, "ordering", ())
    )


def _explicit_identity(found: Compiled) -> bool:
    return "SET IDENTITY_INSERT" in found.sql and found.query.get_meta().app_label == "prextra_models"


BITES: dict[str, Callable[[Compiled], bool]] = {
    "two lists": _two_lists,
    "parameters": _too_many_parameters,
    "time zone": _in_a_time_zone,
    "regex": lambda found: any(isinstance(node, (Regex, IRegex)) for node in found.nodes),
    "upsert": lambda found: getattr(found.query, "on_conflict", None) is not None,
    "boolean": _boolean_as_value,
    "boolean aggregate": _boolean_aggregate,
    "aggregate of a subquery": lambda found: any(_holds_subquery(node) for node in _aggregates(found)),
    "group by a subquery": _group_by_subquery,
    "group by with decimals": lambda found: (
        "GROUP BY" in found.sql and any(isinstance(param, Decimal) for param in found.params)
    ),
    "order of distinct": _order_of_distinct,
    "identity": _explicit_identity,
    "output": lambda found: re.search(r"\bOUTPUT\b(?!.*\bINTO #)", found.sql) is not None,
}
