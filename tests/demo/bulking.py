"""Bulk operations for tests: begun over given lines, looked at, their results read."""

from __future__ import annotations

import json
from typing import Any

from integration.shopify.documents import load_document

from .selling import Record, Shop

BAD_TAGS = {"id": "gid://shopify/Product/404", "tags": ["x"]}


def upload(shop: Shop, *lines: object) -> str:
    """Lays lines down as if they had been uploaded; gives their path."""
    path = f"tmp/1/bulk/{len(shop.store.files.uploaded)}/lines.jsonl"
    content = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    shop.store.files.uploaded[path] = content.encode()
    return path


def begin(shop: Shop, name: str, *lines: object, **given: Any) -> Record:
    """What the mutation that begins an operation answers."""
    asked = {"mutation": load_document(name).text, "stagedUploadPath": upload(shop, *lines), **given}
    return shop.ask("bulk_run_mutation", **asked)


def query(shop: Shop, text: str) -> Record:
    return shop.ask("bulk_run_query", query=text)


def look(shop: Shop, payload: Record) -> Record:
    (node,) = shop.answer("bulk_status", ids=[payload["bulkOperation"]["id"]]).body["data"]["nodes"]
    return dict(node)


def ended(shop: Shop, payload: Record) -> Record:
    assert payload["userErrors"] == []
    assert look(shop, payload)["status"] == "RUNNING"
    return look(shop, payload)


def rows(shop: Shop, operation: Record, url: str = "url") -> list[Record]:
    name = operation[url].rpartition("/")[2]
    return [json.loads(line) for line in shop.store.files.results[name].splitlines()]


def by_line(found: list[Record]) -> dict[int, Record]:
    return {row["__lineNumber"]: row for row in found}


def problem(payload: Record) -> tuple[list[str] | None, str | None, str]:
    assert payload["bulkOperation"] is None
    (error,) = payload["userErrors"]
    return error["field"], error["code"], error["message"]
