"""What follows from https: `check --deploy` has nothing to say, and machines on this one still ask by http."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from integration.doorbell import PATH
from integration.wsgi import application
from prextra_models.router import PREXTRA

ROOT = Path(__file__).resolve().parent.parent
KEY = "cHJleHRyYS1zaG9waWZ5LXRlc3RzLW9ubHkta2V5ISE="
BY_HTTPS = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SECRET_ENCRYPTION_KEYS": KEY,
    "ALLOWED_HOSTS": "sync.example.ca",
    "SECURE_COOKIES": "on",
}

of_both_databases = pytest.mark.django_db(databases=["default", PREXTRA])


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**path, **environment}, capture_output=True, text=True, check=False)


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **{**BY_HTTPS, **environment})


def setting(name: str, **environment: str) -> str:
    told = f"from integration import settings; print(settings.{name})"
    return run("-c", told, **{**BY_HTTPS, **environment}).stdout.strip()


def test_behind_https_django_has_nothing_to_say_against_the_settings() -> None:
    result = check()
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("environment", "warning"),
    [
        ({"SECURE_COOKIES": "off"}, "security.W012"),
        ({"SECURE_HSTS_SECONDS": "0"}, "security.W004"),
        ({"DEBUG": "on"}, "security.W018"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "security.W025"),
    ],
)
def test_what_is_missing_is_said(environment: dict[str, str], warning: str) -> None:
    result = check(**environment)
    assert result.returncode == 1
    assert warning in result.stderr


def test_without_https_nothing_is_redirected_and_no_header_of_a_proxy_believed() -> None:
    assert setting("SECURE_SSL_REDIRECT", SECURE_COOKIES="off") == "False"
    assert setting("SECURE_PROXY_SSL_HEADER", SECURE_COOKIES="off") == "None"
    assert setting("SECURE_HSTS_SECONDS", SECURE_COOKIES="off", SECURE_HSTS_SECONDS="3600") == "0"


@pytest.fixture
def by_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 86_400


def test_the_settings_of_the_test_are_those_of_an_installation(by_https: None, settings: Any) -> None:
    for name in ("SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER", "SECURE_HSTS_SECONDS"):
        assert setting(name) == str(getattr(settings, name))


@of_both_databases
def test_pages_are_sent_to_https_and_keep_browsers_there(by_https: None) -> None:
    sent_on = Client().get("/admin/login/")
    assert (sent_on.status_code, sent_on["Location"]) == (301, "https://testserver/admin/login/")
    page = Client(headers={"X-Forwarded-Proto": "https"}).get("/admin/login/")
    assert page.status_code == 200
    assert page["Strict-Transport-Security"] == "max-age=86400"


@of_both_databases
@pytest.mark.parametrize("path", ["/health", "/health/live", "/metrics"])
def test_machines_on_this_one_are_answered_by_http(by_https: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code in {200, 503}, "by itself, not by a redirection"


@of_both_databases
def test_a_shop_that_a_proxy_passes_on_by_http_is_answered(by_https: None) -> None:
    answers: list[str] = []
    environ = {"PATH_INFO": f"{PATH}nobody", "REQUEST_METHOD": "GET"}
    assert b"".join(application(environ, lambda status, _headers: answers.append(status))) == b""
    assert answers == ["405 Method Not Allowed"]


def test_an_earlier_key_still_counts_for_who_is_logged_in() -> None:
    assert setting("SECRET_KEY_FALLBACKS", SECRET_KEY_FALLBACKS="one,two") == "['one', 'two']"
    assert setting("SECRET_KEY_FALLBACKS") == "[]"


def test_bandit_has_nothing_to_say_against_the_code() -> None:
    """The half of `make audit` that asks nobody."""
    result = run("-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "-r", "integration", "prextra_models")
    assert result.returncode == 0, result.stdout
