"""Where a setting's value comes from, and what a bad one is told."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.databases import keeping
from api.settings import BadSettings, Settings
from db.storage import Keeping


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("FRONTROW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))


def test_flags_win_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("FRONTROW_PORT=1\nFRONTROW_WORKERS=2\nFRONTROW_HOST=file\nOTHER=x\n")
    monkeypatch.setenv("FRONTROW_PORT", "3")
    monkeypatch.setenv("FRONTROW_HOST", "environment")
    settings = Settings.load(host="flag", port=None)
    assert (settings.host, settings.port, settings.workers) == ("flag", 3, 2)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTROW_DATABASE_URL", "")
    assert Settings.load().database_url is None


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other platforms have other folders")
def test_data_go_to_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().data_dir == tmp_path / "xdg" / "frontrow"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert Settings.load().data_dir == Path.home() / ".local" / "share" / "frontrow"
    monkeypatch.setenv("FRONTROW_DATA_DIR", "~/mine")
    assert Settings.load().data_dir == Path.home() / "mine"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "70000"),
        ("TOKEN_SECRET", "s3cret"),
        ("LOG_LEVEL", "loud"),
        ("MAX_DEPTH", "0"),
        ("STATEMENT_TIMEOUT_SECONDS", "0.0004"),
        ("DATABASE_URL", "mysql://me:s3cret@there/db"),
        ("DATABASE_URL", "postgresql://me:s3cret/#@there/db"),
        ("DATABASE_URL", "postgresql://there:port/db"),
    ],
)
def test_a_bad_value_is_told_by_name_and_not_shown(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FRONTROW_{name}", value)
    with pytest.raises(BadSettings) as caught:
        Settings.load()
    assert caught.value.message.startswith(f"FRONTROW_{name}: ")
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    ("raw", "fine", "told"),
    [
        ("90", "30", "is 30, less than FRONTROW_RAW_RETENTION_DAYS: set it to 90 or more, or that to less"),
        ("", "30", "needs FRONTROW_RAW_RETENTION_DAYS of at most 30: raw events would be kept longer"),
        ("30", "0", "greater than or equal to 1"),
    ],
)
def test_parts_of_days_are_kept_as_long_as_raw_events(
    raw: str, fine: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTROW_RAW_RETENTION_DAYS", raw)
    monkeypatch.setenv("FRONTROW_FINE_RETENTION_DAYS", fine)
    with pytest.raises(BadSettings) as caught:
        Settings.load()
    assert caught.value.message.startswith("FRONTROW_FINE_RETENTION_DAYS: ")
    assert told in caught.value.message


@pytest.mark.parametrize(("raw", "fine"), [(None, None), (30, None), (30, 30), (30, 400)])
def test_what_is_kept_is_handed_on(raw: int | None, fine: int | None) -> None:
    kept = keeping(Settings.load(raw_retention_days=raw, fine_retention_days=fine, chunk_days=3, columnstore_days=5))
    assert kept == Keeping(raw_days=raw, fine_days=fine, chunk_days=3, columnstore_days=5)


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTROW_DATABASE_URL", "postgresql://me:hush@there/db")
    assert "hush" not in repr(Settings.load())


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://me:hush@there:5432/db", "there:5432/db"),
        ("postgres://me:h%2Fu%23sh@a.example:1,[::1]:2/db?password=hush", "a.example:1,[::1]:2/db"),
        ("postgresql://me:hush@/db?host=/run/here&password=hush", "/run/here/db"),
        ("postgresql://", ""),
    ],
)
def test_the_place_of_a_database_is_shown_without_secrets(url: str, place: str) -> None:
    assert Settings.load(database_url=url).database_place == place


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "new")
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: settings.signing_key(), range(32)))
    (key,) = keys
    assert len(key) >= 32
    (file,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_of_ones_own_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FRONTROW_TOKEN_SECRET", "a" * 32)
    settings = Settings.load(data_dir=tmp_path / "new")
    assert settings.signing_key() == "a" * 32
    assert not settings.data_dir.exists()


def test_origins() -> None:
    assert Settings.load(cors_origins="https://a.example, https://b.example").origins == (
        "https://a.example",
        "https://b.example",
    )
    assert Settings.load(cors_origins="").origins == ()


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")] == []
