"""Searching users, wherever it is asked for: among those of the catalogue, and among those of a breakdown."""

from typing import Final

from db.text import folded
from resolvers.errors import SearchTooShort

SHORTEST_SEARCH: Final = 3


def searched(search: str | None) -> str | None:
    """The text to look for, in the form that users are searched in, none for an empty one; raises SearchTooShort."""
    if not search:
        return None
    if len(text := folded(search.strip())) < SHORTEST_SEARCH:
        raise SearchTooShort(search, SHORTEST_SEARCH)
    return text
