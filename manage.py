#!/usr/bin/env python
"""Runs the management commands."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration.settings")
    if sys.argv[1:2] in (["demo"], ["demo_shop"], ["bench"], ["screenshots"], ["storm"]):
        # These run on databases and keys of their own, whatever this installation is configured for.
        from integration.demo.environment import use_demo_environment

        use_demo_environment(sys.argv[1])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        print(f"{error}\nSee .env.example for what each variable is for, and how to make the keys.", file=sys.stderr)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    main()
