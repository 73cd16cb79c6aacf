"""Files go up to the stand-in shop, are worked through, and come down, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.demo.shop import STATIC_TOKEN, StandInShop
from integration.demo.shop.catalogue import add_product
from integration.shopify.documents import load_document

from .selling import Record

ASK = {
    "resource": "BULK_MUTATION_VARIABLES", "filename": "lines.jsonl", "mimeType": "text/jsonl", "httpMethod": "POST",
}  # fmt: skip
MARK = "prextra_0123456789"


@pytest.fixture
def wire() -> Iterator[tuple[StandInShop, httpx.Client]]:
    shop = StandInShop()
    with shop.serving() as address, httpx.Client(base_url=address) as client:
        yield shop, client


def ask(client: httpx.Client, name: str, **variables: Any) -> Record:
    answer = client.post(
        "/admin/api/2026-10/graphql.json",
        headers={"X-Shopify-Access-Token": STATIC_TOKEN},
        json={"query": load_document(name).text, "variables": variables},
    )
    (value,) = answer.json()["data"].values()
    return dict(value)


def target(client: httpx.Client) -> tuple[str, list[tuple[str, str]]]:
    """Where a file goes, and the fields to send with it."""
    (one,) = ask(client, "staged_upload", input=[ASK])["stagedTargets"]
    return one["url"], [(row["name"], row["value"]) for row in one["parameters"]]


def send(client: httpx.Client, url: str, fields: list[tuple[str, str]], content: bytes) -> httpx.Response:
    parts: list[Any] = [(name, (None, value)) for name, value in fields]
    return client.post(url, files=[*parts, ("file", ("lines.jsonl", content))])


def test_a_file_goes_up_is_worked_through_and_comes_down(wire: tuple[StandInShop, httpx.Client]) -> None:
    shop, client = wire
    product = add_product(shop.store)["id"]
    url, fields = target(client)
    key = dict(fields)["key"]
    assert url.startswith(str(client.base_url))
    assert key.startswith("tmp/1/bulk/")
    assert key.endswith("/lines.jsonl")
    answer = send(client, url, fields, json.dumps({"id": product, "tags": ["érable"]}).encode() + b"\n")
    assert (answer.status_code, f"<Key>{key}</Key>" in answer.text) == (201, True)
    text = load_document("tags_add").text
    begun = ask(client, "bulk_run_mutation", mutation=text, stagedUploadPath=key, clientIdentifier=MARK)[
        "bulkOperation"
    ]
    operation = [shop.store.find(begun["id"]) for _ in range(2)][-1]
    assert operation is not None
    result = client.get(operation["url"])
    assert result.text == f'{{"data":{{"tagsAdd":{{"node":{{"id":"{product}"}},"userErrors":[]}}}},"__lineNumber":0}}\n'
    assert operation["fileSize"] == str(len(result.content))
    assert shop.store.products[product]["tags"] == ["érable"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda fields: fields[1:], 403),
        (lambda fields: [*fields[1:], fields[0]], 403),
        (lambda fields: [*fields[:-1], ("policy", "forged")], 403),
    ],
    ids=["a field is missing", "fields in another order", "a forged field"],
)
def test_a_form_that_is_not_the_one_that_was_given_is_refused(
    wire: tuple[StandInShop, httpx.Client], change: Any, status: int
) -> None:
    shop, client = wire
    url, fields = target(client)
    answer = send(client, url, change(fields), b"{}\n")
    assert (answer.status_code, "<Error><Code>AccessDenied</Code>" in answer.text) == (status, True)
    assert shop.store.files.uploaded == {}


def test_an_upload_without_content_or_form_or_place_is_refused(wire: tuple[StandInShop, httpx.Client]) -> None:
    _, client = wire
    url, fields = target(client)
    assert send(client, url, fields, b"").status_code == 400
    assert client.post(url, content=b"{}").status_code == 400
    assert client.post(url, data=dict(fields), files={}).status_code == 400
    assert send(client, "/_uploads/elsewhere", fields, b"{}").status_code == 403
    assert client.put(url, content=b"{}").status_code == 405
    assert client.get("/_results/elsewhere.jsonl").status_code == 404


def test_a_file_of_more_than_100_mb_is_refused(wire: tuple[StandInShop, httpx.Client]) -> None:
    _, client = wire
    url, fields = target(client)
    answer = send(client, url, fields, b"x" * (100 * 1024 * 1024 + 1))
    assert (answer.status_code, "EntityTooLarge" in answer.text) == (400, True)
