"""Who buys at the sample shop: names and addresses that nobody has, in cities that exist."""

from __future__ import annotations

import unicodedata
from random import Random

from integration.demo.orders import ALBERTA, BRITISH_COLUMBIA, NO_TAX, ONTARIO, QUEBEC, Buyer, Tax

FIRST_NAMES = (
    "Julie", "Marc-André", "Geneviève", "Étienne", "Maude", "Félix", "Chantal", "Réjean", "Noémie", "Samuel",
    "Anne-Sophie", "Gaétan", "Léa", "Yvon", "Mélissa", "Zacharie", "Thérèse", "Cédric", "Aïcha", "Wei",
)  # fmt: skip
LAST_NAMES = (
    "Tremblay", "Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné",
    "Ouellet", "Pelletier", "Bélanger", "Lévesque", "Bergeron", "Leblanc", "Poulin", "Veilleux", "Diallo", "Nguyen",
)  # fmt: skip
STREETS = ("rue Principale", "1re Avenue", "rang Saint-Joseph", "boulevard Lacroix", "rue de l'Église", "chemin du Lac")
QUEBEC_CITIES = (
    ("Saint-Georges", "G5Y 1A1"), ("Québec", "G1R 2B2"), ("Lévis", "G6V 3C3"), ("Montréal", "H2X 1Y4"),
    ("Sherbrooke", "J1H 4D4"), ("Trois-Rivières", "G9A 5E5"), ("Beauceville", "G5X 2L6"), ("Rimouski", "G5L 7P7"),
    ("Gatineau", "J8X 8R8"), ("Thetford Mines", "G6G 5T9"),
)  # fmt: skip
ELSEWHERE = (
    ("Ottawa", "K1P 1J1", "ON"), ("Toronto", "M5V 2T6", "ON"), ("Calgary", "T2P 1M7", "AB"),
    ("Vancouver", "V6B 1A9", "BC"),
)  # fmt: skip
TAXES: dict[str, tuple[Tax, ...]] = {"QC": QUEBEC, "ON": ONTARIO, "AB": ALBERTA, "BC": BRITISH_COLUMBIA}


def taxes_of(buyer: Buyer) -> tuple[Tax, ...]:
    return TAXES.get(buyer.province_code or "", NO_TAX)


def somebody(rng: Random, province: str | None = None) -> Buyer:
    """A buyer of that province; without one, of Québec nine times out of ten."""
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    city, postal_code, code = _place(rng, province)
    return Buyer(
        first_name=first,
        last_name=last,
        address1=f"{rng.randint(1, 9_999)}, {rng.choice(STREETS)}",
        address2=f"App. {rng.randint(1, 40)}" if rng.random() < 0.2 else None,
        city=city,
        province_code=code,
        zip=postal_code,
        phone=f"+1418555{rng.randint(100, 199):04}",
        email=f"{_plain(first)}.{_plain(last)}@example.com",
    )


def _place(rng: Random, province: str | None) -> tuple[str, str, str]:
    if province == "QC" or (province is None and rng.random() < 0.9):
        return (*rng.choice(QUEBEC_CITIES), "QC")
    return rng.choice([place for place in ELSEWHERE if province in (None, place[2])])


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())
