"""Bulk operations: what begins one, what became of it, and how its results are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integration.errors import TransientError
from integration.shopify.bulk import Bulk, Finished, LostError, NotBegunError
from tests.shopify.internet import Connect, Internet, answered

RESULTS = "https://storage.example/results.jsonl"
DONE = {"node": {"id": "gid://shopify/Product/1"}, "userErrors": []}


def begun(operation: Any, *errors: dict[str, Any]) -> httpx.Response:
    return answered({"bulkOperationRunMutation": {"bulkOperation": operation, "userErrors": list(errors)}})


def refused(code: str | None) -> httpx.Response:
    return begun(None, {"field": None, "message": "Not now.", "code": code})


def status(*nodes: Any) -> httpx.Response:
    return answered({"nodes": list(nodes)})


def finished(url: str | None = RESULTS) -> Finished:
    return Finished("gid://shopify/BulkOperation/1", "COMPLETED", url)


def row(number: object, payload: object = DONE) -> str:
    return json.dumps({"data": {"tagsAdd": payload}, "__lineNumber": number}, ensure_ascii=False)


# Begun, or not


def test_a_mutation_carries_the_mark_by_which_it_is_found_again(connect: Connect) -> None:
    internet = Internet(begun({"id": "gid://shopify/BulkOperation/7", "status": "CREATED"}))
    assert Bulk(connect(internet)).start("tags_add", "tmp/1", "Prextra_1") == "gid://shopify/BulkOperation/7"
    variables = json.loads(internet.requests[0].content)["variables"]
    assert variables["clientIdentifier"] == "Prextra_1"
    assert variables["mutation"].lstrip().startswith("mutation Prextra_1(")


@pytest.mark.parametrize(
    ("code", "crowded", "reason"),
    [("OPERATION_IN_PROGRESS", True, "bulk_running"), ("NO_SUCH_FILE", False, "bulk_failed"), (None, False, "bulk_failed")],
)  # fmt: skip
def test_what_shopify_refuses_to_begin_certainly_was_not(
    connect: Connect, code: str | None, crowded: bool, reason: str
) -> None:
    with pytest.raises(NotBegunError) as raised:
        Bulk(connect(Internet(refused(code)))).start("tags_add", "tmp/1", "Prextra_1")
    assert (raised.value.crowded, raised.value.reason, raised.value.executed_maybe) == (crowded, reason, False)


@pytest.mark.parametrize("answer", [answered({"bulkOperationRunMutation": None}), begun(None), httpx.Response(502)])
def test_what_has_no_clear_answer_may_have_been_begun(connect: Connect, answer: httpx.Response) -> None:
    with pytest.raises(TransientError) as raised:
        Bulk(connect(Internet(answer))).start("tags_add", "tmp/1", "Prextra_1")
    assert raised.value.executed_maybe


def test_what_is_not_begun_says_what_shopify_calls_the_request(connect: Connect) -> None:
    for answer in (refused(None), begun(None)):
        answer.headers["X-Request-Id"] = "abc-1"
        with pytest.raises(TransientError, match="request_id=abc-1"):
            Bulk(connect(Internet(answer))).start("tags_add", "tmp/1", "Prextra_1")


def test_a_file_that_does_not_go_up_says_what_its_request_is_called(connect: Connect) -> None:
    refusing = Internet(httpx.Response(403, headers={"X-Request-Id": "abc-1"}))
    with pytest.raises(TransientError, match="HTTP 403, request_id=abc-1"):
        connect(refusing).upload("https://storage.example/x", {"key": "tmp/1"}, b"{}")


# Waited for


def test_operations_are_asked_for_until_all_have_ended(connect: Connect) -> None:
    running, ended = {"status": "RUNNING"}, {"status": "COMPLETED", "url": RESULTS}
    internet = Internet(
        status(running, ended), status(running), status({"status": "FAILED", "partialDataUrl": RESULTS})
    )
    found = Bulk(connect(internet)).wait(["a", "b"])
    assert {id: (one.status, one.url) for id, one in found.items()} == {
        "a": ("FAILED", RESULTS),
        "b": ("COMPLETED", RESULTS),
    }
    assert [json.loads(request.content)["variables"]["ids"] for request in internet.requests] == [
        ["a", "b"],
        ["a"],
        ["a"],
    ]


@pytest.mark.parametrize("node", [None, {}])
def test_an_operation_that_shopify_does_not_know_is_gone(connect: Connect, node: Any) -> None:
    assert Bulk(connect(Internet(status(node)))).wait(["a"])["a"].status == "GONE"


@pytest.mark.parametrize("answer", [status(), answered({"nodes": None})])
def test_an_answer_without_the_operations_is_no_end_of_them(connect: Connect, answer: httpx.Response) -> None:
    with pytest.raises(TransientError, match="shopify_answer_unreadable"):
        Bulk(connect(Internet(answer))).wait(["a"])


def test_one_that_does_not_end_is_left_to_itself(connect: Connect) -> None:
    with pytest.raises(TransientError, match="bulk_running"):
        Bulk(connect(Internet(status({"status": "RUNNING"}))), patience=60).wait(["a"])


# Results


def outcomes_of(connect: Connect, *lines: str) -> dict[int, bool]:
    internet = Internet(httpx.Response(200, content="\n".join(lines).encode()))
    return {number: outcome.is_done for number, outcome in Bulk(connect(internet)).outcomes(finished())}


def test_a_line_is_refused_for_its_user_errors_its_errors_or_for_want_of_an_answer(connect: Connect) -> None:
    no = {"node": None, "userErrors": [{"field": ["id"], "message": "Product does not exist"}]}
    error = json.dumps({"errors": [{"message": "Invalid global id"}], "__lineNumber": 2})
    assert outcomes_of(connect, row(1, no), row(0), error, row(3, None)) == {1: False, 0: True, 2: False, 3: False}


def test_a_line_that_is_not_readable_hides_no_other(connect: Connect) -> None:
    assert outcomes_of(connect, row(0), '{"data": {"tags', "", "[]", row("x"), row(4)) == {0: True, 4: True}


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"])
def test_a_separator_within_a_text_ends_no_line(connect: Connect, separator: str) -> None:
    no = {"node": None, "userErrors": [{"field": None, "message": f"No{separator}way"}]}
    internet = Internet(httpx.Response(200, content=f"{row(0, no)}\n{row(1)}\n".encode()))
    (_, first), (_, second) = Bulk(connect(internet)).outcomes(finished())
    assert first.refusals[0].message == f"No{separator}way"
    assert second.is_done


def test_lines_are_whole_however_they_are_cut_on_their_way(connect: Connect) -> None:
    content = f"{row(0, {'userErrors': [{'message': 'Épuisé'}]})}\n{row(1)}".encode()

    def bytewise() -> Iterator[bytes]:
        yield from (content[place : place + 1] for place in range(len(content)))

    internet = Internet(lambda _: httpx.Response(200, content=bytewise()))
    (_, first), (_, second) = Bulk(connect(internet)).outcomes(finished())
    assert first.refusals[0].message == "Épuisé"
    assert second.is_done


def test_an_operation_without_rows_has_no_outcomes(connect: Connect) -> None:
    assert list(Bulk(connect(Internet(httpx.Response(500)))).outcomes(finished(url=None))) == []


@pytest.mark.parametrize("code", [302, 400, 403, 404, 410])
def test_a_file_of_results_that_the_storage_refuses_is_lost(connect: Connect, code: int) -> None:
    with pytest.raises(LostError):
        list(Bulk(connect(Internet(httpx.Response(code)))).outcomes(finished()))


def test_nothing_is_asked_of_an_address_that_is_not_encrypted(connect: Connect) -> None:
    internet = Internet(httpx.Response(200))
    with pytest.raises(LostError):
        list(Bulk(connect(internet)).outcomes(finished("http://storage.example/results.jsonl")))
    assert internet.requests == []


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(429), httpx.ReadTimeout("slow")])
def test_a_file_of_results_that_cannot_be_had_for_a_moment_is_not_lost(connect: Connect, answer: Any) -> None:
    with pytest.raises(TransientError) as raised:
        list(Bulk(connect(Internet(answer))).outcomes(finished()))
    assert not isinstance(raised.value, LostError)
