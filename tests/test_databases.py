"""A database by URL or by separate variables, and what each kind gets without being asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from integration.databases import database

DEFAULT = "sqlite:///var/some.sqlite3"


class Variables(environ.Env):  # type: ignore[misc]
    def __init__(self, **variables: str) -> None:
        super().__init__()
        self.ENVIRON = variables


def configured(base: Path = Path("/nowhere"), **variables: str) -> dict[str, Any]:
    return database(Variables(**{f"X_{name}": value for name, value in variables.items()}), "X", base, DEFAULT)


def extra(**variables: str) -> dict[str, str]:
    """What is said to the driver besides."""
    parts = configured(**variables)["OPTIONS"]["extra_params"].split(";")
    return dict(part.split("=") for part in parts)


def test_without_a_word_it_is_a_file_beside_manage_py_whose_writers_wait_for_one_another(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert config["NAME"] == tmp_path / "var" / "some.sqlite3"
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (tmp_path / "var").is_dir()


def test_sql_server_by_url_is_encrypted_bounded_in_time_and_keeps_its_connection() -> None:
    config = configured(URL="mssql://sync:p%40ss%3B@sql.example.ca:1433/Prextra")
    assert (config["ENGINE"], config["HOST"], config["PORT"]) == ("mssql", "sql.example.ca", 1433)
    assert (config["NAME"], config["USER"], config["PASSWORD"]) == ("Prextra", "sync", "p@ss;")
    assert (config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"]) == (60, True)
    assert config["OPTIONS"] == {
        "python_driver": "mssql_python",
        "connection_timeout": 10,
        "query_timeout": 60,
        "isolation_level": "READ COMMITTED",
        "extra_params": "Encrypt=yes;TrustServerCertificate=no",
    }


def test_what_the_url_says_counts_and_what_it_does_not_say_is_added() -> None:
    url = "mssql://sync:x@s/Prextra?query_timeout=300&conn_max_age=0&extra_params=encrypt%3Dstrict%3BApplicationIntent%3DReadWrite"
    config = configured(URL=url)
    assert config["OPTIONS"]["query_timeout"] == 300
    assert config["CONN_MAX_AGE"] == 0
    assert extra(URL=url) == {"encrypt": "strict", "ApplicationIntent": "ReadWrite", "TrustServerCertificate": "no"}


def test_a_named_instance_and_windows_authentication_by_separate_variables() -> None:
    config = configured(HOST="SRV-ERP\\PREXTRA", NAME="Prextra")
    assert (config["HOST"], config["PORT"], config["USER"]) == ("SRV-ERP\\PREXTRA", "", "")
    assert connection_string(config).split(";") == [
        "SERVER=SRV-ERP\\PREXTRA", "Trusted_Connection=yes", "DATABASE=Prextra", "Encrypt=yes", "TrustServerCertificate=no",
    ]  # fmt: skip


def test_a_login_whose_password_has_what_a_url_cannot_have() -> None:
    config = configured(
        HOST="sql1", PORT="14330", NAME="Prextra", USER="sync", PASSWORD="$#?;{p}/", TRUST_CERTIFICATE="on"
    )
    assert connection_string(config) == (
        "SERVER=sql1,14330;UID=sync;PWD={$#?;{p}}/};DATABASE=Prextra;TrustServerCertificate=yes;Encrypt=yes"
    )


def test_the_url_counts_where_both_are_set() -> None:
    assert configured(URL="mssql://a:b@one/P", HOST="two", NAME="Q")["HOST"] == "one"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"URL": "nonsense"}, "X_URL"),
        ({"URL": "//sync:not-a-key@server/db"}, "X_URL"),
        ({"URL": "mssql://sa:not-a-key#/pw?@server/db"}, "X_URL"),
        ({"HOST": "s"}, "X_NAME"),
        ({"HOST": "s", "NAME": "P", "USER": "sync"}, "X_PASSWORD"),
        ({"HOST": "s", "NAME": "P", "PASSWORD": "not-a-key"}, "X_USER"),
        ({"HOST": "s", "NAME": "P", "PORT": "14a"}, "X_PORT"),
        ({"HOST": "s\\I", "NAME": "P", "PORT": "1433"}, "X_PORT"),
        ({"HOST": "s", "NAME": "P", "TRUST_CERTIFICATE": "maybe"}, "X_TRUST_CERTIFICATE"),
    ],
)
def test_what_cannot_be_is_named_without_its_value(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as raised:
        configured(**variables)
    assert "not-a-key" not in str(raised.value)


def connection_string(config: dict[str, Any]) -> str:
    """What the driver is given, by Microsoft's backend itself."""
    backend = pytest.importorskip("mssql.base", exc_type=ImproperlyConfigured, reason="no ODBC library (libodbc2)")
    wrapper = backend.DatabaseWrapper({"TIME_ZONE": None, **config}, "x")
    return str(wrapper._build_connection_string(config, ""))
