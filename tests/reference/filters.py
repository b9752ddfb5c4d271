"""Which facts a filter lets through. Keys are written as in the input; `Unknown` is a key like any other."""

from collections.abc import Collection
from typing import Any

from .attribution import Fact

Filter = dict[str, Any]

DIMENSIONS = {
    "country": "COUNTRY", "region": "REGION", "city": "CITY", "device": "DEVICE",
    "operatingSystem": "OPERATING_SYSTEM", "browser": "BROWSER", "domain": "DOMAIN", "url": "URL",
    "playbackType": "PLAYBACK_TYPE", "mediaType": "MEDIA_TYPE", "category": "CATEGORY",
    "playbackContext": "PLAYBACK_CONTEXT", "entryId": "ENTRY", "sessionId": "SESSION", "roomId": "ROOM",
    "eventId": "EVENT", "userId": "USER", "ownerId": "OWNER",
}  # fmt: skip


def passes(fact: Fact, condition: Filter | None) -> bool:
    """Whether the fact meets every part of the filter; parts that are null say nothing."""
    return all(meets(fact, name, part) for name, part in (condition or {}).items() if part is not None)


def meets(fact: Fact, name: str, part: Any) -> bool:
    match name:
        case "and":
            return all(passes(fact, inner) for inner in part)
        case "or":
            return any(passes(fact, inner) for inner in part)
        case "not":
            return not passes(fact, part)
        case _:
            return chosen(fact.keys[DIMENSIONS[name]], part)


def chosen(keys: Collection[str], part: dict[str, list[str] | None]) -> bool:
    """Whether one of the keys is among those asked for and none among those ruled out."""
    wanted, barred = part.get("in"), part.get("notIn")
    return (wanted is None or not set(keys).isdisjoint(wanted)) and set(keys).isdisjoint(barred or ())
