"""`manage.py demo`: a shop's orders become Prextra documents before your eyes, then the admin is served."""

from __future__ import annotations

import secrets
import signal
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application
from django.db.models import Count, Sum
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from waitress import create_server

from integration.cycle import PassReport, run_pass
from integration.demo.items import sample_items, sample_products, sell_while_writing
from integration.demo.prextra import sample_prextra
from integration.demo.sample import SAMPLE_CASES, advance, sample_shop
from integration.demo.shop.publications import visible_on_online_store
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, StandInShop
from integration.management.report import KINDS, console_on, problem_lines, runs_table
from integration.management.supervision import Child, stop_all
from integration.models import HeldRecord, ProductLink, SyncEntry
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.sandbox import create_missing_tables

ORDERS = 120
LOGIN = "demo"
EVENTS_SHOWN = 8
WORKERS_END_WITHIN = 10  # seconds


class Command(BaseCommand):
    help = "Shows the whole path on sample data, in databases of its own; then serves the admin until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the table")
        parser.add_argument("--orders", type=int, default=ORDERS, help=f"how many orders the shop has ({ORDERS})")
        parser.add_argument("--port", type=int, default=8000, help="port of the admin (8000)")
        parser.add_argument("--language", choices=["fr", "en"], default="fr", help="language of what is printed (fr)")

    def handle(self, **options: Any) -> None:
        with translation.override(options["language"]):
            self.show(**options)

    def show(self, *, once: bool, orders: int, port: int, **_options: Any) -> None:
        console = console_on(self.stdout)
        call_command("migrate", verbosity=0)
        create_missing_tables()
        shop = StandInShop()
        sample_shop(shop.store, count=orders)
        with shop.serving() as url:
            sample_prextra(url, CLIENT_ID, CLIENT_SECRET)
            row = prextra.Warehouse.objects.using(PREXTRA).get()
            warehouse = row.pk
            sample_items(row, timezone.localdate())
            sample_products(shop.store)
            items = prextra.Item.objects.using(PREXTRA).filter(shopify=True).count()
            title = _(
                "1. The shop has {count} orders, Prextra has none; Prextra has {items} items, the shop hardly any"
            )
            console.rule(title.format(count=len(shop.store.orders), items=items))
            reports = [self._pass(console, warehouse)]
            console.rule(_("2. Time passes in the shop: payments come in, parcels leave"))
            self._tell(console, advance(shop.store))
            sell_while_writing(shop.store)
            reports.append(self._pass(console, warehouse))
            console.rule(_("3. What came of it"))
            console.print(documents_table(reports))
            console.print(money_table(shop))
            console.print(cases_table())
            console.print(items_table(shop))
            console.print(_("Held, and why:"))
            for line in problem_lines(reports[-1:]):
                console.print("  ", line)
            if not once:
                self._serve(console, port)

    def _pass(self, console: Console, warehouse: str) -> PassReport:
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task(_("Synchronisation"), total=None)
            report = run_pass(warehouse, progress=lambda done, total: bar.update(task, completed=done, total=total))
        console.print(runs_table([report]))
        if report.error:
            console.print(*problem_lines([report]))
            raise SystemExit(2)
        return report

    def _tell(self, console: Console, events: Sequence[str]) -> None:
        for event in events[:EVENTS_SHOWN]:
            console.print(f"  {event}")
        if more := len(events) - EVENTS_SHOWN:
            console.print("  " + _("… and {count} more").format(count=more))

    def _serve(self, console: Console, port: int) -> None:
        password = secrets.token_urlsafe(8)
        get_user_model().objects.create_superuser(LOGIN, password=password)
        try:
            server = create_server(get_wsgi_application(), host="127.0.0.1", port=port)
        except OSError:  # something else is at this port
            server = create_server(get_wsgi_application(), host="127.0.0.1", port=0)
        console.rule(_("4. The admin"))
        console.print(_("Address:  {url}").format(url=f"http://127.0.0.1:{server.effective_port}/admin/"))
        console.print(_("Login:    {login}   Password: {password}").format(login=LOGIN, password=password))
        console.print(_("Ctrl-C ends the demo."))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # as Ctrl-C does: the workers end with the server
        workers = Child("workers", "qcluster")
        workers.keep_up()
        try:
            server.run()
        except KeyboardInterrupt:
            server.close()
        finally:
            stop_all([workers], within=WORKERS_END_WITHIN)


