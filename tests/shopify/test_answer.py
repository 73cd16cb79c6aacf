"""Malformed answers: refused where there is no data in them, read without fuss where only the rest is odd."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.shopify.answer import parse_answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"data": null}',
        b'{"data": null, "errors": []}',
        b'{"data": []}',
        b'{"data": {"a": NaN}}',
        b'{"data": {"a": 1}',
        b"\xff\xfe\x00",
        b'{"data": {"a": ' + b"[" * 100_000,
    ],
)
def test_a_body_without_data_or_errors_is_no_answer(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the caller asks for no more than that
        parse_answer(body, "")


@pytest.mark.parametrize(
    "cost",
    [
        None,
        "cheap",
        {},
        {"requestedQueryCost": 3},
        {"requestedQueryCost": "x", "throttleStatus": {}},
        {"requestedQueryCost": 3, "throttleStatus": {"maximumAvailable": 0, "currentlyAvailable": 0, "restoreRate": 0}},
        {"requestedQueryCost": 3, "throttleStatus": {"maximumAvailable": 1, "currentlyAvailable": 1, "restoreRate": 0}},
    ],
)
def test_a_cost_that_cannot_be_reckoned_with_is_no_cost(cost: Any) -> None:
    body = json.dumps({"data": {"a": 1}, "extensions": {"cost": cost}}).encode()
    assert parse_answer(body, "").cost is None


@pytest.mark.parametrize("errors", [["text"], [{}], [{"message": None, "path": "x", "extensions": []}], "text", {}])
def test_errors_of_any_shape_are_kept(errors: Any) -> None:
    body = json.dumps({"data": {"a": 1}, "errors": errors}).encode()
    assert len(parse_answer(body, "").errors) == 1


def test_extensions_of_any_shape_do_no_harm() -> None:
    for extensions in (None, [], "x", {"search": "x"}, {"search": [None, {"warnings": [None]}]}):
        assert parse_answer(json.dumps({"data": {"a": 1}, "extensions": extensions}).encode(), "").data == {"a": 1}
