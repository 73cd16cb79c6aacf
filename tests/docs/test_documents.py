"""Each document of the project says what is there: `make docs-check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.checking import ROOT, faults

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_nothing_that_is_not_there(path: Path) -> None:
    assert faults(path) == []
