"""A form as a browser sends it: all that the page's fields hold, the hidden ones too."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.area = self.choice = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name, kind = given.get("name") or "", given.get("type") or "text"
        if tag == "textarea":
            self.area = name
            self.values[name] = ""
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and "selected" in given:
            self.values[self.choice] = given.get("value") or ""
        elif tag == "input" and name and kind not in {"submit", "button", "file"} and is_sent(kind, given):
            self.values[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self.area] = self.values[self.area].removeprefix("\n")
            self.area = ""
        elif tag == "select":
            self.choice = ""


def is_sent(kind: str, given: dict[str, str | None]) -> bool:
    return kind not in {"checkbox", "radio"} or "checked" in given


def fields_of(html: str) -> dict[str, str]:
    fields = _Fields()
    fields.feed(html)
    fields.values.pop("csrfmiddlewaretoken", None)
    return {name: value for name, value in fields.values.items() if name not in {"next", "q", "action"}}


def opened(client: Client, address: str) -> dict[str, Any]:
    return {**fields_of(client.get(address).content.decode())}
