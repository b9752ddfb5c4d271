"""The commands: what each takes, and whom it asks.

What takes long to import is imported by the command that needs it.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from api.auth import LARGEST_PARTNER, Scope, make_token
from api.console import Terminated
from api.settings import Settings
from db.errors import DatabaseAway, FrontrowError

if TYPE_CHECKING:
    from api.reports.process import Workers
    from db.load import Summary

app = typer.Typer(
    name="frontrow", help="Video engagement analytics.", no_args_is_help=True, pretty_exceptions_enable=False
)
db_app = typer.Typer(help="Looks after the database.", no_args_is_help=True)
app.add_typer(db_app, name="db")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo account once, and print a token for it.")] = False,
    migrate: Annotated[bool, typer.Option("--migrate", help="Migrate a database of one's own, too.")] = False,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C."""
    from api.databases import served_database
    from api.reports.process import Workers
    from api.serving import serve as run

    settings = Settings.load(host=host, port=port, workers=workers)
    own_end = suppress(Terminated, KeyboardInterrupt)  # how a service is meant to end
    with own_end, _naming(settings), served_database(settings, migrating=migrate) as dsn:
        token = _demo(settings, dsn) if demo else None
        shown = settings.model_copy(update={"explorer_token": token}) if token else settings
        with Workers(settings, dsn) as reports:
            run(shown, dsn, lambda address: _announce(address, token, reports))


@app.command()
def worker(
    jobs: Annotated[int | None, typer.Option(help="Reports made at once.", min=1)] = None,
    attached: Annotated[bool, typer.Option(hidden=True, help="End when standard input does.")] = False,
) -> None:
    """Make reports until SIGTERM or Ctrl-C, apart from `frontrow serve`."""
    from api.databases import current_database
    from api.reports.process import run_attached, run_worker

    settings = Settings.load(report_jobs=jobs)
    own_end = suppress(Terminated, KeyboardInterrupt)
    with own_end, _naming(settings), current_database(settings) as dsn:
        (run_attached if attached else run_worker)(settings, dsn)


@contextmanager
def _naming(settings: Settings) -> Iterator[None]:
    """Says which database it is that does not answer, where it is one of one's own."""
    try:
        yield
    except DatabaseAway as error:
        if settings.database_url is not None:
            error.message = f"{error.message} ({settings.database_place})"
            error.hint = "check FRONTROW_DATABASE_URL, and that the database runs"
        raise


def _demo(settings: Settings, dsn: str) -> SecretStr:
    """A token for the demo account, which is loaded where it was not."""
    from api.demo import load_demo_once
    from db.demo import DEMO_PARTNER

    typer.echo("looking for the demo account, loading it where it is missing …", err=True)
    load_demo_once(settings, dsn)
    return SecretStr(make_token(settings.signing_key(), DEMO_PARTNER, (Scope.READ, Scope.REPORT)))


def _announce(address: str, token: SecretStr | None, reports: "Workers") -> None:
    reports.start(address)
    typer.echo(f"Frontrow answers at {address}/graphql")
    if token is not None:
        typer.echo(
            f"Open it in a browser, or send a request with this token of the demo account:\n{token.get_secret_value()}"
        )
    sys.stdout.flush()


@app.command()
def load(
    files: Annotated[list[str], typer.Argument(help="Files of catalogue and event records, - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where lines that can't be read go.")] = None,
) -> None:
    """Load catalogue and event files, mixed or not; .gz and .zst too."""
    from api.databases import current_database
    from api.progress import progress_bars
    from db.load import load_files

    settings = Settings.load()
    with _naming(settings), current_database(settings) as dsn, progress_bars() as progress:
        file = rejects or _reject_file(settings)
        summary = load_files(dsn, files, progress=progress, rejects=file, places=settings.geoip_database)
    _report(summary, as_json)


def _reject_file(settings: Settings) -> Path:
    """A file of its own for each load."""
    folder = settings.data_dir / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%fZ}.ndjson"


