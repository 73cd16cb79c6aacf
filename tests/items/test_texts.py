"""Rules I4 and I7 on value types: names, descriptions, search texts, keywords as tags, and each in the shop's languages."""

from __future__ import annotations

from time import perf_counter

import pytest

from integration.items.card import HTML_BYTES
from integration.items.html import RAW_LENGTH, sanitize, unsent
from integration.items.plan import Kind, Operation
from tests.items.values import Texts, adopted, drive, rules, sent, steps, want

CHARACTERS = "Cœur\x00 d'é\ud83drable\x1f 😀\ufeff"


def cut(texts: Texts) -> list[str]:
    return [notice.params["columns"] for notice in want(texts).notices if notice.reason == "item_text_cut"]


# Title, description, search texts


@pytest.mark.parametrize("name", ["", "  ", "\x00"])
def test_i4_the_title_is_the_web_name_else_the_description(name: str) -> None:
    assert want({("name", "fr"): "Masse"}).title == "Masse"
    assert want({("name", "fr"): name}).title == "Marteau"


def test_i4_the_body_is_the_web_description_and_search_texts_are_their_own() -> None:
    product = want(
        {("web_description", "fr"): "<p>Bon</p>", ("meta_name", "fr"): "Titre", ("meta_description", "fr"): "Texte"}
    )
    assert (product.html, product.seo_title, product.seo_description) == ("<p>Bon</p>", "Titre", "Texte")


def test_i4_what_has_no_text_is_empty_in_the_shop_too() -> None:
    product = want()
    assert (product.html, product.seo_title, product.seo_description, product.tags) == ("", "", "", ())


@pytest.mark.parametrize(("length", "shown", "cuts"), [(255, 255, []), (256, 255, ["title"]), (300, 255, ["title"])])
def test_a_title_is_cut_at_255_characters_and_a_notice_says_so(length: int, shown: int, cuts: list[str]) -> None:
    texts = {("name", "fr"): "é" * length}
    assert (want(texts).title, cut(texts)) == ("é" * shown, cuts)


def test_an_emoji_at_the_edge_of_the_cut_is_whole_or_not_there() -> None:
    assert want({("name", "fr"): "x" * 254 + "😀😀"}).title == "x" * 254 + "😀"


def test_all_that_was_cut_is_said_in_one_notice() -> None:
    assert cut({("name", "fr"): "x" * 256, ("meta_description", "fr"): "x" * 5001}) == ["title,meta_description"]


@pytest.mark.parametrize("field", ["name", "web_description", "meta_name", "meta_description", "meta_keywords"])
def test_control_characters_and_halves_of_an_emoji_do_not_go_out_and_whole_ones_do(field: str) -> None:
    product = want({(field, "fr"): CHARACTERS})
    texts = [product.title, product.html, product.seo_title, product.seo_description, *product.tags]
    assert any("Cœur d'érable 😀" in text for text in texts)
    assert not any(bad in "".join(texts) for bad in "\x00\x1f\ud83d")


# HTML


def test_a_description_of_5_mb_is_cut_to_what_shopify_takes_and_every_tag_is_closed() -> None:
    texts = {("web_description", "fr"): "<div><b>" + "mot " * 1_300_000 + "</b></div>"}
    html = want(texts).html
    assert HTML_BYTES - 100 < len(html.encode()) < HTML_BYTES + 100
    assert html.endswith("</b></div>")
    assert cut(texts) == ["body_html"]


@pytest.mark.parametrize("character", ["&", "é", "😀"])
def test_a_description_is_measured_as_it_is_sent(character: str) -> None:
    texts = {("web_description", "fr"): character * 400_000}
    assert len(want(texts).html.encode()) < HTML_BYTES + 100
    assert cut(texts) == ["body_html"]


