"""« Synchroniser maintenant » in a real browser: a click, progress by itself, what came of it. The test is the worker."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from integration.demo.shop.shop import StandInShop
from integration.jobs import carry_out
from integration.models import SyncRequest
from prextra_models.models import SalesOrder
from prextra_models.router import PREXTRA
from tests.browser.conftest import LogIn
from tests.browser.test_look import violations_of

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)


def test_a_preview_then_a_pass_show_how_far_they_are_and_what_came_of_them(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("staff")
    page.goto("/admin/")
    page.get_by_role("button", name="Aperçu").click()
    expect(page.get_by_role("progressbar", name="Avancement")).to_be_visible()
    assert violations_of(page) == []

    carry_out(SyncRequest.objects.latest("pk").pk)
    expect(page.get_by_role("heading", name="Commandes", exact=True).last).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert SalesOrder.objects.using(PREXTRA).count() == 0
    assert violations_of(page) == []

    page.get_by_role("button", name="Synchroniser maintenant").click()
    expect(page.get_by_role("progressbar", name="Avancement")).to_be_visible()
    carry_out(SyncRequest.objects.latest("pk").pk)
    expect(page.get_by_text("terminée", exact=True)).to_be_visible()
    assert SalesOrder.objects.using(PREXTRA).count() > 0
    assert violations_of(page) == []


def test_progress_moves_without_anything_being_reloaded(log_in: LogIn, sample: StandInShop) -> None:
    page = log_in("staff")
    page.goto("/admin/sync/WEB/")
    page.get_by_role("button", name="Aperçu").click()
    asked = SyncRequest.objects.filter(pk=SyncRequest.objects.latest("pk").pk)
    asked.update(started_at=asked.get().requested_at, done=10, total=30, result={"stage": "orders"})
    expect(page.get_by_text("10 sur 30")).to_be_visible()

    page.evaluate("document.body.dataset.kept = 'yes'")
    asked.update(done=20)
    expect(page.get_by_text("20 sur 30")).to_be_visible()
    assert page.evaluate("document.querySelector('progress').value") == 20
    assert page.evaluate("document.body.dataset.kept") == "yes"
