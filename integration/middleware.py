"""What stands before all pages: an identifier for each request, and the two addresses for machines.

Those are answered here, not among the pages: without session, cookie, language, nor the name of the host, which a
supervisor or Prometheus on this machine would not give as a browser does.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Answer) -> Answer:
    """Stands on each log line of the request, and in the answer, so that what a user reports can be found."""

    def middleware(request: HttpRequest) -> HttpResponse:
        identifier = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)  # Django logs a 404 after we are through
        response = get_response(request)
        response["X-Request-Id"] = identifier
        return response

    return middleware


def machines(get_response: Answer) -> Answer:
    from integration import health, metrics  # they have models

    answers: dict[str, Answer] = {
        "/health": health.answer,
        "/health/live": health.answer,
        "/metrics": metrics.answer,
    }

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = answers.get(request.path_info)
        if answer is None:
            return get_response(request)
        response = answer(request)
        response._has_been_logged = True  # type: ignore[attr-defined]  # else each 503 is an error in the log, and at Sentry
        return response

    return middleware
