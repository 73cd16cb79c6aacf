"""What a proxy, a browser or `curl` is told of the app: where it listens, and at which addresses it answers."""

from __future__ import annotations

import re

from django.urls import Resolver404, resolve

from integration.doorbell import PATH
from integration.management.commands.web import LISTEN
from tests.docs.reading import Block, Document, Faults, numbered

ADDRESSES = {"/", "/health", "/health/live", "/metrics", PATH}
LOCAL = r"(?:127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0)"
PLACES = {
    "nginx": r"\blocation (?:= )?(/\S*)",
    "caddyfile": r"\b(?:path|respond|handle|redir) (/\S+)",
    "xml": r'<match url="\^([\w/]+)\$?"',
}
"""How each proxy says for which addresses something counts."""


def is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return path in ADDRESSES
    return True


def serving(document: Document) -> Faults:
    for block in document.blocks:
        for number, line in numbered(block):
            for address in re.findall(rf"{LOCAL}:\d+", line):
                if address.rpartition(":")[2] != LISTEN.rpartition(":")[2]:
                    yield number, f"the app listens on {LISTEN}, not on {address}"
            for path in _paths(block, line):
                if not is_served(path):
                    yield number, f"the app does not answer at {path}"


def _paths(block: Block, line: str) -> list[str]:
    asked = re.findall(rf"https?://{LOCAL}(?::\d+)?(/[\w/.-]*)", line)
    places = re.findall(PLACES[block.language], line) if block.language in PLACES else []
    return [*asked, *("/" + place.lstrip("/").rstrip("*") for place in places)]
