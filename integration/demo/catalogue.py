"""What the sample merchant sells: the items that Prextra holds and that the shop's orders name by their SKU."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MERCHANT = "Quincaillerie du Vieux-Pont"


@dataclass(frozen=True, slots=True)
class Category:
    """A product category; without `account` it has no account for the sale transaction."""

    code: str
    name: str
    account: str | None


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    category: str
    price: Decimal
    french: str
    english: str


CATEGORIES = (
    Category("OUTILS", "Outils", "4010"),
    Category("PEINTURE", "Peinture", "4020"),
    Category("CUISINE", "Cuisine", "4030"),
    Category("JARDIN", "Jardin", "4040"),
    Category("ECLAIRAGE", "Éclairage et électricité", "4050"),
    Category("MAISON", "Maison", "4060"),
    Category("ATELIER", "Travaux d'atelier", None),
)

_ROWS = """
    MARTEAU-16    OUTILS     24.99   Marteau à panne fendue 16 oz            | Claw hammer, 16 oz
    TOURNE-6      OUTILS     32.50   Jeu de six tournevis                    | Set of six screwdrivers
    PERC-20V      OUTILS     149.00  Perceuse sans fil 20 V                  | Cordless drill, 20 V
    SCIE-EGO      OUTILS     18.75   Scie égoïne                             | Handsaw
    RUBAN-8M      OUTILS     12.49   Ruban à mesurer 8 m                     | Tape measure, 8 m
    NIVEAU-60     OUTILS     29.95   Niveau 60 cm                            | Spirit level, 60 cm
    CLE-10        OUTILS     21.99   Clé à molette 10 po                     | Adjustable wrench, 10 in
    PINCE-LG      OUTILS     17.25   Pince à long bec                        | Long-nose pliers
    vis-8x2       OUTILS     6.99    Vis à bois n° 8 × 2 po (boîte de 100)   | Wood screws, #8 × 2 in (box of 100)
    CLOUS-3       OUTILS     5.49    Clous à finir 3 po                      | Finishing nails, 3 in
    PEINT-BLC-1G  PEINTURE   48.99   Peinture au latex blanche, 3,78 L       | White latex paint, 3.78 L
    PEINT-GRS-1G  PEINTURE   52.99   Peinture au latex gris ardoise, 3,78 L  | Slate grey latex paint, 3.78 L
    ROUL-240      PEINTURE   9.99    Rouleau 240 mm                          | Paint roller, 240 mm
    PINC-50       PEINTURE   8.49    Pinceau biseauté 50 mm                  | Angled brush, 50 mm
    RUB-MASQ      PEINTURE   4.79    Ruban-cache 36 mm                       | Masking tape, 36 mm
    TEINT-CEDR    PEINTURE   39.50   Teinture à bois, cèdre                  | Wood stain, cedar
    BoeF          CUISINE    34.95   Tablier de boucher « BoeF »             | Butcher's apron “BoeF”
    POELE-28      CUISINE    64.99   Poêle en fonte 28 cm                    | Cast iron pan, 28 cm
    MARMITE-8L    CUISINE    79.00   Marmite 8 L                             | Stock pot, 8 L
    COUT-CHEF     CUISINE    89.99   Couteau de chef 20 cm                   | Chef's knife, 20 cm
    PLANCHE-ER    CUISINE    45.00   Planche à découper en érable            | Maple cutting board
    THEIERE-1L    CUISINE    37.80   Théière en grès 1 L                     | Stoneware teapot, 1 L
    MOULIN-POI    CUISINE    28.60   Moulin à poivre                         | Pepper mill
    BOLS-4        CUISINE    33.33   Ensemble de quatre bols                 | Set of four bowls
    PELLE-RDE     JARDIN     36.99   Pelle ronde                             | Round shovel
    RATEAU-22     JARDIN     24.49   Râteau à feuilles 22 dents              | Leaf rake, 22 tines
    BOYAU-15      JARDIN     42.95   Boyau d'arrosage 15 m                   | Garden hose, 15 m
    SECATEUR      JARDIN     27.75   Sécateur                                | Pruning shears
    GANTS-M       JARDIN     11.99   Gants de jardinage, moyen               | Gardening gloves, medium
    PELLE-NEIGE   JARDIN     31.49   Pelle à neige                           | Snow shovel
    SEL-10KG      JARDIN     9.49    Sel à glace 10 kg                       | Ice melter, 10 kg
    AMP-DEL-60    ECLAIRAGE  7.49    Ampoule DEL 60 W (équivalent)           | LED bulb, 60 W equivalent
    LAMPE-FR      ECLAIRAGE  23.99   Lampe frontale                          | Headlamp
    RALL-5M       ECLAIRAGE  19.95   Rallonge extérieure 5 m                 | Outdoor extension cord, 5 m
    PILES-AA12    ECLAIRAGE  14.99   Piles AA (paquet de 12)                 | AA batteries (pack of 12)
    GUIRL-100     ECLAIRAGE  26.45   Guirlande de 100 lumières               | String of 100 lights
    PANIER-OS     MAISON     22.22   Panier en osier                         | Wicker basket
    CROCHETS-5    MAISON     13.65   Cinq crochets muraux                    | Five wall hooks
    TAPIS-ENT     MAISON     41.50   Tapis d'entrée                          | Door mat
    SAVON-MEN     MAISON     8.95    Savon de Marseille                      | Marseille soap
    AFFUTAGE      ATELIER    15.00   Affûtage de lame                        | Blade sharpening
"""


def _read(row: str) -> Product:
    sku, category, price, texts = row.split(maxsplit=3)
    french, english = texts.split(" | ")
    return Product(sku, category, Decimal(price), french.strip(), english.strip())


PRODUCTS = tuple(_read(row) for row in _ROWS.strip().splitlines())
BY_SKU = {product.sku: product for product in PRODUCTS}

# Goods whose category has a sale account: what ordinary orders are made of.
GOODS = tuple(product for product in PRODUCTS if product.category != "ATELIER")
