"""A web description as a shop may show it: no script, no style, no event, every tag closed (rules I4)."""

from __future__ import annotations

import re

import nh3

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "small", "span"),
    *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "target"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type", "reversed"},
}
TEXT_WITHIN = {"script", "style", "iframe", "noscript", "noembed", "noframes", "xmp", "plaintext", "textarea", "title"}
SCHEMES = {"http", "https", "mailto", "tel"}
# The parser takes time by the square of either: beyond this a text is cut, and one in which tags stand in each other is plain.
RAW_LENGTH = 600_000
DEPTH = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>?")
_OPENED = re.compile(r"<([a-zA-Z][\w:-]*)")
_WRITTEN_TAG = re.compile(r'<([a-zA-Z][\w:-]*)((?: [^\s"=]+="[^"]*")*)')
_WRITTEN_ATTRIBUTE = re.compile(r' ([^\s"=]+)="([^"]*)"')
_PICTURE_WITHIN = re.compile(r"data:[\w/+.;=-]*,[A-Za-z0-9+/=%\s]*")
_NEVER_OPEN = frozenset({"br", "hr", "img", "col", "wbr", "input", "p", "li", "dt", "dd", "td", "th", "tr", "option"})


def sanitize(html: str) -> str:
    html = _PICTURE_WITHIN.sub("", html)[:RAW_LENGTH]
    if _depth(html) > DEPTH:
        html = _TAG.sub(" ", html)
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES)


def unsent(html: str) -> list[str]:
    """The tags and attributes of a text that do not go out, by name."""
    html = html[:RAW_LENGTH]
    tags = {name.lower() for name in _OPENED.findall(html)}
    if _depth(html) <= DEPTH:
        html = nh3.clean(
            html, tags=tags - TEXT_WITHIN, attributes={}, generic_attribute_prefixes={""}, link_rel=None,
            url_schemes=SCHEMES | {"javascript", "vbscript", "data"},
        )  # fmt: skip
    lost = _parts(html) - _parts(sanitize(html))
    return sorted({name or tag for tag, name, _value in lost if not name or tag in TAGS} | tags & TEXT_WITHIN)


def _parts(clean: str) -> set[tuple[str, str, str]]:
    """Each tag of a text that was written by the parser, and each attribute with its value."""
    found = set()
    for tag, inside in _WRITTEN_TAG.findall(clean):
        found.add((tag, "", ""))
        found |= {
            (tag, name, value) for name, value in _WRITTEN_ATTRIBUTE.findall(inside) if (tag, name) != ("a", "rel")
        }
    return found


def _depth(html: str) -> int:
    """How many tags stand in one another, at most; those that close by themselves are not counted."""
    depth = deepest = 0
    for end, name in _TAG.findall(html):
        if name.lower() not in _NEVER_OPEN:
            depth = max(0, depth - 1) if end else depth + 1
            deepest = max(deepest, depth)
    return deepest
