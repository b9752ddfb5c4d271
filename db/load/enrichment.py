"""What raw fields tell: a referrer its page, a user agent its device, an IP address its place.

Fields that are already enriched win as a group: where any of country, region and city is told, the address is not
looked at. What a raw field does not tell is Unknown; a bad one is no reason to refuse an event.
"""

import base64
import binascii
import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import maxminddb
import ua_parser

from db.codes import UNKNOWN
from db.errors import FrontrowError

_MOBILE: Final = frozenset({"iOS", "Android", "Windows Phone", "BlackBerry OS", "KaiOS", "Firefox OS", "HarmonyOS"})
_TELEVISION: Final = ("Tizen", "WebOS", "webOS", "tvOS", "Chromecast", "Roku", "FireOS TV", "Android TV")
_DESKTOP: Final = frozenset({"Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD"})
_SYSTEM_NAMES: Final = {"Mac OS X": "macOS", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux"}


class Places(Protocol):
    """Where IP addresses are: an open .mmdb file (maxminddb.Reader)."""

    def get(self, address: str) -> Any:
        """The record of an address, or None."""


class UnreadablePlaces(FrontrowError):
    """The database of places that is set is none."""

    code = "UNREADABLE_PLACES"

    def __init__(self, reason: str) -> None:
        hint = "FRONTROW_GEOIP_DATABASE is the path of a .mmdb file; unset it to do without"
        super().__init__(f"the GeoIP database can't be read: {reason}", hint=hint)


def open_places(path: Path | None) -> Places | None:
    """The database of places, where one is configured. Raises UnreadablePlaces."""
    try:
        return None if path is None else maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise UnreadablePlaces(str(error)) from None


def place_of(places: Places | None, ip: str) -> tuple[str, str, str]:
    """Country, region and city of an address."""
    try:
        found = places.get(str(ipaddress.ip_address(ip))) if places else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return (UNKNOWN, UNKNOWN, UNKNOWN)
    regions = found.get("subdivisions") or [{}]
    return (
        found.get("country", {}).get("iso_code") or UNKNOWN,
        regions[0].get("names", {}).get("en") or UNKNOWN,
        found.get("city", {}).get("names", {}).get("en") or UNKNOWN,
    )


@lru_cache(maxsize=16384)
def agent_of(user_agent: str) -> tuple[str, str, str]:
    """Device class, operating system and browser of a user agent."""
    found = ua_parser.parse(user_agent)
    system = found.os.family if found.os else UNKNOWN
    browser = found.user_agent.family if found.user_agent else UNKNOWN
    return (_device(user_agent, system), _SYSTEM_NAMES.get(system, system), _browser(browser))


def _device(user_agent: str, system: str) -> str:
    if any(word in user_agent for word in ("SmartTV", "SMART-TV", "AppleTV", "BRAVIA", "GoogleTV", *_TELEVISION)):
        return "TV"
    if "iPad" in user_agent or "Tablet" in user_agent or (system == "Android" and "Mobile" not in user_agent):
        return "Tablet"
    if system in _MOBILE:
        return "Mobile"
    return "Desktop" if system in _DESKTOP else UNKNOWN


def _browser(family: str) -> str:
    for name in ("Chrome", "Firefox", "Safari", "Edge", "Opera"):
        if family.removeprefix("Mobile ").startswith(name):
            return name
    return UNKNOWN if family == "Other" else family


@lru_cache(maxsize=65536)
def page_of(referrer: str) -> tuple[str, str]:
    """Domain and URL (without query and fragment) of a referrer, plain or base64."""
    for address in (referrer, _decoded(referrer)):
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            continue
        if parts.scheme.lower() in ("http", "https") and host:
            shown = f"[{host}]" if ":" in host else host
            where = shown if port is None else f"{shown}:{port}"
            return host, f"{parts.scheme.lower()}://{where}{parts.path}"
    return UNKNOWN, UNKNOWN


def _decoded(text: str) -> str:
    """The text that base64 of either alphabet stands for, padded or not; empty for none."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
