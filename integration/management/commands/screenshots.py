"""`manage.py screenshots`: pictures of each page on the demo's data, light and dark, wide and on a phone, for the guide."""

from __future__ import annotations

import importlib
import secrets
import shutil
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from waitress import create_server

from integration.cycle import run_pass
from integration.demo.items import sample_items, sample_products, sell_while_writing
from integration.demo.prextra import sample_prextra
from integration.demo.sample import advance, sample_shop
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, StandInShop
from integration.models import HeldRecord, SyncEntry, SyncRun
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from prextra_models.sandbox import create_missing_tables

LOGIN = "demo"
SIZES = {"1280": (1280, 900), "360": (360, 740)}
MODELS = {
    "held": HeldRecord,
    "runs": SyncRun,
    "entries": SyncEntry,
    "companies": prextra.Company,
    "warehouses": prextra.Warehouse,
    "items": prextra.Item,
    "orders": prextra.SalesOrder,
    "deposits": prextra.Deposit,
    "invoices": prextra.Invoice,
}


class Command(BaseCommand):
    help = "Takes pictures of each page on sample data, into var/screenshots. Needs Chromium and Playwright."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", default="", help="only pages whose name holds this")
        parser.add_argument("--language", choices=["fr", "en"], default="fr", help="language of the pages (fr)")

    def handle(self, *, only: str, language: str, **_options: Any) -> None:
        start_browser = playwright()
        shop = StandInShop()
        with shop.serving() as url:
            fill(shop, url)
            pages = {name: address for name, address in addresses().items() if only in name}
            password = secrets.token_urlsafe(8)
            get_user_model().objects.create_superuser(LOGIN, password=password, first_name="Julie")
            folder = settings.BASE_DIR / "var" / "screenshots"
            folder.mkdir(parents=True, exist_ok=True)
            with serving() as site, start_browser() as tools:
                browser = tools.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
                for scheme in ("light", "dark"):
                    for size, (width, height) in SIZES.items():
                        context = browser.new_context(
                            base_url=site,
                            locale=f"{language}-CA",
                            timezone_id=settings.TIME_ZONE,
                            color_scheme=scheme,
                            viewport={"width": width, "height": height},
                        )
                        photograph(context.new_page(), pages, password, folder, f"{size}-{scheme}")
                browser.close()
        self.stdout.write(str(folder.relative_to(settings.BASE_DIR)))


def photograph(page: Any, pages: dict[str, str], password: str, folder: Path, suffix: str) -> None:
    page.goto(reverse("admin:login"))
    page.screenshot(path=folder / f"login-{suffix}.png")
    page.fill("#id_username", LOGIN)
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")
    page.wait_for_selector("#menu", state="attached")
    for name, address in pages.items():
        page.goto(address)
        page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=True)


def fill(shop: StandInShop, url: str) -> None:
    """The demo's path: orders come in, time passes, more come in."""
    call_command("migrate", verbosity=0)
    create_missing_tables()
    sample_shop(shop.store)
    sample_prextra(url, CLIENT_ID, CLIENT_SECRET)
    warehouse = prextra.Warehouse.objects.using(PREXTRA).get()
    sample_items(warehouse, timezone.localdate())
    sample_products(shop.store)
    run_pass(warehouse.pk)
    advance(shop.store)
    sell_while_writing(shop.store)
    run_pass(warehouse.pk)


def addresses() -> dict[str, str]:
    """What there is to see, by the name of its picture."""
    found = {"dashboard": reverse("admin:index")}
    for name, model in MODELS.items():
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found[name] = reverse(f"{page}_changelist")
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            found[f"{name}-one"] = reverse(f"{page}_change", args=[first.pk])
            found[f"{name}-history"] = reverse(f"{page}_history", args=[first.pk])
    found["warehouses-one-shopify"] = found["warehouses-one"] + "#tab-2"
    found["items-one-web"] = found["items-one"] + "#tab-2"
    found["tax-titles"] = reverse("admin:integration_taxtitle_changelist")
    found["tax-titles-add"] = reverse("admin:integration_taxtitle_add")
    found["people"] = reverse("admin:auth_user_changelist")
    for name, arguments in {
        "prerequisites": [],
        "sync_now": [prextra.Warehouse.objects.using(PREXTRA).get().pk],
    }.items():
        try:
            found[name.replace("_", "-")] = reverse(f"admin:{name}", args=arguments)
        except NoReverseMatch:
            continue
    return found


@contextmanager
def serving() -> Iterator[str]:
    server: Any = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=16)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()


def chromium() -> str | None:
    """Debian's, or another that is installed; else the one that Playwright fetched, if it did."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def playwright() -> Callable[[], Any]:
    try:
        start: Callable[[], Any] = importlib.import_module("playwright.sync_api").sync_playwright
    except ModuleNotFoundError:
        raise CommandError(
            "Playwright is missing: it comes with the packages for development, requirements-dev.txt."
        ) from None
    return start
