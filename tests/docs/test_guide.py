"""The installation guide: its commands are run, its environment and configurations tried, and both languages say the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import polib
import pytest
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration.flows import FLOWS
from integration.shopify.webhooks import SCOPES
from tests.docs.checking import ROOT
from tests.docs.reading import Document, commands, read

FRENCH, ENGLISH = ROOT / "docs/installation.fr.md", ROOT / "docs/installation.md"
GUIDES = pytest.mark.parametrize("guide", [FRENCH, ENGLISH], ids=["fr", "en"])
MAY_OBJECT = {"check_prextra": {0, 1}, "doctor": {0, 1}}
"""These look at an installation, and this one has neither services nor a shop: they may find something, but not fail."""

on_posix = pytest.mark.skipif(os.name != "posix", reason="the blocks that are run are those of Debian")


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """The code as a server has it, apart from this checkout: its own .env and var, and a Prextra on SQLite."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("integration", "prextra_models", "templates", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for file in ("manage.py", ".env.example"):
        shutil.copy(ROOT / file, tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def run(command: str, installation: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT")}
    return subprocess.run(
        command, shell=True, cwd=installation, env=kept, capture_output=True, text=True, check=False, timeout=120
    )


def blocks(document: Document, language: str, mark: str = "") -> list[str]:
    return [block.text for block in document.blocks if block.language == language and block.mark == mark]


@on_posix
def test_each_command_that_is_marked_runs_as_the_guide_has_it(installation: Path) -> None:
    """Those of the French guide; the English one has the same, which another test sees to."""
    (installation / ".env").write_text(
        f"SECRET_KEY='{'x' * 60}'\nSECRET_ENCRYPTION_KEYS={Fernet.generate_key().decode()}\n"
    )
    made = run(".venv/bin/python manage.py migrate --database prextra", installation)
    assert made.returncode == 0, made.stderr
    told = [span for block in read(FRENCH).blocks if block.mark == "run" for span in commands(block)]
    assert len(told) >= 10
    for span in told:
        name = match[1] if (match := re.search(r"manage\.py ([\w-]+)", span.text)) else ""
        done = run(span.text, installation)
        is_well = done.returncode in MAY_OBJECT.get(name, {0}) and not re.search("Traceback|Unknown", done.stderr)
        assert is_well, f"{FRENCH.name}:{span.line}: {done.stdout}{done.stderr}"


@GUIDES
def test_nothing_warns_of_a_deployment_with_the_guides_environment(guide: Path, installation: Path) -> None:
    [text] = blocks(read(guide), "dotenv")
    key = Fernet.generate_key().decode()
    text = re.sub(r"^SECRET_KEY=.*$", f"SECRET_KEY='{key}{key}'", text, flags=re.MULTILINE)
    text = re.sub(r"^SECRET_ENCRYPTION_KEYS=.*$", f"SECRET_ENCRYPTION_KEYS='{key}'", text, flags=re.MULTILINE)
    (installation / ".env").write_text(text, encoding="utf-8")
    done = run(f'"{sys.executable}" -W error::UserWarning manage.py check --deploy --fail-level WARNING', installation)
    assert done.returncode == 0, done.stderr
    asked = (
        "from django.conf import settings as s; d = s.DATABASES['prextra']; print(d['ENGINE'], d['HOST'], d['NAME'])"
    )
    told = run(f'"{sys.executable}" manage.py shell --no-imports --command "{asked}"', installation)
    assert told.stdout.strip() in {r"mssql SERVEUR\INSTANCE Prextra", r"mssql SERVER\INSTANCE Prextra"}, told.stderr


@GUIDES
def test_the_rights_in_shopify_are_those_that_the_flows_and_the_webhooks_ask_for(guide: Path) -> None:
    told = {scope for code in read(guide).codes for scope in re.findall(r"(?:read|write)_[a-z_]+", code.text)}
    needed = {scope for flow in FLOWS for scope in flow.scopes} | set(SCOPES.values())
    assert told == needed | {"read_all_orders"}


@GUIDES
def test_what_stands_between_guillemets_is_named_as_the_admin_names_it(guide: Path) -> None:
    entries = polib.pofile(str(ROOT / "integration/locale/fr/LC_MESSAGES/django.po"))
    shown = " | ".join(_plain(text) for entry in entries for text in (entry.msgstr, *entry.msgstr_plural.values()))
    quoted = re.findall(r"«\s?([^»]+?)\s?»", guide.read_text(encoding="utf-8"))
    assert quoted
    assert [text for text in quoted if _plain(text) not in shown] == []


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).casefold()


def test_both_languages_have_the_same_sections_blocks_and_variables() -> None:
    french, english = read(FRENCH), read(ENGLISH)
    assert french.levels == english.levels
    assert [(block.language, block.mark) for block in french.blocks] == [
        (block.language, block.mark) for block in english.blocks
    ]
    for mine, yours in zip(french.blocks, english.blocks, strict=True):
        assert _code(mine.text) == _code(yours.text), f"lines {mine.line} and {yours.line}"
    names = [{code.text for code in guide.codes if re.fullmatch(r"[A-Z_]+", code.text)} for guide in (french, english)]
    assert names[0] == names[1]


TRANSLATED = {
    "ADRESSE_DU_PROJET": "ADDRESS_OF_THE_PROJECT",
    "DOMAINE": "DOMAIN",
    "SERVEUR": "SERVER",
    "serveur": "server",
    "Sauvegardes": "Backups",
    "exemple.ca": "example.ca",
    "courriel.": "mail.",
    "utilisateur": "user",
    "mot-de-passe": "password",
    "à remplir": "to be filled in",
    "un mot de passe long": "a long password",
}


def _code(text: str) -> str:
    """Without remarks, and with the names of examples in one language."""
    text = re.sub(r"^-- .*$| +(?:#|--) .*$", "", text, flags=re.MULTILINE)
    for french, english in TRANSLATED.items():
        text = text.replace(french, english)
    return text


@GUIDES
def test_the_page_for_iis_is_well_formed(guide: Path) -> None:
    [text] = blocks(read(guide), "xml")
    assert ElementTree.fromstring(text).tag == "configuration"


@GUIDES
def test_nginx_takes_the_configuration(guide: Path, tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or pytest.skip("nginx is not installed")
    [text] = blocks(read(guide), "nginx")
    _certificate(tmp_path)
    text = re.sub(r"/etc/ssl/\w+/[\w.]+\.(pem|key)", rf"{tmp_path}/x.\1", text)
    text = text.replace("listen 443", "listen 127.0.0.1:18443").replace("listen 80;", "listen 127.0.0.1:18080;")
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ access_log off; {text} }}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "syntax is ok" in done.stderr, done.stderr


@GUIDES
def test_caddy_takes_the_configuration(guide: Path, tmp_path: Path) -> None:
    caddy = shutil.which("caddy") or pytest.skip("Caddy is not installed")
    [text] = blocks(read(guide), "caddyfile")
    (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
    command = [caddy, "adapt", "--config", str(tmp_path / "Caddyfile"), "--validate"]
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sync.example.ca")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    pem = serialization.Encoding.PEM
    (folder / "x.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "x.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
