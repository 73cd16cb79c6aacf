"""Exchanges recorded from real shops, read from the reference recordings: what was asked, with which variables, and
what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
)

FOLDER = Path(__file__).parents[3] / "shared" / "shopify" / "recordings"

Json = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    fixture: str
    text: str | None
    variables: Json
    answer: Json
    version: str


def exchanges() -> Iterator[Exchange]:
    """Each distinct exchange once, however often a fixture repeats it."""
    seen: set[str] = set()
    documents = _documents_of_specs()
    for path in sorted(FOLDER.glob("fixtures/**/*.json")):
        fixture = json.loads(path.read_text())
        for place, record in _walk(fixture):
            answer = _envelope(record.get("response"))
            if answer is None:
                continue
            text, variables = _request(record)
            if text is None:
                text = documents.get((str(path.relative_to(FOLDER)), place))
            if text is not None and not _belongs(text, answer):
                text = None
            key = json.dumps([text, variables, answer], sort_keys=True)
            if key not in seen:
                seen.add(key)
                yield Exchange(path.stem, text, variables, answer, path.parts[-3])


def _walk(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Json]]:
    if isinstance(value, dict):
        yield place, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _walk(child, (*place, key))


def _envelope(response: Any) -> Json | None:
    while isinstance(response, dict):
        if "data" in response or "errors" in response:
            return response
        response = response.get("payload") or response.get("body") or response.get("response")
    return None


def _request(record: Json) -> tuple[str | None, Json]:
    sources = [record, record["request"] if isinstance(record.get("request"), dict) else {}]
    variables = next((source["variables"] for source in sources if isinstance(source.get("variables"), dict)), {})
    for source in sources:
        for key in ("query", "document", "documentPath"):
            value = source.get(key)
            if isinstance(value, str) and "{" in value:
                return value, variables
            if isinstance(value, str) and value.endswith(".graphql") and (FOLDER / value).exists():
                return (FOLDER / value).read_text(), variables
    return None, variables


def _documents_of_specs() -> dict[tuple[str, tuple[Any, ...]], str]:
    """Where a fixture embeds no document, its spec may name the file."""
    found = {}
    for path in FOLDER.glob("config/parity-specs/**/*.json"):
        spec = json.loads(path.read_text())
        for target in (spec.get("comparison") or {}).get("targets", []):
            document = (target.get("proxyRequest") or spec.get("proxyRequest") or {}).get("documentPath")
            parts = re.findall(r"\w+", target["capturePath"])
            if document is None or "response" not in parts or not (FOLDER / document).exists():
                continue
            place = tuple(int(part) if part.isdigit() else part for part in parts[: parts.index("response")])
            for fixture in spec["liveCaptureFiles"]:
                found[fixture, place] = (FOLDER / document).read_text()
    return found


def _belongs(text: str, answer: Json) -> bool:
    """The answer has the keys that the text asks for."""
    try:
        tree = Selections(text)
    except GraphQLError:
        return True
    return _asked_for(tree, answer.get("data"), [tree.operation])


def _asked_for(tree: Selections, value: Any, nodes: list[Any]) -> bool:
    if isinstance(value, list):
        return all(_asked_for(tree, item, nodes) for item in value)
    if not isinstance(value, dict) or all(node.selection_set is None for node in nodes):
        return True
    chosen: dict[str, list[Any]] = {}
    for node in nodes:
        for key, child in tree.fields(node.selection_set):
            chosen.setdefault(key, []).append(child)
    return all(key in chosen and _asked_for(tree, item, chosen[key]) for key, item in value.items())


class Selections:
    """The fields of a document, fragments opened."""

    def __init__(self, text: str) -> None:
        definitions = parse(text).definitions
        self.operation = next(part for part in definitions if isinstance(part, OperationDefinitionNode))
        self.fragments = {part.name.value: part for part in definitions if isinstance(part, FragmentDefinitionNode)}

    def fields(self, selection_set: Any) -> Iterator[tuple[str, FieldNode]]:
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                yield (selection.alias or selection.name).value, selection
            elif isinstance(selection, FragmentSpreadNode):
                yield from self.fields(self.fragments[selection.name.value].selection_set)
            else:
                yield from self.fields(selection.selection_set)
