"""Which selections a request's variables leave out, by @skip and @include."""

from collections.abc import Mapping
from typing import Any

from graphql import BooleanValueNode, DirectiveNode, SelectionNode, ValueNode, VariableNode


def is_included(node: SelectionNode, variables: Mapping[str, Any], defaults: Mapping[str, ValueNode]) -> bool:
    """Whether neither directive leaves it out; `defaults` are those of variables that were not given."""
    return not any(
        _holds(directive, variables, defaults) is (directive.name.value == "skip")
        for directive in node.directives or ()
        if directive.name.value in ("skip", "include")
    )


def _holds(directive: DirectiveNode, variables: Mapping[str, Any], defaults: Mapping[str, ValueNode]) -> bool:
    """What its `if` says; a variable that is none is refused later, and until then taken for false."""
    value = next((argument.value for argument in directive.arguments or ()), None)
    if isinstance(value, VariableNode):
        name = value.name.value
        if name in variables:
            return variables[name] is True
        value = defaults.get(name)
    return isinstance(value, BooleanValueNode) and value.value