def documents_table(reports: Iterable[PassReport]) -> Table:
    """The documents by kind: after all passes, and their money."""
    table = Table(title=_("Documents in Prextra"))
    table.add_column(_("Document"))
    table.add_column(_("Count"), justify="right")
    table.add_column(_("Total"), justify="right")
    for model, field in (
        (prextra.SalesOrder, "total"),
        (prextra.Prepayment, "amount"),
        (prextra.Deposit, "total"),
        (prextra.Shipment, None),
        (prextra.Invoice, "total"),
    ):
        rows = model._default_manager.using(PREXTRA).all()
        figures = rows.aggregate(count=Count("pk"), **({"total": Sum(field)} if field else {}))
        table.add_row(
            str(model._meta.verbose_name_plural), str(figures["count"]), _money(figures["total"]) if field else ""
        )
    return table


def cases_table() -> Table:
    """What became of each case that a bookkeeper meets one day."""
    table = Table(title=_("Cases worth a look"))
    for heading in (_("Case"), _("Order"), _("In Prextra"), _("In the log")):
        table.add_column(heading)
    for case, name in SAMPLE_CASES.items():
        entries = SyncEntry.objects.filter(shopify_name=name)
        kinds = Counter(entries.filter(outcome=SyncEntry.Outcome.WRITTEN).values_list("kind", flat=True))
        documents = ", ".join(
            f"{KINDS[kind]} × {count}" if count > 1 else str(KINDS[kind]) for kind, count in kinds.items()
        )
        said = dict.fromkeys(entry.message for entry in entries.exclude(reason=""))
        table.add_row(_(case), name, documents, Text(" ".join(said)))
    return table


def money_table(shop: StandInShop) -> Table:
    """Shopify's money against Prextra's, for the orders that came in; what is held stands in a row of its own."""
    orders = prextra.SalesOrder.objects.using(PREXTRA)
    came_in = set(orders.values_list("shopify_id", flat=True))
    brought = [order for order in shop.store.orders.values() if order["id"] in came_in]
    waiting = set(HeldRecord.objects.values_list("shopify_id", flat=True)) - came_in
    held = [order for order in shop.store.orders.values() if order["id"] in waiting]
    prepayments = prextra.Prepayment.objects.using(PREXTRA).aggregate(total=Sum("amount"))["total"]
    table = Table(title=_("Money in Shopify against money in Prextra"))
    table.add_column("")
    for heading in ("Shopify", "Prextra", _("Gap")):
        table.add_column(heading, justify="right")
    rows = (
        (_("Orders brought in"), _sum(brought, "totalPriceSet"), orders.aggregate(total=Sum("total"))["total"]),
        (_("Taxes on them"), _sum(brought, "totalTaxSet"), _taxes()),
        (_("Received for them"), _sum(brought, "totalReceivedSet"), prepayments),
    )
    for label, in_shop, in_prextra in rows:
        table.add_row(label, _money(in_shop), _money(in_prextra), _money(in_shop - (in_prextra or 0)))
    table.add_row(_("Orders held"), _money(_sum(held, "totalPriceSet")), "", "")
    return table


def items_table(shop: StandInShop) -> Table:
    """Prextra's items in the shop, by what a customer sees of them, and why some are not there."""
    links = ProductLink.objects.all()
    products = [shop.store.products[link.product] for link in links if link.product in shop.store.products]
    now = shop.store.now()
    seen = sum(visible_on_online_store(product, now) for product in products)
    dated = sum(product["status"] == "ACTIVE" for product in products) - seen
    drafts = sum(product["status"] == "DRAFT" for product in products)
    due = sum(link.quantity or 0 for link in links)
    there = sum(units_of(product) for product in products)
    table = Table(title=_("Prextra's items in the shop"))
    table.add_column("")
    table.add_column(_("Count"), justify="right")
    table.add_row(_("On sale"), str(seen))
    table.add_row(_("Scheduled for a day to come"), str(dated))
    table.add_row(_("Drafts: not visible (web)"), str(drafts))
    table.add_row(_("Units due, by Prextra"), str(due))
    table.add_row(_("Units for sale in the shop"), str(there))
    table.add_row(_("Units sold there a moment ago, their order not in yet"), str(sum(link.missing for link in links)))
    for link in links.filter(product=""):
        table.add_row(Text(link.message), "")
    return table


def units_of(product: dict[str, Any]) -> int:
    return sum(
        int(level["available"])
        for variant in product["variants"]
        for level in variant["inventoryItem"]["levels"].values()
    )


def _taxes() -> Decimal:
    sums = prextra.SalesOrder.objects.using(PREXTRA).aggregate(f=Sum("federal_tax"), p=Sum("provincial_tax"))
    return (sums["f"] or Decimal(0)) + (sums["p"] or Decimal(0))


def _sum(orders: Iterable[dict[str, Any]], field: str) -> Decimal:
    return sum((Decimal(order[field]["shopMoney"]["amount"]) for order in orders), Decimal(0))


def _money(amount: Decimal | None) -> str:
    return number_format(amount or Decimal(0), 2, force_grouping=True)
