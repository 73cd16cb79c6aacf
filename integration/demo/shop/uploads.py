"""Files that go up and come down: staged uploads, taken as Shopify's storage takes them, and the files of results."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from graphql import GraphQLResolveInfo
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from .errors import BadRequestError

MAX_BYTES = 104_857_600  # what the policy that is signed with each upload allows
BUCKET = "shopify-staged-uploads"
XML = "<?xml version='1.0' encoding='UTF-8'?>"

Fields = list[tuple[str, str]]


class UploadRefusedError(Exception):
    """The storage's refusal: a status, a code of its own, and what it says."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.xml = f"{XML}<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"


@dataclass(slots=True)
class Files:
    """The storage beside the shop. `base_url` is the address by which the last request reached the shop."""

    base_url: str = "http://127.0.0.1"
    uploaded: dict[str, bytes] = field(default_factory=dict)
    results: dict[str, bytes] = field(default_factory=dict)
    _awaited: dict[str, Fields] = field(default_factory=dict)

    def stage(self, shop: str, filename: str, mime_type: str) -> dict[str, Any]:
        """A place for one file, with what must be sent along."""
        place = str(uuid.uuid4())
        parameters = [
            ("Content-Type", mime_type),
            ("success_action_status", "201"),
            ("acl", "private"),
            ("key", f"tmp/{shop}/bulk/{place}/{filename}"),
            ("x-goog-algorithm", "GOOG4-RSA-SHA256"),
            ("x-goog-signature", hashlib.sha256(place.encode()).hexdigest()),
            ("policy", hashlib.sha256(filename.encode()).hexdigest()),
        ]
        self._awaited[place] = parameters
        url = f"{self.base_url}/_uploads/{place}"
        rows = [{"name": name, "value": value} for name, value in parameters]
        return {"url": url, "resourceUrl": url, "parameters": rows}

    def receive(self, place: str, content_type: str, body: bytes) -> str:
        """Keeps what was uploaded; gives the storage's answer. Raises `UploadRefusedError`."""
        awaited = self._awaited.get(place)
        if awaited is None:
            raise UploadRefusedError(403, "AccessDenied", "Access denied.")
        fields, content = _read_form(content_type, body)
        if fields != awaited:
            raise UploadRefusedError(403, "AccessDenied", "Invalid according to Policy: the form's fields differ.")
        if not content:
            raise UploadRefusedError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum size.")
        if len(content) > MAX_BYTES:
            raise UploadRefusedError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum size.")
        key = dict(awaited)["key"]
        self.uploaded[key] = content
        location = f"https://storage.googleapis.com/{BUCKET}/{key}"
        tag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return (
            f"{XML}<PostResponse><Location>{escape(location)}</Location><Bucket>{BUCKET}</Bucket>"
            f'<Key>{escape(key)}</Key><ETag>"{tag}"</ETag></PostResponse>'
        )

    def publish(self, name: str, content: bytes) -> str | None:
        """The address of a file of results; none where there are no rows."""
        if not content:
            return None
        self.results[name] = content
        return f"{self.base_url}/_results/{name}"


def _read_form(content_type: str, body: bytes) -> tuple[Fields, bytes]:
    """The fields before the file, in order, and the file. What follows the file is not looked at."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise UploadRefusedError(400, "InvalidArgument", "The body of the POST must be multipart/form-data.")
    before: Fields = []
    for name, content in _parts(options["boundary"].encode(), body):
        if name == "file":
            return before, content
        before.append((name, content.decode("utf-8", "replace")))
    raise UploadRefusedError(400, "InvalidArgument", "The POST must contain a file.")


def _parts(boundary: bytes, body: bytes) -> Iterator[tuple[str, bytes]]:
    decoder = MultipartDecoder(boundary)
    decoder.receive_data(body)
    decoder.receive_data(None)
    parts: list[tuple[str, list[bytes]]] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                parts.append((event.name, []))
            elif isinstance(event, Data):
                parts[-1][1].append(event.data)
    except ValueError as error:
        raise UploadRefusedError(400, "MalformedPOSTRequest", str(error)) from error
    yield from ((name, b"".join(chunks)) for name, chunks in parts)


def stage_uploads(_root: object, info: GraphQLResolveInfo[Any], input: list[dict[str, Any]]) -> dict[str, Any]:
    store = info.context.store
    shop = str(store.shop["id"]).rpartition("/")[2]
    if any(one["httpMethod"] != "POST" for one in input):
        raise BadRequestError("The stand-in shop takes uploads by POST only.")
    targets = [store.files.stage(shop, one["filename"], one["mimeType"]) for one in input]
    return {"stagedTargets": targets, "userErrors": []}


MUTATIONS = {"stagedUploadsCreate": stage_uploads}
