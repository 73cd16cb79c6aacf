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
    "a target's variable": ("`make demo TWICE=1`", "have TWICE"),
    "a variable": ("Set `PREXTRA_DATABSE_URL`.", "have PREXTRA_DATABSE_URL"),
    "a variable of an .env": (block("dotenv", "SECRET_KEY=x", "WORKRES=2"), "have WORKRES"),
    "a variable that is commented out": (block("dotenv", "# WORKRES=2"), "have WORKRES"),
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
    "a language that nobody looks at": (block("bash", "ls"), "not in “bash”"),
    "a block without a language": (block("", "ls"), "not in “”"),
    "a block with more than a language": (block("sh title=x", "ls"), "not in “sh title=x”"),
    "a block between tildes": ("~~~sh\nmake everything\n~~~", "no everything"),
    "a block between four": ("````sh\n```\nmake everything\n````", "no everything"),
    "a command of django": (block("sh", "python -m django rune"), "no manage.py rune"),
    "an option before the command": (block("sh", "python manage.py --verbosity 2 check"), "no manage.py --verbosity"),
    "a migration": (block("sh", "python manage.py migrate integration 0099"), "no migration 0099"),
    "a target of root": (block("sh", "sudo make everything"), "no everything"),
    "a target after an option": (block("sh", "make -j2 everything"), "no everything"),
    "a target in a pipe": (block("sh", "make everything | tee var/log"), "no everything"),
    "a target's quoted variable": (block("sh", 'make test ARGZ="-k one two"'), "have ARGZ"),
    "a variable of one command": (block("sh", "WORKRES=4 python manage.py check"), "have WORKRES"),
    "a variable that is exported": (block("sh", "export WORKRES=4"), "have WORKRES"),
    "a variable of PowerShell": (block("powershell", "$env:WORKRES=4"), "have WORKRES"),
    "a variable with a digit": (block("dotenv", "WORKERS2=1"), "have WORKERS2"),
    "a unit": (block("sh", "systemctl restart prextra-shopify-wrokers"), "no prextra-shopify-wrokers"),
    "a unit of a log": (block("sh", "journalctl -fu prextra-shopify"), "no prextra-shopify"),
    "an account": (block("sh", "runuser -u prextra_shopify -- ls"), "under prextra_shopify"),
    "an account that owns": (block("sh", "install -d -o shopify -g x var"), "under shopify"),
    "a file by its name alone": (block("sh", "pip install -r requirement.txt"), "no requirement.txt"),
    "a file in a sentence": ("See `requirement.txt`.", "no requirement.txt"),
    "a pattern of .env": (block("sh", "install -m 640 .env.exemple .env"), "no .env.exemple"),
    "a port under another name": (block("nginx", "proxy_pass http://localhost:8080;"), "localhost:8080"),
    "an address that is asked": (block("sh", "curl -i http://127.0.0.1:8000/healthy"), "not answer at /healthy"),
    "a place of nginx": (block("nginx", "location /shopify/webhook/ {"), "not answer at /shopify/webhook/"),
    "a place of Caddy": (block("caddyfile", "not path /shopify/webhook/*"), "not answer at /shopify/webhook/"),
    "a place of IIS": (block("xml", '<match url="^metric$" />'), "not answer at /metric"),
    "a link with a title": ('[guide](instalation.md "the guide")', "leads nowhere"),
    "a link by reference": ("[guide]\n\n[guide]: instalation.md", "leads nowhere"),
    "a link in HTML": ('<a href="instalation.md">', "leads nowhere"),
    "an image": ("![admin](admin.png)", "leads nowhere"),
    "a table without its schema": (block("sql", "GRANT UPDATE ([no]) ON [SaleOrder] TO x;"), "no table SaleOrder"),
    "a table": (block("sql", "GRANT SELECT ON [dbo].[SaleOrder] TO x;"), "no table SaleOrder"),
}

RIGHT = """# Une ligne : « sûre »

[there](#une-ligne---sûre-) and [out](https://example.com/#x), `SECRET_KEY`, `TEST_DATABASE_URL=x make test`, `/health/live`,
`items/survey.py`, `deploy/`, `/etc/fstab`, `manage.py sync --flow orders --since 2026-11-01 --json`, `SIGTERM`.

```sh
make -j2 lint 2>&1 | tee var/log && sudo make test ARGS="-k one -x"
DEBUG=on runuser -u prextra-shopify -- .venv/bin/python manage.py migrate integration zero
systemctl daemon-reload; systemctl restart prextra-shopify-web.service prextra-shopify-backup.timer
curl http://localhost:8000/health/live
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
