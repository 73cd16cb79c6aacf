"""What comes in when a shop rings: only its own signed rings make a pass due, and nothing that comes in does harm."""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from cryptography.fernet import Fernet
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings
from redis import RedisError

from integration import dispatch, leases, webhooks
from integration.demo.bench_webhooks import serving
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET
from integration.doorbell import PATH, bell_of, note_former_key
from integration.models import AccessToken, Doorbell, Lease
from integration.shopify.webhooks import Topic, sign
from integration.webhooks import LARGEST, Ringers
from integration.wsgi import application
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA
from tests.factories import ready_warehouse
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)

SHOP = "boutique-erable.myshopify.com"
BODY = json.dumps({"id": 1, "updated_at": "2026-11-02T15:00:00-05:00"}).encode()
HTTP_TOPIC = "HTTP_X_SHOPIFY_TOPIC"


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "ringers", Ringers())
    monkeypatch.setattr(webhooks, "_stamped", {})
    # The test's own connection is in a transaction.
    monkeypatch.setattr(webhooks, "close_old_connections", lambda: None)


@pytest.fixture
def warehouse() -> Warehouse:
    return a_warehouse("STG", SHOP)


def a_warehouse(code: str, shop: str, secret: str = CLIENT_SECRET) -> Warehouse:
    warehouse = ready_warehouse(
        code=code, shopify_url=f"https://{shop}", shopify_api_key=CLIENT_ID, shopify_access_token=secret
    )
    bell_of(code)
    return warehouse


def path_of(code: str = "STG") -> str:
    return f"{PATH}{Doorbell.objects.get(warehouse=code).path}"


def request(path: str | None = None, body: bytes = BODY, key: str = CLIENT_SECRET, **environ: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path or path_of(),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_X_SHOPIFY_TOPIC": "orders/updated",
        "HTTP_X_SHOPIFY_SHOP_DOMAIN": SHOP,
        "HTTP_X_SHOPIFY_HMAC_SHA256": sign(body, key),
        **environ,
    }


def send(environ: dict[str, Any]) -> int:
    """The status; an answer never has a body."""
    said: list[str] = []
    content = b"".join(application(environ, lambda status, headers: said.append(status)))
    assert content == b""
    return int(said[0].split()[0])


def is_due(code: str = "STG") -> bool:
    return Lease.objects.filter(warehouse=code).exclude(ticket="").exists()


@pytest.mark.parametrize("topic", [topic.value for topic in Topic])
def test_each_topic_makes_a_pass_due(warehouse: Warehouse, topic: str) -> None:
    assert send(request(**{HTTP_TOPIC: topic})) == 200
    assert is_due()


def test_doubles_and_disorder_make_one_pass(warehouse: Warehouse) -> None:
    rings = [request(**{HTTP_TOPIC: topic}) for topic in reversed(Topic) for _ in range(5)]
    assert {send(ring) for ring in rings} == {200}
    assert OrmQ.objects.count() == 1


def test_a_ring_during_a_pass_is_kept_for_its_end(warehouse: Warehouse) -> None:
    leases.make_leases({"STG"})
    leases.take("STG")
    assert send(request()) == 200
    assert Lease.objects.get(warehouse="STG").rung_at
    assert OrmQ.objects.count() == 0


def test_the_end_of_its_own_bulk_operation_makes_no_pass_after_the_one_that_waits_for_it(warehouse: Warehouse) -> None:
    """Else each pass whose bulk operation fails would make the next one, without a pause between them."""
    leases.make_leases({"STG"})
    hold = leases.take("STG")
    assert hold
    finish = {HTTP_TOPIC: "bulk_operations/finish"}
    assert send(request(**finish)) == 200
    assert not Lease.objects.get(warehouse="STG").rung_at
    with hold.working():
        pass
    assert send(request(**finish)) == 200  # the pass heard of it before the bell rang
    assert not is_due()
    Lease.objects.update(taken_at=timezone.now() - timedelta(hours=1))
    assert send(request(**finish)) == 200
    assert is_due()


def test_once_it_is_rung_it_costs_one_look(warehouse: Warehouse, django_assert_num_queries: Any) -> None:
    send(request())
    environ = request()
    with django_assert_num_queries(1, using="default") as seen, django_assert_num_queries(0, using=PREXTRA):
        assert send(environ) == 200
    assert [query["sql"].split()[0] for query in seen] == ["SELECT"]


def test_when_it_was_last_rung_is_noted(warehouse: Warehouse) -> None:
    send(request())
    rung = Doorbell.objects.get().rung_at
    assert rung
    assert timezone.now() - rung < timedelta(minutes=1)


# Refused


