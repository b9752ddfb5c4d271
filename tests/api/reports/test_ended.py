"""What comes after a report: its mail, its end, and that it is forgotten."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from api.reports.links import Links
from api.reports.mail import Failure
from api.reports.mailing import letter_of
from api.reports.making import Workshop, attempt_folder
from api.reports.store import Directory
from api.reports.worker import clear_leftovers, delete_expired
from db import ended_reports, reports
from db.pool import Database
from db.reports import KEPT_FOR, MOST_ATTEMPTS

from .test_making import hopeless, jobs, request, state


async def test_a_failure_is_mailed_about_once_and_then_forgotten_by_whom(workshop: Workshop, copy: Database) -> None:
    report_id = await hopeless(copy, "ada@example.org")
    await workshop.make(report_id)
    await workshop.make(report_id)
    assert await jobs(copy) == [reports.MAKE, reports.MAIL]
    ended = await ended_reports.ended(copy, report_id)
    assert ended
    letter = letter_of(ended, Links("k" * 32, ""))
    assert letter
    assert (letter.to, letter.title) == ("ada@example.org", "Entry Dashboard")
    assert isinstance(letter.news, Failure)
    assert "names 0" in letter.news.reason
    await ended_reports.mailed(copy, report_id)
    after = await ended_reports.ended(copy, report_id)
    assert after
    assert (after.mailed, "email" in after.request) == (True, False)
    assert letter_of(after, Links("k" * 32, "")) is None


async def test_who_waits_for_what_is_given_up_is_told(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy, "ada@example.org")
    for _ in range(MOST_ATTEMPTS):
        assert await reports.take(copy, report_id)
    await workshop.make(report_id)
    assert await jobs(copy) == [reports.MAKE, reports.MAIL]
    (row,) = await copy.rows("select status, finished_at from reports")
    assert row["status"] == "failed"
    assert row["finished_at"]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("file = null, expires_at = now() - interval '29 days'", 1),
        ("file = null, expires_at = now() - interval '31 days'", 0),
        ("expires_at = now() - interval '31 days'", 1),  # its file is still to be deleted
        ("status = 'failed', file = null, expires_at = null, finished_at = now() - interval '29 days'", 1),
        ("status = 'failed', file = null, expires_at = null, finished_at = now() - interval '31 days'", 0),
        ("status = 'queued', file = null, expires_at = null, requested_at = now() - interval '1 year'", 1),
    ],
)
async def test_what_ended_long_ago_is_forgotten(change: str, left: int, workshop: Workshop, copy: Database) -> None:
    await workshop.make(await request(copy))
    await copy.rows(f"update reports set {change}")
    assert await ended_reports.forget(copy) == 1 - left
    assert len(await copy.rows("select from reports")) == left


def test_what_killed_workers_left_is_removed(tmp_path: Path) -> None:
    with attempt_folder(tmp_path, str(uuid4())) as folder:
        (folder / "file").touch()
        (tmp_path / "another's").mkdir()
        clear_leftovers(tmp_path)
        assert folder.exists(), "it may be at work"
        for path in tmp_path.iterdir():
            os.utime(path, (0, 0))
        clear_leftovers(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["another's"]


async def test_files_are_deleted_after_seven_days(workshop: Workshop, copy: Database) -> None:
    assert KEPT_FOR.days == 7
    report_id = await request(copy, "ada@example.org")
    await workshop.make(report_id)
    assert isinstance(workshop.store, Directory)
    path = workshop.store.folder / (await state(copy, report_id))["file"]
    (row,) = await copy.rows("select expires_at - finished_at as kept from reports")
    assert row["kept"] == KEPT_FOR
    await delete_expired(copy, workshop.store)
    assert path.exists()
    await copy.rows("update reports set expires_at = $1", datetime(2026, 1, 1, tzinfo=UTC))
    await delete_expired(copy, workshop.store)
    assert not path.exists()
    assert (await state(copy, report_id))["file"] is None
    (row,) = await copy.rows("select request ->> 'email' as email from reports")
    assert row["email"] is None


async def test_a_file_that_stays_keeps_no_other(workshop: Workshop, copy: Database) -> None:
    assert isinstance(workshop.store, Directory)
    ids = [await request(copy) for _ in range(3)]
    for report_id in ids:
        await workshop.make(report_id)
    paths = [workshop.store.folder / (await state(copy, report_id))["file"] for report_id in ids]
    paths[0].unlink()
    (paths[0] / "in the way").mkdir(parents=True)
    await copy.rows("update reports set expires_at = now() - interval '1 minute'")
    await delete_expired(copy, workshop.store)
    assert [path.exists() for path in paths] == [True, False, False]
    assert [(await state(copy, report_id))["file"] is None for report_id in ids] == [False, True, True]
    (paths[0] / "in the way").rmdir()
    paths[0].rmdir()
    await delete_expired(copy, workshop.store)
    assert (await state(copy, ids[0]))["file"] is None


async def test_a_letter_is_short_however_many_keys_are_filtered(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy, "ada@example.org")
    keys = [f"entry-{number}" for number in range(5_000)]
    await copy.rows("update reports set request = jsonb_set(request, '{filter}', $1::jsonb)", _filter(keys))
    await workshop.make(report_id)
    ended = await ended_reports.ended(copy, report_id)
    letter = letter_of(ended, Links("k" * 32, "")) if ended else None
    assert letter
    assert max(map(len, letter.about)) <= 400
    assert letter.about[1].startswith("Filtered entries: entry-0 entry-1 ")


def _filter(keys: list[str]) -> str:
    return json.dumps({"in": ["entry", *keys]})