def test_what_is_cleaned_away_counts_for_nothing() -> None:
    texts = {("web_description", "fr"): "<p>Bon</p><script>" + "x" * HTML_BYTES + "</script><p>Fin</p>"}
    assert (want(texts).html, cut(texts)) == ("<p>Bon</p><p>Fin</p>", [])


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<style>p{}</style><p style='x' class='y' onclick='z()'>a</p>", "<p>a</p>"),
        ("<img src='https://x/y.png' alt='A' onerror='z()'>", '<img src="https://x/y.png" alt="A">'),
        ("<a href='javascript:z()'>a</a>", '<a rel="noopener noreferrer">a</a>'),
        ("<iframe src='https://x'></iframe><form><input></form>a", "a"),
        ("<p><b>a", "<p><b>a</b></p>"),
        ("2 < 3 & 4", "2 &lt; 3 &amp; 4"),
        ("<p>😀 é</p>", "<p>😀 é</p>"),
        ("<svg onload=z()></svg>a", "a"),
        ('<ol type="a" start="3" reversed=""><li>a</li></ol>',) * 2,
    ],
)
def test_html_has_no_script_no_style_no_event_and_every_tag_is_closed(html: str, clean: str) -> None:
    assert sanitize(html) == clean
    assert sanitize(clean) == clean


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>a<br>b &amp; c</p><b>d</b><table><tr><td>e</table>", []),
        ('<a href="https://x/?a=1&amp;b=2" rel="nofollow" target="_blank">a</a>', []),
        ('<p style="x" class="y">a<span style="x">b</span></p>', ["class", "style"]),
        ('<iframe src="https://x"></iframe><X-Card a="b">c</X-Card><p>2 < 3', ["iframe", "x-card"]),
        ('<a href="javascript:z()">a</a><img src="data:image/png;base64,AAAA">', ["href", "src"]),
        ("<script>if (a<b) z()</script><style>p{}</style>", ["script", "style"]),
    ],
)
def test_what_does_not_go_out_is_named(html: str, names: list[str]) -> None:
    assert unsent(html) == names


