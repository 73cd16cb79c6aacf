"""Products in the stand-in shop: made, found, changed and refused as in Shopify."""

from __future__ import annotations

import time
from typing import Any

import pytest

from integration.demo.shop.catalogue import add_product, remove_product

from .selling import DEFINITION, Shop, creation

GONE = "gid://shopify/Product/404"
PRIMARY = "gid://shopify/Location/1"


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.do("item_code_definition", definition=DEFINITION)
    return shop


def test_a_product_starts_with_shopifys_defaults(shop: Shop) -> None:
    product = shop.product(shop.create(variant={"price": None, "sku": None}))
    (variant,) = product["variants"]
    item = variant["inventoryItem"]
    assert (product["status"], product["vendor"], product["productType"]) == ("ACTIVE", "Boutique Érable", "")
    assert (product["tags"], product["descriptionHtml"], product["seo"]) == (
        [],
        "",
        {"title": None, "description": None},
    )
    assert (variant["title"], variant["price"], variant["sku"]) == ("Default Title", "0.00", None)
    assert (variant["taxable"], variant["inventoryPolicy"]) == (True, "DENY")
    assert (item["tracked"], item["requiresShipping"]) == (False, True)
    assert {place: level["available"] for place, level in item["levels"].items()} == {PRIMARY: 0}


def test_what_is_given_is_kept(shop: Shop) -> None:
    quantities = [{"locationId": PRIMARY, "name": "available", "quantity": 12}]
    variant = {"barcode": "065", "inventoryItem": {"tracked": True}, "inventoryQuantities": quantities}
    html = "<p>Doré <strong>du Québec</strong></p>"
    product = shop.product(shop.create(variant=variant, descriptionHtml=html, status="DRAFT"))
    (kept,) = product["variants"]
    assert (product["descriptionHtml"], product["status"]) == (html, "DRAFT")
    assert (kept["sku"], kept["price"], kept["barcode"]) == ("SIROP", "24.99", "065")
    assert kept["inventoryItem"]["tracked"]
    assert kept["inventoryItem"]["levels"][PRIMARY]["on_hand"] == 12


def test_the_same_title_twice_gives_two_handles(shop: Shop) -> None:
    payloads = [shop.create(code) for code in "ABC"]
    handles = [shop.product(payload)["handle"] for payload in payloads]
    assert handles == ["sirop-d-érable", "sirop-d-érable-1", "sirop-d-érable-2"]


def test_a_handle_that_ends_in_digits_counts_on(shop: Shop) -> None:
    handles = [shop.product(shop.create(code, title="Sirop 540"))["handle"] for code in "AB"]
    assert handles == ["sirop-540", "sirop-541"]


def test_a_second_attempt_finds_the_first_ones_product(shop: Shop) -> None:
    first = shop.create(status="DRAFT")
    second = shop.create(title="Sirop doré")
    assert first["product"] == second["product"]
    assert [product["title"] for product in shop.store.products.values()] == ["Sirop doré"]
    assert shop.product(second)["status"] == "DRAFT"  # what is not given stays


def test_lists_that_are_given_replace_what_was_there(shop: Shop) -> None:
    product = shop.product(shop.create(tags=["a", "b"]))
    merchants = {"id": "gid://shopify/Metafield/1", "namespace": "custom", "key": "soin", "type": "json", "value": "{}"}
    product["metafields"].append(merchants)
    shop.create()
    assert (product["tags"], [row["key"] for row in product["metafields"]]) == (["a", "b"], ["item_code"])
    shop.create(tags=["c"])
    assert product["tags"] == ["c"]


