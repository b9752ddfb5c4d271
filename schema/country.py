"""Country: where viewers are."""

from typing import Self

import strawberry

from db.question import Scope as Path
from resolvers.places import country_name
from schema.info import Info
from schema.node import Node
from schema.scope import Scope


@strawberry.type(description="A country, as a place that people watch from.")
class Country(Node, Scope):
    """An ISO 3166-1 country."""

    code: str = strawberry.field(description="ISO 3166-1 alpha-2 code, in capitals.")
    name: str = strawberry.field(description="Its usual English name.")

    def key(self) -> str:
        """Its code."""
        return self.code

    def path(self) -> Path:
        """The events from there."""
        return (("country", self.code),)

    @classmethod
    def by_code(cls, code: str | None) -> Self | None:
        """The country with this code; none for what is no code."""
        name = country_name(code) if code else None
        return cls(code=code, name=name) if code and name else None

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The country with this code."""
        return cls.by_code(key)
