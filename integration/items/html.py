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
    "ol": {"start", "type"},
}
# The parser takes time by the square of either: beyond this a text is cut, and one in which tags stand in each other is plain.
RAW_LENGTH = 600_000
DEPTH = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>]*>?")
_PICTURE_WITHIN = re.compile(r"data:[\w/+.;=-]*,[A-Za-z0-9+/=%\s]*")
_NEVER_OPEN = frozenset({"br", "hr", "img", "col", "wbr", "input", "p", "li", "dt", "dd", "td", "th", "tr", "option"})


def sanitize(html: str) -> str:
    html = _PICTURE_WITHIN.sub("", html)[:RAW_LENGTH]
    if _depth(html) > DEPTH:
        html = _TAG.sub(" ", html)
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})


def _depth(html: str) -> int:
    """How many tags stand in one another, at most; those that close by themselves are not counted."""
    depth = deepest = 0
    for end, name in _TAG.findall(html):
        if name.lower() not in _NEVER_OPEN:
            depth = max(0, depth - 1) if end else depth + 1
            deepest = max(deepest, depth)
    return deepest
