"""Which media type an answer has, by what the request says it accepts."""

from collections.abc import Iterator

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"

ACCEPTED_AS = {GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, JSON: JSON, "application/*": JSON, "*/*": JSON}


def answer_type(accept: str | None) -> str | None:
    """The media type of a GraphQL answer: the best accepted, of equals the first; None where none is acceptable."""
    if accept is None or not accept.strip():
        return JSON
    refused = {kind for kind, quality in _ranges(accept) if quality <= 0}
    liked = [(quality, kind) for kind, quality in _ranges(accept) if quality > 0 and kind in ACCEPTED_AS]
    usable = [(quality, ACCEPTED_AS[kind]) for quality, kind in liked if ACCEPTED_AS[kind] not in refused]
    return max(usable, key=lambda item: item[0])[1] if usable else None


def wants_html(accept: str | None) -> bool:
    """Whether a page is liked better than a GraphQL answer, as browsers say when one types an address."""
    qualities = dict(_ranges(accept or ""))
    return qualities.get(HTML, 0) > max((qualities.get(kind, 0) for kind in (GRAPHQL_RESPONSE, JSON)), default=0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media ranges with their quality, as they are listed."""
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if kind:
            yield kind, _quality(parameters)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
