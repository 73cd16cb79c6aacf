"""« Tester la connexion » in the browser, failing in each way: what is said, that nothing is saved, that no secret leaks."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import Locator, Page, expect

from integration.demo.shop.shop import CLIENT_ID, CLIENT_SECRET, StandInShop
from integration.flows import FLOWS
from integration.models import AccessToken, ItemSetting
from integration.shopify.client import Limits
from prextra_models.models import Company, Warehouse
from prextra_models.router import PREXTRA
from tests.browser.conftest import LogIn
from tests.factories import ready_warehouse
from tests.scene import snapshot

pytestmark = pytest.mark.django_db(databases=["default", PREXTRA], transaction=True)

FORM = "/admin/prextra_models/warehouse/WEB/change/#id_shopify_url"
URL, KEY, TOKEN = "URL Boutique", "Clé d'API", "Jeton d'accès"
REACHED, ACCEPTED, LOCATION = "Boutique jointe", "Jeton d'accès accepté", "Emplacement dans Shopify"
QUEBEC = "gid://shopify/Location/2"
PATIENCE = Limits(timeout=1.5, connect_timeout=1.5, deadline=3, attempts=1)


@dataclass
class Ground:
    """A warehouse that holds former credentials, the shop, and what somebody types into the form."""

    shop: StandInShop
    warehouse: Warehouse
    typed: dict[str, str]
    servers: ExitStack = field(default_factory=ExitStack)

    def keep(self, **columns: Any) -> None:
        Warehouse.objects.using(PREXTRA).update(**columns)

    def keep_of_company(self, **columns: Any) -> None:
        Company.objects.using(PREXTRA).update(**columns)

    def always(self, fault: str) -> None:
        self.shop.faults.every(1, [fault])

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Another server than a shop's stands at the address that is typed."""
        self.typed[URL] = self.servers.enter_context(_server(status, body, headers))

    def be_silent(self) -> None:
        """The connection is taken, and nothing is ever answered."""
        listening = self.servers.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        self.typed[URL] = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def open_second_location(self) -> None:
        (first,) = self.shop.store.locations
        self.shop.store.locations.append({**first, "id": QUEBEC, "name": "Québec"})

    def keep_closed_location(self) -> None:
        ItemSetting.objects.create(warehouse="WEB", location=QUEBEC, locations={QUEBEC: "Québec"})


