"""The GraphQL documents that are sent to Shopify: a `.graphql` file for each, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent

_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)
_OPERATION = re.compile(r"^(query|mutation)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One operation with its fragments, as it goes over the wire."""

    name: str
    text: str
    operation_name: str
    is_mutation: bool


@cache
def load_document(name: str) -> Document:
    """The document of `documents/<name>.graphql`, without its comments."""
    text = _COMMENT.sub("", (FOLDER / f"{name}.graphql").read_text(encoding="utf-8"))
    operation = _OPERATION.search(text)
    if operation is None:
        raise ValueError(f"{name}.graphql holds no named operation")
    kind, operation_name = operation.groups()
    return Document(name, text, operation_name, is_mutation=kind == "mutation")
