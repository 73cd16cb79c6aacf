"""`manage.py doctor`: whether this installation is sound, and what to do where it is not."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.text import Text

from integration import health
from integration.management.doctor import examine
from integration.management.doctor.findings import Finding, Sign
from integration.management.report import console_on

TO_MEND, COULD_NOT_LOOK = 1, 2
STYLES = {Sign.OK: "green", Sign.WARNING: "yellow", Sign.ERROR: "bold red", Sign.UNKNOWN: "bold magenta"}

Found = list[tuple[str, Finding]]


class Command(BaseCommand):
    help = (
        "Looks whether this installation is sound: settings, databases, queue, clocks, secrets, and each warehouse with "
        "its shop. It changes nothing. Exit status: 0 all is well, warnings aside; 1 something is to be mended; "
        "2 something could not be looked at."
    )
    requires_system_checks: list[str] = []  # they are among what is looked at, and may not stop the rest

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-shops", action="store_true", help="do not ask Shopify")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        found = self._look(with_shops=not options["no_shops"], quiet=options["json"])
        signs = {finding.sign for _title, finding in found}
        status = COULD_NOT_LOOK if Sign.UNKNOWN in signs else TO_MEND if Sign.ERROR in signs else 0
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, status), indent=2, ensure_ascii=False))
        else:
            self._print(found)
        if health.is_waiting():
            self.stdout.flush()
            os._exit(status)
        raise SystemExit(status)

    def _look(self, *, with_shops: bool, quiet: bool) -> Found:
        errors = Console(stderr=True)
        if quiet or not errors.is_terminal:
            return list(examine(with_shops=with_shops))
        with errors.status("") as line:
            return list(examine(with_shops=with_shops, began=lambda title: line.update(Text(title))))

    def _print(self, found: Found) -> None:
        console = console_on(self.stdout)
        words = {
            Sign.OK: _("ok"),
            Sign.WARNING: _("warning"),
            Sign.ERROR: _("error"),
            Sign.UNKNOWN: _("not looked at"),
        }
        width = max(len(word) for word in words.values()) + 2
        for title, finding in found:
            word = Text(words[finding.sign].ljust(width), STYLES[finding.sign])
            said = _("{title}: {message}").format(title=title, message=finding.message) if finding.message else title
            console.print(Text.assemble(word, said), soft_wrap=True)
            if finding.advice:
                console.print(Text(" " * width + _advice(finding), "dim"), soft_wrap=True)
        console.print(_summary(finding for _title, finding in found))


def _advice(finding: Finding) -> str:
    """By the Python that this runs under: the bare word may be none, or another one without what is installed here."""
    python = Path(sys.executable)
    if python.is_relative_to(settings.BASE_DIR):
        python = python.relative_to(settings.BASE_DIR)
    return str(finding.advice).replace("python manage.py", f"{python} manage.py")


def _summary(findings: Iterable[Finding]) -> str:
    signs = [finding.sign for finding in findings]
    errors, warnings, unknown = (signs.count(sign) for sign in (Sign.ERROR, Sign.WARNING, Sign.UNKNOWN))
    if not errors + warnings + unknown:
        return _("This installation is sound.")
    parts = [
        ngettext("{count} error", "{count} errors", errors).format(count=errors),
        ngettext("{count} warning", "{count} warnings", warnings).format(count=warnings),
        ngettext("{count} thing not looked at", "{count} things not looked at", unknown).format(count=unknown),
    ]
    return ", ".join(parts) + "."


def _as_json(found: Found, status: int) -> dict[str, Any]:
    return {
        "status": status,
        "findings": [
            {"check": title, "sign": finding.sign, "message": str(finding.message), "advice": _advice(finding)}
            for title, finding in found
        ],
    }
