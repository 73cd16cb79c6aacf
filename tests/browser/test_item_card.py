"""An item's card as a project manager uses it: the buffer that appears, the editor, the globe, by mouse and by keyboard."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from integration.cycle import run_pass
from integration.demo.shop.shop import StandInShop
from integration.items.html import ATTRIBUTES, TAGS, sanitize
from prextra_models import models as prextra
from tests.browser.conftest import PHONE, LogIn
from tests.factories import ItemTextFactory
from tests.scene import DATABASES

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

CODE = "MARTEAU-16"


def open_card(page: Page) -> None:
    page.goto(reverse("admin:prextra_models_item_change", args=[CODE]))
    page.get_by_role("tab", name="www://").click()


def texts(field: str) -> dict[str, str]:
    rows = prextra.ItemText.objects.filter(item=CODE, field=field)
    return {row.language: row.text for row in rows}


def test_the_buffer_shows_where_shopify_is_ticked(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    buffer, ticked = page.get_by_label("Buffer Shopify"), page.get_by_label("Shopify", exact=True)

    expect(buffer).to_be_visible()
    ticked.uncheck()
    expect(buffer).to_be_hidden()
    ticked.check()
    expect(buffer).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("role", ["manager", "staff"])
def test_no_tab_of_the_card_has_a_violation_of_accessibility(
    sample: StandInShop, log_in: LogIn, role: str, dark: bool
) -> None:
    run_pass(prextra.Warehouse.objects.get().pk)
    page = log_in(role, dark=dark, bypass_csp=True)  # axe writes styles of its own into the page
    open_card(page)
    for globe in page.locator("details.globe:visible").all():
        globe.locator("summary").click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(one["id"], node["html"]) for one in found for node in one["nodes"]] == []


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_a_description_is_written_in_two_languages(sample: StandInShop, log_in: LogIn, size: Any) -> None:
    page = log_in("manager", **({"size": size} if size else {}))
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    row.get_by_role("textbox", name="Descr. web :", exact=True).click()
    page.keyboard.press("Control+b")
    page.keyboard.type("Solide")
    page.keyboard.press("Control+b")
    page.keyboard.type(" et léger")
    row.get_by_label("Autres langues de « Descr. web »").click()
    row.get_by_role("textbox", name="Descr. web : Anglais").click()
    page.keyboard.type("Sturdy")
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_text(re.compile("a été modifié"))).to_be_visible()
    assert texts("web_description") == {"fr": "<p><strong>Solide</strong> et léger</p>", "en": "<p>Sturdy</p>"}


def test_the_globe_opens_and_is_filled_by_keyboard_alone(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    row = page.locator(".form-row.field-meta_name")
    row.locator("input").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_label("Anglais")).to_be_focused()
    page.keyboard.type("Hammer")
    page.keyboard.press("Enter")

    expect(page.get_by_text(re.compile("a été modifié"))).to_be_visible()
    assert texts("meta_name") == {"en": "Hammer"}


def test_an_error_behind_another_tab_is_brought_to_the_front(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    page.get_by_role("tab", name="Item", exact=True).click()
    page.locator("#id_description_fr").fill("")
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_text("Un item qui va dans Shopify doit avoir une description.")).to_be_visible()


def test_staff_read_the_card_and_find_nothing_to_type_in(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("staff")
    open_card(page)

    expect(page.locator("#item_form input:visible")).to_have_count(0)


def test_the_editor_speaks_the_reader_s_language(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager")
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    expect(row.get_by_role("button", name="gras", exact=True).first).to_be_visible()
    named = row.locator(".prose-menubar button").evaluate_all(
        "all => all.map(one => [one.title, one.ariaLabel ?? '', one.textContent])"
    )
    english = re.compile(
        r"\b(bold|italic|link|heading|list|table|row|column|cells?|undo|redo|edit|toggle|strike)\b", re.I
    )
    assert [name for title, label, _shown in named for name in (title, label) if english.search(name)] == []

    row.get_by_role("textbox", name="Descr. web :", exact=True).click()
    page.keyboard.type("Solide")
    page.keyboard.press("Control+a")
    row.get_by_role("button", name="insérer un lien").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Modifier le lien")).to_be_visible()
    expect(dialog.get_by_role("button", name="Mettre à jour")).to_be_visible()
    expect(dialog.get_by_role("button", name="Annuler")).to_be_visible()


def test_the_editor_speaks_english_to_those_who_read_it(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager", locale="en-CA")
    open_card(page)

    expect(page.get_by_role("button", name="bold", exact=True).first).to_be_visible()


# Of all that may stand in a description nothing is lost unsaid


EVERYWHERE = 'title="1.50" lang="en" dir="rtl"'
KEPT = f"""
<h1 {EVERYWHERE}>a</h1><h2 {EVERYWHERE}>a</h2><h3 {EVERYWHERE}>a</h3><h4 {EVERYWHERE}>a</h4><h5 {EVERYWHERE}>a</h5>
<h6 {EVERYWHERE}>a</h6><hr {EVERYWHERE}>
<p {EVERYWHERE}><strong {EVERYWHERE}>a</strong> <em {EVERYWHERE}>a</em> <u {EVERYWHERE}>a</u> <s {EVERYWHERE}>a</s>
<sub {EVERYWHERE}>a</sub> <sup {EVERYWHERE}>a</sup><br {EVERYWHERE}>
<a href="https://example.com/" target="_blank" title="a" lang="en" dir="rtl">a</a></p>
<blockquote {EVERYWHERE}><p>a</p></blockquote><ul {EVERYWHERE}><li {EVERYWHERE}><p>a</p></li></ul>
<ol start="3" type="a" reversed {EVERYWHERE}><li><p>a</p></li></ol><ol type="A"><li><p>a</p></li></ol>
<table {EVERYWHERE}><tbody>
<tr {EVERYWHERE}><th colspan="2" scope="col" {EVERYWHERE}><p>a</p></th><td colspan="2" {EVERYWHERE}><p>a</p></td></tr>
<tr><th rowspan="2"><p>a</p></th><td rowspan="2"><p>a</p></td><td colspan="1"><p>a</p></td><td><p>a</p></td></tr>
<tr><td><p>a</p></td><td><p>a</p></td></tr></tbody></table>
"""
RENAMED = {"b": "<p><b>a</b></p>", "i": "<p><i>a</i></p>"}
TABLE = "<table>{}<tbody><tr><td><p>a</p></td></tr></tbody></table>"
SHOWN_AS_HTML = {
    **{name: f"<p><{name}>a</{name}></p>" for name in ("abbr", "code", "del", "ins", "small", "span")},
    "caption": TABLE.format("<caption>a</caption>"),
    "colgroup": TABLE.format("<colgroup></colgroup>"),
    "col": TABLE.format("<colgroup><col></colgroup>"),
    "thead": "<table><thead><tr><th>a</th></tr></thead></table>",
    "tfoot": "<table><tfoot><tr><td>a</td></tr></tfoot></table>",
    "div": "<div>a</div>",
    "pre": "<pre>a</pre>",
    "dl": "<dl></dl>",
    "dt": "<dl><dt>a</dt></dl>",
    "dd": "<dl><dd>a</dd></dl>",
    "img": '<p>a<img src="https://example.com/a.png" alt="a" width="1" height="2"></p>',
    "tbody title": '<table><tbody title="a"><tr><td>a</td></tr></tbody></table>',
    "a": "<p><a title='a'>a</a></p>",  # without an address
    "p style, p class": '<p style="color: red" class="promo">a</p>',
    "iframe": '<p>a</p><iframe src="https://example.com/"></iframe>',
    "<!--": "<p>a</p><!-- a -->",
    "style": "<style>p { color: red }</style><p>a</p>",
    "script": "<script>document.title = 'run'</script><p>a</p>",
}


def parts(html: str) -> set[tuple[str, str, str]]:
    """The tags that stand in a text, and their attributes with their values."""
    found = set()

    class Parts(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update((tag, name, value or "") for name, value in [("", ""), *attrs] if (tag, name) != ("a", "rel"))

    Parts().feed(html)
    return found


def save_card(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text(re.compile("a été modifié"))).to_be_visible()


def test_every_tag_and_attribute_of_a_description_is_either_kept_or_shown_as_html() -> None:
    kept = parts(sanitize(KEPT))
    tags = {tag for tag, _name, _value in kept}
    assert tags | RENAMED.keys() | SHOWN_AS_HTML.keys() >= TAGS
    wanted = {(tag, name) for tag in tags - {"tbody"} for name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())}
    assert {(tag, name) for tag, name, _value in kept} >= wanted


def test_one_letter_typed_in_the_editor_costs_a_description_nothing(sample: StandInShop, log_in: LogIn) -> None:
    ItemTextFactory(item_id=CODE, field="web_description", text=KEPT + "".join(RENAMED.values()))
    page = log_in("manager")
    open_card(page)
    page.locator(".field-web_description [contenteditable] h1").first.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    save_card(page)

    (text,) = texts("web_description").values()
    assert "ax</h1>" in text
    assert parts(sanitize(KEPT)) - parts(text) == {("td", "colspan", "1")}  # which says nothing


def test_a_text_of_which_the_editor_would_drop_some_is_shown_as_html_with_the_reason(
    sample: StandInShop, log_in: LogIn
) -> None:
    prextra.Company.objects.update(shopify_multilingual=True)
    shown = {f"x{number}": (lost, html) for number, (lost, html) in enumerate(SHOWN_AS_HTML.items())}
    for language, (_lost, html) in shown.items():
        ItemTextFactory(item_id=CODE, field="web_description", language=language, text=html)
    page = log_in("manager")
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    row.locator(".globe > summary").click()

    for language, (lost, html) in shown.items():
        source = row.locator(f"#id_web_description_{language}")
        expect(source).to_be_visible()
        expect(source).to_have_value(html)
        named = page.locator(f"#id_web_description_{language}_source").inner_text()
        assert re.search(rf"[:,] (.*, )?{lost}[,.]", named), named
    written = row.locator("#id_web_description_x0")
    written.press("Control+End")
    written.press_sequentially("x")
    save_card(page)
    assert texts("web_description") == {language: html for language, (_lost, html) in shown.items()} | {
        "x0": shown["x0"][1] + "x"
    }


def test_from_html_one_may_go_on_in_the_editor_all_the_same(sample: StandInShop, log_in: LogIn) -> None:
    ItemTextFactory(item_id=CODE, field="web_description", text="<p>Bon <span>marteau</span></p>")
    page = log_in("manager", locale="en-CA")
    open_card(page)
    row = page.locator(".form-row.field-web_description")
    row.get_by_role("button", name="Go on in the editor all the same").click()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert texts("web_description") == {"fr": "<p>Bon <span>marteau</span></p>"}

    page.get_by_role("tab", name="www://").click()
    row.get_by_role("button", name="Go on in the editor all the same").click()
    expect(row.get_by_text("This text is shown as HTML")).to_have_count(0)
    expect(row.get_by_role("textbox", name="Web description:", exact=True)).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(" neuf")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert texts("web_description") == {"fr": "<p>Bon marteau neuf</p>"}


RUN = "document.title = 'run'"
HARMFUL = (
    f"<p>a</p><script>{RUN}</script>",
    f'<img src="x" onerror="{RUN}"><svg onload="{RUN}"></svg>',
    f'<p><a href="javascript:{RUN}">lien</a></p>',
    f'</textarea></template><script>{RUN}</script><iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
)


@pytest.mark.parametrize("html", HARMFUL)
@pytest.mark.parametrize("role", ["manager", "staff"])
@pytest.mark.parametrize("bypass_csp", [False, True], ids=["", "without the policy"])
def test_nothing_in_a_description_runs_wherever_it_is_shown(
    sample: StandInShop, log_in: LogIn, role: str, html: str, bypass_csp: bool
) -> None:
    """Not as HTML, not in the editor, not as it is read: the policy has nothing to refuse, and would not be needed."""
    ItemTextFactory(item_id=CODE, field="web_description", text=html)
    page = log_in(role, locale="en-CA", bypass_csp=bypass_csp)
    open_card(page)
    title = page.title()
    assert title != "run"
    row = page.locator(".form-row.field-web_description")
    if role == "manager":
        expect(row.locator("textarea").first).to_have_value(html)
        row.get_by_role("button", name="Go on in the editor all the same").click()
        expect(row.get_by_role("textbox", name="Web description:", exact=True)).to_be_focused()
    for link in row.get_by_text("lien").filter(visible=True).all():
        link.click()
    page.wait_for_timeout(300)

    assert page.title() == title
    assert row.locator("script, iframe, [onerror], [onload], a[href^=javascript]").count() == 0


def test_a_list_is_numbered_by_letters_and_the_shop_gets_them(sample: StandInShop, log_in: LogIn) -> None:
    ItemTextFactory(item_id=CODE, field="web_description", text='<ol type="a"><li><p>Un</p></li></ol>')
    page = log_in("manager")
    open_card(page)
    page.locator(".field-web_description [contenteditable] p").first.click()
    page.keyboard.press("End")
    page.keyboard.type("x")
    save_card(page)

    (text,) = texts("web_description").values()
    assert sanitize(text) == text == '<ol type="a"><li><p>Unx</p></li></ol>'


def test_what_a_colleague_wrote_meanwhile_is_not_overwritten_unsaid(sample: StandInShop, log_in: LogIn) -> None:
    page = log_in("manager", locale="en-CA")
    open_card(page)
    ItemTextFactory(item_id=CODE, field="web_description", text="<p>Solide</p>")
    page.get_by_label("Shopify buffer").fill("3")
    page.get_by_role("button", name="Save and continue editing").click()
    assert texts("web_description") == {"fr": "<p>Solide</p>"}

    open_card(page)
    prextra.ItemText.objects.filter(field="web_description").update(text="<p>Solide et léger</p>")
    page.locator(".field-web_description [contenteditable]").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" et beau")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It is now: French « <p>Solide et léger</p> ».")).to_be_visible()
    assert texts("web_description") == {"fr": "<p>Solide et léger</p>"}

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert texts("web_description") == {"fr": "<p>Solide et beau</p>"}
