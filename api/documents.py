"""Documents, parsed and validated once: dashboards send the same few over and over.

`Documents.get` answers with a document that can be executed as it is, or raises what is wrong with it. Bad ones are not
kept. What is kept is bounded by the length of the texts, since a parsed document takes some fifty times its text.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    get_operation_ast,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.limits import Limits, TooManyTokens, check

KEPT_CHARACTERS = 2_000_000
LONGEST_KEPT = 50_000
KEPT_CHECKS = 64


class NoZeroCharacters(ValidationRule):
    """Strings without U+0000, which no database of ours can hold or compare."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Reports a literal that holds one."""
        if "\0" in node.value:
            self.report_error(GraphQLError("a string may not hold U+0000", node))


RULES = (
    *dict.fromkeys((*specified_rules, *recommended_rules)),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    NoZeroCharacters,
)


class InvalidDocument(Exception):
    """The document is not valid; `errors` say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


class Document:
    """A valid document, and for which variables its limits were already checked."""

    def __init__(self, ast: DocumentNode) -> None:
        self.ast = ast
        self._checked: set[object] = set()

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute: the one of this name, or the only one."""
        if found := get_operation_ast(self.ast, name):
            return found
        raise _no_operation(self.ast, name)

    def check(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any], limits: Limits
    ) -> None:
        """Raises where the operation with these variables asks for more than it may."""
        sizes = (n for n in variables.items() if isinstance(n[1], int | float))
        lengths = ((name, len(value)) for name, value in variables.items() if isinstance(value, list))
        key = (id(operation), limits, *sizes, *lengths)
        if key in self._checked:
            return
        check(schema, self.ast, operation, variables, limits)
        if len(self._checked) < KEPT_CHECKS:
            self._checked.add(key)


class Documents:
    """The documents of one schema, the ones used last kept."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def get(self, text: str, limits: Limits) -> Document:
        """The document, parsed and validated; raises InvalidDocument."""
        if (kept := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return kept
        document = Document(self._valid(text, limits))
        if len(text) <= LONGEST_KEPT:
            self._keep(text, document)
        return document

    def _valid(self, text: str, limits: Limits) -> DocumentNode:
        try:
            ast = parse(text, max_lexical_tokens=limits.max_tokens, max_comments=limits.max_tokens)
        except GraphQLSyntaxError as error:
            raise InvalidDocument([_too_long(error, limits) or error]) from None
        if errors := validate(self.schema, ast, RULES):
            raise InvalidDocument(errors)
        return ast

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._characters += len(text)
        while self._characters > KEPT_CHARACTERS:
            dropped, _ = self._kept.popitem(last=False)
            self._characters -= len(dropped)


def _no_operation(ast: DocumentNode, name: str | None) -> GraphQLError:
    """The error for a name that no operation has, or for none where there are several; with those that there are."""
    operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
    names = ", ".join(node.name.value for node in operations if node.name)
    message = (
        "`operationName` must say which operation" if name is None else f"there is no operation named {name[:80]!r}"
    )
    hint = f"the document holds {names}" if names else "its operation has no name: leave `operationName` out"
    return GraphQLError(message, extensions={"hint": hint})


def _too_long(error: GraphQLSyntaxError, limits: Limits) -> GraphQLError | None:
    """The limit by its own error, where that is what stopped the parser."""
    if "tokens. Parsing aborted" not in error.message:
        return None
    cause = TooManyTokens(limits.max_tokens)
    return GraphQLError(cause.message, source=error.source, positions=error.positions, original_error=cause)
