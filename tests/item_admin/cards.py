"""A card as a browser sends it, and what the sync noted of its item: for the tests of items in the admin."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integration.admin.item_state import State
from integration.models import Flow, HeldRecord, ProductLink
from prextra_models import models as prextra
from tests.scene import rows

SHOP = "boutique.myshopify.com"
LIST = "admin:prextra_models_item_changelist"
TODAY = date(2026, 11, 24)
PUBLISHED = {"status": "ACTIVE", "publish": "now"}

STATES = {
    State.PUBLISHED: {"pushed": PUBLISHED},
    State.SCHEDULED: {"pushed": {"status": "ACTIVE", "publish": "2999-12-24"}},
    State.DRAFT: {"pushed": {"status": "DRAFT", "publish": "now"}},
    State.ARCHIVED: {"pushed": {"status": "ARCHIVED", "publish": "now"}},
    State.ABSENT: {"product": "", "pushed": {}, "reason": "item_without_stock"},
    State.HELD: {"reason": "stock_refused"},
}


def address(item: prextra.Item) -> str:
    return reverse("admin:prextra_models_item_change", args=[item.pk])


def card(client: Client, item: prextra.Item) -> Any:
    answer = client.get(address(item))
    assert answer.status_code == 200
    return answer


def text_of(client: Client, item: prextra.Item) -> str:
    return str(card(client, item).content.decode())


def as_shown(client: Client, item: prextra.Item) -> dict[str, Any]:
    """What a browser would send if the card were saved as it is."""
    form = card(client, item).context["adminform"].form
    posted: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, dict):
            posted |= {f"{bound.name}_{language}": text for language, text in value.items()}
        elif value is not None and value is not False:
            posted[bound.name] = value
    return posted


def save(client: Client, item: prextra.Item, **changes: Any) -> Any:
    posted = {**as_shown(client, item), **changes}
    return client.post(address(item), {name: value for name, value in posted.items() if value is not None}, follow=True)


def texts(item: prextra.Item) -> dict[tuple[str, str], str]:
    return {(row.field, row.language): row.text for row in rows(prextra.ItemText, item=item.pk)}


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def linked(item: str = "MARTEAU", **values: Any) -> ProductLink:
    values = {"warehouse": "WEB", "shop": SHOP, "product": "gid://shopify/Product/77", "quantity": 10, **values}
    return ProductLink.objects.create(item=item, **{"pushed": PUBLISHED, **values})


def held(item: str = "MARTEAU", **values: Any) -> HeldRecord:
    values = {"reason": "item_without_price", "params": {"item": item}, "next_attempt_at": timezone.now(), **values}
    return HeldRecord.objects.create(
        warehouse="WEB", shop=SHOP, flow=Flow.ITEMS, shopify_id=item, shopify_name=item, **values
    )


def refused(item: str, reason: str = "item_without_price") -> ProductLink:
    return linked(item, product="", pushed={}, reason=reason, params={"item": item}, quantity=None)
