-- Sessions that broke out of another, or are held in a breakout room, and started in a span of time: by main room.
-- The main room: that of the breakout room, else that of the session it broke out of.
--
-- $1 tenant    $2 from, inclusive    $3 to, exclusive
-- $4 sessions (their own key or the main one's), $5 main rooms, $6 virtual events: only theirs (null: of all)
select
    main.entry_id as main_room_id,
    coalesce(main.name, main.entry_id) as main_room_name,
    room.entry_id as breakout_room_id,
    coalesce(room.name, room.entry_id) as breakout_room_name,
    s.session_id,
    coalesce(s.name, s.session_id) as session_name,
    host.user_id as initiator_id,
    coalesce(nullif(concat_ws(' ', host.first_name, host.last_name), ''), host.user_id) as initiator_name,
    s.starts_at,
    s.ends_at,
    extract(epoch from s.ends_at - s.starts_at)::float8 / 60 as duration_minutes,
    count(*) over () as row_count
from sessions s
left join sessions parent on parent.partner_id = s.partner_id and parent.session_key = s.parent_key
left join entries room on room.partner_id = s.partner_id and room.entry_key = s.entry_key and room.media_type = 'room'
left join entries main on main.partner_id = s.partner_id
    and main.entry_key = coalesce(nullif(room.parent_key, 0), parent.entry_key)
left join users host on host.partner_id = s.partner_id and host.user_key = s.host_key
left join virtual_events event on event.partner_id = s.partner_id
    and event.event_key = coalesce(nullif(s.event_key, 0), parent.event_key)
where s.partner_id = $1 and s.known and (s.parent_key <> 0 or room.parent_key <> 0)
    and s.starts_at >= $2 and s.starts_at < $3
    and ($4::text[] is null or s.session_id = any($4) or parent.session_id = any($4))
    and ($5::text[] is null or main.entry_id = any($5))
    and ($6::text[] is null or event.event_id = any($6))
order by main.entry_id nulls last, s.starts_at, s.session_id