def is_refused(environ: dict[str, Any], status: int) -> bool:
    return send(environ) == status and not Lease.objects.exists() and not OrmQ.objects.exists()


def test_a_forged_one_is_refused(warehouse: Warehouse) -> None:
    assert is_refused(request(key="guessed"), 401)
    assert is_refused(request(HTTP_X_SHOPIFY_HMAC_SHA256=""), 401)
    assert is_refused(request(HTTP_X_SHOPIFY_HMAC_SHA256="é" * 44), 401)
    changed = request()
    changed["wsgi.input"] = io.BytesIO(BODY.replace(b"1", b"2"))
    assert is_refused(changed, 401)


def test_an_unsigned_one_is_refused_where_there_is_no_key_at_all() -> None:
    a_warehouse("STG", SHOP, secret="")
    assert is_refused(request(key=""), 401)


def test_with_a_permanent_token_the_token_signs_nothing() -> None:
    a_warehouse("STG", SHOP, secret="shpat_token")
    assert is_refused(request(key="shpat_token"), 401)
    assert is_refused(request(key=""), 401)
    Doorbell.objects.update(secret="typed")
    assert send(request(key="typed")) == 200


def test_another_shop_s_name_is_refused(warehouse: Warehouse) -> None:
    assert is_refused(request(HTTP_X_SHOPIFY_SHOP_DOMAIN="another.myshopify.com"), 401)
    assert is_refused(request(HTTP_X_SHOPIFY_SHOP_DOMAIN=""), 401)


def test_another_warehouse_s_signature_is_refused(warehouse: Warehouse) -> None:
    a_warehouse("MTL", "montreal.myshopify.com", secret="shpss_of_montreal")
    assert is_refused(request(path_of("MTL")), 401)
    assert is_refused(request(path_of("MTL"), key="shpss_of_montreal"), 401)


