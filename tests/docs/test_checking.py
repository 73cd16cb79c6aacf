"""The checker of the documents finds each kind of fault, and only faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.checking import faults
from tests.docs.reading import anchor


def block(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


WRONG = {
    "a command that is not there": (block("sh", ".venv/bin/python manage.py synchronise"), "no manage.py synchronise"),
    "an option that is not there": (block("sh", "$ python manage.py sync --dry"), "sync --dry"),
    "an option's wrong value": ("Run `manage.py run --only worker`.", "worker"),
    "an option without its value": ("Run `manage.py bench --pages`.", "--pages"),
    "an option on the line that a command goes on to": (
        block("sh", "python manage.py sync \\", "  --everything"),
        "--everything",
    ),
    "a command of Windows": (block("powershell", r".venv\Scripts\python manage.py rune"), "no manage.py rune"),
    "a target": (block("sh", "git pull && make everything"), "no everything"),
    "a target's variable": ("`make demo TWICE=1`", "no TWICE"),
    "a variable": ("Set `PREXTRA_DATABSE_URL`.", "no PREXTRA_DATABSE_URL"),
    "a variable of an .env": (block("dotenv", "SECRET_KEY=x", "WORKRES=2"), "no WORKRES"),
    "a variable that is commented out": (block("dotenv", "# WORKRES=2"), "no WORKRES"),
    "a file in a command": (block("sh", "cp deploy/systemd/*.socket /etc/systemd/system/"), "no deploy/systemd"),
    "a file on a server": (block("sh", "ls /opt/prextra-shopify/deploi/x"), "no deploi/x"),
    "a folder in a sentence": ("See `integration/webhook/`.", "no integration/webhook"),
    "a module in a sentence": ("See `leasing.py`.", "no leasing.py"),
    "a Windows path": (block("powershell", r"deploy\windows\prextra-shopify-wbe.exe install"), "no deploy/windows"),
    "an address": ("Ask `/healthy`.", "not answer at /healthy"),
    "a link to a file": ("[guide](instalation.md)", "leads nowhere"),
    "a link to a heading": ("# A heading\n\n[there](#a-haeding)", "#a-haeding"),
    "a port": (block("nginx", "proxy_pass http://127.0.0.1:8080;"), "127.0.0.1:8080"),
    "an empty T-SQL": (block("sql", ""), "empty"),
    "a table": (block("sql", "GRANT SELECT ON [dbo].[SaleOrder] TO x;"), "no table SaleOrder"),
}

RIGHT = """# Une ligne : « sûre »

[there](#une-ligne---sûre-) and [out](https://example.com/#x), `SECRET_KEY`, `TEST_DATABASE_URL=x make test`, `/health/live`,
`items/survey.py`, `deploy/`, `/etc/fstab`, `manage.py sync --flow orders --since 2026-11-01 --json`, `SIGTERM`.

```sh
make demo ONCE=1   # a remark, and manage.py nothing in it
cp deploy/systemd/*.service /opt/prextra-shopify/var/
.venv/bin/python manage.py run --only web \\
  --listen 127.0.0.1:8000
```

```powershell
deploy\\windows\\prextra-shopify-*.xml
```

```sql
GRANT SELECT ON dbo.[SalesOrder] TO x;
```
"""


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_is_found(tmp_path: Path, name: str) -> None:
    text, said = WRONG[name]
    (tmp_path / "bad.md").write_text(text, encoding="utf-8")
    found = faults(tmp_path / "bad.md")
    assert len(found) == 1
    assert said in found[0]


def test_what_is_right_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(RIGHT, encoding="utf-8")
    assert faults(tmp_path / "good.md") == []


def test_a_fault_says_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("One.\n\n```sh\nls\nmake nothing\n```\n", encoding="utf-8")
    assert faults(tmp_path / "bad.md") == ["bad.md:5: the Makefile has no nothing"]


def test_a_block_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("```sh\nls\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.md:1"):
        faults(tmp_path / "bad.md")


def test_an_anchor_is_the_one_that_github_makes() -> None:
    assert anchor("Préalables, et où ?") == "préalables-et-où-"
