"""A Markdown file as its checker sees it: fenced blocks with their marks, inline code, links and anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"(`{3,}|~{3,})([^`]*)")
MARK = re.compile(r"<!-- ([\w-]+) -->")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)|^\[[^\]]+\]: +(\S+)|\b(?:href|src)=\"([^\"]+)\"")
HEADING = re.compile(r"(#{1,6}) (.+)")

Faults = Iterator[tuple[int, str]]
"""A line, and a sentence for what is wrong there."""


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    language: str
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    line: int
    text: str


@dataclass(slots=True)
class Document:
    path: Path
    blocks: list[Block] = field(default_factory=list)
    codes: list[Span] = field(default_factory=list)
    links: list[Span] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)


def read(path: Path) -> Document:
    document = Document(path)
    before, opened, inside = "", 0, list[str]()
    marks = language = mark = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fence = FENCE.fullmatch(line.strip())
        if opened and line.strip() == marks:
            document.blocks.append(Block(opened, language, mark, "\n".join(inside)))
            opened, inside = 0, []
        elif opened:
            inside.append(line)
        elif fence:
            marked = MARK.fullmatch(before)
            opened, mark = number, marked[1] if marked else ""
            marks, language = fence[1], fence[2].strip()
        else:
            _read_text(document, number, line)
        before = line.strip() or before
    if opened:
        raise ValueError(f"{path.name}:{opened}: this block is never closed")
    return document


def _read_text(document: Document, number: int, line: str) -> None:
    document.codes += [Span(number, code) for code in CODE.findall(line)]
    document.links += [Span(number, "".join(found)) for found in LINK.findall(CODE.sub("", line))]
    if heading := HEADING.fullmatch(line):
        document.levels.append(len(heading[1]))
        document.anchors.append(anchor(heading[2]))


def anchor(heading: str) -> str:
    """As GitHub makes them: in lower case, without punctuation, a hyphen for each space."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def numbered(block: Block) -> Iterator[tuple[int, str]]:
    return enumerate(block.text.splitlines(), start=block.line + 1)


def commands(block: Block) -> list[Span]:
    """Each line of a block as a shell would take it: joined where it goes on, without prompt and remark."""
    lines: list[Span] = []
    going_on = False
    for number, line in numbered(block):
        text = line if going_on else re.sub(r"^\s*(?:[$>] )?", "", line)
        text = re.sub(r"(?:^|\s+)#(?: .*)?$", "", text)
        if going_on:
            last = lines.pop()
            number, text = last.line, f"{last.text} {text.strip()}"
        going_on = text.endswith(("\\", "`"))
        lines.append(Span(number, text.rstrip("\\`").strip()))
    return [line for line in lines if line.text]
