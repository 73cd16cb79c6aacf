"""The environment: every variable explained, and a missing or wrong one named in a sentence."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "cHJleHRyYS1zaG9waWZ5LXRlc3RzLW9ubHkta2V5ISE="


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` with these variables alone."""
    path = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, str(ROOT / "manage.py"), "check"]
    return subprocess.run(command, env={**path, **environment}, capture_output=True, text=True, check=False)


def test_every_variable_has_a_sentence_in_the_example_and_the_example_has_no_other() -> None:
    text = (ROOT / "integration/settings.py").read_text()
    read = set(re.findall(r'(?:env(?:\.\w+)?|number|switch|choice)\(\s*"([A-Z_]+)"', text))
    parts = set(re.findall(r'\{prefix\}(_[A-Z_]+)"', (ROOT / "integration/databases.py").read_text()))
    prefixes = re.findall(r'database\(env, "([A-Z_]+)"', text)
    read |= {prefix + part for prefix in prefixes for part in parts}
    assert len(prefixes) == 2
    assert len(parts) == 7
    lines = (ROOT / ".env.example").read_text().splitlines()
    explained = {
        match[1]
        for before, line in itertools.pairwise(lines)
        if (match := re.match(r"(?:# )?([A-Z_]+)=", line)) and before.startswith("# ")
    }
    assert explained == read


def test_the_defaults_that_the_example_shows_are_the_real_ones() -> None:
    shown = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    settings = (ROOT / "integration/settings.py").read_text()
    for name in ("TIME_ZONE", "SHOPIFY_API_VERSION", "SYNC_OVERLAP_MINUTES", "SYNC_HISTORY_DAYS", "LOG_KEEP_DAYS"):
        assert re.search(rf'"{name}", (?:default=)?"?{re.escape(shown[name])}"?[,)]', settings), name


@pytest.mark.skipif((ROOT / ".env").exists(), reason="this installation has an .env of its own")
@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "x"}, "SECRET_ENCRYPTION_KEYS"),
        ({"SECRET_KEY": "x", "SECRET_ENCRYPTION_KEYS": "not-a-key"}, "SECRET_ENCRYPTION_KEYS"),
        ({"SECRET_KEY": "", "SECRET_ENCRYPTION_KEYS": KEY}, "SECRET_KEY"),
        *(
            ({"SECRET_KEY": "x", "SECRET_ENCRYPTION_KEYS": KEY, name: value}, name)
            for name, value in {
                "TIME_ZONE": "America/Torronto",
                "SYNC_OVERLAP_MINUTES": "-60",
                "SYNC_HISTORY_DAYS": "many",
                "LOG_KEEP_DAYS": "",
                "EMAIL_URL": "smtps://sync:not-a-key@mail.example.com:many",
                "EMAIL_FROM": "nobody",
                "ADMIN_URL": "https://boss:not-a-key@sync.example.com",
                "ALERT_AFTER_MINUTES": "0",
                "ALERT_SUMMARY_HOUR": "24",
                "LOG_LEVEL": "loud",
                "LOG_FORMAT": "xml",
                "SENTRY_DSN": "https://not-a-key@sentry.example.ca/",
                "SHOPIFY_API_VERSION": "latest",
                "SHOPIFY_TIMEOUT_SECONDS": "0",
                "SHOPIFY_ALLOW_LOOPBACK": "yess",
                "PUBLIC_URL": "http://not-a-key@127.0.0.1:8000",
                "PREXTRA_DATABASE_URL": "mssql://sa:not-a-key#/pw?@server/db",
                "DATABASE_URL": "nonsense",
            }.items()
        ),
        *(
            ({"SECRET_KEY": "x", "SECRET_ENCRYPTION_KEYS": KEY, "REDIS_URL": value}, "REDIS_URL")
            for value in ("127.0.0.1:6379", "redis://:not-a-key@127.0.0.1:abc/0")
        ),
    ],
)
def test_a_missing_or_wrong_variable_is_named_without_a_traceback(environment: dict[str, str], named: str) -> None:
    result = check(**environment)

    assert result.returncode == 2
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert "not-a-key" not in result.stderr


@pytest.mark.skipif((ROOT / ".env").exists(), reason="this installation has an .env of its own")
def test_with_its_two_keys_it_starts() -> None:
    assert check(SECRET_KEY="x", SECRET_ENCRYPTION_KEYS=KEY).returncode == 0


@pytest.mark.parametrize(
    ("said", "timeout"),
    [
        ("redis://:p%40s@[::1]:6380/0", 3),
        ("redis://server/0", 3),
        ("unix:///redis?db=1", 3),
        ("redis://server?socket_timeout=9", 9),
    ],
)
def test_a_redis_that_hangs_keeps_nobody_waiting(said: str, timeout: int) -> None:
    ask = (
        "import django; django.setup(); from django_q.brokers import get_broker;"
        "print(get_broker().connection.connection_pool.connection_kwargs['socket_timeout'])"
    )
    environment = {"SECRET_KEY": "x", "SECRET_ENCRYPTION_KEYS": KEY, "REDIS_URL": said}
    environment = {**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "integration.settings"}
    asked = subprocess.run([sys.executable, "-c", ask], env=environment, cwd=ROOT, capture_output=True, check=True)
    assert float(asked.stdout) == timeout
