"""Node: everything with a global id."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Self

import strawberry

from resolvers.ids import GlobalId
from schema.fields import field
from schema.info import Info


@strawberry.interface(description="Something with an id of its own.")
class Node:
    """What the `node` field can find again."""

    @field("An id that is unique among all types; `node` finds the object again. Do not take it apart.")
    def id(self, info: Info) -> strawberry.ID:
        return strawberry.ID(str(GlobalId(info.context.tenant, type(self).__name__, self.key())))

    def key(self) -> str:
        """Its key among those of its type."""
        raise NotImplementedError

    @classmethod
    async def load(cls, info: Info, key: str) -> Self | None:
        """The one with this key, if there is one."""
        raise NotImplementedError

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The object that a record of the catalogue is: columns and fields have the same names."""
        return cls(**{name: row[name] for name in _columns(cls)})  # type: ignore[arg-type]


@cache
def _columns(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if field.init)
