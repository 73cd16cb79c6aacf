"""The official schema comes out of the very package that was reviewed, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management.base import CommandError

from integration.management.commands.fetch_shopify_schema import extract_schema


def test_a_package_with_another_checksum_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"something else")
    with pytest.raises(CommandError, match="not the package that was expected"):
        extract_schema(archive)
