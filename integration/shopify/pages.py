"""Lists that Shopify gives a page at a time, read to their end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from integration.errors import TransientError
from integration.shopify.client import Answer, ShopClient, load_document

log = logging.getLogger("integration.shopify")


def read_pages(
    client: ShopClient, document: str, variables: dict[str, Any], path: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """The pages of a connection to its end. TransientError where one is none, or leads nowhere."""
    while True:
        answer = client.execute(load_document(document), variables)
        if answer.search_warnings:
            log.warning("Shopify left out part of the search: %s", "; ".join(answer.search_warnings))
        page: Any = answer.data
        for field in path:
            page = page.get(field) if isinstance(page, dict) else None
        if not is_page(page):
            raise TransientError("shopify_answer_unreadable")
        yield page
        if not page["pageInfo"].get("hasNextPage"):
            return
        variables = {**variables, "after": next_cursor(page, variables["after"])}


def next_cursor(page: dict[str, Any], after: str | None) -> str:
    """Where the next page begins. TransientError where that would be this page again."""
    cursor: Any = page["pageInfo"].get("endCursor")
    if not isinstance(cursor, str) or not cursor or cursor == after:
        raise TransientError("shopify_answer_unreadable")
    return cursor


def is_page(page: Any) -> bool:
    return isinstance(page, dict) and isinstance(page.get("nodes"), list) and isinstance(page.get("pageInfo"), dict)


def is_broken(answer: Answer, place: int) -> bool:
    """Whether Shopify says of the node in this place that it could not be read, rather than that there is none."""
    return any(error.path[:2] == ("nodes", place) for error in answer.errors)
