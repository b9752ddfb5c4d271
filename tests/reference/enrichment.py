"""What a raw referrer and user agent say: domain and URL, device, system and browser."""

import base64
import binascii
from urllib.parse import urlsplit

SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iOS", "Macintosh": "macOS", "Linux": "Linux"}
MOBILE = {"Android", "iOS"}
BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}


def from_referrer(referrer: str) -> dict[str, str]:
    """Domain and URL of a referrer, plain or base64; nothing where it is no web address."""
    address = referrer if "://" in referrer else decoded(referrer)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return {}
    if parts.scheme.lower() not in ("http", "https") or not host:
        return {}
    place = host if port is None else f"{host}:{port}"
    return {"domain": host, "url": f"{parts.scheme.lower()}://{place}{parts.path}"}


def decoded(text: str) -> str:
    """The text that base64 stands for, with either alphabet and with or without padding; empty for none."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def from_user_agent(agent: str) -> dict[str, str]:
    """Device, system and browser of the common desktop and phone agents; nothing for others."""
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), None)
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), None)
    if system is None or browser is None:
        return {}
    return {"device": "Mobile" if system in MOBILE else "Desktop", "os": system, "browser": browser}