def _report(summary: "Summary", as_json: bool) -> None:
    """What became of the lines."""
    if summary.rejected:
        typer.echo(f"{summary.rejected:,} lines were rejected, see {summary.reject_file}", err=True)
    counts = {name: getattr(summary, name) for name in ("read", "stored", "duplicates", "rejected", "catalogue")}
    if as_json:
        typer.echo(json.dumps(counts, separators=(",", ":")))
    else:
        typer.echo(", ".join(f"{name} {count:,}" for name, count in counts.items()))


@app.command()
def token(
    partner: Annotated[int, typer.Option(help="The tenant.", min=0, max=LARGEST_PARTNER)],
    scope: Annotated[str, typer.Option(help="What it allows: read, report, collect, separated by commas.")] = "read",
    user: Annotated[str | None, typer.Option(help="The one user whose token it is.")] = None,
    days: Annotated[float, typer.Option(help="How long it is valid.", min=0)] = 30,
) -> None:
    """Print a bearer token."""
    if user == "":
        raise typer.BadParameter("`--user` is empty; leave it out for a token of the whole account")
    typer.echo(make_token(Settings.load().signing_key(), partner, _scopes(scope), user=user, days=days))


def _scopes(text: str) -> list[Scope]:
    names = text.replace(",", " ").split()
    if unknown := [name for name in names if name not in list(Scope)]:
        raise typer.BadParameter(f"there is no scope `{unknown[0]}`; the scopes are {', '.join(Scope)}")
    return [Scope(name) for name in names]


@db_app.command("migrate")
def migrate_database() -> None:
    """Bring the schema to this version."""
    from api.databases import database, keeping
    from db.migrations import migrate

    settings = Settings.load()
    with _naming(settings), database(settings) as dsn:
        applied = migrate(dsn, keeping(settings))
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("nothing to apply")


@db_app.command("check")
def check_database() -> None:
    """Say what is wrong with the database and how to mend it."""
    from api.databases import database
    from db.check import check

    settings = Settings.load()
    with _naming(settings), database(settings) as dsn:
        findings = check(dsn, settings.connections)
    for finding in findings:
        typer.echo(f"{finding.mark:4} {finding.what}")
        if finding.mend:
            typer.echo(f"     {finding.mend}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@db_app.command("maintain")
def maintain_database() -> None:
    """Roll up what is new, merge what was rolled up piece by piece, drop and compress what is old enough."""
    from api.databases import current_database, keeping
    from db.maintain import maintain

    settings = Settings.load()
    with _naming(settings), current_database(settings) as dsn:
        for line in maintain(dsn, keeping(settings)):
            typer.echo(line)


@app.command("schema")
def print_schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether what is generated from it is up to date.")
    ] = False,
) -> None:
    """Print the schema in GraphQL's schema definition language."""
    from schema.sdl import sdl, stale

    if not check:
        typer.echo(sdl(), nl=False)
    elif names := stale():
        raise FrontrowError(f"out of date: {', '.join(names)}", hint="`make generate` writes them anew")


@app.command("metrics")
def print_metrics() -> None:
    """Print the metric table."""
    from db.metrics import PUBLIC

    rows = [("name", "unit", "formula", "says"), *((m.name, m.unit.value, m.says, m.summary) for m in PUBLIC)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
def demo(
    partner: Annotated[int | None, typer.Option(help="The tenant they are for.", min=0, max=LARGEST_PARTNER)] = None,
    days: Annotated[int | None, typer.Option(help="Days up to today.", min=1)] = None,
    viewers: Annotated[int | None, typer.Option(help="How many people watch.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, other data.", min=0)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write files to, instead of loading.")] = None,
) -> None:
    """Make sample data, the same for the same options on the same day: into the database, or as files."""
    from api.databases import current_database
    from api.demo import load_demo
    from db.demo import DemoPlan, write

    usual = DemoPlan()
    plan = DemoPlan(
        partner=usual.partner if partner is None else partner,
        days=days or usual.days,
        viewers=viewers or usual.viewers,
        seed=usual.seed if seed is None else seed,
    )
    if out is not None:
        for path in write(plan, out):
            typer.echo(str(path))
        return
    settings = Settings.load()
    with _naming(settings), current_database(settings) as dsn:
        summary = load_demo(dsn, plan)
    _report(summary, as_json=False)
