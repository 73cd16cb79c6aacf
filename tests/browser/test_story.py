"""A project manager makes an item ready in French, previews, synchronises, and finds it in the shop. The test is the worker."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from integration.demo.shop.shop import StandInShop
from integration.jobs import carry_out
from integration.models import SyncRequest
from prextra_models.models import Item, ItemText, Warehouse
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, LogIn
from tests.factories import ItemFactory, ItemPriceFactory, ItemStockFactory
from tests.sample import first_pass

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

CODE = "PERCEUSE-9"


@pytest.fixture
def drill(sample: StandInShop) -> Item:
    """An item as Prextra's people make it: in stock and priced, and nothing of the web filled in yet."""
    warehouse = Warehouse.objects.using(PREXTRA).get()
    category = Item.objects.using(PREXTRA).filter(default_warehouse=warehouse).order_by("pk")[0].category
    item: Item = ItemFactory(
        code=CODE, category=category, default_warehouse=warehouse, shopify=False, visible_web=False
    )
    ItemStockFactory(item=item, warehouse=warehouse, on_hand=12, available=12)
    ItemPriceFactory(item=item, company=warehouse.company, price="129.95")
    return item


def product_of(shop: StandInShop, sku: str) -> dict[str, object] | None:
    found = [one for one in shop.store.products.values() if any(each["sku"] == sku for each in one["variants"])]
    return found[0] if found else None


def test_an_item_is_made_ready_and_found_in_the_shop_after_the_next_pass(
    log_in: LogIn, sample: StandInShop, drill: Item
) -> None:
    page = log_in("manager")
    page.goto("/admin/")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Items", exact=True).click()
    page.get_by_role("searchbox", name="Rechercher").fill(CODE)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=CODE).click()

    page.get_by_label(re.compile(r"^Description\s*:")).fill("Perceuse à colonne")
    page.get_by_role("tab", name="www://").click()
    page.get_by_label(re.compile(r"^Nom\s*:")).fill("Perceuse à colonne 9 po")
    page.get_by_label("Visible (web)").check()
    page.get_by_label("Shopify", exact=True).check()
    page.get_by_label(re.compile("^Buffer Shopify")).fill("2")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("ul.messagelist li.success")).to_contain_text(CODE)
    assert ItemText.objects.using(PREXTRA).filter(item=drill, text="Perceuse à colonne 9 po").exists()
    assert product_of(sample, CODE) is None

    page.goto("/admin/")
    page.get_by_role("button", name="Synchroniser maintenant").first.click()
    expect(page.get_by_role("progressbar", name="Avancement")).to_be_visible()
    carry_out(SyncRequest.objects.latest("pk").pk)
    expect(page.get_by_text("terminée", exact=True)).to_be_visible(timeout=15_000)

    product = product_of(sample, CODE)
    assert product is not None
    assert product["title"] == "Perceuse à colonne 9 po"
    assert product["status"] == "ACTIVE"
    page.goto(f"/admin/prextra_models/item/{CODE}/change/")
    page.get_by_role("tab", name="État dans Shopify").click()
    expect(page.get_by_text("publié", exact=True)).to_be_visible()


def test_at_eight_on_a_telephone_in_the_dark_what_is_held_is_seen_and_understood(
    log_in: LogIn, sample: StandInShop
) -> None:
    first_pass()
    page = log_in("staff", size=PHONE, dark=True)
    page.goto("/admin/")
    page.get_by_role("link", name="à traiter").first.click()
    expect(page.get_by_role("heading", level=1, name="À traiter")).to_be_visible()
    expect(page.get_by_text("VIS-9999-X").first).to_be_visible()
    page.get_by_role("link", name="Chercher ce code parmi les items").first.click()
    expect(page.get_by_role("searchbox", name="Rechercher")).to_have_value("VIS-9999-X")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
