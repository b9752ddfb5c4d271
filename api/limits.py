"""How much one document may ask for: depth, aliases, page sizes and cost.

The cost is the number of objects that the answer could hold: a connection holds `first` of them, each row again all
that is asked of a row. So it is known before anything is computed. Introspection is free; its own depth is held by
graphql-core. Fields asked for twice under one name count once, as they are answered once; what @skip and @include
leave out counts not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from api.inclusion import is_included
from db.errors import QuestionError
from resolvers.errors import InvalidPage, PageTooLarge

LENGTHS: Final = {"timeline": 100, "playbackCurve": 100, "engagementHeatmap": 100}
USUAL_LENGTH: Final = 10  # of other lists without `first`


class Limits(Protocol):
    """The limits in force for a document."""

    @property
    def max_depth(self) -> int: ...
    @property
    def max_aliases(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def max_cost(self) -> int: ...
    @property
    def max_page_size(self) -> int: ...


class TooManyTokens(QuestionError):
    """The document is longer than may be read."""

    code = "TOO_MANY_TOKENS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the document holds more than {limit:,} tokens", hint="use fragments, or ask in several requests"
        )


class TooDeep(QuestionError):
    """Fields stand inside fields too deep."""

    code = "TOO_DEEP"

    def __init__(self, depth: int, limit: int) -> None:
        super().__init__(
            f"the document is {depth:,} fields deep and may be {limit:,}",
            hint="ask for fewer levels at once; `filter` narrows a scope without a level of its own",
        )


class TooManyAliases(QuestionError):
    """One operation renames too many fields."""

    code = "TOO_MANY_ALIASES"

    def __init__(self, aliases: int, limit: int) -> None:
        super().__init__(
            f"the document holds {aliases:,} aliases and may hold {limit:,}",
            hint="use a connection or `nodes(ids:)` for many of a kind, or several requests",
        )


class TooCostly(QuestionError):
    """The answer could hold too many objects."""

    code = "TOO_COSTLY"

    def __init__(self, cost: int, limit: int) -> None:
        super().__init__(
            f"the answer could hold {cost:,} objects and may hold {limit:,}",
            hint="ask for smaller pages (`first`) or fewer levels, or page with `after`",
        )


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection amounts to, for one object that it is asked of."""

    cost: int = 0
    depth: int = 0
    aliases: int = 0


