"""The lists of runs and of items, wide and on a phone: all of a row is within its frame, and what is there can be used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integration.demo.shop.shop import StandInShop
from integration.models import ProductLink
from prextra_models.models import Item
from prextra_models.router import PREXTRA
from tests.browser.conftest import PHONE, WIDE, LogIn
from tests.factories import ItemFactory
from tests.sample import first_pass

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

RUNS, ITEMS = "/admin/integration/syncrun/", "/admin/prextra_models/item/"


def overflow(page: Page) -> int:
    """By how many pixels the list is wider than its frame, which then scrolls sideways."""
    return int(page.locator(".results").evaluate("frame => frame.scrollWidth - frame.clientWidth"))


@pytest.fixture
def worst(sample: StandInShop) -> None:
    """After a first pass, among the items one of each state that takes up much room, and one with a long code."""
    first_pass()
    later = (timezone.localdate() + timedelta(days=300)).replace(month=12, day=28).isoformat()
    ProductLink.objects.filter(item__startswith="C").exclude(product="").update(
        pushed={"status": "ACTIVE", "publish": later}
    )
    ItemFactory(
        code="A" * 40,
        tracking=Item.Tracking.SERIAL_QUANTITY,
        default_warehouse=Item.objects.using(PREXTRA).exclude(default_warehouse=None)[0].default_warehouse,
    )


@pytest.mark.parametrize(
    ("address", "size"),
    [(RUNS, PHONE), (ITEMS, PHONE), (RUNS, WIDE), (ITEMS, WIDE)],
    ids=["runs-phone", "items-phone", "runs-wide", "items-wide"],
)
@pytest.mark.parametrize("locale", ["fr-CA", "en-CA"])
def test_a_list_is_not_wider_than_its_frame(
    log_in: LogIn, worst: None, address: str, size: dict[str, int], locale: str
) -> None:
    page = log_in("manager", size=size, locale=locale)
    page.goto(address)

    assert page.locator("#result_list tbody tr").count() > 3
    assert overflow(page) <= 0


@pytest.mark.parametrize(
    ("pages", "size"),
    [
        (("salesorder", "prepayment", "deposit", "shipment", "invoice"), PHONE),
        (("warehouse", "salesorder", "prepayment", "deposit", "shipment", "invoice"), WIDE),
    ],
    ids=["phone", "wide"],
)
def test_the_lists_of_prextra_are_not_wider_than_their_frame(
    log_in: LogIn, worst: None, pages: tuple[str, ...], size: dict[str, int]
) -> None:
    page = log_in("manager", size=size)
    for name in pages:
        page.goto(f"/admin/prextra_models/{name}/")
        assert overflow(page) <= 0, name


def test_the_items_in_shopify_fit_beside_their_filter(log_in: LogIn, worst: None) -> None:
    page = log_in("manager")
    page.goto("/admin/integration/productlink/")

    assert overflow(page) <= 0


def test_on_a_phone_a_figure_says_what_it_counts(log_in: LogIn, worst: None) -> None:
    page = log_in("manager", size=PHONE)
    page.goto(RUNS)
    first = page.locator("#result_list tbody tr").first
    for label in ("Examinés", "Inscrit", "En suspens"):
        expect(first.get_by_text(label, exact=True)).to_be_visible()
    page.goto(ITEMS)
    first = page.locator("#result_list tbody tr").first
    for label in ("Qté disponible", "Shopify", "Visible (web)"):
        expect(first.get_by_text(label, exact=True)).to_be_visible()


def test_on_a_wide_screen_the_title_of_the_column_says_it_once(log_in: LogIn, worst: None) -> None:
    page = log_in("manager")
    page.goto(RUNS)
    expect(page.locator("#result_list").get_by_text("Examinés", exact=True).locator("visible=true")).to_have_count(1)


def test_on_a_phone_items_are_chosen_one_by_one_or_all_at_once_and_unticked(log_in: LogIn, worst: None) -> None:
    page = log_in("manager", size=PHONE)
    page.goto(f"{ITEMS}?q=MARTEAU")
    everything = page.get_by_role("checkbox", name="Sélectionner tous les objets de cette page en vue d’une action")
    everything.check()
    expect(page.locator("input.action-select:not(:checked)")).to_have_count(0)
    everything.uncheck()
    page.locator("tr", has_text="MARTEAU-16").get_by_role("checkbox").check()
    page.get_by_role("combobox").select_option(label="Décocher « Shopify »")
    page.get_by_role("button", name="Envoyer").click()

    expect(page.locator("ul.messagelist li.success")).to_be_visible()
    assert not Item.objects.using(PREXTRA).get(pk="MARTEAU-16").shopify
