"""What tests of the items flow begin with: an empty catalogue, or a day at the shop with ten units of A."""

from __future__ import annotations

import pytest

from tests.items.day import Day
from tests.items.scene import ItemsScene


@pytest.fixture
def scene() -> ItemsScene:
    return ItemsScene()


@pytest.fixture
def day() -> Day:
    day = Day()
    day.item("A", available=10)
    assert day.sync().error is None
    return day
