"""What the stand-in shop answers when it refuses: Shopify's error envelopes, worded as recorded from real shops."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, Node

SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"
LIMITS_PAGE = "https://shopify.dev/api/usage/rate-limits"

ErrorDict = dict[str, Any]


class ShopError(GraphQLError):
    """A resolver's refusal: its field becomes null, its siblings keep their data."""

    def __init__(self, message: str, code: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code, **extensions})


class AccessDeniedError(ShopError):
    def __init__(self, field: str, required: str) -> None:
        super().__init__(
            f"Access denied for {field} field. Required access: {required}",
            "ACCESS_DENIED",
            documentation=SCOPES_PAGE,
            requiredAccess=required,
        )


class BadRequestError(ShopError):
    def __init__(self, message: str) -> None:
        super().__init__(message, "BAD_REQUEST")


class DocumentRefusedError(Exception):
    """The document was refused before anything ran: the answer has neither `data` nor a cost."""

    def __init__(self, *errors: ErrorDict) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


def refusal(field: list[str] | None, message: str, code: str | None = None) -> ErrorDict:
    """A user error: the mutation ran, and did not do this."""
    return {"field": field, "message": message, "code": code}


def locations_of(*nodes: Node) -> list[dict[str, int]]:
    return _locations(GraphQLError("", list(nodes)))


def document_error(error: GraphQLError) -> ErrorDict:
    """A document's error, in the order of keys that Shopify uses for these: path before extensions."""
    answer: ErrorDict = {"message": error.message, "locations": _locations(error)}
    if error.path:
        answer["path"] = list(error.path)
    answer["extensions"] = error.extensions or {"code": "invalid"}
    return answer


def resolver_error(error: GraphQLError) -> ErrorDict:
    """A resolver's error. One that is not ours is a fault of the stand-in's data, and says which."""
    extensions = error.extensions or {"code": "INTERNAL_SERVER_ERROR"}
    return {
        "message": error.message,
        "locations": _locations(error),
        "extensions": extensions,
        "path": list(error.path or []),
    }


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or []]


def throttled() -> ErrorDict:
    return {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS_PAGE}}


def max_cost_exceeded(cost: int, limit: int) -> ErrorDict:
    message = (
        f"Query cost is {cost}, which exceeds the single query max cost limit ({limit}).\n\n"
        f"See {LIMITS_PAGE} for more information on how the\ncost of a query is calculated."
    )
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": limit, "documentation": LIMITS_PAGE}
    return {"message": message, "extensions": extensions}


def max_input_size(size: int, limit: int, path: list[str | int], node: Node) -> ErrorDict:
    return {
        "message": f"The input array size of {size} is greater than the maximum allowed of {limit}.",
        "locations": locations_of(node),
        "path": path,
        "extensions": {"code": "MAX_INPUT_SIZE_EXCEEDED"},
    }


def internal_error(request_id: str) -> ErrorDict:
    message = (
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests)."
    )
    return {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}}