def check(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: Limits,
) -> None:
    """Raises a GraphQLError for the first limit that the operation of a valid document exceeds."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return
    size = _Measure.of(schema, document, operation, variables, limits).selection(root, [operation.selection_set])
    if size.depth > limits.max_depth:
        raise at(operation, TooDeep(size.depth, limits.max_depth))
    if size.aliases > limits.max_aliases:
        raise at(operation, TooManyAliases(size.aliases, limits.max_aliases))
    if size.cost > limits.max_cost:
        raise at(operation, TooCostly(size.cost, limits.max_cost))


def at(node: FieldNode | OperationDefinitionNode, error: QuestionError) -> GraphQLError:
    """The error, with its place in the document."""
    return GraphQLError(error.message, nodes=[node], original_error=error)


@dataclass(slots=True)
class _Measure:
    """Measures selections; each once, however often fragments repeat it, so that the work is linear in the document."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    defaults: Mapping[str, ValueNode]
    variables: Mapping[str, Any]
    limits: Limits
    known: dict[tuple[str, int, tuple[int, ...]], Size] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        limits: Limits,
    ) -> "_Measure":
        """A measure for one operation with its variables."""
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        definitions = operation.variable_definitions or ()
        defaults = {d.variable.name.value: d.default_value for d in definitions if d.default_value is not None}
        return cls(schema, fragments, defaults, variables, limits)

    def selection(self, parent: GraphQLNamedType, sets: Sequence[SelectionSetNode], page: int = 1) -> Size:
        """The size of these selections of one object; `page`: how many rows it has, if it is a connection."""
        key = (parent.name, page, tuple(map(id, sets)))
        if (known := self.known.get(key)) is None:
            known = self.known[key] = self._measure(parent, sets, page)
        return known

    def _measure(self, parent: GraphQLNamedType, sets: Sequence[SelectionSetNode], page: int) -> Size:
        fields: dict[tuple[str, str], list[FieldNode]] = {}
        for owner, node in self._fields(parent, sets, set()):
            response = node.alias.value if node.alias else node.name.value
            fields.setdefault((owner.name, response), []).append(node)
        sizes = [self._field(self.schema.type_map[owner], nodes, page) for (owner, _), nodes in fields.items()]
        cost, aliases = sum(size.cost for size in sizes), sum(size.aliases for size in sizes)
        return Size(cost, max((size.depth for size in sizes), default=0), aliases)

    def _fields(
        self, parent: GraphQLNamedType, sets: Sequence[SelectionSetNode], seen: set[str]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        """The fields selected, with the type they are selected of; fragments are entered, each once."""
        for node in (node for selections in sets for node in selections.selections):
            if not is_included(node, self.variables, self.defaults):
                continue
            if isinstance(node, FieldNode):
                yield parent, node
            elif isinstance(node, InlineFragmentNode):
                owner = self.schema.type_map[node.type_condition.name.value] if node.type_condition else parent
                yield from self._fields(owner, [node.selection_set], seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                owner = self.schema.type_map[fragment.type_condition.name.value]
                yield from self._fields(owner, [fragment.selection_set], seen)

    def _field(self, parent: GraphQLNamedType, nodes: list[FieldNode], page: int) -> Size:
        """The size of one field of the answer, with all that is in it."""
        node = nodes[0]
        aliases = int(node.alias is not None and node.alias.value != node.name.value)
        definition = _definition(parent, node.name.value)
        if definition is None:  # introspection
            return Size(aliases=aliases)
        length = self._length(definition, node, page)
        inner = get_named_type(definition.type)
        sets = [each.selection_set for each in nodes if each.selection_set]
        below = self.selection(inner, sets, length) if is_composite_type(inner) else Size(cost=-1)
        times = length if _is_list(definition.type) else 1
        return Size(times * (1 + below.cost), 1 + below.depth, aliases + below.aliases)

    def _length(self, definition: GraphQLField, node: FieldNode, page: int) -> int:
        """How many objects a list may hold, or the rows of a connection."""
        if "first" in definition.args:
            return max(1, self._page_size(definition, node))
        if node.name.value in ("nodes", "edges") and "ids" not in definition.args:
            return page
        if "ids" in definition.args:
            return max(1, self._count(_argument(node, "ids")))
        return LENGTHS.get(node.name.value, USUAL_LENGTH)

    def _page_size(self, definition: GraphQLField, node: FieldNode) -> int:
        default = definition.args["first"].default_value
        size = self._integer(_argument(node, "first"))
        if size is None:
            size = default if default is not Undefined and isinstance(default, int) else USUAL_LENGTH
        if size < 0:
            raise at(node, InvalidPage(size))
        if size > self.limits.max_page_size:
            raise at(node, PageTooLarge(size, self.limits.max_page_size))
        return size

    def _integer(self, value: ValueNode | None) -> int | None:
        """A literal's or variable's integer; None where there is none or it is no integer, which is found out later."""
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self.variables:
                return self._integer(self.defaults.get(name))
            given = self.variables[name]
            return int(given) if isinstance(given, int | float) and given == given // 1 else None
        return int(value.value) if isinstance(value, IntValueNode) else None

    def _count(self, value: ValueNode | None) -> int:
        """How many items a literal's or variable's list has."""
        if isinstance(value, VariableNode):
            given = self.variables.get(value.name.value)
            return len(given) if isinstance(given, list) else 1
        return len(value.values) if isinstance(value, ListValueNode) else 1


def _argument(node: FieldNode, name: str) -> ValueNode | None:
    return next((argument.value for argument in node.arguments or () if argument.name.value == name), None)


def _definition(parent: GraphQLNamedType, name: str) -> GraphQLField | None:
    """The field of this name; None for those that every schema has."""
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _is_list(type_: GraphQLOutputType) -> bool:
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return isinstance(bare, GraphQLList)