def test_a_variant_that_is_not_named_again_is_gone(shop: Shop) -> None:
    rows = [{"title": "Petit", "sku": "P"}, {"title": "Grand", "sku": "G"}]
    product = add_product(shop.store, title="Sirop", variants=rows)
    kept, lost = (variant["id"] for variant in product["variants"])
    given = creation(
        productOptions=[{"name": "Title", "values": [{"name": "Petit"}]}],
        variants=[{"id": kept, "optionValues": [{"optionName": "Title", "name": "Petit"}], "price": "5"}],
        metafields=None,
    )
    shop.do("product_create", identifier={"id": product["id"]}, input=given["input"])
    assert [(variant["id"], variant["price"]) for variant in product["variants"]] == [(kept, "5.00")]
    assert shop.store.find(lost) is None
    assert shop.skus_found("sku:P OR sku:G") == ["P"]


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"title": " "}, ["input", "title"], "INVALID_INPUT"),
        ({"title": "x" * 256}, ["input", "title"], "INVALID_INPUT"),
        ({"tags": ["x" * 256]}, ["input", "tags"], "INVALID_INPUT"),
        ({"variants": None}, ["input", "variants"], "VARIANTS_INPUT_MISSING"),
        ({"productOptions": None}, ["input", "productOptions"], "PRODUCT_OPTIONS_INPUT_MISSING"),
        ({"metafields": []}, ["input", "metafields"], "METAFIELD_MISMATCH"),
        ({"handle": "Pris"}, ["input", "handle"], "HANDLE_NOT_UNIQUE"),
        ({"variant": {"price": "-1"}}, ["input", "variants", "0", "price"], "INVALID_VARIANT"),
        ({"variant": {"id": "gid://shopify/ProductVariant/9"}}, ["input", "variants", "0", "id"],
         "PRODUCT_VARIANT_DOES_NOT_EXIST"),
        ({"variant": {"optionValues": [{"optionName": "Taille", "name": "M"}]}},
         ["input", "variants", "0", "optionValues", "0"], "OPTION_DOES_NOT_EXIST"),
        ({"variant": {"inventoryQuantities": [{"locationId": PRIMARY, "name": "available", "quantity": 50_001}]}},
         ["input", "variants"], "INVENTORY_QUANTITIES_LIMIT_EXCEEDED"),
    ],
)  # fmt: skip
def test_a_product_is_refused_and_nothing_is_kept(
    shop: Shop, given: dict[str, Any], field: list[str], code: str
) -> None:
    add_product(shop.store, title="Pris")
    error = shop.refused("product_create", **creation(**given))
    assert (error["field"], error["code"]) == (field, code)
    assert [product["title"] for product in shop.store.products.values()] == ["Pris"]


def test_a_key_needs_a_definition_of_type_id() -> None:
    answer = Shop().answer("product_create", **creation())
    assert answer.codes == ["NOT_FOUND"]
    assert answer.body["data"] == {"productSet": None}


def test_a_definition_is_made_once(shop: Shop) -> None:
    error = shop.refused("item_code_definition", definition=DEFINITION)
    assert (error["field"], error["code"]) == (["definition", "key"], "TAKEN")
    setup = shop.answer("items_setup", namespace="prextra", key="item_code").body["data"]
    assert setup["metafieldDefinition"]["type"] == {"name": "id"}
    assert setup["metafieldDefinition"]["capabilities"] == {"uniqueValues": {"enabled": True}}
    assert [row["channels"]["nodes"][0]["handle"] for row in setup["publications"]["nodes"]] == ["online_store", "pos"]


def test_a_mutation_needs_its_scope(shop: Shop) -> None:
    answer = shop.answer("product_create", frozenset({"write_products"}), **creation())
    assert answer.codes == ["ACCESS_DENIED"]
    assert shop.store.products == {}


def test_variants_and_metafields_are_paid_for(shop: Shop) -> None:
    cheap = shop.answer("product_create", **creation()).requested
    rows = [{"optionValues": [{"optionName": "T", "name": str(number)}]} for number in range(50)]
    options = [{"name": "T", "values": [{"name": str(number)} for number in range(50)]}]
    dear = shop.answer("product_create", **creation("B", variants=rows, productOptions=options)).requested
    assert cheap
    assert dear == cheap + 9


def test_a_list_of_more_than_250_is_refused_however_deep(shop: Shop) -> None:
    answer = shop.answer("product_create", **creation(tags=[str(number) for number in range(251)]))
    assert answer.codes == ["MAX_INPUT_SIZE_EXCEEDED"]
    assert answer.body["errors"][0]["path"] == ["input", "tags"]


def test_an_update_changes_only_what_is_given(shop: Shop) -> None:
    product = add_product(shop.store, title="Sirop", sku="S", tags=["Bio"], vendor="Léa")
    handle = product["handle"]
    shop.do("product_update", product={"id": product["id"], "title": "Doré", "seo": {"title": "Doré!"}})
    assert (product["title"], product["handle"], product["tags"]) == ("Doré", handle, ["Bio"])
    assert (product["seo"], product["vendor"]) == ({"title": "Doré!", "description": None}, "Léa")
    shop.do("product_update", product={"id": product["id"], "seo": {"title": ""}, "vendor": " "[:0]})
    assert (product["seo"]["title"], product["vendor"]) == (None, "Boutique Érable")


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"title": ""}, ["title"], "Title can't be blank"),
        ({"handle": "x" * 256}, ["handle"], "Handle is too long (maximum is 255 characters)"),
        ({"handle": "Pris"}, ["input", "handle"], "Handle 'Pris' already in use. Please provide a new handle."),
        ({"id": GONE}, ["id"], "Product does not exist"),
    ],
)
def test_an_update_is_refused_in_plain_errors(
    shop: Shop, given: dict[str, Any], field: list[str], message: str
) -> None:
    add_product(shop.store, title="Pris")
    product = add_product(shop.store, title="Sirop")
    assert shop.refused("product_update", product={"id": product["id"], **given}) == {
        "field": field,
        "message": message,
    }
    assert product["title"] == "Sirop"


