"""Texts as they are searched."""

import unicodedata


def folded(text: str) -> str:
    """The text without case and accents, as it is searched."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
