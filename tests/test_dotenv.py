"""The file `.env`: what cannot be read in it is named by its line, and never shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from integration.dotenv import names, text_of

ROOT = Path(__file__).resolve().parent.parent
KEY = "cHJleHRyYS1zaG9waWZ5LXRlc3RzLW9ubHkta2V5ISE="


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.mark.parametrize(
    "line", ["METRICS_TOKEN = not-for-show", "METRICS_TOKEN= not-for-show", "not-for-show", " A=x"]
)
def test_a_line_that_says_nothing_is_named_without_its_content(dotenv: Path, line: str) -> None:
    dotenv.write_text(f"# remark\n\nA=1\n{line}\n")
    with pytest.raises(ImproperlyConfigured, match=r"\.env, line 4") as refused:
        text_of(dotenv)
    assert "not-for-show" not in str(refused.value)


def test_variables_are_as_they_were_without_remarks_and_empty_lines(dotenv: Path) -> None:
    dotenv.write_text("# remark\n \n  # another\nA=1\nexport B='2 = 3'\nC=\n")
    text = text_of(dotenv)
    assert text == "A=1\nexport B='2 = 3'\nC="
    assert names(text) == ["A", "B", "C"]


def test_notepads_mark_at_the_beginning_is_no_part_of_the_first_name(dotenv: Path) -> None:
    dotenv.write_bytes("A=é".encode("utf-8-sig"))
    assert text_of(dotenv) == "A=é"


def test_a_file_in_another_encoding_says_so(dotenv: Path) -> None:
    dotenv.write_bytes("A=not-for-show-é".encode("latin-1"))
    with pytest.raises(ImproperlyConfigured, match="UTF-8") as refused:
        text_of(dotenv)
    assert "not-for-show" not in str(refused.value)


def test_without_the_file_nothing_is_said(dotenv: Path) -> None:
    assert text_of(dotenv) == ""


def test_a_file_that_may_not_be_read_says_so() -> None:
    class Refused(type(Path())):  # type: ignore[misc]
        def is_file(self) -> bool:
            return True

        def read_text(self, *_: object, **__: object) -> str:
            raise PermissionError

    with pytest.raises(ImproperlyConfigured, match="cannot be read by the account"):
        text_of(Refused("/srv/.env"))


def test_a_program_that_starts_with_such_a_line_shows_no_secret(tmp_path: Path) -> None:
    """The whole way: settings, and what reads the environment after us."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    for package in ("integration", "prextra_models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, "manage.py", "check"]
    for line, status in (("METRICS_TOKEN = 'not-for-show'", 2), ("METRICS_TOKEN='not-for-show'", 0)):
        (tmp_path / ".env").write_text(f"\ufeffSECRET_KEY=x\nSECRET_ENCRYPTION_KEYS={KEY}\n{line}\n", encoding="utf-8")
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert "not-for-show" not in done.stdout + done.stderr
