"""Small records for the stand-in shop's own tests: only the fields that these look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

NOW = datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC)


def order(number: int, **fields: Any) -> Record:
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "createdAt": "2026-11-20T10:00:00Z",
        "processedAt": "2026-11-20T10:00:00Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "tags": [],
        "test": False,
        "closed": False,
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "lineItems": [line(number * 10 + index) for index in range(3)],
        "transactions": [],
        "fulfillments": [],
        "customer": {"id": "gid://shopify/Customer/1", "displayName": "Léa Tremblay"},
        **fields,
    }


def line(number: int) -> Record:
    return {"id": f"gid://shopify/LineItem/{number}", "name": "Sirop", "sku": "SIROP", "quantity": 1}
