"""Links open what they were made for, until they expire, and nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from api.reports.links import ExpiredLink, ForgedLink, Links

LINKS = Links("k" * 32, "https://frontrow.example.org/")
FILE = "1001/7c1c5cc3-5a11-4ef5-9f0d-7f1e3bb1a3b0.csv"


def parts(link: str) -> tuple[str, str, str]:
    """File, expiry and signature of a link."""
    place = urlsplit(link)
    query = parse_qs(place.query)
    return place.path.removeprefix("/reports/"), query["expires"][0], query["signature"][0]


def test_a_link_opens_its_file() -> None:
    link = LINKS.to(FILE, datetime.now(UTC) + timedelta(days=7))
    assert link.startswith(f"https://frontrow.example.org/reports/{FILE}?expires=")
    LINKS.check(*parts(link))


@pytest.mark.parametrize(
    "change",
    [
        lambda file, expires, signature: (file.replace("1001", "1002"), expires, signature),
        lambda file, expires, signature: (file, str(int(expires) + 1), signature),
        lambda file, expires, signature: (file, expires, signature[:-1] + ("0" if signature[-1] != "0" else "1")),
        lambda file, expires, signature: (file, expires, ""),
        lambda file, expires, signature: (file, expires, "é" * 64),
        lambda file, expires, signature: (file, "", signature),
        lambda file, expires, signature: (file, "-1", signature),
        lambda file, expires, signature: (file, "9" * 400, signature),
        lambda file, expires, signature: (file, "٣" + expires, signature),
        lambda file, expires, signature: ("../../etc/passwd", expires, signature),
    ],
)
def test_a_changed_link_opens_nothing(change) -> None:  # type: ignore[no-untyped-def]
    link = LINKS.to(FILE, datetime.now(UTC) + timedelta(days=7))
    with pytest.raises(ForgedLink):
        LINKS.check(*change(*parts(link)))


def test_another_key_signs_nothing() -> None:
    link = Links("x" * 32, "").to(FILE, datetime.now(UTC) + timedelta(days=7))
    with pytest.raises(ForgedLink):
        LINKS.check(*parts(link))


def test_a_link_expires() -> None:
    with pytest.raises(ExpiredLink):
        LINKS.check(*parts(LINKS.to(FILE, datetime.now(UTC) - timedelta(seconds=1))))
