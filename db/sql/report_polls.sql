-- Polls that were launched in a span of time, session by session; one whose time was not told counts at the start of
-- its session.
--
-- $1 tenant    $2 from, inclusive    $3 to, exclusive
-- $4 sessions, $5 rooms, $6 virtual events: only theirs (null: of all)
select
    p.poll_id,
    coalesce(p.question, p.poll_id) as question,
    coalesce(p.type, case when p.options = '[]' then 'open' else 'single' end) as type,
    p.launched_at,
    p.options::text as choices,
    s.session_id,
    coalesce(s.name, s.session_id) as session_name,
    count(*) over () as row_count
from polls p
left join sessions s on s.partner_id = p.partner_id and s.session_key = p.session_key
left join entries room on room.partner_id = p.partner_id and room.entry_key = s.entry_key and room.media_type = 'room'
left join virtual_events event on event.partner_id = p.partner_id and event.event_key = s.event_key
where p.partner_id = $1 and p.known
    and coalesce(p.launched_at, s.starts_at, $2) >= $2 and coalesce(p.launched_at, s.starts_at, $2) < $3
    and ($4::text[] is null or s.session_id = any($4))
    and ($5::text[] is null or room.entry_id = any($5))
    and ($6::text[] is null or event.event_id = any($6))
order by s.starts_at nulls last, s.session_id nulls last, p.launched_at nulls last, p.poll_id
