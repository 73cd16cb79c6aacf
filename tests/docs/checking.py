"""What a document may not say: a command, option, target, variable, path, link, port or table that is not there.

A sentence for each fault, and where it is. What is named for another program than ours cannot be known here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError
from django.urls import Resolver404, resolve

from integration.doorbell import PATH
from integration.management.commands.web import LISTEN
from tests.docs.reading import Document, Span, commands, read

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {"sh", "console", "powershell", "bat"}
CONFIGURATIONS = {"nginx", "caddyfile", "xml"}
INSTALLED = "/opt/prextra-shopify/"
MADE_LATER = ("var/", ".venv/", ".env")
"""What stands under `INSTALLED` once the app is installed, and in no checkout."""

ADDRESSES = {"/health", "/health/live", "/metrics", PATH}
NOT_VARIABLES = {"SIGTERM", "CHECKS", "COLUMNS", "UPDATE"}
"""Words in capitals that our documents name besides variables of the environment."""

Faults = Iterator[tuple[int, str]]


def faults(path: Path) -> list[str]:
    document = read(path)
    found = sorted(fault for check in CHECKS for fault in check(document))
    return [f"{path.name}:{line}: {sentence}" for line, sentence in found]


def _said(document: Document) -> Iterator[Span]:
    """All that reads as a command, in blocks and within sentences."""
    for block in document.blocks:
        if block.language in SHELLS:
            yield from commands(block)
    yield from document.codes


def management_commands(document: Document) -> Faults:
    for span in _said(document):
        for name, arguments in re.findall(r"manage\.py +([\w-]+)([^|;&>]*)", span.text):
            if fault := _refused(name, arguments):
                yield span.line, fault


def _refused(name: str, arguments: str) -> str:
    """By the command's own parser: an option that is not there, a value that it does not take."""
    app = get_commands().get(name)
    if app is None:
        return f"there is no manage.py {name}"
    command = load_command_class(app, name) if isinstance(app, str) else app
    parser = command.create_parser("manage.py", name)
    parser.allow_abbrev = False
    try:
        parser.parse_args(shlex.split(arguments))
    except CommandError as error:
        return f"manage.py {name}{arguments.rstrip()}: {error}"
    return ""


def make_targets(document: Document) -> Faults:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    variables = set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", makefile))
    for span in _said(document):
        for words in re.findall(r"(?:^|&& |; )(?:[A-Z_]+=\S+ )*make((?: [\w-]+(?:=\S*)?)+)(?=$| &&|;)", span.text):
            for word in words.split():
                name, is_variable, _ = word.partition("=")
                if name not in (variables if is_variable else targets):
                    yield span.line, f"the Makefile has no {name}"


@cache
def variables() -> frozenset[str]:
    """Of the environment: those of an installation, and those that the tests and the Makefile read."""
    example = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    tests = re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', (ROOT / "tests/settings.py").read_text())
    makefile = re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", (ROOT / "Makefile").read_text())
    return frozenset({*example, *tests, *makefile})


def environment(document: Document) -> Faults:
    named = [
        (span.line, name)
        for span in document.codes
        if (name := span.text.partition("=")[0]) not in NOT_VARIABLES and re.fullmatch(r"[A-Z][A-Z_]{3,}", name)
    ]
    for block in document.blocks:
        for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
            if block.language == "dotenv" and (match := re.match(r"(?:# )?([A-Z_]+)=", line)):
                named.append((number, match[1]))
    for line, name in named:
        if name not in variables():
            yield line, f".env.example has no {name}"


@cache
def _files() -> frozenset[str]:
    skipped = {".git", ".venv", "var", "__pycache__"}
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return frozenset(name.as_posix() for name in names if not any(".cache" in p or p in skipped for p in name.parts))


@cache
def _exists(name: str) -> bool:
    """A file or folder, or several by a star; the docs of the code leave out the folders that lead there."""
    pattern = re.escape(name.rstrip("/")).replace(r"\*", "[^/]*")
    place = re.compile(rf"(?:.*/)?{pattern}(?:/.*)?")
    return any(place.fullmatch(file) for file in _files())


def paths(document: Document) -> Faults:
    top = {name.split("/")[0] for name in _files() if "/" in name}
    for block in document.blocks:
        if block.language in SHELLS | CONFIGURATIONS:
            for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
                for name in re.findall(r"(?<![\w./\\-])((?:/opt/prextra-shopify/)?[\w.*-]+(?:[/\\][\w.*-]+)+)", line):
                    own = name.replace("\\", "/")
                    if own.startswith(INSTALLED) or own.split("/")[0] in top:
                        yield from _missing(number, own)
    for span in document.codes:
        name = span.text.replace("\\", "/")
        if name.startswith("/") and not name.startswith(("/etc/", "/var/", "/opt/")) and not _is_served(name):
            yield span.line, f"the app does not answer at {name}"
        elif re.fullmatch(
            r"(?:/opt/prextra-shopify/)?[\w.*-]+(?:/[\w.*-]+)*(?:\.(?:py|md|toml|yaml|xml|service)|/)", name
        ):
            yield from _missing(span.line, name)


def _missing(line: int, name: str) -> Faults:
    own = re.sub(r"\.exe$", ".xml", name.removeprefix(INSTALLED))  # WinSW is put beside its file, under the same name
    if own and not own.startswith(MADE_LATER) and not _exists(own):
        yield line, f"there is no {own}"


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return path in ADDRESSES
    return True


def links(document: Document) -> Faults:
    for span in document.links:
        target, _, fragment = span.text.partition("#")
        if ":" in target:
            continue
        path = document.path.parent / target if target else document.path
        if not path.exists():
            yield span.line, f"the link leads nowhere: {span.text}"
        elif fragment and fragment not in read(path).anchors:
            yield span.line, f"{path.name} has no heading #{fragment}"


def ports(document: Document) -> Faults:
    """Wherever a proxy or a browser is told of the app: as `manage.py web` listens."""
    for block in document.blocks:
        if block.language in SHELLS | CONFIGURATIONS:
            for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
                for address in re.findall(r"127\.0\.0\.1:\d+", line):
                    if address != LISTEN:
                        yield number, f"the app listens on {LISTEN}, not on {address}"


def sql(document: Document) -> Faults:
    tables = {model._meta.db_table for model in apps.get_app_config("prextra_models").get_models()}
    for block in document.blocks:
        if block.language == "sql" and not block.text.strip():
            yield block.line, "the block is empty"
        elif block.language == "sql":
            for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
                for name in re.findall(r"\[?dbo\]?\.\[?(\w+)", line):
                    if name not in tables:
                        yield number, f"Prextra has no table {name}"


CHECKS: tuple[Callable[[Document], Faults], ...] = (
    management_commands,
    make_targets,
    environment,
    paths,
    links,
    ports,
    sql,
)
