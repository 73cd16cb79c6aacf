"""The rules a document must pass, worded as Shopify words them. Nothing of a document that breaks one is executed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    UniqueArgumentNamesRule,
    UniqueFragmentNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
    ValidationRule,
    VariablesInAllowedPositionRule,
    get_named_type,
    is_input_type,
    is_leaf_type,
    is_required_argument,
    print_ast,
    type_from_ast,
)
from graphql.validation import NoFragmentCyclesRule

from .literals import wrong_literal

Ancestors = list[Any]


def steps(nodes: Iterable[Any]) -> list[str | int]:
    """The way to a node as Shopify tells it: 'query Name', field, '... on Type', argument."""
    return [step for step in map(_step, nodes) if step]


def _step(node: Any) -> str | None:
    if isinstance(node, OperationDefinitionNode):
        return f"{node.operation.value} {node.name.value}" if node.name else node.operation.value
    if isinstance(node, FragmentDefinitionNode):
        return f"fragment {node.name.value}"
    if isinstance(node, FieldNode):
        return (node.alias or node.name).value
    if isinstance(node, InlineFragmentNode):
        return f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    return node.name.value if isinstance(node, ArgumentNode | ObjectFieldNode) else None


class Rule(ValidationRule):
    """A rule whose errors carry Shopify's code and path."""

    def refuse(self, message: str, code: str, node: Node, ancestors: Ancestors, **extensions: Any) -> None:
        path = steps([*ancestors, node])
        self.report_error(GraphQLError(message, node, path=path, extensions={"code": code, **extensions}))


class FieldsExist(Rule):
    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        owner, name = self.context.get_parent_type(), node.name.value
        type_name = owner.name if owner else self._missing_root(ancestors)
        if type_name and self.context.get_field_def() is None:
            message = f"Field '{name}' doesn't exist on type '{type_name}'"
            self.refuse(message, "undefinedField", node, ancestors, typeName=type_name, fieldName=name)

    def _missing_root(self, ancestors: Ancestors) -> str | None:
        """The root type that this schema does not have: nobody subscribes here."""
        operation = next((node for node in ancestors if isinstance(node, OperationDefinitionNode)), None)
        if operation is None or self.context.schema.get_root_type(operation.operation) is not None:
            return None
        is_root_field = sum(isinstance(node, FieldNode) for node in ancestors) == 0
        return operation.operation.value.capitalize() if is_root_field else None


class SelectionsFit(Rule):
    """An object needs selections, a scalar takes none."""

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        graphql_type = self.context.get_type()
        if graphql_type is None:
            return
        named, name = get_named_type(graphql_type).name, node.name.value
        message = None
        if not is_leaf_type(get_named_type(graphql_type)) and node.selection_set is None:
            message = (
                f"Field must have selections (field '{name}' returns {named} but has no selections. "
                f"Did you mean '{name} {{ ... }}'?)"
            )
        elif is_leaf_type(get_named_type(graphql_type)) and node.selection_set is not None:
            chosen = ", ".join(f'"{_name(selection)}"' for selection in node.selection_set.selections)
            message = (
                f"Selections can't be made on scalars (field '{name}' returns {named} but has selections [{chosen}])"
            )
        if message:
            self.refuse(message, "selectionMismatch", node, ancestors, nodeName=f"field '{name}'", typeName=named)


def _name(selection: Any) -> str:
    return selection.name.value if isinstance(selection, FieldNode | FragmentSpreadNode) else "..."


class ArgumentsExist(Rule):
    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        owner = ancestors[-1]
        on_directive = isinstance(owner, DirectiveNode)
        known = self.context.get_directive() if on_directive else self.context.get_field_def()
        if known is None or self.context.get_argument() is not None:
            return
        kind = "Directive" if on_directive else "Field"
        name, argument = owner.name.value, node.name.value
        message = f"{kind} '{name}' doesn't accept argument '{argument}'"
        extensions = {"name": name, "typeName": kind, "argumentName": argument}
        self.refuse(message, "argumentNotAccepted", node, ancestors, **extensions)


