"""What can be set, each once: name, default, limits and what it means.

A value comes from a flag, else from the environment (`FRONTROW_PORT`), else from a file `.env` in the working
directory, else it is the default. The table of settings in the docs is made from the descriptions here.
"""

import os
import re
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.errors import FrontrowError

SECRET_FILE = "token-secret"
SECRET_LENGTH = 32  # of bytes at least: as many as HS256's digest has
_HOST = r"(?:\[[^][/?#@]+\]|[^][/?#@:,]*)(?::\d+)?"
DATABASE_URL = re.compile(
    rf"postgres(?:ql)?://(?:[^/?#]*@)?(?P<hosts>{_HOST}(?:,{_HOST})*)(?P<name>/[^?#@]*)?(?:\?(?P<options>.*))?"
)
HTTP_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
SMTP_URL = re.compile(r"(smtp|smtps|smtp\+plain)://([^/?#@\s]*@)?(\[[0-9a-fA-F:.]+\]|[^][/?#@:\s]+)(:\d+)?/?")


class BadSettings(FrontrowError):
    """A setting has a value that it can't have."""

    code = "BAD_SETTINGS"


def user_data_dir() -> Path:
    """Where this user's programs keep their data, by the rule of the platform."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "frontrow"
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share") / "frontrow"


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split())


def _long_enough(secret: SecretStr | None) -> SecretStr | None:
    if secret is not None and len(secret.get_secret_value().encode()) < SECRET_LENGTH:
        raise ValueError(f"shorter than {SECRET_LENGTH} bytes")
    return secret


def _of_postgres(url: SecretStr | None) -> SecretStr | None:
    if url is not None and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("does not begin with postgresql:// or postgres://")
    if url is not None and not DATABASE_URL.fullmatch(url.get_secret_value()):
        raise ValueError("is not like postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password, / is %2F and # %23")
    return url


def _of_http(url: str | None) -> str | None:
    if url is not None and not HTTP_URL.fullmatch(url):
        raise ValueError("is not like https://HOST:PORT/PATH")
    return url


def _of_smtp(url: SecretStr | None) -> SecretStr | None:
    if url is not None and not SMTP_URL.fullmatch(url.get_secret_value()):
        raise ValueError("is not like smtp://USER:PASSWORD@HOST:PORT; in a password, / is %2F and # %23")
    return url


def _no_shorter_than_raw(days: int | None, info: ValidationInfo) -> int | None:
    # What can still be corrected is taken back from all rollups, and rolled up again from raw events.
    if days is None or "raw_retention_days" not in info.data:
        return days
    if (raw := info.data["raw_retention_days"]) is None:
        raise ValueError(f"needs FRONTROW_RAW_RETENTION_DAYS of at most {days}: raw events would be kept longer")
    if days < raw:
        raise ValueError(f"is {days}, less than FRONTROW_RAW_RETENTION_DAYS: set it to {raw} or more, or that to less")
    return days


class Settings(BaseSettings):
    """Every setting of the service. `Settings.load()` reads them."""

    model_config = SettingsConfigDict(
        env_prefix="FRONTROW_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Field(
        default_factory=user_data_dir,
        description="Folder of the embedded database, the token secret, reject files and reports.",
    )
    database_url: Annotated[SecretStr | None, AfterValidator(_of_postgres)] = Field(
        None, description="A PostgreSQL or TimescaleDB of one's own: `postgresql://…`. Without it: the embedded one."
    )
    keep_database: bool = Field(
        False, description="Leave the embedded database running when the last command that uses it ends."
    )
    pool_size: int = Field(10, ge=1, le=1000, description="Database connections of each worker at most.")
    statement_timeout_seconds: float = Field(  # PostgreSQL counts milliseconds, and takes 0 for no limit
        30.0, ge=0.001, description="How long one statement may run, in seconds."
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=256, description="Processes that answer requests.")
    cors_origins: Annotated[str, AfterValidator(str.strip)] = Field(
        "*", description="Origins whose pages may ask /graphql, separated by commas or spaces; `*`: all, empty: none."
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, description="Largest body of a GraphQL request, in bytes.")

    token_secret: Annotated[SecretStr | None, AfterValidator(_long_enough)] = Field(
        None,
        description="Key that tokens are signed with, 32 bytes or more. Without it one is made and kept in `data_dir`.",
    )

    explorer_token: SecretStr | None = Field(
        None, description="Token that the explorer uses without being given one; whoever can open the page has it."
    )

    max_depth: int = Field(24, ge=1, description="Fields inside fields in a document.")
    max_aliases: int = Field(
        100, ge=0, description="Aliases in an operation, those of its fragments each time they are used."
    )
    max_tokens: int = Field(10_000, ge=1, description="Lexical tokens in a document.")
    max_cost: int = Field(500_000, ge=1, description="Objects that an answer could hold.")
    max_page_size: int = Field(1000, ge=1, description="`first` of a connection.")
    max_timeline_points: int = Field(50_000, ge=1, description="Spans of a timeline, and minutes of a heat map.")
    max_filter_depth: int = Field(16, ge=1, le=100, description="Filters inside filters, the outermost included.")

    raw_retention_days: int | None = Field(
        None, ge=1, description="Days after which `frontrow db maintain` drops raw events; empty: never."
    )
    fine_retention_days: Annotated[int | None, AfterValidator(_no_shorter_than_raw)] = Field(
        None,
        ge=1,
        description="Days after which it drops quarters of an hour and minutes, too, and keeps whole days (UTC) only; "
        "no fewer than those of raw events; empty: never.",
    )
    chunk_days: int = Field(7, ge=1, le=366, description="TimescaleDB: days of events in a chunk.")
    columnstore_days: int = Field(
        14, ge=1, description="TimescaleDB Community: days after which chunks go into the columnstore."
    )

    report_store: str | None = Field(
        None,
        description="Where files of reports are kept: a folder, or `s3://BUCKET/PREFIX` with the usual `AWS_…` "
        "variables (`AWS_ENDPOINT_URL` for a store of one's own). Without it: `reports` in `data_dir`.",
    )
    report_jobs: int = Field(
        4, ge=0, le=64, description="Reports made at once; with 0 `frontrow serve` makes none, only `frontrow worker`."
    )
    max_waiting_reports: int = Field(100, ge=1, description="Reports of an account that wait or are being made.")
    report_statement_timeout_seconds: float = Field(
        3600.0, ge=0.001, description="How long one statement of a report may run, in seconds."
    )
    public_url: Annotated[str | None, AfterValidator(_of_http)] = Field(
        None,
        description="How links to reports begin, such as `https://frontrow.example.org`. Without it: the address that "
        "was asked, in mails the one that is listened on.",
    )
    smtp_url: Annotated[SecretStr | None, AfterValidator(_of_smtp)] = Field(
        None,
        description="Server that mails links: `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS), `smtps://…` (TLS), "
        "`smtp+plain://…` (in the open). Without it: no mails.",
    )
    mail_from: str = Field("Frontrow <frontrow@localhost>", description="Sender of mails.")

    geoip_database: Path | None = Field(
        None,
        description="GeoIP2 or GeoLite2 City file (.mmdb): from it events with an `ip` get country, region and city.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )

    @property
    def connections(self) -> int:
        """How many database connections the service may hold at once: of its workers, and of those who make reports."""
        return self.workers * self.pool_size + self.report_jobs

    @classmethod
    def load(cls, **flags: Any) -> "Settings":
        """The settings in force; flags that are None were not given."""
        try:
            return cls(**{name: value for name, value in flags.items() if value is not None})
        except ValidationError as error:
            raise BadSettings(
                _explain(error), hint="unset it for the default, or see the README's table of settings"
            ) from None

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of `cors_origins`, one by one."""
        return _words(self.cors_origins)

    @property
    def database_place(self) -> str:
        """Where the database of one's own is, as host:port/database: nothing of it that is secret."""
        found = DATABASE_URL.fullmatch(self.database_url.get_secret_value()) if self.database_url else None
        if found is None:
            return ""
        hosts = found["hosts"] or ",".join(parse_qs(found["options"] or "").get("host", []))
        return f"{hosts}{found['name'] or ''}"

    @property
    def report_place(self) -> str:
        """Where files of reports are kept."""
        return self.report_store or str(self.data_dir / "reports")

    @property
    def base_url(self) -> str:
        """How links begin where nobody's request says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    def signing_key(self) -> str:
        """The key that tokens are signed with, made and kept at the first call where none is set."""
        if self.token_secret is not None:
            return self.token_secret.get_secret_value()
        return _kept_secret(self.data_dir)


def _explain(error: ValidationError) -> str:
    """One line for each bad setting, under the name it is set by; never the value, which may be a secret."""
    lines = (f"FRONTROW_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors())
    return "\n".join(lines)


def _kept_secret(folder: Path) -> str:
    """The secret in this folder. Of several processes that make it at once, one does and all read the same."""
    path = folder / SECRET_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        hint = "set FRONTROW_TOKEN_SECRET, or FRONTROW_DATA_DIR to a folder of yours"
        raise BadSettings(f"the token secret {path} can't be read or written: {error.strerror}", hint=hint) from None


def _write_once(path: Path, text: str) -> None:
    """Writes a file that only its owner can read; a file that came to be meanwhile stays."""
    descriptor, draft = mkstemp(dir=path.parent, prefix=f".{path.name}-")  # of mode 600
    with open(descriptor, "w") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)
