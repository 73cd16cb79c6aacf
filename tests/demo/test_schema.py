"""The stand-in shop's schema is a subset of Shopify's: nothing in it that Shopify would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    is_enum_type,
    is_required_argument,
    is_specified_scalar_type,
    parse,
)
from graphql import is_introspection_type as is_introspection
from graphql import validate as graphql_validate

from integration.demo.shop import documents
from integration.demo.shop.schema import load_schema
from tests.shopify.official import load_or_skip

DOCUMENTS = sorted((Path(__file__).parents[2] / "integration" / "shopify" / "documents").glob("*.graphql"))


@pytest.fixture(scope="module")
def official() -> GraphQLSchema:
    return load_or_skip().schema


def our_types() -> list[GraphQLNamedType]:
    return [kind for kind in load_schema().type_map.values() if not is_specified_scalar_type(kind)
            and not is_introspection(kind)]  # fmt: skip


def differences(ours: GraphQLNamedType, official: GraphQLSchema) -> Iterator[str]:
    theirs: Any = official.type_map.get(ours.name)
    if theirs is None or type(theirs) is not type(ours):
        yield f"{ours.name} is not there, or is of another kind"
        return
    yield from (f"{ours.name} is no {name}" for name in _lacking(ours, theirs, "interfaces"))
    yield from (f"{name} is not in {ours.name}" for name in _lacking(ours, theirs, "types"))
    if is_enum_type(ours):
        yield from (f"{ours.name}.{value}" for value in ours.values if value not in theirs.values)
        yield from (f"{ours.name}.{value} is deprecated" for value in ours.values
                    if value in theirs.values and theirs.values[value].deprecation_reason)  # fmt: skip
    for name, field in getattr(ours, "fields", {}).items():
        yield from _field_differences(f"{ours.name}.{name}", field, theirs.fields.get(name))


def _lacking(ours: Any, theirs: Any, attribute: str) -> set[str]:
    names = [{kind.name for kind in getattr(side, attribute, ())} for side in (ours, theirs)]
    return names[0] - names[1]


def _field_differences(label: str, ours: Any, theirs: Any) -> Iterator[str]:
    if theirs is None or str(theirs.type) != str(ours.type):
        yield f"{label}: {ours.type} is not what Shopify has"
        return
    if theirs.deprecation_reason:
        yield f"{label} is deprecated"
    if not isinstance(ours, GraphQLField):
        return
    for name, argument in ours.args.items():
        known = theirs.args.get(name)
        if known is None or str(known.type) != str(argument.type) or known.deprecation_reason:
            yield f"{label}({name}: {argument.type}) is not what Shopify has"
    required = {name for name, argument in theirs.args.items() if is_required_argument(argument)}
    yield from (f"{label} lacks its required argument {name}" for name in required - ours.args.keys())


def test_every_type_field_argument_and_value_is_shopifys(official: GraphQLSchema) -> None:
    assert [text for kind in our_types() for text in differences(kind, official)] == []


def test_a_difference_would_be_seen(official: GraphQLSchema) -> None:
    order: Any = load_schema().type_map["Order"]
    money: Any = load_schema().type_map["MoneyV2"]
    assert list(_field_differences("Order.name", money.fields["amount"], order.fields["name"]))
    assert list(differences(load_schema().type_map["OrderApp"], load_schema())) == []
    assert official.type_map.keys() - load_schema().type_map.keys()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_document_of_the_app_about_orders_and_shops_is_understood(path: Path) -> None:
    text = path.read_text()
    assert graphql_validate(load_schema(), parse(text)) == []
    assert isinstance(documents.read(text), documents.Document)
