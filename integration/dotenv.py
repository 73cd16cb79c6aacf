"""The file `.env`, looked through before it is read: a line that says nothing would be printed whole, with its secret."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export )?([A-Za-z_0-9]+)=(?!\s)")


def text_of(path: Path) -> str:
    """Its variables, a line each; empty where it is not there. Raises ImproperlyConfigured, never with what a line says."""
    try:
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except OSError:
        raise ImproperlyConfigured(f"{path} cannot be read by the account that this runs under.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is not encoded in UTF-8: save it anew.") from None
    said = []
    for number, line in enumerate(text.splitlines(), 1):
        if LINE.match(line):
            said.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ImproperlyConfigured(
                f"{path.name}, line {number}: neither NAME=value, without a space beside the sign, nor a remark (#)."
            )
    return "\n".join(said)


def names(text: str) -> list[str]:
    """The variables that it sets."""
    return [match[1] for line in text.splitlines() if (match := LINE.match(line))]
