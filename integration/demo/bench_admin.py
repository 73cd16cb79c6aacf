"""What a page of the admin costs once years have passed: 100,000 items, 10,000 runs, 100,000 entries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integration.batches import batched
from integration.demo.bench_documents import PREPAYMENTS_OF_A_DEPOSIT, document_pages, fill_documents
from integration.demo.bench_items import fill
from integration.demo.meter import Statements
from integration.models import Flow, HeldRecord, ProductLink, SyncEntry, SyncRun
from prextra_models import models as prextra
from prextra_models.router import PREXTRA

ITEMS, RUNS, ENTRIES_OF_A_RUN, HELD = 100_000, 10_000, 10, 1_000
ROWS_OF_A_PAGE = 100
MOST_MILLISECONDS, MOST_QUERIES = 300, 30
WAREHOUSE = "YEARS"
SPAN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMeasure:
    page: str
    milliseconds: float
    queries: int
    kilobytes: int

    @property
    def is_within(self) -> bool:
        return self.milliseconds <= MOST_MILLISECONDS and self.queries <= MOST_QUERIES

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class AdminBench:
    """Years of one warehouse, and a superuser who opens each page twice: the second time counts."""

    def __init__(self, items: int = ITEMS, runs: int = RUNS) -> None:
        self.items, self.runs = items, runs

    def measure(self) -> Iterator[PageMeasure]:
        self._fill()
        user, _made = get_user_model().objects.get_or_create(
            username="bench", defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client(headers={"host": "localhost"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for address in addresses():
            client.get(address)
            statements = Statements()
            with statements.counted():
                started = time.perf_counter()
                answer = client.get(address)
                seconds = time.perf_counter() - started
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}")
            yield PageMeasure(
                page=address,
                milliseconds=round(seconds * 1000, 1),
                queries=sum(statements.counts.values()),
                kilobytes=len(answer.content) // 1024,
            )

    def _fill(self) -> None:
        warehouse = prextra.Warehouse.objects.using(PREXTRA).defer(None).order_by("pk")[0]
        warehouse.pk, warehouse.shopify_url = WAREHOUSE, "https://years.myshopify.com"
        warehouse.sync_items = warehouse.sync_orders = True
        warehouse.save(using=PREXTRA, force_insert=True)
        with transaction.atomic(using=PREXTRA):
            fill(warehouse.company, warehouse, self.items, "Y")
            fill_documents(
                warehouse, [f"Y-{number:06}" for number in range(3)], max(self.runs, PREPAYMENTS_OF_A_DEPOSIT)
            )
        with transaction.atomic():
            self._log(warehouse)

    def _log(self, warehouse: prextra.Warehouse) -> None:
        now, shop = timezone.now(), warehouse.shopify_url
        outcome, flows = SyncEntry.Outcome, list(Flow)
        for numbers in batched(range(self.runs), 1000):
            begun = [now - SPAN * (self.runs - number) / self.runs for number in numbers]
            SyncRun.objects.bulk_create(
                SyncRun(
                    warehouse=WAREHOUSE, shop=shop, flow=flows[number % len(flows)], outcome=SyncRun.Outcome.DONE,
                    started_at=at, finished_at=at + timedelta(seconds=8), examined=50, written=ENTRIES_OF_A_RUN,
                )
                for number, at in zip(numbers, begun, strict=True)
            )  # fmt: skip
            runs = SyncRun.objects.order_by("-pk")[: len(begun)]  # with their keys, which not every database tells
            SyncEntry.objects.bulk_create(
                SyncEntry(
                    run=run, at=run.started_at, outcome=outcome.HELD if place == 0 else outcome.WRITTEN,
                    kind=SyncEntry.Kind.SALES_ORDER, shopify_id=f"gid://shopify/Order/{run.pk * 10 + place}",
                    shopify_name=f"#{run.pk * 10 + place}", prextra_number=f"CV{run.pk * 10 + place}",
                    amount=Decimal("49.95"), reason="item_not_priced" if place == 0 else "",
                    params={"item": f"Y-{place:06}"} if place == 0 else {},
                )
                for run in runs
                for place in range(ENTRIES_OF_A_RUN)
            )  # fmt: skip
        for numbers in batched(range(self.items), 5000):
            ProductLink.objects.bulk_create(
                ProductLink(
                    warehouse=WAREHOUSE, shop=shop, item=f"Y-{number:06}", product=f"gid://shopify/Product/{number}",
                    quantity=20, pushed={"status": "ACTIVE"},
                )
                for number in numbers
            )  # fmt: skip
        HeldRecord.objects.bulk_create(
            HeldRecord(
                warehouse=WAREHOUSE, shop=shop, flow=Flow.ITEMS, shopify_id=f"Y-{number:06}",
                shopify_name=f"Y-{number:06}", reason="item_not_priced", params={"item": f"Y-{number:06}"},
                next_attempt_at=now,
            )
            for number in range(min(HELD, self.items))
        )  # fmt: skip


def addresses() -> Iterator[str]:
    """The first page, every list, the searches and filters that people use, and one record of each kind."""
    yield reverse("admin:index")
    yield reverse("admin:prerequisites")
    yield reverse("admin:prerequisites_of", args=[WAREHOUSE])
    yield reverse("admin:sync_now", args=[WAREHOUSE])
    run = SyncRun.objects.filter(warehouse=WAREHOUSE).order_by("-pk")[0]
    entry = run.entries.order_by("pk")[0]
    lists: dict[type[Any], tuple[Any, tuple[str, ...]]] = {
        SyncRun: (
            run.pk,
            (
                "q=%23500",
                "q=Tremblay",
                "q=Y-000000",
                "flow__exact=orders",
                f"warehouse__exact={WAREHOUSE}",
                f"p={last(SyncRun)}",
            ),
        ),
        SyncEntry: (
            entry.pk,
            (
                "q=%23500",
                "q=Tremblay",
                "q=Y-000000",
                "outcome__exact=held",
                f"run__id__exact={run.pk}",
                f"p={last(SyncEntry)}",
            ),
        ),
        HeldRecord: (
            HeldRecord.objects.filter(warehouse=WAREHOUSE).order_by("-pk")[0].pk,
            ("reason=item_not_priced", "q=Y-000000"),
        ),
        ProductLink: (ProductLink.objects.order_by("-pk")[0].pk, ("q=Y-0001", "state=in-shopify")),
        prextra.Item: (
            f"Y-{0:06}",
            (
                "q=Y-0001",
                "q=quincaillerie",
                "shopify__exact=1",
                *(
                    f"state={state}"
                    for state in ("held", "ignored", "published", "scheduled", "draft", "archived", "absent")
                ),
                "state=draft&q=Y-0001",
                f"p={last(prextra.Item)}",
            ),
        ),
        prextra.Warehouse: (WAREHOUSE, ()),
        prextra.Company: (prextra.Company.objects.using(PREXTRA).values_list("pk", flat=True)[0], ()),
        **document_pages(),
    }
    for model, (record, queries) in lists.items():
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{page}_changelist")
        yield from (f"{reverse(f'{page}_changelist')}?{query}" for query in queries)
        yield reverse(f"{page}_change", args=[record])


def last(model: type[Any]) -> int:
    """The number of the last page that is full."""
    return max(1, int(model._default_manager.count()) // ROWS_OF_A_PAGE)