def test_a_variant_changes_in_price_sku_and_tracking(shop: Shop) -> None:
    product = add_product(shop.store, sku="VIEUX", price="1")
    (variant,) = product["variants"]
    row = {"id": variant["id"], "price": "2.5", "inventoryItem": {"sku": "NEUF", "tracked": False}}
    shop.do("variant_update", productId=product["id"], variants=[row])
    assert (variant["price"], variant["sku"], variant["inventoryItem"]["tracked"]) == ("2.50", "NEUF", False)
    assert shop.skus_found("sku:NEUF OR sku:VIEUX") == ["NEUF"]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"id": None}, ["variants", "0", "id"], "PRODUCT_VARIANT_ID_MISSING"),
        ({"id": "gid://shopify/ProductVariant/9"}, ["variants", "0", "id"], "PRODUCT_VARIANT_DOES_NOT_EXIST"),
        ({"price": "-0.01"}, ["variants", "0", "price"], "GREATER_THAN_OR_EQUAL_TO"),
    ],
)
def test_a_variant_is_refused_with_all_the_others(shop: Shop, row: dict[str, Any], field: list[str], code: str) -> None:
    product = add_product(shop.store, price="1", variants=[{"title": "P"}, {"title": "G"}])
    first, second = product["variants"]
    rows = [{"id": first["id"], **row}, {"id": second["id"], "price": "9"}]
    error = shop.refused("variant_update", productId=product["id"], variants=rows)
    assert (error["field"], error["code"]) == (field, code)
    assert second["price"] == "1.00"


def test_a_variant_of_a_product_that_is_gone_is_refused(shop: Shop) -> None:
    error = shop.refused("variant_update", productId=GONE, variants=[])
    assert (error["field"], error["code"]) == (["productId"], "PRODUCT_DOES_NOT_EXIST")


def test_tags_are_trimmed_sorted_and_the_same_in_any_case(shop: Shop) -> None:
    product = add_product(shop.store, tags=["Red"])
    shop.do("tags_add", id=product["id"], tags=["blue,green", " red ", "Épicé"])
    assert product["tags"] == ["blue", "green", "Red", "Épicé"]
    shop.do("tags_remove", id=product["id"], tags=["RED", "autre"])
    assert product["tags"] == ["blue", "green", "Épicé"]


def test_tags_of_a_product_that_is_gone_are_refused(shop: Shop) -> None:
    for name in ("tags_add", "tags_remove"):
        assert shop.refused(name, id=GONE, tags=["a"]) == {"field": ["id"], "message": "Product does not exist"}


def test_an_order_is_never_tagged(shop: Shop) -> None:
    assert shop.answer("tags_add", id="gid://shopify/Order/1", tags=["a"]).codes == ["ACCESS_DENIED"]


def test_a_search_by_sku_ignores_case_and_finds_what_begins_alike(shop: Shop) -> None:
    for sku in ("AB-1", "ab-1", "AB-1-XL", "AB-12", "X AB-1"):
        add_product(shop.store, sku=sku)
    assert shop.skus_found("sku:'AB-1'") == ["AB-1", "ab-1", "AB-1-XL"]
    assert shop.skus_found("sku:'AB-12' OR sku:'rien'") == ["AB-12"]


def test_quotes_and_backslashes_of_a_sku_are_escaped(shop: Shop) -> None:
    for sku in ("L'OR", "A\\B"):
        add_product(shop.store, sku=sku)
    assert shop.skus_found(r"sku:'L\'OR'") == ["L'OR"]
    assert shop.skus_found(r"sku:'A\\B'") == ["A\\B"]


def test_the_search_of_products_lags_behind_what_is_written() -> None:
    shop = Shop(index_lag=5)
    product = add_product(shop.store, sku="S")
    assert shop.skus_found("sku:S") == []
    shop.clock.on(5)
    assert shop.skus_found("sku:S") == ["S"]
    remove_product(shop.store, product["id"])
    assert shop.skus_found("sku:S") == []


def test_variants_are_listed_in_pages_by_id(shop: Shop) -> None:
    for number in range(5):
        add_product(shop.store, sku=str(number))
    seen, after = [], None
    while True:
        page = shop.ask("variants_by_sku", query="", first=2, after=after)
        seen += [node["sku"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["0", "1", "2", "3", "4"]


def test_records_are_found_at_once_among_many(shop: Shop) -> None:
    for number in range(2000):
        add_product(shop.store, title=f"Article {number}", sku=f"A-{number}")
    last = list(shop.store.products.values())[-1]
    began = time.perf_counter()
    for _ in range(1000):
        assert shop.store.find(last["variants"][0]["inventoryItem"]["id"]) is not None
    assert time.perf_counter() - began < 0.5
