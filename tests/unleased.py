"""A pass in a process of its own, without a lease: it shows that Prextra's keys alone prevent every double."""

from __future__ import annotations

import json
import sys


def main(warehouse: str) -> None:
    import django

    django.setup()
    from integration.cycle import run_pass
    from integration.management.report import summary

    print(json.dumps({"warehouses": [summary(run_pass(warehouse))]}))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
