"""Orders as Shopify tells them: plain dicts by GraphQL field name, built whole and then lived through by actions.

Read `parts.py` for what an order is made of, `build.py` for how it is placed, `payments.py`, `parcels.py`, `edits.py` and
`afterwards.py` for what happens to it, `totals.py` for what follows from all that, `ledger.py` for Shopify's record of it.
"""

from integration.demo.orders.afterwards import (
    RefundRefusedError,
    archive,
    cancel,
    refund,
    refund_arrives,
    take_back,
)
from integration.demo.orders.build import build_order
from integration.demo.orders.edits import EditRefusedError, edit, ship_elsewhere
from integration.demo.orders.money import CAD, Amount, Currencies, money_text, read_amount, total_of
from integration.demo.orders.parcels import Tracking, cancel_fulfilment, fulfil
from integration.demo.orders.parts import (
    ALBERTA,
    BRITISH_COLUMBIA,
    NO_TAX,
    ONTARIO,
    QUEBEC,
    Buyer,
    Discount,
    Fixed,
    FreeShipping,
    Line,
    Percent,
    Shipping,
    Tax,
)
from integration.demo.orders.payments import (
    authorize,
    capture,
    fail_payment,
    pay,
    pay_cash,
    pending_payment,
    settle_pending,
    void,
)
from integration.demo.shop.store import Record

__all__ = [
    "ALBERTA",
    "BRITISH_COLUMBIA",
    "CAD",
    "NO_TAX",
    "ONTARIO",
    "QUEBEC",
    "Amount",
    "Buyer",
    "Currencies",
    "Discount",
    "EditRefusedError",
    "Fixed",
    "FreeShipping",
    "Line",
    "Percent",
    "Record",
    "RefundRefusedError",
    "Shipping",
    "Tax",
    "Tracking",
    "archive",
    "authorize",
    "build_order",
    "cancel",
    "cancel_fulfilment",
    "capture",
    "edit",
    "fail_payment",
    "fulfil",
    "money_text",
    "pay",
    "pay_cash",
    "pending_payment",
    "read_amount",
    "refund",
    "refund_arrives",
    "settle_pending",
    "ship_elsewhere",
    "take_back",
    "total_of",
    "void",
]
