"""Cards that cannot go out as they are: a safe cut or a clear reason, and all other items go on (issue: bad input)."""

from __future__ import annotations

import pytest

from integration.models import HeldRecord, SyncEntry
from tests.items.scene import ItemsScene
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def scene() -> ItemsScene:
    scene = ItemsScene()
    scene.item("GOOD")
    return scene


def sent(scene: ItemsScene) -> bool:
    return scene.quantity("GOOD") == 10


def test_a_title_of_300_characters_is_cut_and_the_log_says_so(scene: ItemsScene) -> None:
    scene.item("A", texts={("description", "fr"): "é" * 300})
    scene.sync()
    assert scene.product("A")["title"] == "é" * 255
    assert SyncEntry.objects.filter(shopify_name="A", reason="item_text_cut", params__columns="title").exists()
    assert sent(scene)


def test_a_description_of_5_mb_is_cut_to_whole_html(scene: ItemsScene) -> None:
    scene.item("A", texts={("web_description", "fr"): "<p><b>" + "mot " * 1_300_000 + "</b></p>"})
    scene.sync()
    html = scene.product("A")["descriptionHtml"]
    assert len(html) < 510_000
    assert html.endswith("</b></p>")
    assert sent(scene)


def test_script_events_and_styles_do_not_go_out(scene: ItemsScene) -> None:
    bad = '<p onclick="x()">Bon<script>alert(1)</script><style>p{}</style><a href="javascript:x()">lien</a><img src=x onerror=y></p>'
    scene.item("A", texts={("web_description", "fr"): bad})
    scene.sync()
    html = scene.product("A")["descriptionHtml"].lower()
    assert not any(word in html for word in ("script", "onclick", "onerror", "style", "alert"))
    assert "bon" in html
    assert sent(scene)


@pytest.mark.parametrize(("available", "shown"), [("7.9999", 7), ("1e8", 100_000_000)])
def test_a_fraction_is_not_sold_and_a_huge_stock_goes_out(scene: ItemsScene, available: str, shown: int) -> None:
    scene.item("A", available=available)
    scene.sync()
    assert scene.quantity("A") == shown
    assert sent(scene)


def test_codes_that_differ_in_capitals_alone_are_held_both(scene: ItemsScene) -> None:
    scene.item("Vis")
    scene.item("VIS")
    scene.sync()
    assert set(HeldRecord.objects.values_list("shopify_name", "reason")) == {
        ("Vis", "item_code_ambiguous"),
        ("VIS", "item_code_ambiguous"),
    }
    assert sent(scene)


@pytest.mark.parametrize("code", ["L'ÉTÉ", "A\\B", 'D"Q', "😀-1", "x" * 30, "A OR B", "sku:*"])
def test_a_code_of_any_characters_goes_out_once(scene: ItemsScene, code: str) -> None:
    scene.item(code, texts={("description", "fr"): "Cœur 😀"})
    scene.sync()
    scene.sync(retry=True)
    assert scene.product(code)["title"] == "Cœur 😀"
    assert sent(scene)


def test_300_keywords_are_cut_to_what_shopify_takes(scene: ItemsScene) -> None:
    scene.item("A", texts={("meta_keywords", "fr"): ", ".join(f"mot {n}" for n in range(300))})
    scene.sync()
    assert len(scene.product("A")["tags"]) == 250
    assert SyncEntry.objects.filter(shopify_name="A", reason="item_text_cut", params__columns="meta_keywords").exists()
    assert sent(scene)


def test_a_held_item_that_is_corrected_goes_out_at_once(scene: ItemsScene) -> None:
    scene.item("A", price=0)
    scene.sync()
    assert HeldRecord.objects.get().reason == "item_price_refused"
    scene.change("A", price="5")
    scene.sync()
    assert scene.quantity("A") == 10
    assert not HeldRecord.objects.exists()


@pytest.mark.parametrize("part", ["<div>", "<div><p>texte", "<b>"], ids=["div", "div and p", "b"])
def test_html_in_which_a_million_tags_stand_in_one_another_is_plain_text_and_keeps_nobody_waiting(
    scene: ItemsScene, part: str
) -> None:
    scene.item("A", texts={("web_description", "fr"): part * 1_000_000})
    scene.sync()
    assert len(scene.product("A")["descriptionHtml"].encode()) <= 500_000
    assert sent(scene)
