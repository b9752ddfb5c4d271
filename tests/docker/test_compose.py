"""The compose file is one that Docker reads, with settings that exist, and the image is made of what is there."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings

ROOT = Path(__file__).parent.parent.parent
COMPOSE, IMAGE = ROOT / "docker" / "compose.yaml", ROOT / "docker" / "Dockerfile"
SERVICES = {
    "postgres": {"frontrow", "postgres"},
    "timescaledb": {"frontrow-timescaledb", "timescaledb"},
    "timescaledb-apache": {"frontrow-timescaledb-apache", "timescaledb-apache"},
    "embedded": {"embedded"},
}


def compose(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What `docker compose` says, with nothing of ours set."""
    theirs = {
        name: value for name, value in os.environ.items() if not name.startswith(("FRONTROW_", "POSTGRES_", "COMPOSE_"))
    }
    command = ["docker", "compose", "--env-file", os.devnull, "--file", str(COMPOSE), *arguments]
    return subprocess.run(command, env=theirs, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def docker() -> None:
    """Skips what needs `docker compose` where it is not there."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if compose("version").returncode:
        pytest.skip("docker has no plugin compose")


def services(profile: str) -> dict[str, Any]:
    """The services of a profile, as Docker reads them."""
    done = compose("--profile", profile, "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("profile", SERVICES)
def test_docker_reads_the_profile(profile: str) -> None:
    found = services(profile)
    assert found.keys() == SERVICES[profile]
    assert all(service["volumes"] for service in found.values())


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("profile", sorted(SERVICES.keys() - {"embedded"}))
def test_the_service_knows_its_database(profile: str) -> None:
    found = services(profile)
    (service,) = SERVICES[profile] - {profile}
    frontrow, database = found[service], found[profile]["environment"]
    user, password, name = (database[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "DB"))
    assert frontrow["environment"]["FRONTROW_DATABASE_URL"] == f"postgresql://{user}:{password}@{profile}:5432/{name}"
    assert frontrow["command"] == ["serve", "--host", "0.0.0.0", "--migrate"]


@pytest.mark.parametrize("path", [COMPOSE, IMAGE], ids=lambda path: path.name)
def test_every_setting_exists(path: Path) -> None:
    used = {name.lower() for name in re.findall(r"\bFRONTROW_([A-Z_]+)\b", path.read_text("utf-8"))}
    assert used
    assert used - Settings.model_fields.keys() == set()


def test_the_image_is_made_of_what_is_there() -> None:
    copied = {
        name for names in re.findall(r"^COPY (?!--)(.+) \S+$", IMAGE.read_text("utf-8"), re.M) for name in names.split()
    }
    let_in = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M))
    assert copied == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []
