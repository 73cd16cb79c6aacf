"""The client: what it sends, what comes back, and what it never lets out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
import shopify

from integration.errors import ConfigurationError
from integration.shopify.client import TooMuchAtOnceError, Usage
from integration.shopify.credentials import ClientCredentials, MemoryTokenCache, StaticToken
from integration.shopify.documents import Document
from integration.shopify.shop import ShopAddress
from tests.shopify.internet import (
    MUTATION,
    NEVER,
    QUERY,
    SAFE_FOR_QUERIES,
    Connect,
    Internet,
    Script,
    Time,
    answered,
    priced,
    refusal,
)

# What is sent, and what comes back


def test_a_document_goes_to_the_shops_address_with_its_token_and_variables(connect: Connect) -> None:
    internet = Internet(answered())
    connect(internet).execute(QUERY, {"first": 5})
    (request,) = internet.requests
    assert str(request.url) == "https://boutique.myshopify.com/admin/api/2026-10/graphql.json"
    assert request.headers["X-Shopify-Access-Token"] == "shpat_static"
    assert json.loads(request.content) == {
        "query": QUERY.text,
        "variables": {"first": 5},
        "operationName": "ShopInfo",
    }


def test_the_answer_holds_data_cost_request_and_what_the_search_left_out(connect: Connect) -> None:
    body = {
        "data": {"shop": {"name": "Boutique"}},
        "extensions": {
            "cost": priced(12, 1990.0, actual=7),
            "search": [{"path": ["orders"], "warnings": [{"field": "00", "message": "Invalid search field."}]}],
        },
    }
    answer = connect(Internet(httpx.Response(200, json=body, headers={"X-Request-Id": "req-9"}))).execute(QUERY)
    assert answer.data == {"shop": {"name": "Boutique"}}
    assert answer.cost is not None
    assert (answer.cost.requested, answer.cost.actual, answer.cost.available) == (12, 7, 1990.0)
    assert answer.request_id == "req-9"
    assert answer.search_warnings == ("00: Invalid search field.",)


def test_numbers_with_decimals_are_decimal_and_never_float(connect: Connect) -> None:
    internet = Internet(httpx.Response(200, content=b'{"data": {"rate": 0.09975}}'))
    assert connect(internet).execute(QUERY).data["rate"] == Decimal("0.09975")


def test_partial_data_is_kept_beside_its_errors_and_not_asked_for_again(connect: Connect) -> None:
    denied = [{"message": "Access denied", "path": ["a", 0, "b"], "extensions": {"code": "ACCESS_DENIED"}}]
    internet = Internet(answered({"shop": {"email": None}}, errors=denied))
    (error,) = connect(internet).execute(QUERY).errors
    assert (error.code, error.path) == ("ACCESS_DENIED", ("a", 0, "b"))
    assert len(internet.requests) == 1


def test_usage_counts_requests_points_waiting_and_retries(connect: Connect, time: Time) -> None:
    client = connect(Internet(httpx.Response(503), answered(cost=priced(10, 1990, actual=4))))
    client.execute(QUERY)
    assert client.usage == Usage(requests=2, points=4, waited_seconds=sum(time.naps), retries=1)


def test_two_shops_never_share_a_token(connect: Connect) -> None:
    first, second = Internet(answered()), Internet(answered())
    one = connect(first, StaticToken("shpat_one"))
    two = connect(second, StaticToken("shpat_two"), ShopAddress("other.myshopify.com"))
    shopify.ShopifyResource.activate_session(shopify.Session("third.myshopify.com", "2026-10", "shpat_three"))
    try:
        for client in (two, one, two):
            client.execute(QUERY)
    finally:
        shopify.ShopifyResource.clear_session()
    sent = {
        (request.url.host, request.headers["X-Shopify-Access-Token"]) for request in first.requests + second.requests
    }
    assert sent == {("boutique.myshopify.com", "shpat_one"), ("other.myshopify.com", "shpat_two")}


def test_shops_on_this_computer_keep_their_own_ports_and_real_shops_theirs(connect: Connect) -> None:
    endpoints = [
        connect(Internet(answered()), shop=ShopAddress(host)).endpoint
        for host in ("127.0.0.1:8001", "127.0.0.1:8002", "boutique.myshopify.com")
    ]
    path = "/admin/api/2026-10/graphql.json"
    assert endpoints == [
        f"http://127.0.0.1:8001{path}",
        f"http://127.0.0.1:8002{path}",
        f"https://boutique.myshopify.com{path}",
    ]


def test_another_version_than_asked_for_is_said_and_logged_once(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(Internet(answered(X_Shopify_API_Version="2027-01")))
    for _ in range(3):
        client.execute(QUERY)
    assert client.served_version == "2027-01"
    assert len([record for record in caplog.records if "2027-01" in record.getMessage()]) == 1


def test_the_version_asked_for_gives_no_warning(connect: Connect) -> None:
    client = connect(Internet(answered(X_Shopify_API_Version="2026-10")))
    client.execute(QUERY)
    assert client.served_version is None


def test_cookies_are_not_kept(connect: Connect) -> None:
    internet = Internet(answered(Set_Cookie="session=1; path=/"))
    client = connect(internet)
    client.execute(QUERY)
    client.execute(QUERY)
    assert "Cookie" not in internet.requests[1].headers


def test_a_redirect_is_not_followed(connect: Connect) -> None:
    internet = Internet(httpx.Response(302, headers={"Location": "https://example.com"}))
    assert refusal(connect(internet)).reason == "shopify_not_json"
    assert len(internet.requests) == 1


def test_an_answer_larger_than_the_limit_is_not_read_to_its_end(connect: Connect) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b" " * 1000
        raise AssertionError("it was read to its end")

    internet = Internet(lambda request: httpx.Response(200, content=endless()))
    assert isinstance(refusal(connect(internet, answer_bytes=10_000)), TooMuchAtOnceError)


def test_an_answer_that_trickles_in_is_left_at_the_deadline(connect: Connect, time: Time) -> None:
    def trickle() -> Iterator[bytes]:
        for _ in range(1000):
            time.now += 1
            yield b" "
        raise AssertionError("it was waited for")

    internet = Internet(lambda request: httpx.Response(200, content=trickle()))
    assert refusal(connect(internet, deadline=60)).reason == "shopify_timeout"


# Tokens


def granted(token: str) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "scope": "read_orders", "expires_in": 86399})


def client_credentials() -> ClientCredentials:
    return ClientCredentials("client-id", "shpss_secret", MemoryTokenCache())


def test_client_credentials_are_exchanged_once_and_the_token_is_kept(connect: Connect) -> None:
    internet = Internet(granted("token-1"), answered())
    client = connect(internet, client_credentials())
    client.execute(QUERY)
    client.execute(QUERY)
    grant, *calls = internet.requests
    assert str(grant.url) == "https://boutique.myshopify.com/admin/oauth/access_token"
    assert grant.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert grant.content == b"grant_type=client_credentials&client_id=client-id&client_secret=shpss_secret"
    assert [call.headers["X-Shopify-Access-Token"] for call in calls] == ["token-1", "token-1"]
    assert client.usage.requests == 2


@pytest.mark.parametrize("document", [QUERY, MUTATION], ids=["query", "mutation"])
def test_a_refused_token_is_renewed_once_and_the_request_sent_once_more(connect: Connect, document: Document) -> None:
    internet = Internet(granted("old"), httpx.Response(401), granted("new"), answered())
    connect(internet, client_credentials()).execute(document)
    assert internet.requests[-1].headers["X-Shopify-Access-Token"] == "new"


def test_a_renewed_token_that_is_refused_too_is_a_configuration_error(connect: Connect) -> None:
    refused = httpx.Response(401, headers={"X-Request-Id": "req-3"})
    internet = Internet(granted("old"), refused, granted("new"), refused)
    error = refusal(connect(internet, client_credentials()))
    assert isinstance(error, ConfigurationError)
    assert error.reason == "shopify_refused_token"
    assert error.params["request_id"] == "req-3"
    assert error.params["shop"] == "boutique.myshopify.com"
    assert len(internet.requests) == 4


def test_a_grant_that_fails_for_a_moment_is_asked_for_again_even_for_a_mutation(connect: Connect) -> None:
    internet = Internet(httpx.Response(503), httpx.ReadTimeout("slow"), granted("token-1"), answered())
    connect(internet, client_credentials()).execute(MUTATION)
    assert len(internet.requests) == 4


def test_a_refused_grant_is_a_configuration_error_and_is_not_repeated(connect: Connect) -> None:
    internet = Internet(httpx.Response(400, json={"error": "shop_not_permitted", "error_description": "..."}))
    error = refusal(connect(internet, client_credentials()))
    assert (error.reason, error.params["error"]) == ("shopify_grant_refused", "shop_not_permitted")
    assert len(internet.requests) == 1


def test_no_secret_gets_into_an_error_its_causes_or_the_log(
    connect: Connect, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "integration")
    failures: list[Script] = [*SAFE_FOR_QUERIES.values(), *NEVER.values(), httpx.LocalProtocolError("bad header")]
    errors = [refusal(connect(Internet(granted("token-1"), line), client_credentials())) for line in failures]
    seen = [caplog.text, *capsys.readouterr(), *map(repr, errors), *map(str, errors)]
    assert not [text for text in seen if "token-1" in text or "shpss_secret" in text]
    assert all((error.__cause__ is None and error.__suppress_context__) or not error.__context__ for error in errors)


def test_nothing_is_printed_when_shopify_refuses(connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    refusal(connect(Internet(httpx.Response(403, text="body of the refusal"))))
    assert capsys.readouterr() == ("", "")
