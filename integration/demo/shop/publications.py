"""Where a product is shown, and from when: `publishablePublish`, `publishableUnpublish`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .catalogue import ONLINE_STORE
from .connections import page_of_list, window_of
from .errors import refusal
from .store import Record, Store, read_stamp, stamp

if TYPE_CHECKING:
    from .resolvers import Info, Resolver

EARLIEST_YEAR = 1970


def visible_on_online_store(product: Record, now: datetime) -> bool:
    """Whether a customer sees it: it is active, it is published there, and the date has come."""
    return product["status"] == "ACTIVE" and is_published(product, ONLINE_STORE, now)


def is_published(product: Record, publication: str, now: datetime) -> bool:
    if publication not in product["publications"]:
        return False
    date = product["publications"][publication]
    return date is None or read_stamp(date) <= now


def publish(_root: object, info: Info, id: str, input: list[Record]) -> Record:
    """Additive, and each publication on its own; a draft stays hidden until it is active."""
    store, product = info.context.store, info.context.store.products.get(id)
    if product is None:
        return _payload(None, [refusal(["id"], "Resource does not exist")])
    errors = list(_problems(store, input))
    if not errors:
        for row in input:
            product["publications"][row["publicationId"]] = _moment(row.get("publishDate"))
    return _payload(product, errors)


def unpublish(_root: object, info: Info, id: str, input: list[Record]) -> Record:
    store, product = info.context.store, info.context.store.products.get(id)
    if product is None:
        return _payload(None, [refusal(["id"], "Resource does not exist")])
    errors = list(_problems(store, input, dates=False))
    if not errors:
        for row in input:
            product["publications"].pop(row["publicationId"], None)
    return _payload(product, errors)


def _payload(product: Record | None, errors: list[Record]) -> Record:
    return {"publishable": product, "userErrors": errors}


def _problems(store: Store, rows: list[Record], dates: bool = True) -> Iterator[Record]:
    known = {publication["id"]: publication for publication in store.publications}
    seen: set[str] = set()
    for index, row in enumerate(rows):
        gid = row.get("publicationId")
        field = ["input", str(index), "publicationId"]
        if gid is None:
            yield refusal(field, "PublicationId cannot be empty")
        elif gid in seen:
            yield refusal(field, "The same publication was specified more than once")
        elif gid not in known:
            yield refusal(field, "Publication does not exist or is not publishable")
        elif dates and (problem := _date_problem(store, known[gid], _moment(row.get("publishDate")))):
            yield refusal(["input", str(index), "publishDate"], problem)
        seen.add(gid or "")


def _date_problem(store: Store, publication: Record, date: str | None) -> str | None:
    if date is None:
        return None
    if read_stamp(date).year < EARLIEST_YEAR:
        return "Publish date must be a date after the year 1969"
    if read_stamp(date) > store.now() and not publication["supportsFuturePublishing"]:
        # That it is refused is documented, in which words is not recorded.
        return "Publish date can only be set to a future date for online store channels"
    return None


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def resource_publications(source: Record, info: Info, **arguments: Any) -> Record:
    """Each publication it was given; the scheduled ones only when asked for, as is every one of a product not active."""
    now = info.context.store.now()
    rows = [
        {
            "publication": publication,
            "publishDate": source["publications"][publication["id"]] or source["createdAt"],
            "isPublished": is_published(source, publication["id"], now),
        }
        for publication in info.context.store.publications
        if publication["id"] in source["publications"]
    ]
    kept = [row for row in rows if row["isPublished"] or not arguments["onlyPublished"]]
    return page_of_list(kept, window_of(arguments))


def resolve_publications(_root: object, info: Info, **arguments: Any) -> Record:
    """By id. All of them belong to an app's catalogue."""
    rows = info.context.store.publications if arguments.get("catalogType") in (None, "APP") else []
    return page_of_list(rows, window_of(arguments))


QUERIES: dict[str, Resolver] = {"publications": resolve_publications}
MUTATIONS: dict[str, Resolver] = {"publishablePublish": publish, "publishableUnpublish": unpublish}
COMPUTED: dict[str, Resolver] = {
    "Product.publishedOnPublication": lambda source, info, **arguments: is_published(
        source, arguments["publicationId"], info.context.store.now()
    ),
    "Product.resourcePublicationsV2": resource_publications,
}
