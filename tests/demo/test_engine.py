"""The stand-in shop answers as Shopify does: envelopes, pages, scopes, ids."""

from __future__ import annotations

from typing import Any

import pytest

from integration.demo.shop.engine import Engine
from integration.demo.shop.store import Store
from integration.demo.shop.throttle import Throttle

from .factories import NOW, order

BOTH_PROBLEMS = (
    "Variable $x of type [ID!]! was provided invalid value for "
    "1 (Invalid global id '1'), 2 (Expected value to not be null)"
)
GONE = "gid://shopify/Order/404"


@pytest.fixture
def shop() -> Engine:
    store = Store(clock=lambda: NOW)
    for number in range(1, 6):
        store.add_order(order(number, updatedAt=f"2026-11-20T10:00:0{number % 3}Z"))
    return Engine(store, Throttle())


def only_error(shop: Engine, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The one error of a document that was refused whole: neither data nor cost."""
    answer = shop.answer(text, variables)
    assert list(answer.body) == ["errors"]
    (error,) = answer.body["errors"]
    return dict(error)


@pytest.mark.parametrize(
    ("text", "code", "message", "path"),
    [
        ("query Q { shop { nope } }", "undefinedField", "Field 'nope' doesn't exist on type 'Shop'",
         ["query Q", "shop", "nope"]),
        ("{ products(first: 1) { nodes { id } } }", "undefinedField",
         "Field 'products' doesn't exist on type 'QueryRoot'", ["query", "products"]),
        ("mutation M { orderUpdate(input: {}) { order { id } } }", "undefinedField",
         "Field 'orderUpdate' doesn't exist on type 'Mutation'", ["mutation M", "orderUpdate"]),
        ("query Q { orders(first: 1, colour: 2) { nodes { id } } }", "argumentNotAccepted",
         "Field 'orders' doesn't accept argument 'colour'", ["query Q", "orders", "colour"]),
        ("query Q { order { id } }", "missingRequiredArguments", "Field 'order' is missing required arguments: id",
         ["query Q", "order"]),
        ("query Q { shop }", "selectionMismatch",
         "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
         ["query Q", "shop"]),
        ("query Q { shop { name { first } } }", "selectionMismatch",
         "Selections can't be made on scalars (field 'name' returns String but has selections [\"first\"])",
         ["query Q", "shop", "name"]),
        ("query Q($x: Int) { shop { id } }", "variableNotUsed", "Variable $x is declared by Q but not used", ["query Q"]),
        ("query Q { orders(first: $x) { nodes { id } } }", "variableNotDefined",
         "Variable $x is used by Q but not declared", ["query Q"]),
        ("query Q { orders(first: 1, sortKey: COLOUR) { nodes { id } } }", "argumentLiteralsIncompatible",
         "Argument 'sortKey' on Field 'orders' has an invalid value (COLOUR). Expected type 'OrderSortKeys'.",
         ["query Q", "orders", "sortKey"]),
        ("query Q { order(id: null) { id } }", "argumentLiteralsIncompatible",
         "Argument 'id' on Field 'order' has an invalid value (null). Expected type 'ID!'.",
         ["query Q", "order", "id"]),
        ('query Q { order(id: "1001") { id } }', "argumentLiteralsIncompatible", "Invalid global id '1001'",
         ["query Q", "order", "id"]),
        ("query Q { metafieldDefinition(identifier: {ownerType: PRODUCT}) { id } }", "argumentLiteralsIncompatible",
         ("Argument 'identifier' on Field 'metafieldDefinition' has an invalid value ({ ownerType: PRODUCT }). "
         "Expected type 'MetafieldDefinitionIdentifierInput'."), ["query Q", "metafieldDefinition", "identifier"]),
        ("query Q { metafieldDefinition(identifier: {ownerType: CHEESE, key: \"k\"}) { id } }",
         "argumentLiteralsIncompatible",
         ("Argument 'identifier' on Field 'metafieldDefinition' has an invalid value ({ ownerType: CHEESE, key: \"k\" }). "
         "Expected type 'MetafieldDefinitionIdentifierInput'."), ["query Q", "metafieldDefinition", "identifier"]),
        ("query Q { shop @idempotent { id } }", "missingRequiredArguments",
         "Directive 'idempotent' is missing required arguments: key", ["query Q", "shop"]),
        ("query Q { shop { id @loud } }", "undefinedDirective", "Directive @loud is not defined",
         ["query Q", "shop", "id"]),
        ("query Q { node(id: \"gid://shopify/Order/1\") { ... on Cheese { id } } }", "undefinedType",
         "No such type Cheese, so it can't be a fragment condition", ["query Q", "node", "... on Cheese"]),
        ("query Q { shop { ...Missing } }", "useAndDefineFragment", "Fragment Missing was used, but not defined",
         ["query Q", "shop"]),
        ("query Q { shop { id } } fragment Idle on Shop { id }", "useAndDefineFragment",
         "Fragment Idle was defined, but not used", ["fragment Idle"]),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_whole(shop: Engine, text: str, code: str, message: str, path: list[str]) -> None:
    error = only_error(shop, text)
    assert (error["extensions"]["code"], error["message"], error["path"]) == (code, message, path)


def test_several_errors_come_back_together(shop: Engine) -> None:
    answer = shop.answer("query Q($x: Int) { shop { nope naught } }")
    assert answer.codes == ["undefinedField", "undefinedField", "variableNotUsed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query Q {\n  shop {\n    id\n", "syntax error, unexpected end of file at [3, 5]"),
        ("query Q { shop { id } } }", 'syntax error, unexpected RCURLY ("}") at [1, 25]'),
        ("query Q { shop ? }", 'syntax error, unexpected invalid token ("?") at [1, 16]'),
    ],
)
def test_a_syntax_error_says_where(shop: Engine, text: str, message: str) -> None:
    error = only_error(shop, text)
    assert error["message"] == message
    assert error["extensions"] == {"code": "PARSE_ERROR"}


@pytest.mark.parametrize(
    ("declaration", "field", "value", "message"),
    [
        ("$x: ID!", "order(id: $x) { id }", None, "Variable $x of type ID! was provided invalid value"),
        ("$x: ID!", "order(id: $x) { id }", "12", "Variable $x of type ID! was provided invalid value"),
        ("$x: Int", "orders(first: $x) { nodes { id } }", "ten", "Variable $x of type Int was provided invalid value"),
        ("$x: OrderSortKeys", "orders(first: 1, sortKey: $x) { nodes { id } }", "COLOUR",
         "Variable $x of type OrderSortKeys was provided invalid value"),
        ("$x: [ID!]!", "nodes(ids: $x) { id }", [GONE, "1", None],
         BOTH_PROBLEMS),
    ],
)  # fmt: skip
def test_a_wrong_variable_names_every_problem(
    shop: Engine, declaration: str, field: str, value: Any, message: str
) -> None:
    error = only_error(shop, f"query Q({declaration}) {{ {field} }}", {"x": value})
    assert error["message"] == message
    assert error["locations"] == [{"line": 1, "column": 9}]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["value"] == value
    assert error["extensions"]["problems"]


def test_a_malformed_id_is_explained_twice_as_recorded(shop: Engine) -> None:
    error = only_error(shop, "query Q($x: ID!) { order(id: $x) { id } }", {"x": "12"})
    explanation = "Invalid global id '12'"
    assert error["extensions"]["problems"] == [{"path": [], "explanation": explanation, "message": explanation}]


def test_several_operations_need_a_name(shop: Engine) -> None:
    text = "query A { shop { id } } query B { shop { name } }"
    assert only_error(shop, text) == {"message": "An operation name is required"}
    assert shop.answer(text, {}, "B").body["data"] == {"shop": {"name": "Boutique Érable"}}
    assert shop.answer(text, {}, "C").body == {"errors": [{"message": 'No operation named "C"'}]}


def test_an_unknown_id_is_null_and_a_list_of_nodes_keeps_its_holes(shop: Engine) -> None:
    text = "query Q($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id __typename } order(id: $id) { id } node(id: $id) { id } }"
    ids = ["gid://shopify/Order/2", GONE, "gid://shopify/LineItem/11", "gid://shopify/Location/1"]
    answer = shop.answer(text, {"ids": ids, "id": GONE})
    assert answer.body["data"] == {
        "nodes": [
            {"id": "gid://shopify/Order/2", "__typename": "Order"},
            None,
            {"id": "gid://shopify/LineItem/11", "__typename": "LineItem"},
            {"id": "gid://shopify/Location/1", "__typename": "Location"},
        ],
        "order": None,
        "node": None,
    }
    assert "errors" not in answer.body


def test_too_large_a_list_is_refused_before_it_is_executed(shop: Engine) -> None:
    ids = [f"gid://shopify/Order/{number}" for number in range(251)]
    answer = shop.answer("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert list(answer.body) == ["errors", "extensions"]
    (error,) = answer.body["errors"]
    assert error["message"] == "The input array size of 251 is greater than the maximum allowed of 250."
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert answer.body["extensions"]["cost"]["actualQueryCost"] is None


def test_a_plain_list_is_cut_by_first(shop: Engine) -> None:
    record = shop.store.orders["gid://shopify/Order/1"]
    record["transactions"] = [{"id": f"gid://shopify/OrderTransaction/{number}"} for number in (1, 2, 3)]
    text = '{ order(id: "gid://shopify/Order/1") { some: transactions(first: 2) { id } all: transactions { id } } }'
    data = shop.answer(text).body["data"]["order"]
    assert (len(data["some"]), len(data["all"])) == (2, 3)


def test_removed_shipping_lines_are_shown_only_when_asked_for(shop: Engine) -> None:
    record = shop.store.orders["gid://shopify/Order/1"]
    record["shippingLines"] = [{"title": "Colis", "isRemoved": False}, {"title": "Express", "isRemoved": True}]
    text = """{ order(id: "gid://shopify/Order/1") {
        kept: shippingLines(first: 5) { nodes { title } }
        all: shippingLines(first: 5, includeRemovals: true) { nodes { title } } } }"""
    data = shop.answer(text).body["data"]["order"]
    assert [len(data[key]["nodes"]) for key in ("kept", "all")] == [1, 2]


def test_a_fulfilment_is_found_by_its_id_and_knows_its_order(shop: Engine) -> None:
    record = shop.store.orders["gid://shopify/Order/1"]
    record["fulfillments"] = [{"id": "gid://shopify/Fulfillment/7", "fulfillmentLineItems": []}]
    answer = shop.answer('{ fulfillment(id: "gid://shopify/Fulfillment/7") { id order { name } } }')
    assert answer.body["data"]["fulfillment"]["order"] == {"name": "#1"}


def test_a_missing_scope_empties_its_field_and_spares_the_others(shop: Engine) -> None:
    shop.store.granted_scopes = {"read_orders"}
    answer = shop.answer('{ order(id: "gid://shopify/Order/1") { name customer { displayName } } location { id } }')
    assert answer.body["data"] == {"order": {"name": "#1", "customer": None}, "location": None}
    assert list(answer.body) == ["errors", "data", "extensions"]
    by_path = {error["path"][-1]: error for error in answer.body["errors"]}
    required = "`read_customers` access scope."
    assert by_path["customer"] == {
        "message": f"Access denied for customer field. Required access: {required}",
        "locations": [{"line": 1, "column": 45}],
        "extensions": {
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": required,
        },
        "path": ["order", "customer"],
    }
    assert by_path["location"]["extensions"]["code"] == "ACCESS_DENIED"


def test_without_read_orders_no_way_leads_to_an_order(shop: Engine) -> None:
    shop.store.granted_scopes = {"read_products"}
    text = '{ node(id: "gid://shopify/Order/1") { id } ordersCount { count } shop { name } }'
    answer = shop.answer(text)
    assert answer.body["data"] == {"node": None, "ordersCount": None, "shop": {"name": "Boutique Érable"}}
    assert answer.codes == ["ACCESS_DENIED", "ACCESS_DENIED"]
    assert shop.answer("{ shop { name } orders(first: 1) { nodes { id } } }").body["data"] is None


def test_a_write_scope_includes_its_read_scope(shop: Engine) -> None:
    shop.store.granted_scopes = {"write_inventory"}
    assert shop.answer("{ location { id } }").body["data"] == {"location": {"id": "gid://shopify/Location/1"}}


def test_a_field_that_the_store_lacks_fails_where_shopify_never_answers_null(shop: Engine) -> None:
    answer = shop.answer('{ order(id: "gid://shopify/Order/1") { note totalPriceSet { shopMoney { amount } } } }')
    assert answer.body["data"] == {"order": None}
    assert "Order.totalPriceSet" in answer.body["errors"][0]["message"]


def test_locations_come_by_name_without_the_inactive(shop: Engine) -> None:
    names = [("Sud", True), ("Ancien", False), ("Nord", True)]
    shop.store.locations = [
        {"id": f"gid://shopify/Location/{number}", "name": name, "isActive": active}
        for number, (name, active) in enumerate(names)
    ]
    text = "query L($all: Boolean) { locations(first: 9, includeInactive: $all) { nodes { name } } }"
    found = [[row["name"] for row in shop.answer(text, {"all": all_}).body["data"]["locations"]["nodes"]]
             for all_ in (False, True)]  # fmt: skip
    assert found == [["Nord", "Sud"], ["Ancien", "Nord", "Sud"]]
