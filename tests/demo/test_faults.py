"""The stand-in shop on the wire: credentials, versions, and everything that can go wrong, on demand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from integration.demo.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop, Store

from .factories import NOW, order

GRAPHQL = "/admin/api/2026-10/graphql.json"
TOKEN = "/admin/oauth/access_token"
SHOP = "{ shop { name } }"


class Moment:
    def __init__(self) -> None:
        self.now = NOW


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def shop(moment: Moment) -> StandInShop:
    store = Store(clock=lambda: moment.now)
    store.add_order(order(1))
    return StandInShop(store)


@pytest.fixture
def client(shop: StandInShop) -> Iterator[httpx.Client]:
    headers = {"X-Shopify-Access-Token": STATIC_TOKEN}
    with shop.serving() as url, httpx.Client(base_url=url, headers=headers, timeout=5, trust_env=False) as client:
        yield client


def ask(client: httpx.Client, text: str = SHOP, **variables: Any) -> httpx.Response:
    return client.post(GRAPHQL, json={"query": text, "variables": variables})


def test_a_request_is_answered_with_its_id_and_version_over_a_connection_kept_open(client: httpx.Client) -> None:
    first, second = ask(client), ask(client)
    assert first.json()["data"] == {"shop": {"name": "Boutique Érable"}}
    assert first.headers["X-Shopify-API-Version"] == "2026-10"
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    streams = [response.extensions["network_stream"].get_extra_info("client_addr") for response in (first, second)]
    assert streams[0] == streams[1]


def test_what_was_asked_is_noted(shop: StandInShop, client: httpx.Client) -> None:
    ask(client, "query Find($id: ID!) { order(id: $id) { name } }", id="gid://shopify/Order/1")
    (asked,) = shop.requests
    assert (asked.operation, asked.variables, asked.token) == ("Find", {"id": "gid://shopify/Order/1"}, STATIC_TOKEN)
    assert (asked.status, asked.requested, asked.actual, asked.codes) == (200, 1, 1, ())


@pytest.mark.parametrize("token", ["", "shpat_other", None])
def test_a_wrong_token_is_refused_with_401(client: httpx.Client, token: str | None) -> None:
    headers = {} if token is None else {"X-Shopify-Access-Token": token}
    with httpx.Client(base_url=client.base_url, headers=headers, trust_env=False) as stranger:
        answer = ask(stranger)
    assert answer.status_code == 401
    assert answer.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


@pytest.mark.parametrize("form", [True, False])
def test_the_client_credentials_grant_gives_a_token_for_a_day(
    client: httpx.Client, shop: StandInShop, moment: Moment, form: bool
) -> None:
    body = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    granted = (client.post(TOKEN, data=body) if form else client.post(TOKEN, json=body)).json()
    assert granted["expires_in"] == 86399
    assert set(granted["scope"].split(",")) == shop.store.granted_scopes
    client.headers["X-Shopify-Access-Token"] = granted["access_token"]
    assert ask(client).status_code == 200
    moment.now += timedelta(seconds=86399)
    assert ask(client).status_code == 401


def test_a_revoked_token_is_refused(client: httpx.Client, shop: StandInShop) -> None:
    shop.tokens.revoke(STATIC_TOKEN)
    assert ask(client).status_code == 401


@pytest.mark.parametrize("wrong", [{"client_secret": "other"}, {"client_id": "other"}, {"grant_type": "password"}])
def test_a_wrong_pair_is_an_invalid_client(client: httpx.Client, wrong: dict[str, str]) -> None:
    body = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **wrong}
    answer = client.post(TOKEN, data=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"] == "invalid_client"


def test_a_version_that_left_support_falls_forward(client: httpx.Client, shop: StandInShop) -> None:
    old = client.post("/admin/api/2024-01/graphql.json", json={"query": SHOP})
    assert (old.status_code, old.headers["X-Shopify-API-Version"]) == (200, "2026-01")
    shop.served_version = "2027-01"
    assert ask(client).headers["X-Shopify-API-Version"] == "2027-01"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", GRAPHQL, 405),
        ("POST", "/admin/api/2099-01/graphql.json", 404),
        ("POST", "/admin/api/latest/graphql.json", 404),
        ("POST", "/", 404),
        ("GET", "/_control/faults", 404),
    ],
)
def test_a_wrong_path_or_method_is_refused(client: httpx.Client, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


def test_a_body_without_a_query_is_refused(client: httpx.Client) -> None:
    for body in (b"", b"[]", b'{"query": 1}', b"{"):
        answer = client.post(GRAPHQL, content=body)
        assert answer.status_code == 400
        assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize("status", ["401", "402", "403", "404", "423", "429", "430", "500", "502", "503", "504"])
def test_a_status_on_demand_comes_once_and_executes_nothing(
    client: httpx.Client, shop: StandInShop, status: str
) -> None:
    shop.faults.next(status, retry_after="2.0")
    answer = ask(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (int(status), "2.0")
    assert (shop.requests[0].fault, shop.requests[0].requested) == (status, None)
    assert ask(client).status_code == 200


def test_faults_are_met_in_their_order(client: httpx.Client, shop: StandInShop) -> None:
    shop.faults.next("500", "html", "malformed")
    assert ask(client).status_code == 500
    page = ask(client)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert ask(client).json() == ["not", "an", "answer"]
    assert ask(client).json()["data"]


@pytest.mark.parametrize(("kind", "executed"), [("cut_before", False), ("cut_after", True), ("truncated", True)])
def test_a_cut_connection_gives_no_answer_and_the_next_request_goes_through(
    client: httpx.Client, shop: StandInShop, kind: str, executed: bool
) -> None:
    shop.faults.next(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(client)
    assert (shop.requests[0].requested is not None) == executed
    assert ask(client).status_code == 200


def test_a_slow_answer_runs_into_the_clients_time_out(client: httpx.Client, shop: StandInShop) -> None:
    shop.faults.next("slow", seconds=0.1)
    with pytest.raises(httpx.ReadTimeout):
        client.post(GRAPHQL, json={"query": SHOP}, timeout=0.02)
    assert ask(client).status_code == 200


def test_throttled_and_internal_error_come_as_200(client: httpx.Client, shop: StandInShop) -> None:
    shop.faults.next("throttled", "internal_error")
    throttled = ask(client)
    assert throttled.status_code == 200
    assert throttled.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert throttled.json()["extensions"]["cost"]["actualQueryCost"] is None
    broken = ask(client).json()
    assert list(broken) == ["errors"]
    assert broken["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert broken["errors"][0]["message"].startswith("Internal error. Looks like something went wrong on our end.")


def test_access_denied_leaves_the_rest_of_the_data(client: httpx.Client, shop: StandInShop) -> None:
    text = '{ order(id: "gid://shopify/Order/1") { name customer { displayName } } }'
    shop.faults.next("access_denied")
    answer = ask(client, text).json()
    assert answer["data"] == {"order": {"name": "#1", "customer": None}}
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert ask(client, text).json()["data"]["order"]["customer"] == {"displayName": "Léa Tremblay"}


def test_a_fault_of_the_grant_waits_for_the_grant(client: httpx.Client, shop: StandInShop) -> None:
    shop.faults.next("503", target="token")
    assert ask(client).status_code == 200
    body = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert client.post(TOKEN, data=body).status_code == 503
    assert client.post(TOKEN, data=body).status_code == 200


def test_one_request_in_so_many_fails_the_same_way_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        shop = StandInShop()
        shop.faults.every(4, ["500", "cut_after"], seed=3)
        runs.append([fault and fault.kind for fault in (shop.faults.take("graphql") for _ in range(400))])
    assert runs[0] == runs[1]
    assert 60 < sum(kind is not None for kind in runs[0]) < 140
    assert {"500", "cut_after"} < set(runs[0])


def test_another_process_can_tell_it_to_fail_and_to_stop_failing(client: httpx.Client, shop: StandInShop) -> None:
    assert client.post("/_control/faults", json={"next": ["429", "503"], "retry_after": "1"}).status_code == 200
    assert ask(client).headers["Retry-After"] == "1"
    assert client.post("/_control/faults", json={"clear": True}).status_code == 200
    assert ask(client).status_code == 200
    assert client.post("/_control/faults", json={"every": 1, "kinds": ["502"]}).status_code == 200
    assert ask(client).status_code == 502
    refused = client.post("/_control/faults", json={"next": ["plague"]})
    assert (refused.status_code, "plague" in refused.text) == (400, True)


def test_a_shop_that_went_away_answers_nobody(shop: StandInShop) -> None:
    headers = {"X-Shopify-Access-Token": STATIC_TOKEN}
    with httpx.Client(headers=headers, trust_env=False) as client:
        with shop.serving() as url:
            assert client.post(url + GRAPHQL, json={"query": SHOP}).status_code == 200
        with pytest.raises(httpx.TransportError):
            client.post(url + GRAPHQL, json={"query": SHOP})
