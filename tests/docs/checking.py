"""What a document may not say: a command, option, target, variable, path, link, port or table that is not there.

A sentence for each fault, and where it is. What cannot be known here is let through: the options of programs that are
not ours, what a shell makes of quotation marks and variables, columns in T-SQL, and whether a value is one that the
setting takes; of the last, the guide's own environment is tried by another test.
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
from django.db.migrations.loader import AmbiguityError, MigrationLoader

from tests.docs.reading import Document, Faults, Span, commands, numbered, read
from tests.docs.serving import is_served, serving

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {"sh", "console", "powershell", "bat"}
CONFIGURATIONS = {"nginx", "caddyfile", "xml", "ini"}
LANGUAGES = SHELLS | CONFIGURATIONS | {"dotenv", "sql", "toml", "text"}
"""In any other, or in none, nothing would be looked at; `text` is for what holds no command, such as a drawing."""

INSTALLED = "/opt/prextra-shopify/"
MADE_LATER = re.compile(r"var/.*|\.venv/.*|\.env|\.pgpass|WinSW-x64\.exe")
"""What stands under `INSTALLED` once the app is installed, and in no checkout."""

NOT_VARIABLES = {"SIGTERM", "CHECKS", "COLUMNS", "UPDATE"}
"""Words in capitals that our documents name besides variables of the environment."""


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


def fences(document: Document) -> Faults:
    for block in document.blocks:
        if block.language not in LANGUAGES:
            yield block.line, f"a block is in one of {', '.join(sorted(LANGUAGES))}, not in “{block.language}”"


def management_commands(document: Document) -> Faults:
    for span in _said(document):
        for name, arguments in re.findall(r"(?:manage\.py|-m django) +([\w-]+)([^|;&>]*)", span.text):
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
        options = parser.parse_args(shlex.split(arguments))
        if name == "migrate" and options.migration_name not in (None, "zero"):
            MigrationLoader(None).get_migration_by_prefix(options.app_label, options.migration_name)
    except CommandError as error:
        return f"manage.py {name}{arguments.rstrip()}: {error}"
    except (KeyError, AmbiguityError):
        return f"{options.app_label} has no migration {options.migration_name}"
    return ""


def make_targets(document: Document) -> Faults:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for span in _said(document):
        for words in re.findall(r"(?:^|[;&|] *|sudo )(?:[A-Z_]+=\S+ )*make( [^;&|>]+)", span.text):
            for word in shlex.split(words):
                if re.fullmatch(r"[a-z][\w-]*", word) and word not in targets:
                    yield span.line, f"the Makefile has no {word}"


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
    given = {"dotenv": r"^(?:# )?(\w+)=", **dict.fromkeys(SHELLS, r"(?:^|[\s;&])([A-Z][A-Z0-9_]+)=|\$env:(\w+)")}
    for block in document.blocks:
        for number, line in numbered(block):
            found = re.findall(given[block.language], line) if block.language in given else []
            named += [(number, "".join(names)) for names in found]
    named += [(span.line, name) for span in _said(document) for name in re.findall(r"\bmake .*?\b([A-Z]+)=", span.text)]
    for line, name in sorted(set(named)):
        if name not in variables():
            yield line, f"neither .env.example nor the Makefile nor the tests have {name}"


def units_and_accounts(document: Document) -> Faults:
    """Of systemd: what it is asked to start, and under whom; `deploy/systemd` has both."""
    units = {name for unit in (ROOT / "deploy/systemd").iterdir() for name in (unit.name, unit.stem)}
    texts = [unit.read_text() for unit in (ROOT / "deploy/systemd").iterdir()]
    accounts = {"root", "postgres", *re.findall(r"^User=(.+)$", "\n".join(texts), re.MULTILINE)}
    for span in _said(document):
        for program, words in re.findall(r"\b(systemctl|journalctl) ([^;&|>]+)", span.text):
            told = [word for word in words.split() if not word.startswith("-")]
            for unit in told[1:] if program == "systemctl" else told:
                if unit not in units:
                    yield span.line, f"deploy/systemd has no {unit}"
        for account in re.findall(r"(?:\brunuser -u|\binstall\b.* -o|\buseradd .*) ([\w-]+)(?= |$)", span.text):
            if account not in accounts:
                yield span.line, f"no service runs under {account}"


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
            for number, line in numbered(block):
                for name in re.findall(r"(?:^| )(\.?[\w-]+\.(?:txt|toml|ya?ml|md|py|env\S*)|\.env[.\w]*)(?= |$)", line):
                    yield from _missing(number, name)
                for name in re.findall(r"(?<![\w./\\-])((?:/opt/prextra-shopify/)?[\w.*-]+(?:[/\\][\w.*-]+)+)", line):
                    own = name.replace("\\", "/")
                    if own.startswith(INSTALLED) or own.split("/")[0] in top:
                        yield from _missing(number, own)
    for span in document.codes:
        name = span.text.replace("\\", "/")
        if name.startswith("/") and not name.startswith(("/etc/", "/var/", "/opt/")) and not is_served(name):
            yield span.line, f"the app does not answer at {name}"
        elif re.fullmatch(
            r"(?:/opt/prextra-shopify/)?[\w.*-]+(?:/[\w.*-]+)*(?:\.(?:py|md|txt|toml|yaml|xml|service|timer)|/)", name
        ):
            yield from _missing(span.line, name)


def _missing(line: int, name: str) -> Faults:
    own = re.sub(r"\.exe$", ".xml", name.removeprefix(INSTALLED))  # WinSW is put beside its file, under the same name
    if own and not MADE_LATER.fullmatch(own) and not _exists(own):
        yield line, f"there is no {own}"


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


def sql(document: Document) -> Faults:
    tables = {model._meta.db_table for model in apps.get_app_config("prextra_models").get_models()}
    for block in document.blocks:
        if block.language == "sql" and not block.text.strip():
            yield block.line, "the block is empty"
        elif block.language == "sql":
            for number, line in numbered(block):
                for name in re.findall(r"(?:\bGRANT\b.* ON (?:\[?dbo\]?\.)?|\[?\bdbo\]?\.)\[?(\w+)", line):
                    if name not in tables:
                        yield number, f"Prextra has no table {name}"


CHECKS: tuple[Callable[[Document], Faults], ...] = (
    fences,
    management_commands,
    make_targets,
    environment,
    units_and_accounts,
    paths,
    links,
    serving,
    sql,
)
