"""The tool that holds queries against SQL Server: each bite has a query that is refused and one that passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.constants import OnConflict
from django.db.models.functions import Coalesce, TruncMonth
from django.db.models.lookups import GreaterThan
from django.db.models.sql import InsertQuery, Query, UpdateQuery

from integration.models import SyncEntry, SyncRun
from prextra_models.models import Item, ItemStock, SalesOrder, SalesOrderLine
from prextra_models.router import PREXTRA
from tests import sqlserver_watch

if sqlserver_watch.sqlserver is None:
    pytest.skip(f"mssql-django cannot be loaded: {sqlserver_watch.MISSING}", allow_module_level=True)

from tests.sqlserver import INSTEAD, bites, compiled

MANY = [f"A-{number}" for number in range(3)]
GOOD = [SyncRun.Outcome.DONE, SyncRun.Outcome.HELD]
NOON = datetime(2026, 7, 1, 16, tzinfo=UTC)
DECIMALS = DecimalField(max_digits=15, decimal_places=4)
items, stock, runs, entries = Item.objects, ItemStock.objects, SyncRun.objects, SyncEntry.objects
has_stock = Exists(stock.filter(item=OuterRef("pk")))
visible = Case(When(visible_web=True, then=1), default=0, output_field=IntegerField())
scarce = Case(When(available__lt=Decimal("0.5"), then=Value(1)), default=Value(0), output_field=IntegerField())


def update(rows: QuerySet[Any], **values: Any) -> UpdateQuery:
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    return query


def insert(*objects: Model, with_key: bool = False, **options: Any) -> InsertQuery:
    meta = objects[0]._meta
    query = InsertQuery(type(objects[0]), **options)
    query.insert_values([field for field in meta.concrete_fields if with_key or field is not meta.auto_field], objects)
    return query


def moved(count: int, listed: bool = False) -> UpdateQuery:
    """Each item's own figure in one statement, as in stock.py."""
    codes = [f"A-{number}" for number in range(count)]
    whens = [When(item=code, then=Value(Decimal(place))) for place, code in enumerate(codes)]
    rows = stock.filter(item__in=codes) if listed else stock.filter(warehouse="STG")
    return update(rows, available=Case(*whens, output_field=DECIMALS))


