"""Whatever is not as the migrations made it is told, and mended by the command that is told."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db.check.facts import expected, found
from db.connect import connected
from db.storage import of, retention
from tests.db import given
from tests.db.check.looking import change, looked, mend
from tests.db.check.looking import found as wrong

LOST = {
    "index": ("drop index events_partner_id_batch_idx", "no index of events: using btree (partner_id, batch)"),
    "partial index": (
        "drop index reports_expires_at_idx",
        "no index of reports: using btree (expires_at) WHERE (file IS NOT NULL)",
    ),
    "unique index": (
        "drop index procrastinate_jobs_lock_idx_v1",
        "no index of procrastinate_jobs: unique using btree (lock) WHERE (status = 'doing'::procrastinate_job_status)",
    ),
    "column": ("alter table entries drop column owner_key", "no column entries.owner_key"),
    "type": (
        "alter table users alter column title type varchar(10)",
        "column users.title is character varying(10), not text",
    ),
    "default": (
        "alter table users alter column registered drop default",
        "column users.registered is boolean not null, not boolean not null default false",
    ),
    "not null": (
        "alter table retention alter column raw_from drop not null",
        "column retention.raw_from is timestamp with time zone, not timestamp with time zone not null",
    ),
    "primary key": (
        "alter table kept_chunks drop constraint kept_chunks_pkey",
        "no constraint kept_chunks kept_chunks_pkey",
    ),
    "check": (
        "alter table retention drop constraint retention_one_check",
        "no constraint retention retention_one_check",
    ),
}


@pytest.mark.parametrize("lost", LOST)
def test_what_is_lost_is_told_and_mended(dsn: str, lost: str) -> None:
    statement, what = LOST[lost]
    change(dsn, statement)
    told = wrong(dsn)
    assert what in [each for each, _ in told]
    for _, command in told:
        mend(dsn, command)
    assert wrong(dsn) == []


def test_a_lost_table_is_told_once(dsn: str) -> None:
    change(dsn, "drop table chat_threads")
    ((what, command),) = wrong(dsn)
    assert (what, str(command)[:14]) == ("no relation chat_threads", "restore a back")


def test_another_function_or_trigger_is_told(dsn: str) -> None:
    change(
        dsn,
        "create or replace function raw_kept(moment timestamptz) returns boolean language plpgsql"
        " as 'begin return true; end'",
        "drop trigger procrastinate_trigger_delete_jobs_v1 on procrastinate_jobs",
    )
    told = sorted((what, str(command).split(":")[0]) for what, command in wrong(dsn))
    assert [what[:48] for what, _ in told] == [
        "function raw_kept(timestamp with time zone) is e",
        "no trigger procrastinate_jobs procrastinate_trig",
    ]
    assert {command for _, command in told} == {"restore a backup, or"}


def test_what_was_added_is_left_alone(dsn: str) -> None:
    change(
        dsn,
        "create table notes (note text primary key)",
        "alter table entries add column note text",
        "create index on entries (name)",
        "create view entry_names as select name from entries",
    )
    assert wrong(dsn) == []


def test_rollups_that_lack_something_are_made_anew(dsn: str) -> None:
    change(dsn, "drop view unseen_batches")
    ((what, command),) = wrong(dsn)
    assert what == "no relation unseen_batches"
    mend(dsn, command)
    assert wrong(dsn) == []


def test_audiences_that_lack_something_are_made_anew_of_rollups(dsn: str, tmp_path: Path) -> None:
    """Raw events may be gone."""
    given.load(dsn, tmp_path, given.beats(3))
    with connected(dsn) as connection:
        kind = "view" if of(connection).rolls_up_in_tables else "materialized view"
    change(dsn, f"drop {kind} audience_minutes")
    ((what, command),) = [told for told in wrong(dsn) if told[0].startswith("no relation")]
    assert what == "no relation audience_minutes"
    with psycopg.connect(dsn) as connection:
        retention.note(connection, given.START)
    mend(dsn, command)
    assert given.value(dsn, "select sum(heartbeats) from audience_entries") == 3
    assert not [told for told in wrong(dsn) if "audience" in told[0]]


def test_a_lost_index_of_a_rollup_is_told(dsn: str) -> None:
    with connected(dsn) as connection:
        home = of(connection).home(connection, "watch_days_stored") or of(connection).home(connection, "watch_days")
    name = given.value(
        dsn,
        f"select indexrelid::regclass::text from pg_index where indrelid = '{home}'::regclass"
        " and pg_get_indexdef(indexrelid) like '%(partner_id, user_key, bucket)'",
    )
    change(dsn, f"drop index {name}")
    ((what, command),) = wrong(dsn)
    assert what.removeprefix("no index of watch_days").removeprefix("_stored") == ": (partner_id, user_key, bucket)"
    mend(dsn, command)
    assert wrong(dsn) == []


def test_a_broken_index_is_told(dsn: str) -> None:
    change(dsn, "update pg_index set indisvalid = false where indexrelid = 'entries_pkey'::regclass")
    assert wrong(dsn) == [("broken indexes: public.entries_pkey", "reindexdb --index public.entries_pkey")]
    change(dsn, "reindex index entries_pkey")
    assert wrong(dsn) == []
    assert any(finding.what == "indexes valid" for finding in looked(dsn))


def test_the_committed_description_is_what_migrations_make(
    make_database: Callable[[str | None], str], dsn: str
) -> None:
    with connected(dsn) as connection:
        assert found(connection) == set(expected())
