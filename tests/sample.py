"""The demo's merchant for the tests of the admin: all kinds of documents, items and held records, and a shop that hurries."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone

from integration.checks import shop_of
from integration.connect import DatabaseTokenCache
from integration.cycle import PassReport, run_pass
from integration.demo.items import sample_items, sample_products
from integration.demo.prextra import sample_prextra
from integration.demo.sample import sample_shop
from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, StandInShop
from integration.demo.shop.throttle import Throttle
from integration.shopify.client import ShopClient
from integration.shopify.credentials import credentials_for
from prextra_models.models import Warehouse
from prextra_models.router import PREXTRA

ORDERS = 30
LONGEST_PAUSE = 0.02  # seconds, where a pass would wait for the shop


def hurried_shop() -> StandInShop:
    return StandInShop(throttle=Throttle(maximum=1e9))


def merchant(shop: StandInShop, url: str) -> Warehouse:
    """Company, warehouse and items in Prextra, orders in the shop. No pass has run yet."""
    sample_shop(shop.store, count=ORDERS)
    sample_prextra(url, CLIENT_ID, CLIENT_SECRET)
    warehouse = Warehouse.objects.using(PREXTRA).get()
    sample_items(warehouse, timezone.localdate())
    sample_products(shop.store)
    return warehouse


def first_pass() -> PassReport:
    return run_pass(Warehouse.objects.using(PREXTRA).get().pk, connect=connect)


def connect(warehouse: Warehouse) -> ShopClient:
    shop = shop_of(warehouse)
    cache = DatabaseTokenCache(shop.host, warehouse.shopify_api_key)
    credentials = credentials_for(warehouse.shopify_api_key, warehouse.shopify_access_token, cache)
    version = settings.SHOPIFY_API_VERSION
    return ShopClient(shop, credentials, api_version=version, sleep=lambda wish: time.sleep(min(wish, LONGEST_PAUSE)))