def test_an_unknown_address_is_not_there(warehouse: Warehouse) -> None:
    assert is_refused(request(f"{PATH}guessed"), 404)
    assert is_refused(request(PATH), 404)
    assert is_refused(request(f"{path_of()}/more"), 404)
    Warehouse.objects.using(PREXTRA).filter(pk="STG").delete()
    assert is_refused(request(), 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_nothing_but_post_is_taken(warehouse: Warehouse, method: str) -> None:
    assert is_refused(request(REQUEST_METHOD=method), 405)


class Endless(io.RawIOBase):
    """A body that never ends, and notes how much of it was read."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "it would be read for ever"
        self.taken += size
        return b"x" * size


def test_an_oversized_one_is_refused_before_it_is_read(warehouse: Warehouse) -> None:
    body = Endless()
    assert is_refused(request(CONTENT_LENGTH=str(LARGEST + 1), **{"wsgi.input": body}), 413)
    assert body.taken == 0


def test_one_that_does_not_say_how_large_it_is_is_read_no_further_than_that(warehouse: Warehouse) -> None:
    body = Endless()
    environ = request(CONTENT_LENGTH="", **{"wsgi.input": body, "wsgi.input_terminated": True})
    assert is_refused(environ, 413)
    assert body.taken == LARGEST + 1


def test_the_largest_that_is_taken(warehouse: Warehouse) -> None:
    assert send(request(body=b"x" * LARGEST)) == 200


def test_one_that_was_cut_is_refused(warehouse: Warehouse) -> None:
    cut = request()
    cut["wsgi.input"] = io.BytesIO(BODY[:-1])
    assert is_refused(cut, 401)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe\x00", b"null"])
def test_the_body_is_not_needed_so_a_malformed_one_rings_too(warehouse: Warehouse, body: bytes) -> None:
    assert send(request(body=body)) == 200
    assert is_due()


@pytest.mark.parametrize("topic", ["products/update", "", "ORDERS_UPDATED", "x" * 5000])
def test_a_topic_that_was_not_asked_for_is_ignored(warehouse: Warehouse, topic: str) -> None:
    assert is_refused(request(**{HTTP_TOPIC: topic}), 200)


def test_a_replayed_one_does_what_the_first_did_and_no_more(warehouse: Warehouse) -> None:
    replayed = request()
    for _ in range(3):
        replayed["wsgi.input"] = io.BytesIO(BODY)
        assert send(replayed) == 200
    assert OrmQ.objects.count() == 1


def test_a_database_that_does_not_answer_lets_shopify_try_again(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: str) -> None:
        raise OperationalError("away")

    environ = request()
    monkeypatch.setattr(webhooks, "connections", type("None", (), {"all": staticmethod(lambda **_: [])}))
    monkeypatch.setattr(webhooks, "_read_ringer", away)
    assert send(environ) == 503


def test_a_queue_that_is_away_lets_shopify_try_again(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise RedisError(f"{path_of()} of redis://:password@server")

    environ = request()
    monkeypatch.setattr(webhooks, "connections", type("None", (), {"all": staticmethod(lambda **_: [])}))
    monkeypatch.setattr(dispatch, "async_task", away)
    assert send(environ) == 503
    assert [record.getMessage() for record in caplog.records] == ["a webhook could not be taken: RedisError"]
    assert caplog.records[0].exc_info is None


def test_its_line_says_whose_it_is_and_not_of_which_request_the_thread_s_last_one_was(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    structlog.contextvars.bind_contextvars(request_id="of-another")
    bound: dict[str, Any] = {}
    monkeypatch.setattr(dispatch, "ring", lambda _: bound.update(structlog.contextvars.get_contextvars()))
    send(request())
    assert bound == {"warehouse": "STG"}


# Keys


def test_the_former_key_counts_for_an_hour(warehouse: Warehouse) -> None:
    warehouse.shopify_access_token = "shpss_newer"
    warehouse.save(update_fields=["shopify_access_token"])
    note_former_key(warehouse, CLIENT_SECRET)
    assert send(request(key="shpss_newer")) == 200
    assert send(request()) == 200
    Doorbell.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
    webhooks.ringers = Ringers()
    assert send(request()) == 401
    assert send(request(key="shpss_newer")) == 200


def test_a_key_that_was_just_replaced_counts_at_once(warehouse: Warehouse) -> None:
    assert send(request()) == 200
    warehouse.shopify_access_token = "shpss_newer"
    warehouse.save(update_fields=["shopify_access_token"])
    assert send(request(key="shpss_newer")) == 200


def test_a_former_key_that_cannot_be_opened_any_more_is_as_none(warehouse: Warehouse, settings: Settings) -> None:
    path, old, new = path_of(), settings.SECRET_ENCRYPTION_KEYS, Fernet.generate_key().decode()
    note_former_key(warehouse, "shpss_former")
    settings.SECRET_ENCRYPTION_KEYS = [new, *old]
    warehouse.save(update_fields=["shopify_access_token"])
    settings.SECRET_ENCRYPTION_KEYS = [new]
    assert send(request(path)) == 200
    Doorbell.objects.update(previous_until=timezone.now() - timedelta(days=30))
    webhooks.ringers = Ringers()
    assert send(request(path)) == 200


# The app is uninstalled


def test_an_uninstalled_app_is_found_out_by_a_pass_and_its_token_stays_until_shopify_refuses_it(
    warehouse: Warehouse,
) -> None:
    """Whoever saw any delivery may send it again under this name."""
    later = timezone.now() + timedelta(hours=20)
    token = AccessToken.objects.create(shop=SHOP, client_id=CLIENT_ID, token="granted", expires_at=later)
    Doorbell.objects.update(state="subscribed")
    assert send(request(**{HTTP_TOPIC: "app/uninstalled"})) == 200
    token.refresh_from_db()
    assert token.token == "granted"
    assert Doorbell.objects.get().state == "", "it is subscribed anew should the app come back"
    assert is_due()


# What is told of it


def test_no_log_holds_anything_that_was_sent(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"note": "of-the-body"}'
    with caplog.at_level(logging.DEBUG):
        for environ in (
            request(body=body),
            request(body=body, key="forged"),
            request(body=b"x" * (LARGEST + 1)),
            request(REQUEST_METHOD="GET"),
            request(f"{PATH}guessed", body=body),
            request(body=body, **{HTTP_TOPIC: "app/uninstalled"}),
        ):
            send(environ)
    told = caplog.text
    for secret in ("of-the-body", CLIENT_SECRET, sign(body, CLIENT_SECRET), sign(body, "forged"), path_of(), "guessed"):
        assert secret not in told


def test_who_rings_shows_no_key(warehouse: Warehouse) -> None:
    send(request())
    assert CLIENT_SECRET not in repr(webhooks.ringers.get(Doorbell.objects.get().path, lambda _: True))


# The web server


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


def head(length: int, method: str = "POST") -> bytes:
    return f"{method} {PATH}x HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


def test_slow_ones_keep_nobody_waiting(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for connection in slow:
        connection.sendall(head(100) + b"x")
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as quick:
        quick.sendall(head(2, "PUT") + b"{}")  # refused before a database is asked, which this server has none of
        assert quick.recv(100).startswith(b"HTTP/1.1 405")
    assert time.monotonic() - began < 1
    for connection in slow:
        connection.close()


def test_all_that_is_not_a_webhook_is_django_s(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as other:
        other.sendall(b"GET /shopify/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 404")
