"""What a client selected below a field, so that nothing else is computed.

Works on the document: fields under any alias, in fragments of any type, several times under one name; fields that
@skip or @include leave out do not count.
"""

from collections.abc import Iterable, Iterator, Sequence

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    ValueNode,
    VariableNode,
)

from schema.enums import MetricName
from schema.info import Info
from schema.metrics import NAME_OF_FIELD

Path = Sequence[str]


def selected_metrics(info: Info, *paths: Path) -> frozenset[str]:
    """The metrics selected of the Metrics objects at these paths below the field."""
    nodes = info._raw_info.field_nodes
    key = (tuple(map(id, nodes)), paths)
    memo = info.context.memo
    if key not in memo:
        names = (node.name.value for path in paths for node in fields(info, nodes, (*path, "*")))
        memo[key] = frozenset(NAME_OF_FIELD[name] for name in names if name in NAME_OF_FIELD)
    found: frozenset[str] = memo[key]
    return found


def selects(info: Info, *paths: Path) -> bool:
    """Whether a field is selected at any of these paths below the field."""
    nodes = info._raw_info.field_nodes
    return any(True for path in paths for _ in fields(info, nodes, path))


def metric_arguments(info: Info, argument: str, default: str, *paths: Path) -> frozenset[str]:
    """The metrics that the fields at these paths name in an argument."""
    nodes = info._raw_info.field_nodes
    found = (_argument(info, node, argument) or default for path in paths for node in fields(info, nodes, path))
    return frozenset(found)


def fields(info: Info, nodes: Iterable[FieldNode], path: Path) -> Iterator[FieldNode]:
    """The fields at a path of names below these; `*` is any name."""
    if not path:
        yield from nodes
        return
    name, *rest = path
    below = (child for node in nodes if node.selection_set for child in _fields(info, node.selection_set.selections))
    yield from fields(info, (child for child in below if name in ("*", child.name.value)), rest)


def _fields(info: Info, selections: Iterable[SelectionNode]) -> Iterator[FieldNode]:
    """The fields among these selections and in their fragments."""
    for node in selections:
        if not _is_included(info, node):
            continue
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                yield from _fields(info, node.selection_set.selections)
            case FragmentSpreadNode():
                fragment = info._raw_info.fragments[node.name.value]
                yield from _fields(info, fragment.selection_set.selections)


def _is_included(info: Info, node: SelectionNode) -> bool:
    """Whether neither @skip nor @include leaves it out."""
    for directive in node.directives or ():
        name = directive.name.value
        conditions = (argument.value for argument in directive.arguments or ())
        if name in ("skip", "include") and any(_is_true(info, value) is (name == "skip") for value in conditions):
            return False
    return True


def _is_true(info: Info, value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return bool(info.variable_values.get(value.name.value))
    return isinstance(value, BooleanValueNode) and value.value


def _argument(info: Info, node: FieldNode, name: str) -> str | None:
    """The metric that an argument names; none where it is left out or null."""
    for argument in node.arguments or ():
        if argument.name.value == name:
            value = argument.value
            if isinstance(value, VariableNode):
                return info.variable_values.get(value.name.value)
            return MetricName[value.value].value if isinstance(value, EnumValueNode) else None
    return None
