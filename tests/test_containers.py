"""The image, and the trial on a real SQL Server, held against the code as far as that goes without Docker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from werkzeug.serving import make_server

from integration.management.commands import run
from integration.wsgi import application
from tests.passes import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE = (PROJECT / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SQLCMD = "/opt/mssql-tools18/bin/sqlcmd"


def last_json(keyword: str) -> list[str]:
    """The list of an instruction in its exec form: of the last one with that keyword."""
    found: list[str] = json.loads(re.findall(rf"^ *{keyword} (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
    return found


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_the_image_runs_without_rights_and_its_program_gets_the_signals_itself() -> None:
    stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.findall(r"^USER (.+)$", stage, re.MULTILINE) == ["prextra-shopify"]
    assert last_json("ENTRYPOINT") == ["python", "manage.py"]
    assert re.search(r"^CMD \[", stage, re.MULTILINE)


def test_nothing_goes_into_the_image_but_what_the_program_runs_on() -> None:
    lines = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    kept = {line[1:] for line in lines if line.startswith("!")}
    assert kept == {"requirements.txt", "manage.py", "LICENSE", "integration", "prextra_models", "templates"}
    assert all((PROJECT / name).exists() for name in kept)
    assert not re.search(r"^(ARG|ENV).*(KEY|PASSWORD|TOKEN|SECRET)", DOCKERFILE, re.MULTILINE)


@pytest.fixture
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("behind_https", [False, True])
def test_the_health_check_asks_what_the_web_answers(address: str, behind_https: bool, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = behind_https
    _python, option, code = last_json("CMD")
    assert "http://127.0.0.1:8000/" in code
    asked = code.replace("http://127.0.0.1:8000/", address)
    assert subprocess.run([sys.executable, option, asked], check=False).returncode == 0
    for wrong in (asked.replace("/live", "/nothing"), code.replace(":8000", ":1")):
        assert subprocess.run([sys.executable, option, wrong], check=False, stderr=subprocess.PIPE).returncode != 0


def test_each_server_of_the_trial_is_of_one_version_and_reached_from_this_machine_alone() -> None:
    for name, service in SERVICES.items():
        assert "latest" not in service["image"], name
        assert re.search(r":.*\d|^prextra-shopify:trial$", service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_no_secret_of_the_trial_has_a_default_nor_may_it_be_empty() -> None:
    assert "$" not in re.sub(r"\$\$|\$\{[A-Z_]+:\?[^}]+\}|^#.*$", "", COMPOSE, flags=re.MULTILINE)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY", variable):
                assert value.startswith("${"), f"{name}: {variable}"


def test_each_variable_that_the_app_gets_is_one_that_it_reads() -> None:
    known = re.findall(r"^(?:# )?([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    for service in OURS.values():
        assert set(service["environment"]) <= set(known)


def test_what_prextra_is_made_of_is_written_by_commands_that_connect_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (script,) = OURS["ddl"]["command"]
    script = script.replace("manage.py", str(PROJECT / "manage.py")).replace("python ", f"{sys.executable} ")
    nowhere = {"HOST": "127.0.0.1", "PORT": "1", "NAME": "P", "USER": "u", "PASSWORD": "p"}
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "integration.settings", "PREXTRA_DATABASE_URL": "",
        **{f"PREXTRA_DATABASE_{name}": value for name, value in nowhere.items()},
    }  # fmt: skip
    subprocess.run([*OURS["ddl"]["entrypoint"], script], env=environment, cwd=tmp_path, check=True)
    assert "CREATE TABLE [SalesOrder]" in (tmp_path / "var/prextra.sql").read_text()
    assert "INSERT INTO [Item]" in (tmp_path / "var/prextra.sql").read_text()
    assert "GRANT INSERT ON [SalesOrder] TO [prextra_shopify]" in (tmp_path / "var/grants.sql").read_text()


def test_each_command_of_the_trial_is_one_of_ours_and_is_given_the_time_it_needs_to_stop() -> None:
    for name, service in OURS.items():
        asked = re.findall(r"manage\.py (\w+)", "".join(service["command"])) or service["command"][:1]
        assert set(asked) <= set(get_commands()), name
        assert seconds(service["stop_grace_period"]) >= run.STOPS_WITHIN + 5
        assert service["init"]


def test_a_service_begins_when_what_it_needs_is_well_or_done() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            once = SERVICES[needed].get("restart") == "no"
            expected = "service_completed_successfully" if once else "service_healthy"
            assert how == {"condition": expected}, f"{name} waits for {needed}"
            assert once or "test" in SERVICES[needed]["healthcheck"]


# What makes the trial's Prextra, with a `sqlcmd` of our own.


def make_prextra(folder: Path, *, there: bool, fails_at: str = "nothing") -> tuple[int, list[str]]:
    """Its exit status, and what it asked the server for."""
    bash = shutil.which("bash") or pytest.skip("there is no bash")
    asked = folder / "asked"
    stub = folder / "sqlcmd"
    stub.write_text(
        f'#!/bin/sh\necho "$*" >> "{asked}"\n'
        f'case "$*" in *"{fails_at}"*) exit 1;; *sys.databases*) echo {int(there)};; esac\n'
    )
    stub.chmod(0o755)
    (script,) = SERVICES["prextra"]["command"]
    script = script.replace("$$", "$").replace(SQLCMD, str(stub))
    environment = {"LOGIN_PASSWORD": "Zz9", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([bash, "-ec", script], env=environment, check=False)
    lines = re.split(r"^-S sqlserver -U sa -C -b -I -f 65001 ", asked.read_text(), flags=re.MULTILINE)
    return done.returncode, [" ".join(line.split()) for line in lines if line]


def test_the_trial_s_prextra_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    status, asked = make_prextra(tmp_path, there=False)
    assert status == 0
    assert asked[2:5] == [
        "-Q DROP DATABASE IF EXISTS PrextraHalf",
        "-Q CREATE DATABASE PrextraHalf",
        "-d PrextraHalf -i /ddl/prextra.sql",
    ]
    assert asked[5].endswith("CREATE LOGIN prextra_shopify WITH PASSWORD = 'Zz9'")
    assert asked[7:] == [
        "-d PrextraHalf -i /ddl/grants.sql",  # and no role besides
        "-Q ALTER DATABASE PrextraHalf MODIFY NAME = PrextraTrial",
    ]
    assert not any("PrextraTrial" in line for line in asked[1:-1])


def test_the_trial_s_prextra_that_is_there_is_left_alone(tmp_path: Path) -> None:
    status, asked = make_prextra(tmp_path, there=True)
    assert (status, len(asked)) == (0, 1)


@pytest.mark.parametrize("fails_at", ["prextra.sql", "CREATE USER", "grants.sql"])
def test_the_trial_s_prextra_that_is_half_made_does_not_get_its_name(tmp_path: Path, fails_at: str) -> None:
    status, asked = make_prextra(tmp_path, there=False, fails_at=fails_at)
    assert status == 1
    assert fails_at in asked[-1]


def test_a_server_that_does_not_answer_ends_it_before_anything_is_made(tmp_path: Path) -> None:
    status, asked = make_prextra(tmp_path, there=False, fails_at="sys.databases")
    assert status == 1
    assert len(asked) == 1


def test_without_a_server_its_tests_are_skipped_with_a_reason() -> None:
    make = shutil.which("make") or pytest.skip("there is no make")
    environment = {name: value for name, value in os.environ.items() if name != "TEST_PREXTRA_DATABASE_URL"}
    ready = ["-o", ".venv/.ready-dev"]  # not to be set up for this
    command = [make, "--no-print-directory", *ready, "test-mssql"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Skipped, since TEST_PREXTRA_DATABASE_URL is not set: ")