class RequiredArgumentsGiven(Rule):
    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        self._check("Field", self.context.get_field_def(), node, ancestors)

    def enter_directive(self, node: DirectiveNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        self._check("Directive", self.context.get_directive(), node, ancestors)

    def _check(self, kind: str, definition: Any, node: FieldNode | DirectiveNode, ancestors: Ancestors) -> None:
        given = {argument.name.value for argument in node.arguments or ()}
        required = [name for name, argument in (definition.args if definition else {}).items()
                    if is_required_argument(argument)]  # fmt: skip
        missing = ", ".join(name for name in required if name not in given)
        if missing:
            name = node.name.value
            message = f"{kind} '{name}' is missing required arguments: {missing}"
            extensions = {"className": kind, "name": name, "arguments": missing}
            self.refuse(message, "missingRequiredArguments", node, ancestors, **extensions)


class LiteralsFit(Rule):
    """A value written in the document is of its argument's type; a global id looks like one."""

    def enter_argument(self, node: ArgumentNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        argument, field = self.context.get_argument(), self.context.get_field_def()
        owner = ancestors[-1]
        if argument is None or field is None or not isinstance(owner, FieldNode):
            return
        wrong = wrong_literal(node.value, argument.type)
        if wrong is None:
            return
        if isinstance(wrong, str):
            self.refuse(wrong, "argumentLiteralsIncompatible", node, ancestors, typeName="CoercionError")
            return
        name = node.name.value
        message = (
            f"Argument '{name}' on Field '{owner.name.value}' has an invalid value ({print_ast(node.value)}). "
            f"Expected type '{argument.type}'."
        )
        path = steps([*ancestors, node])
        extensions = {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": name}
        self.report_error(GraphQLError(message, owner, path=path, extensions=extensions))


class VariablesUsed(Rule):
    """Every declared variable is used, every used one is declared, and its type is an input type."""

    def leave_operation_definition(
        self, node: OperationDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors
    ) -> None:
        label = node.name.value if node.name else f"anonymous {node.operation.value}"
        used = [usage.node for usage in self.context.get_recursive_variable_usages(node)]
        used_names = {usage.name.value for usage in used}
        declared = {definition.variable.name.value for definition in node.variable_definitions or ()}
        for definition in node.variable_definitions or ():
            name = definition.variable.name.value
            self._check_type(name, definition, node, ancestors)
            if name not in used_names:
                message = f"Variable ${name} is declared by {label} but not used"
                self.refuse(message, "variableNotUsed", node, ancestors, variableName=name)
        for usage in used:
            if usage.name.value not in declared:
                message = f"Variable ${usage.name.value} is used by {label} but not declared"
                path = steps([*ancestors, node])
                extensions = {"code": "variableNotDefined", "variableName": usage.name.value}
                self.report_error(GraphQLError(message, usage, path=path, extensions=extensions))

    def _check_type(self, name: str, definition: Any, node: OperationDefinitionNode, ancestors: Ancestors) -> None:
        graphql_type = type_from_ast(self.context.schema, definition.type)
        if graphql_type is None or not is_input_type(graphql_type):
            written = print_ast(definition.type).strip("[]!")
            message = f"{written} isn't a defined input type (on ${name})"
            extensions = {"typeName": written, "variableName": name}
            self.refuse(message, "variableRequiresValidType", node, ancestors, **extensions)


class FragmentsFit(Rule):
    """Fragments are on known types, defined where used and used where defined."""

    def enter_document(self, node: Any, *_args: Any) -> None:
        self.used: set[str] = set()
        self.defined = [part for part in node.definitions if isinstance(part, FragmentDefinitionNode)]

    def enter_fragment_spread(
        self, node: FragmentSpreadNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors
    ) -> None:
        name = node.name.value
        self.used.add(name)
        if self.context.get_fragment(name) is None:
            message = f"Fragment {name} was used, but not defined"
            self.refuse(message, "useAndDefineFragment", node, ancestors, fragmentName=name)

    def enter_inline_fragment(
        self, node: InlineFragmentNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors
    ) -> None:
        if node.type_condition:
            self._check(node.type_condition.name.value, node, ancestors)

    def enter_fragment_definition(
        self, node: FragmentDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors
    ) -> None:
        self._check(node.type_condition.name.value, node, ancestors)

    def _check(self, name: str, node: Node, ancestors: Ancestors) -> None:
        if name not in self.context.schema.type_map:
            message = f"No such type {name}, so it can't be a fragment condition"
            self.refuse(message, "undefinedType", node, ancestors, typeName=name)

    def leave_document(self, *_args: Any) -> None:
        for fragment in self.defined:
            name = fragment.name.value
            if name not in self.used:
                message = f"Fragment {name} was defined, but not used"
                self.refuse(message, "useAndDefineFragment", fragment, [], fragmentName=name)


class DirectivesExist(Rule):
    def enter_directive(self, node: DirectiveNode, _key: Any, _parent: Any, _path: Any, ancestors: Ancestors) -> None:
        if self.context.get_directive() is None:
            name = node.name.value
            self.refuse(f"Directive @{name} is not defined", "undefinedDirective", node, ancestors, directiveName=name)


RULES: list[type[Any]] = [
    FieldsExist,
    SelectionsFit,
    ArgumentsExist,
    RequiredArgumentsGiven,
    LiteralsFit,
    DirectivesExist,
    FragmentsFit,
    VariablesUsed,
    # Not recorded from a shop: GraphQL's own wording.
    VariablesInAllowedPositionRule,
    NoFragmentCyclesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    UniqueArgumentNamesRule,
    UniqueFragmentNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
]