REFUSED: dict[str, list[QuerySet[Any] | Query]] = {
    "compile": [items.order_by("category").distinct("category"), items.select_for_update(of=("self",))],
    "two lists": [
        items.filter(code__in=MANY, category__in=["A", "B"]),
        items.filter(Q(code__in=MANY) | Q(pk__in=stock.filter(warehouse__in=["STG"]).values("item"))),
        items.filter(code__in=MANY).exclude(category__in=("A", "B")),
        items.filter(code__in=MANY).exclude(pk__in=stock.filter(item__in=MANY).values("item")),
    ],
    "parameters": [
        moved(1_100),
        items.filter(code__in=MANY).exclude(reduce(or_, (Q(category=str(n)) for n in range(60)))),
    ],
    "time zone": [
        runs.filter(started_at__date=date(2026, 7, 1)),
        runs.annotate(month=TruncMonth("started_at")),
        runs.filter(started_at__hour=12),
    ],
    "regex": [items.filter(code__regex="^A"), items.filter(code__iregex="^a")],
    "upsert": [insert(Item(code="A"), on_conflict=OnConflict.IGNORE)],
    "boolean": [
        items.filter(visible_web=GreaterThan(F("shopify_buffer"), 9)),
        items.annotate(there=Coalesce(has_stock, Value(False))),
        items.annotate(there=Case(When(code="A", then=has_stock), default=Value(False))),
    ],
    "boolean aggregate": [items.values("category").annotate(any=Max("visible_web"))],
    "aggregate of a subquery": [
        items.values("category").annotate(there=Count("pk", filter=has_stock)),
        items.values("category").annotate(there=Count("pk", filter=Q(pk__in=stock.values("item")))),
        items.values("category").annotate(sum=Sum(Subquery(stock.filter(item=OuterRef("pk")).values("available")[:1]))),
    ],
    "group by a subquery": [items.annotate(there=has_stock).values("there").annotate(count=Count("pk"))],
    "group by with decimals": [stock.values("warehouse").annotate(scarce=Sum(scarce))],
    "order of distinct": [
        items.order_by(Coalesce("category", Value("~"))).values("code").distinct(),
        items.order_by(F("category").desc(nulls_last=True)).values("code").distinct(),
    ],
    "identity": [insert(SalesOrder(pk=7, company_id="STG"), with_key=True)],
}
PASSED: dict[str, list[QuerySet[Any] | Query]] = {
    "compile": [items.order_by("category").distinct(), items.select_for_update(), items.all()[10:20]],
    "two lists": [
        items.filter(code__in=MANY, category="A"),
        runs.filter(warehouse__in=MANY, outcome__in=GOOD),
        runs.filter(warehouse__in=MANY, outcome__in=["done", "held"]),
        items.filter(code__in=MANY, pk__in=stock.values("item")),
        items.filter(code__in=MANY).filter(code__in=MANY),
    ],
    "parameters": [moved(100), moved(100, listed=True), items.filter(code__in=MANY, category="A")],
    "time zone": [
        runs.filter(started_at__gte=NOON, started_at__lt=NOON),
        runs.filter(started_at__year=2026),
        SalesOrder.objects.annotate(month=TruncMonth("order_date")),
    ],
    "regex": [items.filter(code__startswith="A", code__icontains="b")],
    "upsert": [insert(Item(code="A"))],
    "boolean": [
        items.annotate(
            dear=GreaterThan(F("shopify_buffer"), 9),
            rare=Q(shopify_buffer__gt=9),
            there=has_stock,
            shown=F("visible_web"),
        ).filter(has_stock, visible_web=True),
        items.filter(Q(has_stock) | ~has_stock).order_by(has_stock),
    ],
    "boolean aggregate": [items.values("category").annotate(any=Max(visible), all=Count("visible_web"))],
    "aggregate of a subquery": [items.values("category").annotate(there=Count("pk", filter=Q(visible_web=True)))],
    "group by a subquery": [
        items.filter(has_stock).values("category").annotate(count=Count("pk")),
        items.annotate(there=has_stock).values("there", "code"),
    ],
    "group by with decimals": [stock.filter(available__gt=1), stock.values("warehouse").annotate(sum=Sum("available"))],
    "order of distinct": [
        items.order_by("category").values("code").distinct(),
        items.order_by(F("category").desc(nulls_last=True)),
    ],
    "identity": [insert(SalesOrder(company_id="STG")), insert(Item(code="A"), Item(code="B"), with_key=True)],
    "output": [insert(SalesOrder(company_id="STG")), update(items.filter(code="A"), category="B")],
}


def query_of(one: Any) -> Query:
    return one.query if isinstance(one, QuerySet) else one


def pairs(of: dict[str, list[Any]]) -> Any:
    return [
        pytest.param(name, query_of(one), id=f"{name} {place}")
        for name, some in of.items()
        for place, one in enumerate(some)
    ]


@pytest.mark.parametrize(("name", "query"), pairs(REFUSED))
def test_what_bites_is_refused_by_name_with_the_statement_and_what_to_write_instead(name: str, query: Query) -> None:
    [bite] = bites(query)
    assert bite.startswith(name)
    assert INSTEAD[name] in bite


@pytest.mark.parametrize(("name", "query"), pairs(PASSED))
def test_what_resembles_a_bite_passes(name: str, query: Query) -> None:
    assert bites(query) == []


def test_every_bite_has_both_kinds_of_example() -> None:
    assert {*REFUSED, "output"} == set(PASSED) == set(INSTEAD)


