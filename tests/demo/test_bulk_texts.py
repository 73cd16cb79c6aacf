"""The stand-in shop refuses to begin in bulk what Shopify refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product
from integration.shopify.documents import load_document

from .bulking import BAD_TAGS, begin, ended, problem, query
from .selling import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("mutation M { tags", (None, "INVALID_MUTATION",
         "Failed to parse the mutation - syntax error, unexpected end of file at [1, 14]")),
        ("{ shop { id } }", (None, "INVALID_MUTATION",
         "Invalid operation type. Only `mutation` operations are supported.")),
        (('mutation { a: tagsAdd(id: "gid://shopify/Product/1", tags: []) { node { id } } '
         'b: tagsAdd(id: "gid://shopify/Product/1", tags: []) { node { id } } }'),
         (["mutation"], None, "You must specify a single top level mutation.")),
        ('mutation { bulkOperationRunQuery(query: "", groupObjects: false) { userErrors { message } } }',
         (["mutation"], None, "You must use an allowed mutation name.")),
    ],
)  # fmt: skip
def test_a_text_that_may_not_run_over_lines_is_refused(shop: Shop, text: str, refused: tuple[Any, ...]) -> None:
    assert problem(begin(shop, "tags_add", BAD_TAGS, mutation=text)) == refused


@pytest.mark.parametrize(
    ("mark", "message"),
    [("short", "is too short (minimum is 10 characters)"), ("x" * 256, "is too long (maximum is 255 characters)")],
)
def test_a_mark_has_its_length(shop: Shop, mark: str, message: str) -> None:
    payload = begin(shop, "tags_add", BAD_TAGS, clientIdentifier=mark)
    assert problem(payload) == (["clientIdentifier"], "INVALID_MUTATION", message)


def test_a_file_that_is_not_there_is_said_before_the_crowd(shop: Shop) -> None:
    for _ in range(5):
        begin(shop, "tags_add", BAD_TAGS)
    assert problem(begin(shop, "tags_add", BAD_TAGS, stagedUploadPath="tmp/nowhere"))[1] == "NO_SUCH_FILE"


def test_five_of_a_kind_run_at_a_time(shop: Shop) -> None:
    add_product(shop.store)
    ids = [begin(shop, "tags_add", BAD_TAGS)["bulkOperation"]["id"] for _ in range(5)]
    field, code, message = problem(begin(shop, "tags_add", BAD_TAGS))
    assert (field, code) == (None, "OPERATION_IN_PROGRESS")
    assert message == f"A bulk mutation operation for this app and shop is already in progress: {', '.join(ids)}."
    assert query(shop, load_document("variants_bulk").text)["userErrors"] == []
    ended(shop, {"bulkOperation": {"id": ids[0]}, "userErrors": []})
    assert begin(shop, "tags_add", BAD_TAGS)["userErrors"] == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("{ productVariants {", ["Invalid bulk query: syntax error, unexpected end of file"]),
        ("mutation { tagsAdd(id: \"gid://shopify/Product/1\", tags: []) { node { id } } }",
         ["Invalid operation type. Only `query` operations are supported."]),
        ("{ shop { id } }", ["Bulk queries must contain at least one connection."]),
        ('{ node(id: "gid://shopify/Product/0") { id } }',
         ["Bulk queries cannot contain a top level `node` field.", "Bulk queries must contain at least one connection."]),
        ("{ orders { nodes { id } } }",
         [("All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: 'orders { "
          "edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: 'orders'.")]),
        ("{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
         [("The parent 'node' field for a nested connection must select the 'id' field without an alias and must be of "
          "'ID' return type. Connection fields without 'id': orders.")]),
        ("{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }",
         ["Queries that contain a connection field within a list field are not currently supported."]),
        ("{ " + " ".join(f"o{n}: orders {{ edges {{ node {{ id }} }} }}" for n in range(6)) + " }",
         ["Bulk queries cannot contain more than 5 connections."]),
    ],
)  # fmt: skip
def test_a_text_that_may_not_run_over_everything_is_refused(shop: Shop, text: str, messages: list[str]) -> None:
    errors = query(shop, text)["userErrors"]
    assert [(error["field"], error["code"], error["message"]) for error in errors] == [
        (["query"], "INVALID", message) for message in messages
    ]
