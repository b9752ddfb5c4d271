"""Text as it is searched: without case and accents."""

from unicodedata import combining, normalize


def folded(text: str) -> str:
    """The text without case, accents and space around it."""
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter)).strip()
