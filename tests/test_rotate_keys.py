"""`manage.py rotate_keys`: every secret comes under the first key, and no key is given up that something needs."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import DataError, Error, ProgrammingError, connections
from django.utils import timezone

from integration.management.commands.rotate_keys import _refused
from integration.management.encryption import rotate, survey
from integration.models import AccessToken, Doorbell
from prextra_models.fields import CIPHERTEXT_PREFIX
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA
from tests.factories import WarehouseFactory
from tests.passes import is_sqlite

pytestmark = [pytest.mark.django_db(databases=["default", PREXTRA]), pytest.mark.usefixtures("in_english")]

NEWEST, MIDDLE, OLDEST, LOST = (Fernet.generate_key().decode() for _ in range(4))


@pytest.fixture(autouse=True)
def three_keys(settings: Any) -> None:
    settings.SECRET_ENCRYPTION_KEYS = [NEWEST, MIDDLE, OLDEST]


def under(key: str, secret: str) -> str:
    return CIPHERTEXT_PREFIX + Fernet(key).encrypt(secret.encode()).decode()


def warehouse(code: str, stored: str) -> None:
    """What stands in the column, whatever wrote it there."""
    WarehouseFactory(code=code)
    quoted = connections[PREXTRA].ops.quote_name
    meta = Warehouse._meta
    column, table, key = quoted("shopify_access_token"), quoted(meta.db_table), quoted(str(meta.pk.column))
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [stored, code])


def secret_of(code: str) -> str | None:
    return Warehouse.objects.using(PREXTRA).get(pk=code).shopify_access_token


def run(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue(), int(ended.value.code or 0)


@pytest.fixture
def secrets() -> None:
    warehouse("W1", under(OLDEST, "one"))
    warehouse("W2", under(MIDDLE, "two"))
    warehouse("W3", under(NEWEST, "three"))
    warehouse("W4", "as someone typed it")
    AccessToken.objects.create(
        shop="shop", client_id="id", token=under(OLDEST, "granted"), expires_at=timezone.now() + timedelta(days=1)
    )
    Doorbell.objects.create(warehouse="W1", secret=under(MIDDLE, "bell"), previous_secret=under(OLDEST, "before"))


def test_every_secret_of_both_databases_comes_under_the_first_key(secrets: None, settings: Any) -> None:
    told, status = run()

    assert status == 0
    assert "6 secrets were encrypted again." in told
    settings.SECRET_ENCRYPTION_KEYS = [NEWEST]
    assert [secret_of(code) for code in ("W1", "W2", "W3", "W4")] == ["one", "two", "three", "as someone typed it"]
    assert AccessToken.objects.get().token == "granted"
    bell = Doorbell.objects.get()
    assert (bell.secret, bell.previous_secret) == ("bell", "before")
    assert not any(one.is_due for one in survey())


def test_the_keys_that_nothing_needs_are_named_by_their_places_and_never_shown(secrets: None) -> None:
    before, _ = run("--dry-run")
    after, _ = run()
    assert "Key 2 of SECRET_ENCRYPTION_KEYS is still needed." in before
    assert "Key 3 of SECRET_ENCRYPTION_KEYS is still needed." in before
    assert "still needed" not in after
    assert "Key 3 of SECRET_ENCRYPTION_KEYS is not needed any more" in after
    for text in (NEWEST, MIDDLE, OLDEST, "granted", "someone typed", CIPHERTEXT_PREFIX):
        assert text not in before + after


def test_a_second_run_has_nothing_to_do(secrets: None) -> None:
    run()
    told, status = run()
    assert status == 0
    assert "Every secret that can be opened is under the first key already." in told


def test_a_dry_run_writes_nothing(secrets: None) -> None:
    before = list(survey())
    told, status = run("--dry-run")
    assert (status, list(survey())) == (0, before)
    assert "6 secrets of 7 would be encrypted again." in told


def test_one_that_no_key_opens_is_named_and_stops_no_other(secrets: None) -> None:
    lost = under(LOST, "lost")
    warehouse("W0", lost)
    told, status = run()
    assert status == 1
    assert "6 secrets were encrypted again." in told
    assert "Warehouse W0, access token: no key opens it." in told
    assert lost not in told
    assert "Key 2 of SECRET_ENCRYPTION_KEYS is not needed any more" in told, "it does not open that one either"


def test_what_someone_wrote_meanwhile_stays(secrets: None) -> None:
    seen = {str(secret.pk): secret for secret in survey() if secret.field.model is Warehouse}
    Warehouse.objects.using(PREXTRA).filter(pk="W1").update(shopify_access_token="typed meanwhile")
    Warehouse.objects.using(PREXTRA).filter(pk="W2").update(shopify_access_token="")
    assert not rotate(seen["W1"]), "it is under the first key since then"
    assert not rotate(seen["W2"])
    assert (secret_of("W1"), secret_of("W2")) == ("typed meanwhile", "")


def test_a_run_that_was_cut_between_two_rows_is_completed_by_the_next(secrets: None, settings: Any) -> None:
    due = [secret for secret in survey() if secret.is_due]
    assert rotate(due[0])
    assert sum(secret.is_due for secret in survey()) == len(due) - 1

    told, status = run()

    assert status == 0
    assert f"{len(due) - 1} secrets were encrypted again." in told
    settings.SECRET_ENCRYPTION_KEYS = [NEWEST]
    assert secret_of("W1") == "one"


@pytest.mark.skipif(not is_sqlite(PREXTRA), reason="the trigger is SQLite's")
def test_one_that_the_database_refuses_is_told_with_the_kind_of_refusal_and_stops_no_other(secrets: None) -> None:
    with connections[PREXTRA].cursor() as cursor:
        cursor.execute(
            """CREATE TRIGGER refuses BEFORE UPDATE ON "Warehouse" WHEN NEW.code = 'W1'
            BEGIN SELECT RAISE(ABORT, 'not-for-show'); END"""
        )
    told, status = run()
    assert status == 1
    assert "Warehouse W1, access token: the database refuses it: IntegrityError. May the login write" in told
    assert "long enough" not in told
    assert "not-for-show" not in told
    assert "5 secrets were encrypted again." in told


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError(), "x, y: the column does not take it. Is it long enough?"),
        (ProgrammingError(), "x, y: the database refuses it: ProgrammingError (Syntax error or access violation)."),
    ],
)
def test_the_kind_of_refusal_is_told_in_the_drivers_fixed_words(error: Error, said: str) -> None:
    error.__cause__ = type("Refused", (Exception,), {"driver_error": "Syntax error or access violation"})(
        "not-for-show"
    )
    secret: Any = "x, y"
    told = _refused(secret, error)
    assert told.startswith(said)
    assert "not-for-show" not in told


def test_a_database_without_tables_could_not_be_looked_at() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE integration_doorbell RENAME TO elsewhere")
    with pytest.raises(CommandError) as refused:
        call_command("rotate_keys")
    assert refused.value.returncode == 2
