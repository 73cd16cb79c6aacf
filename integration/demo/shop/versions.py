"""The API versions that the stand-in shop serves. One that left support is answered by the oldest that is served."""

from __future__ import annotations

from typing import Any

SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10")
CANDIDATE = "2027-01"


def served(asked: str) -> str | None:
    """The version that answers; None where the path names no version at all."""
    if asked in (*SUPPORTED, CANDIDATE, "unstable"):
        return asked
    year, _, month = asked.partition("-")
    if not (year.isdigit() and month in ("01", "04", "07", "10")):
        return None
    return SUPPORTED[0] if asked < SUPPORTED[0] else None


def published() -> list[dict[str, Any]]:
    """Rows of `publicApiVersions`."""
    latest = SUPPORTED[-1]
    stable = [
        {"handle": version, "displayName": f"{version} (Latest)" if version == latest else version, "supported": True}
        for version in SUPPORTED
    ]
    candidate = {"handle": CANDIDATE, "displayName": f"{CANDIDATE} (Release candidate)", "supported": False}
    return [*stable, candidate, {"handle": "unstable", "displayName": "unstable", "supported": False}]
