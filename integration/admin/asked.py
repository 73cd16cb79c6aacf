"""What an address or a form asks for, read with care: anybody may write anything there."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse

NUL = "\0"
LONGEST_ID = 18  # digits that fit in 64 bits
LONGEST_SEARCH = 200  # characters: each word is a condition, and a database takes only so many
SEARCHES = (SEARCH_VAR, "term")  # of a list, and of a field that looks up as one types


def read_id(text: str) -> int | None:
    """The number of a row, or nothing where the text can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else None


def refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL takes no text with such a character, so there is nothing to be found with it."""
    if NUL in unquote(request.path_info):
        raise Http404
    if any(NUL in text for name, values in request.GET.lists() for text in (name, *values)):
        raise BadRequest("a character that no text has")


def refuse_year(request: HttpRequest) -> None:
    """Django makes dates of a year that is asked for, and fails at one that calendars do not have."""
    if any("__year" in name and not re.fullmatch(r"[12]\d{3}", str(year)) for name, year in request.GET.items()):
        raise BadRequest("no year")


def shorten_search(request: HttpRequest) -> None:
    """Cuts what is searched for; the box then shows what was."""
    for name in SEARCHES:
        term = request.GET.get(name, "")
        if len(term) > LONGEST_SEARCH:
            asked = request.GET.copy()
            asked[name] = term[:LONGEST_SEARCH]
            request.GET = asked  # type: ignore[assignment]


class SelectedRows(admin.ModelAdmin):  # type: ignore[type-arg]
    """For an admin whose rows are numbered: a choice of rows that cannot be is none."""

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        posted = request.POST.copy()
        posted.setlist(ACTION_CHECKBOX_NAME, [one for one in posted.getlist(ACTION_CHECKBOX_NAME) if read_id(one)])
        request.POST = posted  # type: ignore[assignment]
        return super().response_action(request, queryset, *args)


def holding(rows: QuerySet[Any], word: str) -> QuerySet[Any]:
    """Those of these rows whose `params` hold the word, as JSON writes it: with escapes, or on PostgreSQL without."""
    ways = Q()
    for is_ascii in (True, False):
        ways |= Q(as_text__icontains=json.dumps(word.strip(), ensure_ascii=is_ascii)[1:-1])
    found: QuerySet[Any] = rows.alias(as_text=Cast("params", TextField())).filter(ways)
    return found