def test_an_output_clause_without_into_is_refused() -> None:
    """As with the option return_rows_bulk_insert, which is off."""
    [key] = [field for field in SalesOrder._meta.concrete_fields if field.primary_key]
    rows = insert(SalesOrder(company_id="STG"), SalesOrder(company_id="STG"))
    assert bites(rows, returning=[key]) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mssql.features.DatabaseFeatures.can_return_rows_from_bulk_insert", True)
        [bite] = bites(rows, returning=[key])
    assert bite.startswith("output")


def test_one_row_is_inserted_without_an_output_clause_so_that_triggers_do_not_disturb_it() -> None:
    [key] = [field for field in SalesOrder._meta.concrete_fields if field.primary_key]
    sql = compiled(insert(SalesOrder(company_id="STG")), returning=[key]).sql
    assert sql.startswith("SET NOCOUNT ON INSERT INTO")
    assert sql.endswith("SELECT CAST(SCOPE_IDENTITY() AS bigint)")


def test_a_query_is_not_changed_by_being_looked_at() -> None:
    rows = items.filter(code__in=MANY).order_by("category").annotate(there=has_stock)
    before = str(rows.query)
    compiled(rows.query)
    assert str(rows.query) == before


@pytest.mark.django_db(databases=["default", PREXTRA])
class TestWatch:
    @pytest.fixture
    def watcher(self, pytestconfig: pytest.Config) -> Iterator[sqlserver_watch.Watch]:
        watcher = pytestconfig.pluginmanager.get_plugin(sqlserver_watch.NAME)
        assert isinstance(watcher, sqlserver_watch.Watch)
        kept = watcher.seen, watcher.shapes
        watcher.seen, watcher.shapes = set(), set()
        yield watcher
        watcher.seen, watcher.shapes = kept
        watcher.found.clear()

    ACTIONS: ClassVar[dict[str, Callable[[], object]]] = {
        "select": lambda: list(items.filter(code__in=MANY, category__in=["A", "B"])),
        "iterator": lambda: list(items.filter(code__in=MANY, category__in=["A", "B"]).iterator()),
        "exists": lambda: items.filter(code__regex="A").exists(),
        "count": lambda: items.filter(code__in=MANY, category__in=["A", "B"]).count(),
        "aggregate": lambda: runs.filter(started_at__date=date(2026, 7, 1)).aggregate(last=Max("pk")),
        "aggregate of a part": lambda: runs.filter(started_at__date=date(2026, 7, 1))[:3].aggregate(last=Max("pk")),
        "update": lambda: items.filter(code__in=MANY, category__in=["A", "B"]).update(category="C"),
        "delete": lambda: stock.filter(item__in=MANY, warehouse__in=["A", "B"]).delete(),
        "insert": lambda: SalesOrderLine.objects.bulk_create([SalesOrderLine(pk=7, order_id=1, line_number=1)]),
    }

    @pytest.mark.parametrize("name", ACTIONS)
    def test_whatever_is_done_with_a_query_is_seen_once(self, watcher: sqlserver_watch.Watch, name: str) -> None:
        with transaction.atomic(using=PREXTRA):
            self.ACTIONS[name]()
            transaction.set_rollback(True, using=PREXTRA)
        assert watcher.found
        watcher.found.clear()
        with transaction.atomic(using=PREXTRA):
            self.ACTIONS[name]()
            transaction.set_rollback(True, using=PREXTRA)
        assert not watcher.found

    def test_the_verdict_fails_a_test_and_is_given_once(self, watcher: sqlserver_watch.Watch) -> None:
        items.filter(code__regex="A").exists()
        with pytest.raises(pytest.fail.Exception, match="regex"):
            watcher.verdict()
        watcher.verdict()

    def test_what_bulk_create_made_has_no_keys_here_either(self) -> None:
        [run] = SyncRun.objects.bulk_create([SyncRun(warehouse="STG", shop="s", flow="orders")])
        assert run.pk is None
