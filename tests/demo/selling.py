"""The app's own documents, asked of a stand-in shop that holds what a merchant already sells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integration.demo.shop.engine import Answer, Engine
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle
from integration.shopify.documents import load_document

from .factories import NOW

Record = dict[str, Any]

DEFINITION = {
    "ownerType": "PRODUCT", "namespace": "prextra", "key": "item_code", "name": "Code d'item", "type": "id",
}  # fmt: skip


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Shop:
    clock: Clock = field(default_factory=Clock)
    index_lag: float = 0.0

    def __post_init__(self) -> None:
        self.store = Store(clock=self.clock, index_lag=self.index_lag)
        self.store.locales.append({"locale": "en", "name": "English", "primary": False, "published": True})
        self.engine = Engine(self.store, Throttle())

    def answer(self, name: str, without_scopes: frozenset[str] = frozenset(), **variables: Any) -> Answer:
        self.engine.throttle = Throttle()
        return self.engine.answer(load_document(name).text, variables, without_scopes=without_scopes)

    def ask(self, name: str, **variables: Any) -> Record:
        """The answer's one root field."""
        answer = self.answer(name, **variables)
        assert "errors" not in answer.body, answer.body["errors"]
        (value,) = answer.body["data"].values()
        return dict(value)

    def do(self, name: str, **variables: Any) -> Record:
        """A mutation that is not refused."""
        payload = self.ask(name, **variables)
        assert payload["userErrors"] == []
        return payload

    def refused(self, name: str, **variables: Any) -> Record:
        """The one error of a mutation that is refused."""
        (error,) = self.ask(name, **variables)["userErrors"]
        return dict(error)

    def create(self, code: str = "SIROP", **given: Any) -> Record:
        return self.do("product_create", **creation(code, **given))

    def product(self, payload: Record) -> Record:
        return self.store.products[payload["product"]["id"]]

    def skus_found(self, query: str) -> list[str]:
        return [node["sku"] for node in self.ask("variants_by_sku", query=query, first=250)["nodes"]]


def creation(code: str = "SIROP", variant: Record | None = None, **given: Any) -> Record:
    """The variables with which the app makes one product."""
    value = {"optionName": "Title", "name": "Default Title"}
    return {
        "identifier": {"customId": {"namespace": "prextra", "key": "item_code", "value": code}},
        "input": {
            "title": "Sirop d'érable",
            "productOptions": [{"name": "Title", "position": 1, "values": [{"name": "Default Title"}]}],
            "variants": [{"optionValues": [value], "sku": code, "price": "24.99", **(variant or {})}],
            "metafields": [{"namespace": "prextra", "key": "item_code", "type": "id", "value": code}],
            **given,
        },
    }
