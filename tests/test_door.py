"""The door: five wrong passwords close it, for that name and from there; a strict policy and strict cookies behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integration.demo.shop.shop import StandInShop
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA
from tests.sample import first_pass, hurried_shop, merchant
from tests.walk import every_address, pages_of

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA])

PASSWORD = "correct horse battery"


@pytest.fixture
def shop() -> StandInShop:
    return hurried_shop()


@pytest.fixture
def sample(shop: StandInShop, shop_url: str) -> Warehouse:
    warehouse = merchant(shop, shop_url)
    first_pass()
    return warehouse


@pytest.fixture
def door(settings: Any) -> str:
    settings.AXES_ENABLED = True
    User.objects.create_user("julie", password=PASSWORD, is_staff=True)
    User.objects.create_user("yvon", password=PASSWORD, is_staff=True)
    return reverse("admin:login")


def knock(door: str, name: str, password: str, address: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=address, headers={"accept-language": "fr-CA"}).post(
        door, {"username": name, "password": password, "next": "/admin/"}
    )


def test_the_fifth_wrong_password_closes_the_door_and_says_so_in_french(door: str) -> None:
    answers = [knock(door, "julie", f"wrong {attempt}") for attempt in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert "Trop de mots de passe erronés" in answers[-1].content.decode()
    assert knock(door, "julie", PASSWORD).status_code == 429, "not even the right one opens it now"


def test_the_door_stays_open_for_another_name_and_from_elsewhere(door: str) -> None:
    for attempt in range(5):
        knock(door, "julie", f"wrong {attempt}")
    assert knock(door, "yvon", PASSWORD).status_code == 302
    assert knock(door, "julie", PASSWORD, address="192.0.2.2").status_code == 302


def test_a_name_that_nobody_has_is_answered_like_a_wrong_password(door: str) -> None:
    unknown, wrong = knock(door, "nobody-at-all", "x"), knock(door, "julie", "x")
    assert unknown.status_code == wrong.status_code == 200
    assert unknown.context["form"].errors == wrong.context["form"].errors


def test_the_policy_and_the_cookies_are_strict_on_every_page(sample: Warehouse, door: str) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("superuser"), backend="django.contrib.auth.backends.ModelBackend")
    for address in [door, *pages_of("superuser")]:
        answer = client.get(address)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy, address
        assert "default-src 'self'" in policy, address
        assert answer["X-Frame-Options"] == "DENY", address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Referrer-Policy"] == "same-origin", address
    for cookie in knock(door, "julie", PASSWORD).cookies.values():
        assert cookie["samesite"] == "Strict", cookie.key
        assert cookie["httponly"], cookie.key


def test_a_login_leads_nowhere_but_to_this_site(door: str) -> None:
    answer = Client().post(door, {"username": "julie", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]


def test_a_form_without_its_token_is_refused(sample: Warehouse) -> None:
    user = User.objects.create_superuser("root", password=PASSWORD)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for name, address in every_address():
        if name not in {"login", "jsi18n"}:
            assert client.post(address).status_code in {403, 405}, name
