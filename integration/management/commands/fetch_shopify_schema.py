"""Shopify's official schema → var/schema/, out of the npm package in which Shopify publishes it.

Needed only to hold our documents against it; neither the application nor its other tests use it.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PACKAGE: Final = "@shopify/dev-mcp@1.16.0"
INTEGRITY: Final = "sha512-tqgRnK7sQhjew+htxtleTH23nXB5fZcsrhWgEkomsorGXvLOB2mh2upwZm8uzuTDNTZnqtLMe64yIwh6s2awtw=="
SCHEMA: Final = "admin_2026-10.json.gz"


class Command(BaseCommand):
    help = "Fetches Shopify's official schema into var/schema/ (needs npm)."

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "var" / "schema" / SCHEMA
        with tempfile.TemporaryDirectory() as folder:
            schema = extract_schema(pack(Path(folder)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(schema)
        self.stdout.write(f"{target}: {len(schema):,} bytes from {PACKAGE}")


def pack(folder: Path) -> Path:
    """The package's archive, fetched by npm into `folder`."""
    npm = shutil.which("npm")
    if npm is None:
        raise CommandError("npm is not installed: Shopify publishes its schema in an npm package.")
    command = [npm, "pack", PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise CommandError(f"npm could not fetch {PACKAGE}: {done.stderr.strip() or done.stdout.strip()}")
    return archives[0]


def extract_schema(archive: Path) -> bytes:
    """The compressed schema within the archive, which must be the very one that was reviewed."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise CommandError(f"{PACKAGE} is not the package that was expected: its checksum is sha512-{digest}.")
    with tarfile.open(archive) as package:
        member = package.extractfile(f"package/dist/data/{SCHEMA}")
        if member is None:
            raise CommandError(f"{PACKAGE} no longer holds {SCHEMA}.")
        return member.read()