@pytest.mark.parametrize("piece", ["<!--", "<a ", "<", '<a b="', "<p>x</p>", "<script>", "<div>", "&#", "<p title='"])
def test_what_does_not_go_out_is_named_in_a_moment_whatever_the_text(piece: str) -> None:
    begun = perf_counter()
    unsent(piece * (RAW_LENGTH // len(piece)))
    assert perf_counter() - begun < 10


# Keywords


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [
        ("rouge, bleu;vert\nnoir\r\nblanc", ("rouge", "bleu", "vert", "noir", "blanc")),
        (" , ;; ,rouge,, ", ("rouge",)),
        ("Rouge, ROUGE, rouge", ("Rouge",)),
        ("Été, ÉTÉ", ("Été",)),
        ("acier   inoxydable", ("acier inoxydable",)),
        ("😀", ("😀",)),
    ],
)
def test_i4_keywords_are_tags_one_for_each_word_whatever_its_case(keywords: str, tags: tuple[str, ...]) -> None:
    assert want({("meta_keywords", "fr"): keywords}).tags == tags


def test_of_300_keywords_the_first_250_go_out_and_a_notice_says_so() -> None:
    texts = {("meta_keywords", "fr"): ", ".join(f"mot {number}" for number in range(300))}
    assert want(texts).tags == tuple(f"mot {number}" for number in range(250))
    assert cut(texts) == ["meta_keywords"]


def test_a_keyword_of_300_characters_is_cut_and_a_notice_says_so() -> None:
    texts = {("meta_keywords", "fr"): "x" * 300}
    assert (want(texts).tags, cut(texts)) == (("x" * 255,), ["meta_keywords"])


def tagged(keywords: str) -> Texts:
    return {("meta_keywords", "fr"): keywords}


def test_i4_a_keyword_that_is_gone_is_removed_and_a_new_one_added_and_those_that_stay_are_left_alone() -> None:
    _, ((removed,), (added,)) = drive(want(tagged("bleu, vert")), sent(want(tagged("Rouge, Bleu"))))
    assert (removed.kind, removed.variables["tags"]) == (Kind.TAGS_REMOVE, ["Rouge"])
    assert (added.kind, added.variables["tags"]) == (Kind.TAGS_ADD, ["vert"])


def test_i4_tags_that_an_adopted_product_had_are_the_merchants_even_where_they_are_keywords_too() -> None:
    link = adopted(merchant_tags=["Bleu", "Soldes"])
    link, rounds = drive(want(tagged("bleu, vert")), link)
    assert [one.variables["tags"] for some in rounds for one in some if "tags" in one.variables] == [["vert"]]
    assert steps(want(tagged("vert")), link) == []
    assert steps(want(), link) == ["tags_remove"]


# Languages

ENGLISH = {("name", "en"): "Hammer", ("web_description", "en"): "<p>Good</p>"}


def operation_of(kind: Kind, rounds: list[list[Operation]]) -> Operation:
    (operation,) = (one for some in rounds for one in some if one.kind is kind)
    return operation


def test_i7_each_text_goes_out_in_each_language_that_the_shop_shows_and_prextra_has() -> None:
    several = rules(locales=("en", "es", "de"))
    product = want({**ENGLISH, ("name", "es"): "Martillo", ("web_description", "fr"): "<p>Bon</p>"}, several)
    assert product.translations == {"en": {"title": "Hammer", "body_html": "<p>Good</p>"}, "es": {"title": "Martillo"}}


def test_i7_without_several_languages_only_the_companys_goes_out() -> None:
    product = want(ENGLISH, rules(primary="", locales=()))
    assert (product.title, product.translations) == ("Marteau", {})


def test_i7_a_shop_whose_first_language_is_not_the_companys_has_that_one_as_its_base() -> None:
    product = want(ENGLISH, rules(primary="en-CA", locales=("fr", "fr-CA")))
    assert (product.title, product.html) == ("Hammer", "<p>Good</p>")
    assert product.translations == {"fr": {"title": "Marteau"}, "fr-CA": {"title": "Marteau"}}


def test_i7_the_shops_first_language_is_never_translated_to_for_shopify_refuses_it() -> None:
    assert want({("name", "fr"): "Masse"}, rules(primary="fr", locales=("fr", "en"))).translations == {}
    assert list(want(ENGLISH, rules(primary="fr", locales=("fr", "en"))).translations) == ["en"]


def test_i7_a_text_that_the_base_language_lacks_is_the_companys() -> None:
    product = want({("name", "en"): "Hammer", ("meta_name", "fr"): "Titre"}, rules(primary="en", locales=("fr",)))
    assert (product.title, product.seo_title) == ("Hammer", "Titre")


def test_i7_an_item_without_a_name_in_the_shops_language_is_shown_in_the_companys() -> None:
    assert want(rules=rules(primary="en", locales=("fr",))).title == "Marteau"


def test_i7_keywords_are_those_of_the_base_language_else_the_companys_for_tags_are_not_translated() -> None:
    english = rules(primary="en", locales=("fr",))
    texts = {**ENGLISH, ("meta_keywords", "fr"): "rouge"}
    assert want(texts, english).tags == ("rouge",)
    assert want({**texts, ("meta_keywords", "en"): "red"}, english).tags == ("red",)


def test_i7_a_text_whose_base_is_empty_cannot_be_translated_and_is_not_sent() -> None:
    assert want(ENGLISH).translations == {"en": {"title": "Hammer"}}


def test_i7_a_text_that_prextra_does_not_have_any_more_is_removed_in_that_language_alone() -> None:
    base = {("web_description", "fr"): "<p>Bon</p>"}
    _, rounds = drive(want({**base, ("name", "en"): "Hammer"}), sent(want({**base, **ENGLISH})))
    variables = operation_of(Kind.UNTRANSLATE, rounds).variables
    assert (variables["translationKeys"], variables["locales"]) == (["body_html"], ["en"])
    assert len(rounds) == 1


def test_i7_languages_that_are_given_up_go_in_one_round_however_many_they_are() -> None:
    languages = ("de", "en", "es", "it", "ja", "ko", "nl", "pl", "pt-BR")
    many = rules(locales=languages)
    texts = {("name", language[:2]): f"Marteau {language}" for language in languages}
    _, rounds = drive(want(texts, rules(primary="", locales=())), sent(want(texts, many), rules=many))
    assert [operation.variables["locales"][0] for (*some,) in rounds for operation in some] == list(languages)
    assert len(rounds) == 1


def test_i7_when_the_base_text_changes_its_translations_are_registered_again_and_no_other() -> None:
    texts = {**ENGLISH, ("web_description", "fr"): "<p>Bon</p>"}
    _, rounds = drive(want({**texts, ("name", "fr"): "Masse"}), sent(want(texts)))
    assert [[one.kind for one in some] for some in rounds] == [[Kind.UPDATE], [Kind.TRANSLATE]]
    again = operation_of(Kind.TRANSLATE, rounds).variables["translations"]
    assert again == [{"locale": "en", "key": "title", "value": "Hammer"}]


def test_a_cut_in_another_language_is_said_too_and_once_for_all_of_them() -> None:
    texts = {("name", language): "x" * 300 for language in ("fr", "en")}
    assert want(texts).translations["en"]["title"] == "x" * 255
    assert (cut(texts), cut({("name", "en"): "x" * 300})) == (["title"], ["title"])
