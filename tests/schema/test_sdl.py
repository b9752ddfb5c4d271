"""What is generated is fresh."""

from schema.sdl import README, SDL, readme, sdl


def test_schema_is_fresh() -> None:
    assert SDL.read_text("utf-8") == sdl(), "run `make generate`"


def test_tables_are_fresh() -> None:
    text = README.read_text("utf-8")
    assert text == readme(text), "run `make generate`"
