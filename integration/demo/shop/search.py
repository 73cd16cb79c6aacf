"""Shopify's search grammar: the text of a `query:` argument becomes a tree of terms, with Shopify's echo of it.

Its traps are kept. An unquoted time is cut at its colons: the rest becomes terms of unknown fields, which the search
ignores but for a warning. And what it does not understand, it forgives: a stray bracket or a trailing OR is no error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:
      (?P<bracket>[()])
    | (?P<word>OR|AND|NOT)(?=[\s()]|$)
    | (?P<minus>-(?=\S))
    | (?:(?P<field>[A-Za-z0-9_.]+):(?P<comparator><=|>=|<|>)?\s*)?
      (?: '(?P<single>(?:\\.|[^'\\])*)'? | "(?P<double>(?:\\.|[^"\\])*)"? | (?P<bare>[^\s()'":]+) | (?P<colon>:) )
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """`field:comparator value`; a term without a field is looked for everywhere."""

    field: str | None
    comparator: str
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Not:
    child: Query


@dataclass(frozen=True, slots=True)
class Both:
    children: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Either:
    children: tuple[Query, ...]


Query = Term | Not | Both | Either
Token = Term | str


def parse(text: str) -> Query:
    """AND binds tighter than OR; terms side by side are ANDed."""
    return _Parser(list(_tokens(text))).either()


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while match := TOKEN.match(text, place):
        if match.end() == place:
            break
        place = match.end()
        if mark := match["bracket"] or match["word"] or match["minus"]:
            yield {"-": "NOT"}.get(mark, mark)
        elif match["colon"] is None:
            yield _term(match)


def _term(match: re.Match[str]) -> Term:
    quoted = match["bare"] is None
    text = match["bare"] if match["bare"] is not None else match["single"] or match["double"] or ""
    value = re.sub(r"\\(.)", r"\1", text) if quoted else text
    return Term(match["field"], match["comparator"] or "", value, quoted)


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    place: int = 0

    def either(self) -> Query:
        children = [self.both()]
        while self._peek() == "OR":
            self.place += 1
            children.append(self.both())
        kept = tuple(child for child in children if child != Both(()))
        return kept[0] if len(kept) == 1 else Either(kept) if kept else Both(())

    def both(self) -> Query:
        children: list[Query] = []
        while (unit := self._peek()) not in (None, "OR", ")"):
            self.place += 1
            if unit != "AND":
                children.append(self._unit(unit))
        kept = tuple(child for child in children if child != Both(()))
        return kept[0] if len(kept) == 1 else Both(kept)

    def _unit(self, unit: Token | None) -> Query:
        if isinstance(unit, Term):
            return unit
        if unit == "NOT":
            following = self._peek()
            if following is None:
                return Both(())
            self.place += 1
            return Not(self._unit(following))
        if unit == "(":
            inside = self.either()
            self.place += 1
            return inside
        return Both(())

    def _peek(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None


@dataclass(slots=True)
class Understood:
    """A search as Shopify understood it: the tree without its unknown fields, the echo, the warnings."""

    query: Query
    parsed: dict[str, Any]
    warnings: list[dict[str, str]] = field(default_factory=list)


def understand(text: str, known: Collection[str], dates: Collection[str], as_date: Any) -> Understood:
    """Drop the terms of unknown fields, as Shopify does, and note a warning for each."""
    tree = parse(text)
    warnings = [
        {"field": name, "message": "Invalid search field for this query.", "code": "invalid_field"}
        for name in _unknown(tree, known)
    ]
    return Understood(_prune(tree, known), _echo(tree, dates, as_date), warnings)


def _unknown(query: Query, known: Collection[str]) -> list[str]:
    names = [term.field for term in terms(query) if term.field is not None and term.field not in known]
    return list(dict.fromkeys(names))


def terms(query: Query) -> Iterator[Term]:
    if isinstance(query, Term):
        yield query
    elif isinstance(query, Not):
        yield from terms(query.child)
    else:
        for child in query.children:
            yield from terms(child)


def _prune(query: Query, known: Collection[str]) -> Query:
    if isinstance(query, Term):
        return query if query.field is None or query.field in known else Both(())
    if isinstance(query, Not):
        child = _prune(query.child, known)
        return Both(()) if child == Both(()) else Not(child)
    kept = tuple(child for child in (_prune(child, known) for child in query.children) if child != Both(()))
    return type(query)(kept) if kept else Both(())


def _echo(query: Query, dates: Collection[str], as_date: Any) -> dict[str, Any]:
    if isinstance(query, Not):
        return {"not": _echo(query.child, dates, as_date)}
    if isinstance(query, Both | Either):
        name = "and" if isinstance(query, Both) else "or"
        return {name: [_echo(child, dates, as_date) for child in query.children]}
    value = as_date(query) if query.field in dates else query.value
    # The echo knows no strict bounds: `<` is echoed as `lte`.
    ranges = {"<": "range_lte", "<=": "range_lte", ">": "range_gte", ">=": "range_gte"}
    key = ranges.get(query.comparator) or ("match_phrase" if query.quoted else "match_all")
    return {"field": query.field or "default", key: value}
