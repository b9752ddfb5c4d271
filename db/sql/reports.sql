-- Reports that were asked for. One that is ready expires by the clock.
--
-- $1 tenant
select
    q.report_id::text collate "C" as report_id,
    q.kind,
    q.format,
    case when q.status = 'ready' and q.expires_at <= now() then 'expired' else q.status end as status,
    q.progress,
    q.requested_at,
    q.row_count as rows,
    q.expires_at,
    q.error,
    q.file
from reports q
where q.partner_id = $1
