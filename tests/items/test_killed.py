"""A pass that dies at any request, and the next one: the same shop, and nothing doubled (rules I2, I11)."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from integration.demo.shop.publications import visible_on_online_store
from tests.items.scene import ItemsScene, writes
from tests.scene import DATABASES, InProcess

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.mark.parametrize("count", [3, 70])
@pytest.mark.parametrize("step", range(1, 25))
def test_killed_at_any_request_and_run_again_the_shop_is_the_same_and_nothing_is_doubled(
    scene: ItemsScene, step: int, count: int
) -> None:
    for number in range(count):
        scene.item(f"A-{number}", available=number + 1)
    scene.connect = Dying(scene, step)
    with contextlib.suppress(KeyboardInterrupt):
        scene.sync()
    scene.connect = InProcess(scene.shop)
    scene.sync()
    assert len(scene.store.products) == count
    assert [scene.quantity(f"A-{number}") for number in range(count)] == [number + 1 for number in range(count)]
    assert all(visible_on_online_store(product, scene.store.now()) for product in scene.store.products.values())
    with scene.requests() as asked:
        scene.sync()
    assert writes(asked) == []


class Dying(InProcess):
    """The process dies when the answer to its n-th request is on its way: Shopify did it, and nobody noted it."""

    def __init__(self, scene: ItemsScene, step: int) -> None:
        super().__init__(scene.shop)
        self.transport = DyingTransport(self.transport, step)


class DyingTransport(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, step: int) -> None:
        self._inner, self._left = inner, step

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return response
