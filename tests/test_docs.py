"""The docs run: their commands are run, their queries asked, their tables fresh, their links lead somewhere.

A `sh` block is run as it stands, all of a file in one folder and against one service; a `graphql` block is asked of the
demo account. A comment before a block says what else is so: `<!-- not run: why -->`, `<!-- error: CODE -->`.
"""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from api.commands import app
from api.docs import readme
from tests.api.service import COMMAND, Frontrow
from tests.conftest import Served

ROOT = Path(__file__).parent.parent
README, GUIDE = ROOT / "README.md", ROOT / "schema" / "README.md"
DOCS = (README, GUIDE, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, and what the comment before it says; "" where there is none."""

    file: str
    line: int
    language: str
    note: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a file."""
    text = path.read_text("utf-8")
    file = path.relative_to(ROOT).as_posix()
    return [
        Block(file, text.count("\n", 0, found.start("text")), found["language"], found["note"] or "", found["text"])
        for found in BLOCK.finditer(text)
    ]


def followed(path: Path, language: str, by: str) -> list[tuple[Block, Block]]:
    """The blocks that are followed by one that shows their answer."""
    found = blocks(path)
    return [(a, b) for a, b in pairwise(found) if (a.language, b.language) == (language, by)]


def near(value: Any) -> Any:
    """The same, with numbers that may differ in their last digits."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9)
    if isinstance(value, list):
        return [near(part) for part in value]
    return {name: near(part) for name, part in value.items()} if isinstance(value, dict) else value


QUERIES = [block for path in DOCS for block in blocks(path) if block.language == "graphql"]
SCRIPTS = [block for path in DOCS for block in blocks(path) if block.language == "sh"]


def asked(server: Served, query: str) -> Any:
    """The answer that the demo account gives."""
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx.post(f"{server.url}/graphql", json={"query": query}, headers=headers, timeout=60).json()


# ── queries ──


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_query_is_answered(demo_server: Served, query: Block) -> None:
    answer = asked(demo_server, query.text)
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == ([query.note.removeprefix("error: ")] if query.note else [])
    assert query.note or all(value not in (None, []) for value in answer["data"].values())


@pytest.mark.parametrize(("query", "shown"), followed(README, "graphql", "json"), ids=str)
def test_answer_is_the_one_shown(demo_server: Served, query: Block, shown: Block) -> None:
    assert asked(demo_server, query.text) == near(json.loads(shown.text))


# ── commands ──


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder with the command on its path, and the address of a service that runs."""

    folder: Path
    environment: dict[str, str]
    url: str

    def run(self, script: str) -> str:
        """What the script prints. Fails where a command of it does."""
        script = f"set -euo pipefail\n{script.replace(ADDRESS, self.url)}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell whose `frontrow` works on the data of the service."""
    folder = tmp_path_factory.mktemp("docs")
    command = folder / "bin" / "frontrow"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    command.chmod(0o755)
    frontrow = Frontrow(folder / "data")
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    with frontrow.serving() as client:
        yield Shell(folder, {**frontrow.environment, "PATH": path}, str(client.base_url).rstrip("/"))


@pytest.fixture(scope="module")
def printed(shell: Shell) -> dict[Block, str]:
    """What each script printed, run in their order."""
    return {script: shell.run(script.text) for script in SCRIPTS if not script.note.startswith("not run: ")}


def test_commands_run(printed: dict[Block, str]) -> None:
    assert [str(script) for script, output in printed.items() if not output] == []
    assert [output for output in printed.values() if '"errors"' in output] == []


@pytest.mark.parametrize(("script", "shown"), followed(README, "sh", "json"), ids=str)
def test_command_answers_as_shown(printed: dict[Block, str], script: Block, shown: Block) -> None:
    assert json.loads(printed[script]) == near(json.loads(shown.text))


@pytest.mark.parametrize(("script", "shown"), followed(README, "sh", "text"), ids=str)
def test_command_prints_as_shown(printed: dict[Block, str], script: Block, shown: Block) -> None:
    assert printed[script] == shown.text


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = {
        name for path in DOCS for name in re.findall(r"\bmake ([a-z]+)\b(?=[`\s]*(?:#|`|$))", path.read_text(), re.M)
    }
    assert "run" in named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.M)] == []


def test_commands_table_holds_all() -> None:
    table = README.read_text("utf-8").split("## Commands")[1].split("\n## ")[0]
    listed = {
        " ".join(re.findall(r"[a-z]+", row)[1:]) for row in re.findall(r"^\| `(frontrow [a-z ]*[a-z])", table, re.M)
    }
    assert listed == set(_commands(typer.main.get_command(app)))


def _commands(command: Any, name: str = "") -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield name
    for part, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{name} {part}".strip())


# ── tables and links ──


def test_settings_table_is_fresh() -> None:
    text = README.read_text("utf-8")
    assert text == readme(text), "run `make generate`"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    local = [target.split("#")[0] for target in targets if "://" not in target]
    assert [target for target in local if target and not (path.parent / target).exists()] == []


def test_picture_is_small() -> None:
    assert (ROOT / "api" / "explorer" / "screenshot.png").stat().st_size <= 250_000
