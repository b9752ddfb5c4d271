"""Domain: the sites that players are on."""

from typing import Self

import strawberry

from db.codes import UNKNOWN
from db.question import Scope as Path
from resolvers.places import is_known
from schema.info import Info
from schema.node import Node
from schema.scope import Scope


@strawberry.type(description="A site that players are on.")
class Domain(Node, Scope):
    """One that the tenant has seen."""

    name: str = strawberry.field(description="The host, in lower case.")

    def key(self) -> str:
        """Its name."""
        return self.name

    def path(self) -> Path:
        """The events on it."""
        return (("domain", self.name),)

    @classmethod
    def of_row(cls, key: str) -> Self | None:
        """The one that a row of a breakdown is about; none for Unknown."""
        return None if key == UNKNOWN else cls(name=key)

    @classmethod
    async def load(cls, info: Info, key: str) -> Self | None:
        """The one of this name, if the tenant has ever seen it."""
        return cls(name=key) if await is_known(info.context, "domain", key) else None
