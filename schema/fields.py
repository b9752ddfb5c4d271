"""Fields with a resolver, described."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def field(description: str) -> Callable[[F], F]:
    """Makes a method a field. Its type stays that of the method, which `strawberry.field` would lose."""
    return cast(Callable[[F], F], strawberry.field(description=description))
