"""The queue of reports: what failed and what nobody takes is told."""

from tests.db.check.looking import change, found, looked, mend, noted
from tests.db.given import value

JOB = "insert into procrastinate_jobs (queue_name, task_name, status) values ('reports', 'make', '{}')"


def test_a_job_that_failed_for_good_is_told_and_tried_again(dsn: str) -> None:
    change(dsn, JOB.format("failed"))
    ((what, command),) = found(dsn)
    assert what == "failed jobs of the queue: make (1)"
    mend(dsn, command)
    assert value(dsn, "select status::text from procrastinate_jobs") == "todo"
    assert found(dsn) == []


def test_a_job_that_nobody_takes_is_told(dsn: str) -> None:
    change(dsn, JOB.format("todo"))
    assert found(dsn) == []
    change(dsn, "update procrastinate_events set at = now() - interval '1 hour'")
    assert found(dsn) == [("1 jobs wait for more than 10 minutes", "frontrow worker")]
    change(dsn, "update procrastinate_jobs set scheduled_at = now() + interval '1 hour'")
    assert found(dsn) == []


def test_reports_that_failed_lately_are_noted(dsn: str) -> None:
    change(
        dsn,
        "insert into reports (report_id, partner_id, kind, format, request, status, requested_at, finished_at, error)"
        " values (gen_random_uuid(), 1, 'POLLS', 'CSV', '{}', 'failed', now(), now() - interval '1 hour', 'no room'),"
        " (gen_random_uuid(), 1, 'POLLS', 'CSV', '{}', 'failed', now(), now() - interval '3 days', 'long ago')",
    )
    assert "1 reports of the last day failed, lately: no room" in noted(dsn)
    assert found(dsn) == []
    change(dsn, "delete from reports")
    assert any(finding.what == "no report failed lately" for finding in looked(dsn))
