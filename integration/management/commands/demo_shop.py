"""`manage.py demo_shop`: the stand-in shop by itself, for a person or another process to talk to."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from integration.demo.shop import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN, StandInShop


class Command(BaseCommand):
    help = "Serve a stand-in Shopify shop on this machine, with orders of a Québec merchant, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8765, help="port on 127.0.0.1; 0 takes a free one")
        parser.add_argument("--orders", type=int, default=120, help="how many orders the shop holds")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same orders")

    def handle(self, *args: Any, **options: Any) -> None:
        # Only here: the sample is large, and the shop is of use without it.
        from integration.demo.sample import sample_shop

        shop = StandInShop()
        if options["orders"]:
            sample_shop(shop.store, count=options["orders"], seed=options["seed"])
        server = shop.server(port=options["port"])
        address = f"http://127.0.0.1:{server.server_port}"
        self.stdout.write(f"Shop:          {address}  ({len(shop.store.orders)} orders)")
        self.stdout.write(f"Access token:  {STATIC_TOKEN}")
        self.stdout.write(f"Client id:     {CLIENT_ID}   secret: {CLIENT_SECRET}")
        self.stdout.write(f"Faults:        POST {address}/_control/faults")
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("")
        finally:
            server.server_close()
