"""`python -m integration.demo.idle_passes CODE TIMES MARKS`: passes as a worker makes them, and its megabytes now and then."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(warehouse: str, times: str, marks: str) -> None:
    import django

    django.setup()
    from django.db import close_old_connections

    from integration.jobs import pass_now

    count = int(times)
    at = {count * part // int(marks) for part in range(int(marks) + 1)}
    megabytes: dict[int, float | None] = {}
    for number in range(count + 1):
        if number in at:
            megabytes[number] = megabytes_now()
        close_old_connections()
        report = pass_now(warehouse)
        if report.error:
            raise SystemExit(report.error.reason)
    sys.stdout.write(json.dumps(megabytes))


def megabytes_now() -> float | None:
    """What of the process is in memory; only Linux says."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20), 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
