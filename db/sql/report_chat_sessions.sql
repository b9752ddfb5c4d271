-- Sessions with a thread in their chat that was active in a span of time; one whose time was not told counts at the
-- start of its session.
--
-- $1 tenant    $2 from, inclusive    $3 to, exclusive
-- $4 sessions, $5 rooms, $6 virtual events: only theirs (null: of all)
select s.session_id, coalesce(s.name, s.session_id) as name, count(*) over () as row_count
from sessions s
left join entries room on room.partner_id = s.partner_id and room.entry_key = s.entry_key and room.media_type = 'room'
left join virtual_events event on event.partner_id = s.partner_id and event.event_key = s.event_key
where s.partner_id = $1 and s.known
    and exists (
        select
        from chat_threads t
        where t.partner_id = s.partner_id and t.session_key = s.session_key
            and coalesce(t.last_activity_at, s.starts_at) >= $2 and coalesce(t.last_activity_at, s.starts_at) < $3
    )
    and ($4::text[] is null or s.session_id = any($4))
    and ($5::text[] is null or room.entry_id = any($5))
    and ($6::text[] is null or event.event_id = any($6))
order by s.starts_at nulls last, s.session_id
