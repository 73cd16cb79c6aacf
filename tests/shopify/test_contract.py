"""Our documents, held against Shopify's official schema and against the promise to leave orders alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

from integration.shopify.documents import FOLDER, load_document
from tests.shopify.official import REPOSITORY, Official, Pricing, load_or_skip

NAMES = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.graphql"))
every_document = pytest.mark.parametrize("name", NAMES)

MAX_COST = 1000
LARGEST_PAGE = 250

ORDER_WRITES = re.compile(
    r"(order|draftOrder|refund|fulfillment|return|reverse|abandonment|paymentTerms)\w*"
    r"|transactionVoid|removeFromReturn|paymentReminderSend|shippingLabelPurchase"
)
ORDER_SCOPES = re.compile(r"write_\w*(orders|fulfillments|returns)\b")


@pytest.fixture(scope="module")
def official() -> Official:
    return load_or_skip()


def mutations_of(document: DocumentNode) -> list[FieldNode]:
    """The root fields of all mutations; one behind a fragment is refused, for it could not be seen here."""
    found: list[FieldNode] = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.operation.value == "mutation":
            for node in definition.selection_set.selections:
                assert isinstance(node, FieldNode), "a mutation stands at the root of its document"
                found.append(node)
    return found


def order_writes(text: str) -> list[str]:
    return [node.name.value for node in mutations_of(parse(text)) if ORDER_WRITES.fullmatch(node.name.value)]


@every_document
def test_a2_no_document_writes_to_the_order_side_of_shopify(name: str) -> None:
    assert order_writes(load_document(name).text) == []


@pytest.mark.parametrize(
    "mutation",
    ["orderCapture", "orderUpdate", "fulfillmentCreate", "refundCreate", "returnCreate", "draftOrderCreate"],
)
def test_a2_the_check_would_see_an_order_write(mutation: str) -> None:
    text = f"mutation M($id: ID!) {{ harmless: {mutation}(id: $id) {{ userErrors {{ message }} }} }}"
    assert order_writes(text) == [mutation]


@every_document
def test_a2_no_mutation_demands_a_scope_that_writes_orders(name: str, official: Official) -> None:
    for node in mutations_of(parse(load_document(name).text)):
        assert not ORDER_SCOPES.search(official.mutation_access[node.name.value]), node.name.value


def test_a2_the_check_knows_every_mutation_that_demands_such_a_scope(official: Official) -> None:
    # Of these two the scope is one of several: they write places and stock transfers.
    others = {"locationEdit", "inventoryTransferCreate"}
    demanding = {name for name, access in official.mutation_access.items() if ORDER_SCOPES.search(access)}
    assert {name for name in demanding - others if not ORDER_WRITES.fullmatch(name)} == set()


def test_documents_are_written_in_graphql_files_alone() -> None:
    operation = re.compile(r"\b(query|mutation)\b\s*\w*\s*(\([^)]*\$[^)]*\)\s*)?\{\s*\w+\s*[({]")
    sources = [path for path in (REPOSITORY / "integration").rglob("*.py") if "demo" not in path.parts]
    assert [path.name for path in sources if operation.search(path.read_text(encoding="utf-8"))] == []


@every_document
def test_a_document_holds_one_operation_with_a_name(name: str) -> None:
    document = load_document(name)
    operations = [node for node in parse(document.text).definitions if isinstance(node, OperationDefinitionNode)]
    (operation,) = operations
    assert operation.name is not None
    assert operation.name.value == document.operation_name
    assert (operation.operation.value == "mutation") == document.is_mutation


@every_document
def test_a_document_is_sent_without_its_comments(name: str) -> None:
    assert "#" not in load_document(name).text


@every_document
def test_a_document_is_valid_in_the_official_schema(name: str, official: Official) -> None:
    assert [error.message for error in validate(official.schema, parse(load_document(name).text))] == []


class Deprecations(Visitor):
    """Collects the deprecated fields, arguments, input fields and enum values that a document uses."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found: list[str] = []

    def note(self, element: Any, label: str) -> None:
        if element is not None and element.deprecation_reason:
            self.found.append(f"{label}: {element.deprecation_reason}")

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.note(self.types.get_field_def(), node.name.value)

    def enter_argument(self, node: Any, *_: Any) -> None:
        self.note(self.types.get_argument(), node.name.value)

    def enter_object_field(self, node: Any, *_: Any) -> None:
        owner: Any = get_named_type(self.types.get_parent_input_type())
        self.note(getattr(owner, "fields", {}).get(node.name.value), node.name.value)

    def enter_enum_value(self, node: Any, *_: Any) -> None:
        self.note(self.types.get_enum_value(), node.value)


def deprecations(official: Official, text: str) -> list[str]:
    types = TypeInfo(official.schema)
    visitor = Deprecations(types)
    visit(parse(text), TypeInfoVisitor(types, visitor))
    return visitor.found


@every_document
def test_a_document_uses_nothing_deprecated(name: str, official: Official) -> None:
    assert deprecations(official, load_document(name).text) == []


def test_the_check_would_see_something_deprecated(official: Official) -> None:
    assert official.schema.query_type
    field = next(
        name for name, field in official.schema.query_type.fields.items() if field.deprecation_reason and not field.args
    )
    assert deprecations(official, f"{{ {field} {{ __typename }} }}") != []


@every_document
def test_a_mutation_that_demands_a_key_is_marked_idempotent(name: str, official: Official) -> None:
    assert official.schema.mutation_type
    for node in mutations_of(parse(load_document(name).text)):
        description = official.schema.mutation_type.fields[node.name.value].description or ""
        if "idempotency key is required" in description.lower():
            assert [directive.name.value for directive in node.directives or ()] == ["idempotent"], node.name.value


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_bulk")])  # these cost no points
def test_a_document_costs_less_than_a_single_request_may(name: str, official: Official) -> None:
    document = parse(load_document(name).text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    variables = {variable.variable.name.value: LARGEST_PAGE for variable in operation.variable_definitions or ()}
    assert Pricing(official.schema, document, variables).price() < MAX_COST


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ shop { currencyCode } }", 1),
        ("{ products(first: 250) { nodes { id } } }", 13),
        ("{ publications(first: 50) { nodes { id name } } }", 9),
        ("query ($id: ID!) { order(id: $id) { lineItems(first: 50) { nodes { variant { id } } } } }", 17),
    ],
)
def test_the_price_of_a_document_is_reckoned_as_real_shops_did(text: str, cost: int, official: Official) -> None:
    assert Pricing(official.schema, parse(text), {}).price() == cost


# Mutations that the documents may send. None of them can write to an order: two take any identifier (`tagsAdd`, `tagsRemove`),
# but the plans give them products only, and the app asks for no scope that writes orders. What runs in bulk are these texts.
MUTATIONS = frozenset(
    {
        "bulkOperationRunMutation",
        "bulkOperationRunQuery",
        "inventoryActivate",
        "inventorySetQuantities",
        "metafieldDefinitionCreate",
        "productSet",
        "productUpdate",
        "productVariantsBulkUpdate",
        "publishablePublish",
        "publishableUnpublish",
        "stagedUploadsCreate",
        "tagsAdd",
        "tagsRemove",
        "translationsRegister",
        "translationsRemove",
        "webhookSubscriptionCreate",
        "webhookSubscriptionDelete",
        "webhookSubscriptionUpdate",
    }
)


@every_document
def test_a_document_sends_no_mutation_that_is_not_on_the_list(name: str) -> None:
    document = parse(load_document(name).text)
    sent = {
        field.name.value
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode) and operation.operation.value == "mutation"
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    }
    assert sent <= MUTATIONS
