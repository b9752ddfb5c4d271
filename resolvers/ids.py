"""Global ids: opaque names of objects, made of tenant, type and key. One of another tenant names nothing."""

from typing import Final, NamedTuple

from db.catalogue import storable
from resolvers.errors import InvalidId
from resolvers.pages import decode, encode

TYPES: Final = ("Entry", "Session", "Room", "User", "VirtualEvent", "Poll", "Country", "Device", "Domain", "Report")


class GlobalId(NamedTuple):
    """What an id says."""

    tenant: int
    type: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "GlobalId":
        """What this id says; raises InvalidId."""
        try:
            tenant, type_, key = decode(text).split(":", 2)
            parsed = cls(int(tenant), type_, key)
        except ValueError as error:
            raise InvalidId(text) from error
        if type_ not in TYPES or not storable(key) or str(parsed) != text:
            raise InvalidId(text)
        return parsed

    def __str__(self) -> str:
        return encode(f"{self.tenant}:{self.type}:{self.key}")
