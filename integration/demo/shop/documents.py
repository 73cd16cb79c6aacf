"""GraphQL texts read once: parsed, held against the schema, kept. A refused text answers with Shopify's errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    Lexer,
    OperationDefinitionNode,
    Source,
    Token,
    TokenKind,
    parse,
    validate,
)

from .errors import DocumentRefusedError, ErrorDict, document_error
from .schema import load_schema
from .validation import RULES

# How Ruby's GraphQL parser, which Shopify runs, names what it meets.
TOKEN_NAMES = {
    TokenKind.BRACE_L: "LCURLY", TokenKind.BRACE_R: "RCURLY", TokenKind.PAREN_L: "LPAREN", TokenKind.PAREN_R: "RPAREN",
    TokenKind.BRACKET_L: "LBRACKET", TokenKind.BRACKET_R: "RBRACKET", TokenKind.NAME: "IDENTIFIER",
    TokenKind.COLON: "COLON", TokenKind.BANG: "BANG", TokenKind.DOLLAR: "VAR_SIGN", TokenKind.EQUALS: "EQUALS",
    TokenKind.INT: "INT", TokenKind.FLOAT: "FLOAT", TokenKind.STRING: "STRING", TokenKind.AT: "DIR_SIGN",
    TokenKind.SPREAD: "ELLIPSIS", TokenKind.PIPE: "PIPE", TokenKind.AMP: "AMP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    node: DocumentNode
    operations: tuple[OperationDefinitionNode, ...]
    fragments: dict[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation that was asked for; its name may be left out where there is only one."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        if name is None:
            raise DocumentRefusedError({"message": "An operation name is required"})
        for operation in self.operations:
            if operation.name is not None and operation.name.value == name:
                return operation
        raise DocumentRefusedError({"message": f'No operation named "{name}"'})


@lru_cache(maxsize=256)
def read(text: str) -> Document | tuple[ErrorDict, ...]:
    """The document, or why it is refused."""
    try:
        node = parse(text)
    except GraphQLSyntaxError as error:
        return (_syntax_error(text, error),)
    errors = validate(load_schema(), node, RULES)
    if errors:
        return tuple(document_error(error) for error in errors)
    operations = tuple(part for part in node.definitions if isinstance(part, OperationDefinitionNode))
    fragments = {part.name.value: part for part in node.definitions if isinstance(part, FragmentDefinitionNode)}
    return Document(node, operations, fragments)


def _syntax_error(text: str, error: GraphQLSyntaxError) -> ErrorDict:
    token = _token_at(text, _start(error))
    if token.kind is TokenKind.EOF:
        token = _last_token(text)
        what = "end of file"
    else:
        what = f'{TOKEN_NAMES.get(token.kind, "invalid token")} ("{token.value or token.kind.value}")'
    place = {"line": token.line, "column": token.column}
    message = f"syntax error, unexpected {what} at [{token.line}, {token.column}]"
    return {"message": message, "locations": [place], "extensions": {"code": "PARSE_ERROR"}}


def _start(error: GraphQLSyntaxError) -> int:
    return next(iter(error.positions or ()), 0)


def _tokens(text: str) -> list[Token]:
    lexer, tokens = Lexer(Source(text)), []
    try:
        while (token := lexer.advance()).kind is not TokenKind.EOF:
            tokens.append(token)
        tokens.append(token)
    except GraphQLSyntaxError as error:
        place = error.locations[0] if error.locations else None
        line, column = (place.line, place.column) if place else (1, 1)
        start = _start(error)
        tokens.append(Token(TokenKind.COMMENT, start, start + 1, line, column, text[start : start + 1]))
    return tokens


def _token_at(text: str, position: int) -> Token:
    tokens = _tokens(text)
    return next((token for token in tokens if token.start >= position), tokens[-1])


def _last_token(text: str) -> Token:
    tokens = _tokens(text)
    return tokens[-2] if len(tokens) > 1 else tokens[-1]
