"""What waits for an item or an account of Prextra's goes through with the pass that follows its making; nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integration.configuration import corrected, read_rules
from integration.demo.orders import Buyer, Line, pay
from integration.demo.shop.shop import StandInShop
from integration.models import HeldRecord
from prextra_models import models as prextra
from prextra_models.router import PREXTRA
from tests.factories import ItemFactory
from tests.scene import DATABASES, HAMMER, Scene, held_reasons, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

LATER = timedelta(hours=5)
SAW = Line("SCIE", "Scie", 1, HAMMER.price)


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    return Scene(shop, shop_url, skus=("SCIE",))


def rest() -> None:
    """All that is held waits for hours."""
    HeldRecord.objects.update(next_attempt_at=timezone.now() + LATER)


def came_in() -> list[str]:
    return [order.shopify_name for order in rows(prextra.SalesOrder)]


def test_an_order_goes_through_once_its_item_is_there(scene: Scene) -> None:
    scene.place()
    scene.sync()
    assert held_reasons() == [("#1001", "orders", "unknown_sku")]
    rest()
    scene.sync()
    assert came_in() == []

    ItemFactory(code="MARTEAU", default_warehouse=scene.warehouse)
    scene.sync()
    assert (came_in(), held_reasons()) == (["#1001"], [])


def test_what_waits_for_another_item_goes_on_waiting(scene: Scene) -> None:
    scene.place()
    scene.place(Line("VIS", "Vis", 1, HAMMER.price))
    scene.sync()
    rest()
    ItemFactory(code="MARTEAU", default_warehouse=scene.warehouse)
    scene.sync()

    assert came_in() == ["#1001"]
    assert HeldRecord.objects.get().attempts == 1


def test_what_someone_ignores_stays_ignored(scene: Scene) -> None:
    scene.place()
    scene.sync()
    rest()
    HeldRecord.objects.update(ignored_at=timezone.now(), ignored_by="marie")
    ItemFactory(code="MARTEAU", default_warehouse=scene.warehouse)
    scene.sync()

    assert came_in() == []


def test_a_payment_goes_through_once_its_account_is_there(scene: Scene) -> None:
    control = prextra.AccountsReceivableControl.objects.using(PREXTRA)
    bank = control.get().default_bank
    control.update(default_bank=None)
    order = scene.place(SAW)
    scene.then(pay, order)
    scene.sync()
    assert "bank_missing" in [reason for _name, _flow, reason in held_reasons()]
    rest()
    scene.sync()
    assert rows(prextra.Prepayment) == []

    control.update(default_bank=bank)
    scene.sync()
    assert (len(rows(prextra.Prepayment)), held_reasons()) == (1, [])


def test_prextra_is_asked_nothing_for_it_where_nothing_of_the_kind_is_held(scene: Scene) -> None:
    rules = read_rules(scene.warehouse)
    with CaptureQueriesContext(connections[PREXTRA]) as asked:
        assert corrected([HeldRecord(reason="unknown_tax"), HeldRecord(reason="unexpected")], rules) == set()

    assert len(asked) == 0


def test_a_held_order_is_found_in_the_log_by_its_customers_name(scene: Scene, admin_client: Client) -> None:
    scene.place(buyer=Buyer("Ginette", "Bolduc", None, "1 rue X", None, "Thetford Mines", "QC", "G6G 5T9"))
    scene.sync()
    found = {
        name: admin_client.get(reverse(f"admin:integration_{name}_changelist"), {"q": "Bolduc"})
        .context["cl"]
        .result_count
        for name in ("syncentry", "syncrun", "heldrecord")
    }

    assert HeldRecord.objects.get().buyer == "Ginette Bolduc"
    assert all(found.values()), found
