"""`manage.py web`: serves the admin, and what Shopify and supervisors ask for, until it is asked to stop."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from integration.management.supervision import stop_with_parent
from integration.management.web_server import make_server
from integration.wsgi import application

LISTEN = "127.0.0.1:8000"


class Command(BaseCommand):
    help = "Serves the admin by waitress until it is asked to stop (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--listen", default=LISTEN, metavar="HOST:PORT", help=f"where to listen ({LISTEN})")
        parser.add_argument("--threads", type=int, default=8, help="how many requests are answered at a time (8)")
        parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")

    def handle(self, *, listen: str, threads: int, with_parent: bool, **_options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            server = make_server(application, listen, threads)
        except (OSError, ValueError) as error:
            raise CommandError(_("Cannot listen on {listen}: {error}").format(listen=listen, error=error)) from None
        if with_parent:
            stop_with_parent()
        server.run()
