"""Takes secrets and addresses of people out of a text, before it leaves for a log or for Sentry.

Nothing of ours writes any there: this is for what a library or a database puts into its messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_NAMES = r"pass(?:word|wd|phrase)?|pwd|\w*secret|\w*token|authorization|api[_-]?key|\w*signature|hmac|cookie|sessionid"
_PATTERNS = (
    (re.compile(r"\bshp[a-z]{2}_\w+"), HIDDEN),  # Shopify's tokens
    (re.compile(r"\bgAAAA[\w=-]{20,}"), HIDDEN),  # what is encrypted at rest
    (re.compile(r"(://[^/\s:@]*):[^\s@]+@"), rf"\1:{HIDDEN}@"),  # the password of a database or a queue
    (
        re.compile(rf"""(?i)\b({_NAMES})(["']?\s*[=:]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;&)}}]+"""),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(/shopify/webhooks/)[\w-]+"), rf"\1{HIDDEN}"),  # the web server names what failed by its path
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), HIDDEN),  # an e-mail address
)
_NAMED = re.compile(rf"(?i)(?:{_NAMES})$")


def scrub(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrub_all(value: Any) -> Any:
    """The same for each text within lists and mappings; what a secret's name stands before is hidden whole."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if _NAMED.search(str(key)) else scrub_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [scrub_all(one) for one in value]
    return value
