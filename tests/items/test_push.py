"""What goes to Shopify in bulk: in files and waves of a size it takes, and finished whatever happens meanwhile (rules I11)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from integration.demo.shop import STATIC_TOKEN, StandInShop
from integration.demo.shop.catalogue import add_product
from integration.demo.shop.operations import AT_A_TIME, BulkFault, Ending
from integration.demo.shop.server import Application
from integration.errors import TransientError
from integration.items.plan import Kind, Operation
from integration.items.push import Pusher
from integration.models import HeldRecord, PendingWrite
from integration.shopify.client import ShopClient
from integration.shopify.credentials import StaticToken
from integration.shopify.shop import ShopAddress
from tests.items.scene import ItemsScene
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

Intruder = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Line(httpx.BaseTransport):
    """The line to the shop, with somebody on it who sees each answer, and may give another one."""

    def __init__(self, shop: StandInShop, intruder: Intruder) -> None:
        self._shop = httpx.WSGITransport(Application(shop))
        self._intruder = intruder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._shop.handle_request(request)
        response.read()
        return self._intruder(request, response)


def pusher(scene: ItemsScene, intruder: Intruder = lambda _, response: response, file_bytes: int = 10**6) -> Pusher:
    client = ShopClient(
        ShopAddress("boutique-erable.myshopify.com"), StaticToken(STATIC_TOKEN), api_version="2026-10",
        transport=Line(scene.shop, intruder), sleep=lambda _: None,
    )  # fmt: skip
    return Pusher(client, "WEB", bulk_from=2, file_bytes=file_bytes)


def tagging(scene: ItemsScene, count: int) -> list[Operation]:
    """A tag for each of so many products; a line of their file is some 80 bytes."""
    products = [add_product(scene.store, title=f"P{number}", sku=f"P-{number}") for number in range(count)]
    return [
        Operation(Kind.TAGS_ADD, f"P-{number}", {"id": product["id"], "tags": ["x"]}, {"tags": ["x"]}, ("tags",))
        for number, product in enumerate(products)
    ]


def translating(scene: ItemsScene, keys: tuple[str, ...], marks: dict[str, str]) -> Operation:
    """Texts of a product that has a title and no description."""
    product = add_product(scene.store, title="Marteau", sku="M")
    texts = [{"locale": "en", "key": key, "value": "Hammer"} for key in keys]
    variables = {"resourceId": product["id"], "translations": texts}
    return Operation(Kind.TRANSLATE, "M", variables, {"translations": {"en": marks}}, ("translations:en",))


def begun_items(scene: ItemsScene) -> list[str]:
    """The items of all lines that Shopify was told to work on."""
    asked = [one.variables for one in scene.shop.requests if one.operation == "BulkRunMutation" and not refused(one)]
    skus = {product["id"]: product["variants"][0]["sku"] for product in scene.store.products.values()}
    lines = [line for one in asked for line in scene.store.files.uploaded[one["stagedUploadPath"]].splitlines()]
    return [skus[json.loads(line)["id"]] for line in lines]


def refused(asked: Any) -> bool:
    return "OPERATION_IN_PROGRESS" in asked.codes


def occupied(scene: ItemsScene, count: int) -> None:
    """So many operations that others began are running, and will for a while."""
    for _ in range(count):
        scene.store.operations.begin("MUTATION", "mutation Others", scene.store.now(), Ending())


def tagged(scene: ItemsScene) -> int:
    return sum(product["tags"] == ["x"] for product in scene.store.products.values())


def begun_and_left(scene: ItemsScene, *counts: int) -> None:
    """Operations begun by a process that died before it saw them end: one of so many lines each."""

    def dies(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if b"BulkStatus" in request.content:
            raise KeyboardInterrupt
        return response

    for count in counts:
        with contextlib.suppress(KeyboardInterrupt):
            list(pusher(scene, dies).run(tagging(scene, count)))


# Files and waves


def test_a_file_is_never_larger_than_its_limit_and_every_operation_has_its_outcome(scene: ItemsScene) -> None:
    operations = tagging(scene, 40)
    done = list(pusher(scene, file_bytes=400).run(operations))
    assert sorted(one.item for one, outcome in done if outcome.is_done) == sorted(one.item for one in operations)
    sizes = [len(content) for content in scene.store.files.uploaded.values()]
    assert len(sizes) > AT_A_TIME
    assert max(sizes) <= 400
    assert tagged(scene) == 40
    assert PendingWrite.objects.count() == 0


def test_a_line_larger_than_the_limit_goes_in_a_file_of_its_own(scene: ItemsScene) -> None:
    assert len(list(pusher(scene, file_bytes=1).run(tagging(scene, 3)))) == 3
    assert len(scene.store.files.uploaded) == 3


def test_no_operation_is_begun_that_shopify_would_refuse_for_having_five_already(scene: ItemsScene) -> None:
    list(pusher(scene, file_bytes=1).run(tagging(scene, 12)))
    asked = [one.operation for one in scene.shop.requests]
    assert asked.count("BulkRunMutation") == 12
    assert asked.count("StagedUpload") == 3


def test_where_others_leave_no_room_for_all_the_rest_follows_and_nothing_is_sent_twice(scene: ItemsScene) -> None:
    occupied(scene, AT_A_TIME - 2)
    done = list(pusher(scene, file_bytes=1).run(tagging(scene, 7)))
    assert sorted(one.item for one, _ in done) == [f"P-{number}" for number in range(7)]
    assert len(scene.store.operations.all) == AT_A_TIME - 2 + 7
    assert PendingWrite.objects.count() == 0


def test_where_others_leave_no_room_at_all_nothing_is_left_noted_and_a_later_pass_does_it(scene: ItemsScene) -> None:
    operations = tagging(scene, 3)
    occupied(scene, AT_A_TIME)
    with pytest.raises(TransientError, match="bulk_running"):
        list(pusher(scene).run(operations))
    assert PendingWrite.objects.count() == 0
    scene.store.operations.all.clear()
    assert list(pusher(scene).resume()) == []
    assert len(list(pusher(scene).run(operations))) == 3


@pytest.mark.parametrize("step", range(1, 28))
def test_killed_at_any_request_each_file_that_was_begun_is_finished_and_none_begun_again(
    scene: ItemsScene, step: int
) -> None:
    requests = iter(range(1, 1000))

    def dies(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        if next(requests) == step:
            raise KeyboardInterrupt
        return response

    seen: list[str] = []
    with contextlib.suppress(KeyboardInterrupt):
        for one, outcome in pusher(scene, dies, file_bytes=1).run(tagging(scene, 7)):
            assert outcome.is_done
            seen.append(one.item)
    before = len(scene.store.operations.all)
    seen += [one.item for one, outcome in pusher(scene).resume() if outcome.is_done]
    assert set(seen) == set(begun_items(scene))
    assert len(scene.store.operations.all) == before
    assert PendingWrite.objects.count() == 0
    assert list(pusher(scene).resume()) == []


# Results that cannot be had


def test_results_that_are_gone_are_given_up_and_those_of_the_other_operations_are_not(scene: ItemsScene) -> None:
    begun_and_left(scene, 2, 3)
    scene.store.files.results.pop(next(iter(scene.store.files.results)))
    assert len(list(pusher(scene).resume())) == 3
    assert PendingWrite.objects.count() == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_results_that_the_storage_refuses_are_given_up(scene: ItemsScene, status: int) -> None:
    begun_and_left(scene, 2)
    assert list(pusher(scene, storage_says(status)).resume()) == []
    assert PendingWrite.objects.count() == 0


def test_results_at_an_address_that_is_not_encrypted_are_given_up(scene: ItemsScene) -> None:
    begun_and_left(scene, 2, 3)
    first = next(iter(scene.store.operations.all.values()))
    first.ending = replace(first.ending, url="http://elsewhere.example/results.jsonl")
    assert len(list(pusher(scene).resume())) == 3
    assert PendingWrite.objects.count() == 0


def test_results_that_are_lost_at_once_are_said_and_do_not_stay_noted(scene: ItemsScene) -> None:
    with pytest.raises(TransientError, match="bulk_failed"):
        list(pusher(scene, storage_says(403)).run(tagging(scene, 2)))
    assert PendingWrite.objects.count() == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_results_that_cannot_be_had_for_a_moment_are_had_by_the_next_pass(scene: ItemsScene, status: int) -> None:
    begun_and_left(scene, 2)
    with pytest.raises(TransientError):
        list(pusher(scene, storage_says(status)).resume())
    assert PendingWrite.objects.count() == 1
    assert len(list(pusher(scene).resume())) == 2


def test_an_operation_that_shopify_does_not_know_any_more_stops_nothing(scene: ItemsScene) -> None:
    begun_and_left(scene, 2, 3)
    scene.store.operations.all.pop(next(iter(scene.store.operations.all)))
    assert len(list(pusher(scene).resume())) == 3
    assert list(pusher(scene).resume()) == []


def test_of_an_operation_that_failed_half_way_the_half_that_was_done_is_told(scene: ItemsScene) -> None:
    scene.store.operations.fault = BulkFault("FAILED", lines=3)
    told: list[str] = []
    with pytest.raises(TransientError, match="FAILED INTERNAL_SERVER_ERROR"):
        told.extend(one.item for one, outcome in pusher(scene).run(tagging(scene, 5)) if outcome.is_done)
    assert len(told) == tagged(scene) == 3
    assert PendingWrite.objects.count() == 0


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
def test_an_operation_that_was_stopped_is_said_and_does_not_stay_noted(scene: ItemsScene, status: Any) -> None:
    scene.store.operations.fault = BulkFault(status, None, lines=3)
    with pytest.raises(TransientError, match=status):
        list(pusher(scene).run(tagging(scene, 5)))
    assert PendingWrite.objects.count() == 0


def storage_says(status: int) -> Intruder:
    def says(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(status) if "/_results/" in str(request.url) else response

    return says


# Translations


def test_a_translation_whose_base_text_shopify_does_not_show_yet_is_not_noted_as_pushed(scene: ItemsScene) -> None:
    marks = {"title": "1", "body_html": "2", "meta_title": "3"}  # the last one was pushed before
    ((operation, outcome),) = pusher(scene).run([translating(scene, ("title", "body_html"), marks)])
    assert outcome.is_done
    assert operation.then == {"translations": {"en": {"title": "1", "meta_title": "3"}}}


def test_translations_none_of_which_has_a_base_text_yet_are_refused_without_being_sent(scene: ItemsScene) -> None:
    one = translating(scene, ("body_html", "meta_title"), {"body_html": "1", "meta_title": "2"})
    ((_, outcome),) = pusher(scene).run([one])
    assert [refusal.message for refusal in outcome.refusals] == [
        "No translatable content for body_html, meta_title yet"
    ]
    assert "TranslationsRegister" not in [asked.operation for asked in scene.shop.requests]


def test_translations_of_a_product_that_is_gone_are_refused_by_shopify_itself(scene: ItemsScene) -> None:
    one = translating(scene, ("title",), {"title": "1"})
    scene.store.products.clear()
    ((_, outcome),) = pusher(scene).run([one])
    assert [refusal.code for refusal in outcome.refusals] == ["RESOURCE_NOT_FOUND"]


def test_an_item_whose_description_a_merchant_emptied_is_held_with_its_translation(scene: ItemsScene) -> None:
    scene.item("A", texts={("web_description", "fr"): "<p>Un</p>", ("web_description", "en"): "<p>One</p>"})
    scene.sync()
    scene.product("A")["descriptionHtml"] = ""
    scene.say("A", "web_description", "en", "<p>Two</p>")
    scene.sync()
    held = HeldRecord.objects.get()
    assert (held.reason, held.shopify_name) == ("product_refused", "A")
    assert "No translatable content for body_html yet" in str(held.params)
    assert scene.link("A").pushed["translations"]["en"].keys() >= {"title"}