@contextmanager
def _server(status: int, body: bytes, headers: dict[str, str]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Way(NamedTuple):
    """How a connection fails: the one row that is marked, its sentence, and what to do about it."""

    name: str
    arrange: Callable[[Ground], object]
    title: str
    says: str
    advice: str


AGAIN = "estez de nouveau dans un instant"
TO_MYSHOPIFY = "se termine par myshopify.com"
NO_DATA = "L'adresse répond par une page web plutôt que par des données"
UNREADABLE = "La réponse de Shopify est arrivée incomplète et n'a pas pu être lue."
PAGE = b"<!DOCTYPE html><title>Bienvenue</title><h1>Bienvenue</h1>"
TEXT = {"Content_Type": "text/plain"}

WAYS = (
    Way("nobody answers", lambda ground: ground.typed.update({URL: "http://127.0.0.1:9"}), REACHED,
        "Impossible de joindre Shopify (rien ne répond à cette adresse).", AGAIN),
    Way("time-out", Ground.be_silent, REACHED, "Shopify n'a pas répondu à temps.", AGAIN),
    Way("not a shop's address", lambda ground: ground.typed.update({URL: "https://example.com"}), URL,
        "« https://example.com » n'est pas l'adresse d'une boutique Shopify.", TO_MYSHOPIFY),
    Way("web page", lambda ground: ground.answer(200, PAGE, Content_Type="text/html"), REACHED, NO_DATA, TO_MYSHOPIFY),
    Way("text", lambda ground: ground.answer(200, b"It works!", **TEXT), REACHED, UNREADABLE, AGAIN),
    Way("login page", lambda ground: ground.answer(302, Location="/account/login"), REACHED, NO_DATA, TO_MYSHOPIFY),
    Way("login page of the shop", lambda ground: ground.always("html"), REACHED, NO_DATA, TO_MYSHOPIFY),
    Way("no such shop", lambda ground: ground.answer(404), REACHED, "Cette boutique n'existe pas", "« URL Boutique »"),
    Way("firewall", lambda ground: ground.answer(403), REACHED, "interdit l'accès", "un pare-feu par exemple"),
    Way("refused token", lambda ground: ground.typed.update({TOKEN: "shpat_wrong"}), ACCEPTED,
        "Shopify refuse le jeton d'accès de la boutique 127.0.0.1", "toujours installée dans la boutique"),
    Way("refused secret", lambda ground: ground.typed.update({TOKEN: "shpss_wrong"}), ACCEPTED,
        "Shopify n'accorde aucun jeton pour cet ID client et ce secret (l'un des deux est erroné).", "(ID client)"),
    Way("refused client id", lambda ground: ground.typed.update({KEY: "another"}), ACCEPTED,
        "Shopify n'accorde aucun jeton pour cet ID client et ce secret (l'un des deux est erroné).", "(ID client)"),
    Way("secret with an accent", lambda ground: ground.typed.update({TOKEN: "shpss_été"}), ACCEPTED,
        "contient des caractères qui n'y sont pas permis", "Copiez de nouveau ces deux valeurs"),
    Way("another currency", lambda ground: ground.keep_of_company(currency="USD"), "Devise",
        "La boutique vend en CAD, alors que la compagnie", "Les deux devises doivent être les mêmes"),
    Way("several locations", Ground.open_second_location, LOCATION, "Québec) : lequel contient le stock", "Sélectionnez-le"),
    Way("location gone", Ground.keep_closed_location, LOCATION, "n'est plus actif dans la boutique", "Activez-le"),
    Way("no location", lambda ground: ground.shop.store.locations.clear(), LOCATION,
        "La boutique n'a aucun emplacement actif.", "Activez un emplacement dans Shopify."),
    Way("no Online Store", lambda ground: ground.shop.store.publications.clear(), "Boutique en ligne",
        "La boutique n'a pas de canal « Boutique en ligne »", "Ajoutez le canal de vente « Boutique en ligne »"),
    Way("no other language", lambda ground: ground.keep_of_company(shopify_multilingual=True), "Langues",
        "la boutique n'affiche aucune autre langue que fr", "Publiez les autres langues"),
    Way("another version", lambda ground: setattr(ground.shop, "served_version", "2027-01"), "Version de l'API",
        "Shopify répond avec la version 2027-01.", "Avisez votre technicien"),
    Way("throttled", lambda ground: ground.always("throttled"), REACHED, "Shopify demande de ralentir.", AGAIN),
    Way("error 503", lambda ground: ground.always("503"), REACHED, "Shopify est hors service pour le moment.", AGAIN),
    Way("frozen", lambda ground: ground.always("402"), REACHED, "Shopify a gelé la boutique", "Réglez le compte"),
    Way("no URL", lambda ground: ground.typed.update({URL: ""}), URL, "Le champ « URL Boutique » est vide",
        "Remplissez ce champ."),
    Way("no API key", lambda ground: ground.typed.update({KEY: ""}), KEY, "Le champ « Clé d'API » est vide",
        "Remplissez ce champ."),
    Way("no customer", lambda ground: ground.keep(shopify_customer=None), "Client", "Le champ « Client » est vide",
        "Remplissez ce champ."),
)  # fmt: skip


@pytest.fixture
def ground(shop: StandInShop, shop_url: str, rights: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """The stored address is the shop's in another spelling, so that it would show if the typed one were saved."""
    monkeypatch.setattr("integration.connection.PATIENCE", PATIENCE)
    warehouse = ready_warehouse(
        code="WEB",
        shopify_url=shop_url.replace("127.0.0.1", "localhost"),
        shopify_api_key="former-client",
        shopify_access_token="shpss_former",
        sync_items=True,
    )
    ground = Ground(shop, warehouse, {URL: shop_url, KEY: CLIENT_ID, TOKEN: CLIENT_SECRET})
    with ground.servers:
        yield ground


def fill(page: Page, typed: dict[str, str]) -> None:
    page.goto(FORM)
    for label, text in typed.items():
        page.get_by_label(label).fill(text)


def button_of(page: Page) -> Locator:
    return page.get_by_role("button", name="Tester la connexion")


def press(page: Page) -> str:
    """Presses the button and waits for the answer, which it gives."""
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        button_of(page).click()
    return answered.value.text()


def see(page: Page, way: Way) -> None:
    """One row is marked, it is this way's, and the page is ready for the next press."""
    results = page.get_by_role("status").filter(has_text="Rien n'a été enregistré.")
    marked = results.locator(".check").filter(has=page.locator(".status-bad, .status-warn"))
    expect(marked.locator("strong")).to_have_text([way.title])
    expect(marked).to_contain_text(way.says)
    expect(marked.locator(".advice")).to_contain_text(way.advice)
    expect(results).to_be_focused()
    expect(button_of(page)).to_have_attribute("aria-disabled", "false")
    expect(page.locator("#trial-progress")).to_be_hidden()


def kept() -> dict[str, Any]:
    """Nothing of it may change; of the settings only the list of locations to choose from does."""
    chosen = list(ItemSetting.objects.exclude(location="").values_list("warehouse", "location"))
    return snapshot("prextra_models") | {"chosen": chosen, "tokens": AccessToken.objects.count()}


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
def test_a_connection_that_fails_says_its_one_cause_and_what_to_do_and_saves_nothing(
    log_in: LogIn, ground: Ground, way: Way
) -> None:
    way.arrange(ground)
    before = kept()
    page = log_in("manager")
    fill(page, ground.typed)

    for _time in range(2):  # it may be pressed again, and says the same
        answer = press(page)
        see(page, way)

    secret = ground.typed[TOKEN]
    assert (secret in answer, secret in page.content()) == (False, False)
    for label, text in ground.typed.items():
        expect(page.get_by_label(label)).to_have_value(text)
    assert kept() == before
    assert LogEntry.objects.count() == 0


def test_each_right_that_is_missing_is_said_by_its_name(log_in: LogIn, ground: Ground) -> None:
    """A right to write holds the right to read: both have to go."""
    before, granted = kept(), set(ground.shop.store.granted_scopes)
    page = log_in("manager")
    fill(page, ground.typed)

    for scope in dict.fromkeys(scope for definition in FLOWS for scope in definition.scopes):
        ground.shop.store.granted_scopes = granted - {scope, scope.replace("read_", "write_", 1)}
        press(page)
        says = f"Il manque à l'application l'autorisation « {scope} » dans Shopify."
        see(page, Way(scope, len, f"Droit « {scope} »", says, "publiez cette version"))
    assert kept() == before


def test_a_token_that_is_neither_stored_nor_typed_is_asked_for(log_in: LogIn, ground: Ground) -> None:
    ground.keep(shopify_access_token="")
    page = log_in("manager")
    fill(page, {**ground.typed, TOKEN: ""})

    press(page)
    see(page, Way("no token", len, TOKEN, "Le champ « Jeton d'accès » est vide", "Remplissez ce champ."))


def test_a_location_is_chosen_among_those_that_the_test_found_and_makes_it_green(log_in: LogIn, ground: Ground) -> None:
    ground.open_second_location()
    before = kept()
    page = log_in("manager")
    fill(page, ground.typed)
    press(page)
    page.get_by_label(LOCATION).select_option("Québec")
    press(page)

    expect(page.get_by_text("Tout est en règle")).to_be_visible()
    expect(page.get_by_label(LOCATION)).to_have_value(QUEBEC)
    assert kept() == before


def test_while_it_is_being_tested_the_page_says_so_and_asks_only_once(log_in: LogIn, ground: Ground) -> None:
    ground.shop.faults.next("slow", seconds=1.0)
    page = log_in("manager")
    fill(page, ground.typed)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    with page.expect_response(lambda response: response.request.method == "POST"):
        button_of(page).click()
        expect(page.get_by_role("progressbar", name="Test de la connexion en cours")).to_be_visible()
        expect(button_of(page)).to_have_attribute("aria-disabled", "true")
        button_of(page).click(force=True)

    expect(page.get_by_text("Tout est en règle")).to_be_visible()
    assert sent.count("POST") == 1
