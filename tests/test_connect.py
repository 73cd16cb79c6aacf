"""The token of a client credentials grant, kept in the database for all processes (rules W3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.test import override_settings
from django.utils import timezone

from integration.connect import DatabaseTokenCache
from integration.errors import StoppedError
from integration.models import AccessToken
from integration.shopify.credentials import Token

pytestmark = pytest.mark.django_db

FRESH = Token("fresh", datetime.now(UTC) + timedelta(days=1))


def never() -> Token:
    raise AssertionError("it was asked for although another had it")


def test_w3_a_token_is_asked_for_once_and_kept_for_all() -> None:
    first, second = DatabaseTokenCache("shop", "id"), DatabaseTokenCache("shop", "id")

    assert first.renew_once(lambda: FRESH, None).value == "fresh"
    assert second.renew_once(never, "stale").value == "fresh"


def test_w3_who_finds_another_renewing_waits_for_its_token() -> None:
    cache = DatabaseTokenCache("shop", "id")
    cache.renew_once(lambda: FRESH, None)
    AccessToken.objects.update(token="stale", renewing_until=timezone.now() + timedelta(minutes=1))

    def the_other_ends(_seconds: float) -> None:
        AccessToken.objects.update(token="fresh")

    waiting = DatabaseTokenCache("shop", "id", sleep=the_other_ends)
    assert waiting.renew_once(never, "stale").value == "fresh"


def test_w3_who_claims_the_renewal_just_after_another_ended_it_takes_that_token() -> None:
    DatabaseTokenCache("shop", "id").renew_once(lambda: Token("stale", FRESH.expires_at), None)

    class Slow(DatabaseTokenCache):
        """Another renews the token between its first look and its claim."""

        looks = 0

        def get(self) -> Token | None:
            found = super().get()
            self.looks += 1
            if self.looks == 1:
                DatabaseTokenCache("shop", "id").renew_once(lambda: FRESH, "stale")
            return found

    assert Slow("shop", "id").renew_once(never, "stale").value == "fresh"
    assert AccessToken.objects.get().renewing_until <= timezone.now(), "the next renewal need not wait"


def test_w3_a_grant_that_took_longer_than_its_claim_replaces_no_newer_token() -> None:
    def slow() -> Token:
        AccessToken.objects.update(renewing_until=timezone.now())  # the minute is over
        DatabaseTokenCache("shop", "id").renew_once(lambda: FRESH, None)
        return Token("older", FRESH.expires_at)

    assert DatabaseTokenCache("shop", "id").renew_once(slow, None).value == "older"
    assert AccessToken.objects.get().token == "fresh"


def test_w3_a_claim_of_a_clock_that_was_ahead_keeps_nobody_waiting() -> None:
    DatabaseTokenCache("shop", "id").renew_once(lambda: Token("stale", FRESH.expires_at), None)
    AccessToken.objects.update(renewing_until=timezone.now() + timedelta(days=30))

    def no_sleep(_: float) -> None:
        raise AssertionError

    assert DatabaseTokenCache("shop", "id", sleep=no_sleep).renew_once(lambda: FRESH, "stale").value == "fresh"


def test_w3_who_waits_for_a_renewal_leaves_when_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    DatabaseTokenCache("shop", "id").renew_once(lambda: Token("stale", FRESH.expires_at), None)
    AccessToken.objects.update(renewing_until=timezone.now() + timedelta(seconds=30))
    monkeypatch.setattr("integration.connect.is_asked_to_stop", lambda: True)
    with pytest.raises(StoppedError):
        DatabaseTokenCache("shop", "id").renew_once(never, "stale")


def test_w3_one_that_fails_to_renew_leaves_the_turn_to_the_next() -> None:
    cache = DatabaseTokenCache("shop", "id")

    def refused() -> Token:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.renew_once(refused, None)
    assert cache.renew_once(lambda: FRESH, None).value == "fresh"


def test_w4_a_token_under_a_lost_key_is_as_good_as_none() -> None:
    DatabaseTokenCache("shop", "id").renew_once(lambda: FRESH, None)
    with override_settings(SECRET_ENCRYPTION_KEYS=[Fernet.generate_key().decode()]):
        cache = DatabaseTokenCache("shop", "id")
        assert cache.get() is None
        assert cache.renew_once(lambda: FRESH, None).value == "fresh"


def test_w4_a_dump_of_the_data_shows_no_token() -> None:
    DatabaseTokenCache("shop", "id").renew_once(lambda: FRESH, None)

    assert "fresh" not in serializers.serialize("json", AccessToken.objects.all())
