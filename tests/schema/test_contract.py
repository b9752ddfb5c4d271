"""The served schema holds everything of the contract: types, fields, arguments, nullability, defaults."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLNamedType,
    Undefined,
    ast_from_value,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    print_ast,
)

from schema import schema

CONTRACT = build_schema(
    (Path(__file__).parent.parent / "data" / "contract.graphql").read_text("utf-8"), assume_valid=True
)
SERVED = schema._schema

NOT_YET = frozenset({"Subscription"})
"""What the contract has and is not served yet."""


def test_holds_the_contract() -> None:
    differences = [line for type_ in CONTRACT.type_map.values() for line in _differences(type_)]
    assert sorted(differences) == sorted(f"{name}: missing" for name in NOT_YET)


def test_everything_is_described() -> None:
    assert [name for name, description in _descriptions() if not description] == []


def _differences(type_: GraphQLNamedType) -> Iterator[str]:
    served = SERVED.type_map.get(type_.name)
    if type_.name.startswith("__"):
        return
    if served is None:
        yield f"{type_.name}: missing"
    elif not isinstance(served, type(type_)):
        yield f"{type_.name}: another kind"
    elif is_enum_type(type_) and is_enum_type(served):
        yield from (f"{type_.name}.{value}: missing" for value in type_.values if value not in served.values)
    elif is_input_object_type(type_) and is_input_object_type(served):
        yield from _differences_of_fields(type_.name, type_.fields, served.fields)
    elif (is_object_type(type_) or is_interface_type(type_)) and (is_object_type(served) or is_interface_type(served)):
        if missing := {each.name for each in type_.interfaces} - {each.name for each in served.interfaces}:
            yield f"{type_.name}: is no {missing}"
        yield from _differences_of_fields(type_.name, type_.fields, served.fields)
        for name, field in type_.fields.items():
            if name in served.fields:
                yield from _differences_of_fields(f"{type_.name}.{name}", field.args, served.fields[name].args)


def _differences_of_fields(owner, wanted, served) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Fields or arguments; those with a default in the contract have it."""
    for name, field in wanted.items():
        if name not in served:
            yield f"{owner}.{name}: missing"
        elif str(field.type) != str(served[name].type):
            yield f"{owner}.{name}: {served[name].type}, not {field.type}"
        elif _default(field) != _default(served[name]):
            yield f"{owner}.{name}: {_default(served[name])} by default, not {_default(field)}"


def _default(field) -> str | None:  # type: ignore[no-untyped-def]
    default = getattr(field, "default", None)
    literal = getattr(default, "literal", None)
    if literal is not None:
        return print_ast(literal).replace(" ", "")
    value = getattr(default, "value", getattr(field, "default_value", Undefined))
    if value is Undefined or value is None:
        return None
    node = ast_from_value(value, field.type)
    return print_ast(node).replace(" ", "") if node else None


def _descriptions() -> Iterator[tuple[str, str | None]]:
    for type_ in SERVED.type_map.values():
        if type_.name.startswith("__") or type_.name in ("Boolean", "Float", "ID", "Int", "String"):
            continue
        yield type_.name, type_.description
        if is_enum_type(type_):
            yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())
        if is_input_object_type(type_) or is_object_type(type_) or is_interface_type(type_):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument, definition in getattr(field, "args", {}).items():
                    yield f"{type_.name}.{name}({argument})", definition.description
