"""The subscriptions of a warehouse: made for what its flows need, kept alive, corrected, and never in a pass's way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration import webhooks
from integration.demo.orders import pay
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop
from integration.doorbell import PATH, address_of, bell_of
from integration.models import Doorbell, Lease, SyncRun
from integration.shopify.webhooks import Topic
from prextra_models.models import SalesOrder, Warehouse
from prextra_models.router import PREXTRA
from tests.listening import Listener
from tests.scene import DATABASES, Scene, rows

pytestmark = pytest.mark.django_db(databases=DATABASES)

PUBLIC = "https://sync.example.ca"
OF_ORDERS = {topic.name for topic in Topic} - {"BULK_OPERATIONS_FINISH"}
LISTS, WRITES = "Webhooks", ("WebhookCreate", "WebhookUpdate", "WebhookDelete")


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC


@pytest.fixture
def scene(shop: StandInShop, shop_url: str) -> Scene:
    """With a client id, whose secret signs."""
    return Scene(shop, shop_url, shopify_api_key=CLIENT_ID, shopify_access_token=CLIENT_SECRET)


def subscribed(scene: Scene) -> dict[str, str]:
    """Topic and address of each subscription that the shop has."""
    return {one["topic"]: one["uri"] for one in scene.shop.store.webhooks.subscriptions.values()}


def asked(scene: Scene, *operations: str) -> int:
    return sum(one.operation in operations for one in scene.shop.requests)


def bell() -> Doorbell:
    return Doorbell.objects.get(warehouse="STG")


def test_a_pass_subscribes_what_its_flows_need_under_an_address_of_the_warehouse_s_own(scene: Scene) -> None:
    assert not scene.sync().error
    assert subscribed(scene) == dict.fromkeys(OF_ORDERS, f"{PUBLIC}{PATH}{bell().path}")
    assert len(bell().path) > 30
    assert set(bell().topics) == {topic.value for topic in Topic} - {"bulk_operations/finish"}
    assert (bell().reason, bell().shop) == ("", scene.warehouse.shopify_url.removeprefix("http://"))


def test_the_items_need_to_know_when_a_bulk_operation_ends(scene: Scene) -> None:
    scene.tick_boxes()
    Warehouse.objects.using(PREXTRA).update(sync_items=True)
    scene.sync()
    assert set(subscribed(scene)) == {"BULK_OPERATIONS_FINISH", "APP_UNINSTALLED"}


def test_without_a_public_address_nothing_is_asked_of_the_shop(scene: Scene, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    assert not scene.sync().error
    assert asked(scene, LISTS, *WRITES) == 0
    assert not Doorbell.objects.exists()


def test_a_preview_subscribes_nothing(scene: Scene) -> None:
    scene.sync(dry_run=True)
    assert asked(scene, LISTS, *WRITES) == 0
    assert not Doorbell.objects.exists()


def test_once_a_day_is_enough_and_what_shopify_deleted_is_made_again(scene: Scene) -> None:
    scene.sync()
    scene.shop.store.webhooks.subscriptions.clear()
    scene.sync()
    assert asked(scene, LISTS) == 1
    Doorbell.objects.update(checked_at=timezone.now() - timedelta(days=1))
    scene.sync()
    assert set(subscribed(scene)) == OF_ORDERS
    assert asked(scene, LISTS) == 2


def test_what_is_as_it_should_be_is_left_alone(scene: Scene) -> None:
    scene.sync()
    writes = asked(scene, *WRITES)
    Doorbell.objects.update(checked_at=timezone.now() - timedelta(days=1))
    scene.sync()
    assert asked(scene, *WRITES) == writes == len(OF_ORDERS)


def test_after_a_change_of_flows_what_is_not_needed_is_given_up_at_once(scene: Scene) -> None:
    scene.sync()
    scene.tick_boxes()
    Warehouse.objects.using(PREXTRA).update(sync_items=True)
    scene.sync()
    assert set(subscribed(scene)) == {"BULK_OPERATIONS_FINISH", "APP_UNINSTALLED"}


def test_a_flow_left_out_of_one_pass_keeps_its_topics(scene: Scene) -> None:
    Warehouse.objects.using(PREXTRA).update(sync_items=True)
    scene.sync(only=["orders"])
    assert "BULK_OPERATIONS_FINISH" in subscribed(scene)


def test_another_public_address_is_noticed_at_once(scene: Scene, settings: Any) -> None:
    scene.sync()
    settings.PUBLIC_URL = "https://other.example.ca"
    scene.sync()
    assert subscribed(scene) == dict.fromkeys(OF_ORDERS, address_of(bell()))
    assert len(scene.shop.store.webhooks.subscriptions) == len(OF_ORDERS)


def test_an_address_of_a_former_database_of_ours_is_corrected(scene: Scene) -> None:
    scene.sync()
    Doorbell.objects.update(path="another")
    scene.sync()
    assert subscribed(scene) == dict.fromkeys(OF_ORDERS, f"{PUBLIC}{PATH}another")
    assert asked(scene, "WebhookUpdate") == len(OF_ORDERS)


def test_where_the_old_address_and_the_new_one_are_there_the_old_one_goes(scene: Scene) -> None:
    scene.sync()
    for one in list(scene.shop.store.webhooks.subscriptions.values()):
        older = {**one, "id": one["id"] + "0", "uri": f"{PUBLIC}{PATH}older"}
        scene.shop.store.webhooks.subscriptions = {older["id"]: older, **scene.shop.store.webhooks.subscriptions}
    Doorbell.objects.update(checked_at=None)
    scene.sync()
    assert bell().reason == ""
    assert len(scene.shop.store.webhooks.subscriptions) == len(OF_ORDERS)


def test_the_subscriptions_of_others_are_left_alone(scene: Scene) -> None:
    """Those of another software, and of a warehouse that has other flows with the same shop."""
    others = bell_of("MTL")
    template = {"format": "JSON", "includeFields": ["id"], "filter": "", "topic": "ORDERS_PAID"}
    theirs = {
        str(number): {**template, "id": str(number), "uri": uri}
        for number, uri in enumerate(("https://elsewhere.example.com/x", address_of(others)))
    }
    scene.shop.store.webhooks.subscriptions.update(theirs)
    scene.sync()
    found = scene.shop.store.webhooks.subscriptions
    assert {id: found.get(id) for id in theirs} == theirs
    assert len(found) == len(OF_ORDERS) + 2


def test_one_that_does_not_bring_what_is_needed_is_corrected(scene: Scene) -> None:
    scene.sync()
    for one in scene.shop.store.webhooks.subscriptions.values():
        one["includeFields"] = ["id"]
    Doorbell.objects.update(checked_at=None)
    scene.sync()
    assert all("updated_at" in one["includeFields"] for one in scene.shop.store.webhooks.subscriptions.values())


# What may be missing


def test_without_the_right_parcels_are_left_out_and_it_is_said_until_it_is_there(scene: Scene) -> None:
    scene.shop.store.granted_scopes.discard("read_fulfillments")
    assert not scene.sync().error
    assert set(subscribed(scene)) == OF_ORDERS - {"FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE"}
    assert (bell().reason, bell().params) == ("webhook_scope_missing", {"scope": "read_fulfillments"})
    assert "read_fulfillments" in bell().message
    scene.sync()
    assert asked(scene, LISTS) == 1
    scene.shop.store.granted_scopes.add("read_fulfillments")
    scene.sync()
    assert set(subscribed(scene)) == OF_ORDERS
    assert bell().reason == ""


def test_a_permanent_token_needs_the_secret_key_and_begins_once_it_is_typed(shop: StandInShop, shop_url: str) -> None:
    scene = Scene(shop, shop_url, shopify_access_token=STATIC_TOKEN)
    assert not scene.sync().error
    assert bell().reason == "webhook_secret_missing"
    assert asked(scene, LISTS, *WRITES) == 0
    Doorbell.objects.update(secret=CLIENT_SECRET)
    scene.sync()
    assert set(subscribed(scene)) == OF_ORDERS
    assert bell().reason == ""


def test_an_address_that_shopify_refuses_stops_no_pass_and_is_tried_again(scene: Scene, settings: Any) -> None:
    settings.PUBLIC_URL = "https://boutique.myshopify.com"
    scene.place()
    assert not scene.sync().error
    assert len(rows(SalesOrder)) == 1
    assert bell().reason == "webhook_refused"
    settings.PUBLIC_URL = PUBLIC
    scene.sync()
    assert bell().reason == ""
    assert set(subscribed(scene)) == OF_ORDERS


def test_whatever_goes_wrong_the_pass_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(client: object) -> Iterator[object]:
        raise ValueError("unexpected")

    monkeypatch.setattr("integration.doorbell.list_subscriptions", broken)
    scene.place()
    assert not scene.sync().error
    assert len(rows(SalesOrder)) == 1
    assert set(SyncRun.objects.values_list("outcome", flat=True)) == {"done"}


# From end to end


def test_what_happens_in_the_shop_makes_a_pass_due(
    scene: Scene, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "close_old_connections", lambda: None)
    listener, order = Listener(), scene.place()
    with listener.listening() as settings.PUBLIC_URL:
        scene.sync()
        scene.then(pay, order)
        scene.shop.store.webhooks.wait()
    assert len(listener.rings) == 2
    for path, headers, body in listener.rings:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        said: list[str] = []
        webhooks.application(environ, lambda status, _headers, said=said: said.append(status))
        assert said == ["200 OK"]
    assert Lease.objects.get(warehouse="STG").ticket
