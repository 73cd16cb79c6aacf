"""A reason's sentence for many records at once, as filters show it: it reads as one without any particulars."""

from __future__ import annotations

import pytest
from django.utils import translation

from integration.reasons import REASONS, outline


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", sorted(REASONS))
def test_no_outline_ends_twice_or_has_nothing_in_its_parentheses(code: str, language: str) -> None:
    with translation.override(language):
        text = outline(code)

    assert not any(sign in text for sign in ("….", "(…)", "()", "\0", ": ….", "  "))
    assert text == text.strip()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("item_inactive", "L'item est inactif."),
        ("product_refused", "Shopify refuse l'item."),
        (
            "item_code_ambiguous",
            "Les items … et … ont le même code, aux majuscules près : Shopify ne les distinguerait pas.",
        ),
        ("unknown_sku", "La ligne « … » porte le SKU « … », que Prextra ne connaît pas."),
        ("unexpected", "Un problème imprévu est survenu."),
    ],
)
def test_what_only_names_a_record_is_left_out(code: str, text: str) -> None:
    with translation.override("fr"):
        assert outline(code).replace("\N{NO-BREAK SPACE}", " ") == text
