"""Where sample viewers are, what they watch with and on which pages: plain tables."""

from typing import NamedTuple


class Place(NamedTuple):
    """A city; `offset` is its hours from UTC, `weight` its share of the audience."""

    country: str
    region: str
    city: str
    offset: float
    weight: float


class Device(NamedTuple):
    """What a viewer watches with."""

    device: str
    os: str
    browser: str
    weight: float


class Site(NamedTuple):
    """A page that embeds the player; `context` is its category page, None where it has none."""

    domain: str
    url: str
    context: str | None
    weight: float


PLACES = (
    Place("US", "California", "San Francisco", -7, 9),
    Place("US", "California", "San José", -7, 4),
    Place("US", "New York", "New York", -4, 8),
    Place("US", "Texas", "Austin", -5, 5),
    Place("GB", "England", "London", 1, 8),
    Place("GB", "England", "Manchester", 1, 3),
    Place("GB", "Scotland", "Edinburgh", 1, 2),
    Place("DE", "Berlin", "Berlin", 2, 5),
    Place("DE", "Bayern", "München", 2, 4),
    Place("DE", "Nordrhein-Westfalen", "Köln", 2, 2),
    Place("FR", "Île-de-France", "Paris", 2, 5),
    Place("FR", "Auvergne-Rhône-Alpes", "Lyon", 2, 2),
    Place("ES", "Madrid", "Madrid", 2, 3),
    Place("ES", "Cataluña", "Barcelona", 2, 3),
    Place("BR", "São Paulo", "São Paulo", -3, 6),
    Place("BR", "Rio de Janeiro", "Niterói", -3, 2),
    Place("IN", "Karnataka", "Bengaluru", 5.5, 6),
    Place("IN", "Maharashtra", "Mumbai", 5.5, 4),
    Place("IL", "Tel Aviv", "Tel Aviv", 3, 3),
    Place("IL", "Haifa", "Haifa", 3, 1),
    Place("JP", "Tokyo", "Tokyo", 9, 4),
    Place("JP", "Osaka", "Osaka", 9, 2),
    Place("PL", "Mazowieckie", "Warszawa", 2, 2),
    Place("PL", "Małopolskie", "Kraków", 2, 2),
    Place("CA", "Ontario", "Toronto", -4, 3),
    Place("CA", "Québec", "Montréal", -4, 2),
    Place("AU", "New South Wales", "Sydney", 10, 2),
    Place("AU", "Victoria", "Melbourne", 10, 1),
    Place("NG", "Lagos", "Lagos", 1, 2),
    Place("SE", "Stockholm", "Stockholm", 2, 2),
)

DEVICES = (
    Device("Desktop", "Windows", "Chrome", 30),
    Device("Desktop", "Windows", "Edge", 17),
    Device("Desktop", "macOS", "Safari", 9),
    Device("Desktop", "macOS", "Chrome", 12),
    Device("Desktop", "Linux", "Firefox", 6),
    Device("Mobile", "Android", "Chrome", 11),
    Device("Mobile", "iOS", "Safari", 10),
    Device("Tablet", "iPadOS", "Safari", 4),
    Device("TV", "Tizen", "Samsung Internet", 1),
)

ON_DEMAND_SITES = (
    Site("learn.frontrow.example", "https://learn.frontrow.example/product/tour", "Learning>Product", 22),
    Site("learn.frontrow.example", "https://learn.frontrow.example/courses", "Learning", 18),
    Site("learn.frontrow.example", "https://learn.frontrow.example/library", None, 10),
    Site("www.acme.example", "https://www.acme.example/videos", "Customer stories", 10),
    Site("www.acme.example", "https://www.acme.example/", None, 8),
    Site("intranet.globex.example", "https://intranet.globex.example/académie/accueil", "Learning>Onboarding", 9),
    Site("portal.initech.example", "https://portal.initech.example/watch/55", "Learning>Product", 8),
    Site("news.lumen.example", "https://news.lumen.example/2026/spring-release", "Releases", 6),
    Site("summit.frontrow.example", "https://summit.frontrow.example/on-demand", "Spring Summit>On demand", 9),
)

LIVE_SITES = (
    Site("summit.frontrow.example", "https://summit.frontrow.example/live", "Spring Summit", 80),
    Site("intranet.globex.example", "https://intranet.globex.example/en-direct", None, 12),
    Site("portal.initech.example", "https://portal.initech.example/live", "Spring Summit", 8),
)

ROOM_SITES = (Site("rooms.frontrow.example", "https://rooms.frontrow.example/studio", None, 1),)

SITES = ON_DEMAND_SITES + LIVE_SITES + ROOM_SITES
