"""The demo's items beyond those that its orders name: a hundred in two languages, and each case that an item can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F

from integration.demo.shop.catalogue import add_product
from integration.demo.shop.inventory import sell
from integration.demo.shop.store import Record, Store
from prextra_models.models import Company, Item, ItemPrice, ItemStock, ItemText, Warehouse

Field = ItemText.Field

SIZES = ("1/2 po", "3/4 po", "1 po", "1 1/4 po", "1 1/2 po", "2 po", "2 1/2 po", "3 po", "3 1/2 po", "4 po")
FAMILIES = (
    ("VIS", "Vis à bois", "Wood screws"),
    ("CLOU", "Clous galvanisés", "Galvanized nails"),
    ("BOULON", "Boulons à tête hexagonale", "Hex bolts"),
    ("CHEV", "Chevilles de bois", "Wooden dowels"),
    ("CROCH", "Crochets vissés", "Screw hooks"),
    ("CHARN", "Charnières de laiton", "Brass hinges"),
)
ADOPTED = "SCIE-CLOCHE"
SOLD_MEANWHILE = "CHARN-10"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is worth a look of one item; the rest is ordinary."""

    code: str
    french: str
    english: str
    price: Decimal | None = Decimal("12.50")
    available: Decimal = Decimal(40)
    visible: bool = True
    days_ahead: int | None = None
    html: str = ""
    keywords: str = ""
    tracking: str = Item.Tracking.NONE


def samples() -> Iterator[Sample]:
    for prefix, french, english in FAMILIES:
        for place, size in enumerate(SIZES, start=1):
            yield Sample(
                f"{prefix}-{place}",
                f"{french} {size} (boîte de 100)",
                f"{english}, {size.replace('po', 'in')} (box of 100)",
                Decimal(4 + place) - Decimal("0.01"),
                Decimal(10 * place),
                html=f"<p>{french}, <strong>{size}</strong>. Boîte de 100.</p>",
                keywords=f"quincaillerie, {french.lower()}",
                days_ahead=14 if prefix == "CHEV" and place <= 4 else None,
                visible=not (prefix == "CROCH" and place <= 3),
            )
    yield Sample(ADOPTED, "Jeu de scies-cloches", "Hole saw kit", Decimal("59.95"), Decimal(12), keywords="perçage")
    yield Sample("SANS-PRIX", "Étau d'établi", "Bench vise", None)
    yield Sample("GRATUIT", "Crayon de menuisier", "Carpenter's pencil", Decimal(0))
    yield Sample("A-VENIR", "Toupie 1/4 po", "Router, 1/4 in", Decimal(219), Decimal(0))
    yield Sample(
        "GENERAT-3K", "Génératrice 3000 W", "3000 W generator", Decimal(899), tracking=Item.Tracking.SERIAL_UNIQUE
    )
    yield Sample(
        "PINCE-SCR", "Pince coupante", "Cutting pliers", Decimal("18.25"),
        html='<p onclick="alert(1)">Acier trempé.<script>alert(2)</script></p>',
    )  # fmt: skip


def sample_items(warehouse: Warehouse, today: date) -> None:
    """Adds the samples to Prextra, and ticks what sends them to the warehouse's shop in two languages."""
    company = warehouse.company
    Company.objects.filter(pk=company.pk).update(shopify_multilingual=True)
    Warehouse.objects.filter(pk=warehouse.pk).update(sync_items=True)
    for one in samples():
        item = Item.objects.create(
            code=one.code,
            category_id="OUTILS",
            default_warehouse=warehouse,
            visible_web=one.visible,
            shopify=True,
            shopify_buffer=Decimal(2),
            tracking=one.tracking,
            publication_date=today + timedelta(days=one.days_ahead) if one.days_ahead else None,
        )
        texts = [(Field.DESCRIPTION, "fr", one.french), (Field.DESCRIPTION, "en", one.english)]
        texts += [(Field.WEB_DESCRIPTION, "fr", one.html), (Field.META_KEYWORDS, "fr", one.keywords)]
        ItemText.objects.bulk_create(
            ItemText(item=item, field=name, language=language, text=text) for name, language, text in texts if text
        )
        ItemStock.objects.create(item=item, warehouse=warehouse, on_hand=one.available, available=one.available)
        if one.price is not None:
            ItemPrice.objects.create(item=item, company=company, price=one.price)


def sample_products(store: Store) -> Record:
    """The shop is bilingual, and has products of its own: one of them is an item of Prextra's, by its SKU."""
    store.locales.append({"locale": "en", "name": "English", "primary": False, "published": True})
    add_product(store, title="Carte-cadeau", sku="", price="50.00", tags=["cadeau"])
    product: Record = add_product(
        store, title="Scies cloche (ancien nom)", sku=ADOPTED, price="64.95", tags=["vedette"], quantity=9
    )
    return product


def sell_while_writing(store: Store) -> None:
    """Stock of one item arrives in Prextra; and just when the sync is about to tell the shop, someone buys one there."""
    ItemStock.objects.filter(item=SOLD_MEANWHILE).update(available=F("available") + 25, on_hand=F("on_hand") + 25)

    def buy(name: str, _arguments: Record) -> None:
        if name == "inventorySetQuantities":
            store.before_write = None
            sell(store, SOLD_MEANWHILE)

    store.before_write = buy
