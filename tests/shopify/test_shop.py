"""W5: the URL is normalised to its `*.myshopify.com` host over https; anything else is refused."""

from __future__ import annotations

import pytest

from integration.errors import ConfigurationError
from integration.shopify.shop import ShopAddress


@pytest.mark.parametrize(
    "pasted",
    [
        "boutique",
        "boutique.myshopify.com",
        "  Boutique.MyShopify.com.  ",
        "http://boutique.myshopify.com",
        "https://boutique.myshopify.com:443/admin/products?page=2#top",
        "https://key:secret@boutique.myshopify.com/admin",
        "https://admin.shopify.com/store/Boutique/orders/1",
        "admin.shopify.com/store/boutique",
    ],
)
def test_w5_any_pasted_form_becomes_the_shops_own_address_over_https(pasted: str) -> None:
    shop = ShopAddress.parse(pasted, allow_loopback=False)
    assert shop.base_url == "https://boutique.myshopify.com"
    assert shop.session("2026-10").site == "https://boutique.myshopify.com/admin/api/2026-10"


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "https://",
        "boutique.example.com",
        "boutique.myshopify.com.example.com",
        "example.com/boutique.myshopify.com",
        "example.com#.myshopify.com",
        "https://boutique.myshopify.com@example.com",
        "a.b.myshopify.com",
        ".myshopify.com",
        "-boutique.myshopify.com",
        "ｂoutique.myshopify.com",
        "bou tique.myshopify.com",
        "ftp://boutique.myshopify.com",
        "https://boutique.myshopify.com:port",
        "https://[boutique.myshopify.com",
        "https://admin.shopify.com/products",
        "https://admin.shopify.com/store/",
        "http://127.0.0.1:8000",
        "http://10.0.0.1:8000",
        "http://[::1]:8000",
    ],
)
def test_w5_anything_else_is_refused(pasted: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        ShopAddress.parse(pasted, allow_loopback=False)
    assert refusal.value.reason == "shop_url_refused"


@pytest.mark.parametrize(
    "pasted",
    [
        "https://key:not-for-show@shop.example.ca",
        "https://shop.example.ca/?access_token=not-for-show",
        "https://shop.example.ca/?access_token=not-for-show&email=a@b.example.ca",
        "https://shop.example.ca/#not-for-show",
    ],
)
def test_what_is_refused_is_told_without_what_may_be_secret_in_it(pasted: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        ShopAddress.parse(pasted, allow_loopback=False)
    assert "example.ca" in refusal.value.params["url"]
    assert "not-for-show" not in refusal.value.params["url"]


@pytest.mark.parametrize("pasted", ["http://127.0.0.1:8123", "http://localhost:8123/admin"])
def test_w5_a_loopback_address_passes_where_the_deployment_allows_it(pasted: str) -> None:
    shop = ShopAddress.parse(pasted, allow_loopback=True)
    assert shop.session("2026-10").site == "http://127.0.0.1:8123/admin/api/2026-10"


@pytest.mark.parametrize(
    "pasted", ["https://127.0.0.1:8123", "http://127.0.0.1", "127.0.0.1:8123", "http://192.168.0.10:8123"]
)
def test_w5_no_other_local_address_passes_even_there(pasted: str) -> None:
    with pytest.raises(ConfigurationError):
        ShopAddress.parse(pasted, allow_loopback=True)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        ShopAddress.parse("https://key:hunter2@example.com", allow_loopback=False)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.params == {"url": "example.com"}
