"""W3: both kinds of credentials, and a token that one at a time renews."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from integration.errors import ConfigurationError, TransientError
from integration.shopify.credentials import (
    ClientCredentials,
    MemoryTokenCache,
    StaticToken,
    Token,
    credentials_for,
    read_grant,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Shop:
    """Grants token-1, token-2, ... for a day each."""

    def __init__(self) -> None:
        self.granted = 0

    def grant(self, client_id: str, client_secret: str) -> tuple[str, timedelta]:
        self.granted += 1
        return f"token-{self.granted}", timedelta(seconds=86399)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def credentials(clock: Clock) -> ClientCredentials:
    return ClientCredentials("id", "shpss_secret", MemoryTokenCache(), clock)


def test_a_secret_that_starts_with_shpat_is_a_token() -> None:
    assert isinstance(credentials_for("key", " shpat_abc\n", MemoryTokenCache()), StaticToken)


def test_any_other_secret_is_exchanged_with_the_key_as_client_id() -> None:
    for secret in ("shpss_abc", "0123456789abcdef0123456789abcdef"):
        assert isinstance(credentials_for("key", secret, MemoryTokenCache()), ClientCredentials)


def test_an_explicit_choice_wins_over_the_look_of_the_secret() -> None:
    assert isinstance(credentials_for("", "shppa_old", MemoryTokenCache(), static=True), StaticToken)
    assert isinstance(credentials_for("key", "shpat_odd", MemoryTokenCache(), static=False), ClientCredentials)


@pytest.mark.parametrize(
    ("api_key", "secret"), [("key", ""), ("", "shpss_abc"), ("key", "shpat_a b"), ("key", "é"), ("key", "a\nb")]
)
def test_a_pair_that_cannot_be_sent_is_a_configuration_error(api_key: str, secret: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        credentials_for(api_key, secret, MemoryTokenCache())
    assert refusal.value.reason == "shopify_credentials_unusable"
    assert secret == "" or secret not in str(refusal.value)


def test_a_static_token_is_used_as_it_is_and_has_no_replacement(shop: Shop) -> None:
    token = StaticToken("shpat_abc")
    assert token.token(shop.grant) == "shpat_abc"
    assert token.replacement(shop.grant, "shpat_abc") is None
    assert shop.granted == 0


def test_a_granted_token_serves_until_ten_minutes_before_its_end(
    credentials: ClientCredentials, clock: Clock, shop: Shop
) -> None:
    assert credentials.token(shop.grant) == "token-1"
    clock.now = NOON + timedelta(seconds=86399) - timedelta(minutes=10)
    assert credentials.token(shop.grant) == "token-1"
    clock.now += timedelta(seconds=1)
    assert credentials.token(shop.grant) == "token-2"


def test_a_refused_token_is_replaced_once_for_all_who_hold_it(credentials: ClientCredentials, shop: Shop) -> None:
    refused = credentials.token(shop.grant)
    assert credentials.replacement(shop.grant, refused) == "token-2"
    assert credentials.replacement(shop.grant, refused) == "token-2"
    assert shop.granted == 2


def test_many_threads_that_need_a_token_ask_for_one(credentials: ClientCredentials) -> None:
    together, tokens, asked = threading.Barrier(8), [], []
    entered = threading.Event()

    def grant(client_id: str, client_secret: str) -> tuple[str, timedelta]:
        asked.append(client_id)
        entered.wait(timeout=0.05)  # leaves the others time to come in, were they not kept waiting
        return f"token-{len(asked)}", timedelta(days=1)

    def ask() -> None:
        together.wait(timeout=10)
        tokens.append(credentials.token(grant))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert (asked, tokens) == (["id"], ["token-1"] * 8)


def test_a_grant_that_fails_leaves_the_cache_free_for_the_next(credentials: ClientCredentials, shop: Shop) -> None:
    def failing(client_id: str, client_secret: str) -> tuple[str, timedelta]:
        raise TransientError("shopify_unreachable")

    with pytest.raises(TransientError):
        credentials.token(failing)
    assert credentials.token(shop.grant) == "token-1"


def test_no_secret_shows_in_any_repr(credentials: ClientCredentials, shop: Shop) -> None:
    credentials.token(shop.grant)
    shown = repr([credentials, StaticToken("shpat_abc"), Token("token-1", NOON)])
    assert not [secret for secret in ("shpss_secret", "shpat_abc", "token-1") if secret in shown]


def test_a_grant_says_its_token_and_how_long_it_lives() -> None:
    assert read_grant(b'{"access_token": "abc", "scope": "", "expires_in": 86399}') == (
        "abc",
        timedelta(seconds=86399),
    )


@pytest.mark.parametrize("end", ["", ', "expires_in": null', ', "expires_in": -1', f', "expires_in": {10**30}'])
def test_a_grant_without_a_sensible_end_is_trusted_for_an_hour(end: str) -> None:
    assert read_grant(f'{{"access_token": "abc"{end}}}'.encode()) == ("abc", timedelta(hours=1))


@pytest.mark.parametrize("answer", [[], {}, {"access_token": None}, {"access_token": ""}, {"access_token": "a\nb"}])
def test_an_answer_without_a_token_is_not_a_grant(answer: object) -> None:
    with pytest.raises(ValueError, match="no access token"):
        read_grant(json.dumps(answer).encode())
